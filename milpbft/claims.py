"""Claims: sentences of papers, written as instances with bounds or as measurements, and decided.

A claim *holds* where every instance's optimum is proven to satisfy its condition, and is *refuted*
where one is known not to: by a schedule that the reference implementation confirms, or by a proof
that nothing reaches the condition. A limit that comes first leaves it undecided.

What a text leaves open is read in each way, and decided for each reading. Where the verdicts differ
the text does not settle the claim, which is then *open*: no refutation, and no proof.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from math import inf
from typing import TYPE_CHECKING, Any, Literal

from milpbft.errors import InputError
from milpbft.question.files import parse_instance
from milpbft.registry import PROTOCOLS, load
from milpbft.solve import replay_schedule, solve
from milpbft.solvers import Limits

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from milpbft.milp.problem import Sense
    from milpbft.milp.solution import Solution
    from milpbft.result import Result
    from milpbft.schedule import Schedule

Status = Literal["holds", "refuted", "open", "undecided"]
Relation = Literal["<=", "==", ">="]
_NO_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Condition:
    """``optimum (relation) value``.

    An infeasible instance counts as plus infinity where it is minimised, minus where maximised.
    """

    relation: Relation
    value: int

    def __str__(self) -> str:
        return f"{self.relation} {self.value}"

    def test(self, low: float, high: float) -> bool | None:
        """Say whether an optimum from `low` to `high` satisfies this; None where that is open."""
        holds = {
            "<=": (high <= self.value, low > self.value),
            ">=": (low >= self.value, high < self.value),
            "==": (low == high == self.value, low > self.value or high < self.value),
        }
        yes, no = holds[self.relation]
        return True if yes else False if no else None


def at_most(value: int) -> Condition:
    """Return ``optimum <= value``."""
    return Condition("<=", value)


def at_least(value: int) -> Condition:
    """Return ``optimum >= value``."""
    return Condition(">=", value)


@dataclass(frozen=True, slots=True)
class Measured:
    """What a measurement found.

    Parameters
    ----------
    holds
        Whether what it found is as the claim says.
    words
        What it found, in one line, with the figures.
    schedule
        A run that shows it, if there is one; it is replayed.
    """

    holds: bool
    words: str
    schedule: Schedule | None = None


@dataclass(frozen=True)
class Reading:
    """One way of reading what a text leaves open.

    Parameters
    ----------
    words
        What is read into the text, in a sentence.
    instances, measure
        As of a :class:`Claim`.
    expected
        The verdict that is known of this reading.
    """

    words: str
    instances: Mapping[str, Condition] = field(default_factory=dict)
    measure: Callable[[], Measured] | None = None
    expected: Literal["holds", "refuted"] | None = None

    def __post_init__(self) -> None:
        if not self.instances and self.measure is None:
            raise InputError("instances", {}, "an instance, or a measurement")


@dataclass(frozen=True)
class Claim:
    """A sentence of a paper.

    Parameters
    ----------
    paper
        Short name of the paper, e.g. ``Proof of Vote``.
    place
        Where in the paper, e.g. ``Lemma 4.1``.
    sentence
        What it says, in words of our own.
    instances
        Names of instances, each with the condition on its optimum.
    measure
        What else decides it: a run of the reference or a simulation, the same on every call.
    expected
        The verdict that is known, for which ``milpbft claims`` is held to account.
    remark
        What a reader should know of the verdict, in a sentence.
    assumes
        What the paper assumes for it, in its own words and with their place.
    readings
        The ways of reading what the text leaves open, in place of instances and measurement. The
        claim is ``open`` where their verdicts differ.
    """

    paper: str
    place: str
    sentence: str
    instances: Mapping[str, Condition] = field(default_factory=dict)
    measure: Callable[[], Measured] | None = None
    expected: Literal["holds", "refuted", "open"] | None = None
    remark: str = ""
    assumes: str = ""
    readings: tuple[Reading, ...] = ()

    def __post_init__(self) -> None:
        if bool(self.readings) == bool(self.instances or self.measure):
            raise InputError("instances", {}, "an instance, a measurement, or else readings")

    @property
    def name(self) -> str:
        """Paper, place and sentence, for filters and lists."""
        return f"{self.paper}, {self.place}: {self.sentence}"


@dataclass(frozen=True)
class Evidence:
    """What one instance, or the measurement, says of a claim.

    Parameters
    ----------
    source
        Name of the instance, or ``measured``.
    status
        What follows from it alone.
    words
        Value, bound and condition, or what was measured.
    replay
        Verdict of the replay of the schedule that was found; None where there is none.
    schedule
        That schedule.
    reading
        The reading of the text that it is about; empty where there is one only.
    """

    source: str
    status: Status
    words: str
    replay: str | None = None
    schedule: Schedule | None = None
    reading: str = ""


@dataclass(frozen=True)
class Decision:
    """The verdict on a claim, with its evidence."""

    claim: Claim
    status: Status
    evidence: tuple[Evidence, ...]

    @property
    def readings(self) -> dict[str, Status]:
        """By reading of the text, its verdict."""
        found: dict[str, list[Status]] = {reading.words: [] for reading in self.claim.readings}
        for one in self.evidence:
            if one.reading in found:
                found[one.reading].append(one.status)
        return {words: _together(statuses) for words, statuses in found.items()}

    @property
    def as_expected(self) -> bool:
        """Whether the verdict is the known one, of each reading too, where one is known."""
        known = {reading.words: reading.expected for reading in self.claim.readings}
        each = all(known[words] in (None, status) for words, status in self.readings.items())
        return each and self.claim.expected in (None, self.status)

    @property
    def witness(self) -> Schedule | None:
        """A schedule that refutes the claim; None where there is none."""
        refuting = (one.schedule for one in self.evidence if one.status == "refuted")
        return next((schedule for schedule in refuting if schedule is not None), None)

    def summary(self) -> dict[str, Any]:
        """Return what ``milpbft claims --json`` prints of it."""
        claim, witness = self.claim, self.witness
        said = {key: getattr(claim, key) for key in ("paper", "place", "sentence", "expected")}
        evidence = []
        for one in self.evidence:
            fields = {k: v for k, v in asdict(one).items() if k != "schedule"}
            evidence.append(fields)
        source = witness.source if witness is not None else None
        return {
            **said,
            "assumes": claim.assumes,
            "status": self.status,
            "readings": self.readings,
            "remark": claim.remark,
            "evidence": evidence,
            "witness": source,
        }


def decide(claim: Claim, solver: str | None = None, limits: Limits = _NO_LIMITS) -> Decision:
    """Decide a claim.

    Parameters
    ----------
    solver
        Name of a solver; None for the best of each instance.
    limits
        Of each solve.
    """
    if not claim.readings:
        evidence = _gather(claim, solver, limits)
        return Decision(claim, _together([one.status for one in evidence]), tuple(evidence))
    by_reading = [_gather(reading, solver, limits) for reading in claim.readings]
    verdicts = {_together([one.status for one in evidence]) for evidence in by_reading}
    status: Status = "undecided" if "undecided" in verdicts else "open"
    if len(verdicts) == 1:
        (status,) = verdicts
    return Decision(claim, status, tuple(one for evidence in by_reading for one in evidence))


def _gather(claim: Claim | Reading, solver: str | None, limits: Limits) -> list[Evidence]:
    """Solve and measure what decides a claim, or one reading of it."""
    evidence = []
    for name, condition in claim.instances.items():
        evidence.append(weigh(solve(parse_instance(name), solver, limits), condition))
    if claim.measure is not None:
        evidence.append(_weigh_measured(claim.measure()))
    words = claim.words if isinstance(claim, Reading) else ""
    return [replace(one, reading=words) for one in evidence]


def _weigh_measured(found: Measured) -> Evidence:
    status: Status = "holds" if found.holds else "refuted"
    if found.schedule is None:
        return Evidence("measured", status, found.words)
    replay = replay_schedule(found.schedule)
    if not replay:
        status = "undecided"
    return Evidence("measured", status, found.words, replay.status, found.schedule)


def _together(statuses: Sequence[Status]) -> Status:
    """One refutation refutes; otherwise all must hold."""
    if "refuted" in statuses:
        return "refuted"
    return "undecided" if "undecided" in statuses else "holds"


def weigh(result: Result, condition: Condition) -> Evidence:
    """Say what the result of an instance means for a condition on its optimum.

    What a schedule alone shows counts only where its replay is confirmed.
    """
    solution, sense = result.solution, result.instance.objective.sense
    low, high = _range(solution, sense)
    verdict = condition.test(low, high)
    status: Status = "undecided" if verdict is None else "holds" if verdict else "refuted"
    words = f"{solution}, asked for {condition}"
    replay = result.verdict("replay")
    rests = status != "undecided" and condition.test(*_proven(solution, sense)) is None
    if rests and replay is not None and not replay:
        status, words = "undecided", f"{words}; replay {replay.status}: {replay.reason}"
    name = result.instance.name
    said = None if replay is None else replay.status
    return Evidence(name, status, words, said, result.schedule)


def _range(solution: Solution, sense: Sense) -> tuple[float, float]:
    """Return the least and the greatest that the optimum can be."""
    low, high = _proven(solution, sense)
    if solution.objective is None:
        return low, high
    return (solution.objective, high) if sense == "max" else (low, solution.objective)


def _proven(solution: Solution, sense: Sense) -> tuple[float, float]:
    """Return what the solver's bound says alone, without the point that it found."""
    if solution.status == "infeasible":
        return (inf, inf) if sense == "min" else (-inf, -inf)
    if solution.bound is None:
        return -inf, inf
    return (-inf, solution.bound) if sense == "max" else (solution.bound, inf)


def known_claims(text: str = "") -> list[Claim]:
    """Return the claims of all rooms whose name has `text` in it, in any case.

    Raises
    ------
    InputError
        Where none is left.
    """
    places = dict.fromkeys(entry.claims for entry in PROTOCOLS.values() if entry.claims)
    found: list[Claim] = [claim for place in places for claim in load(place)]
    chosen = [claim for claim in found if text.lower() in claim.name.lower()]
    if not chosen:
        raise InputError("filter", text, f"part of one of {len(found)} claims")
    return chosen
