"""Finding: what a prover says of a specification, and whether the run that it shows is one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from milpbft.automaton.counted.encoding import Step
from milpbft.automaton.explicit.accelerated import word
from milpbft.automaton.explicit.run import Configuration, ordered
from milpbft.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from milpbft.automaton.automaton import Automaton
    from milpbft.automaton.condition import Atom
    from milpbft.automaton.obligations.obligations import Mode
    from milpbft.automaton.specification import Specification

Status = Literal["holds", "violated", "undecided", "contradicted"]


@dataclass(frozen=True)
class Finding:
    """What was found of one specification.

    Parameters
    ----------
    specification
        Its name.
    status
        ``holds``: proven for every run, however long, of the sizes in `scope`. ``violated``: `run`
        leads from `start` to where it is violated, and stays there. ``undecided``: a limit was
        reached, or too few slots were allowed to prove anything; `reason` says which.
    parameters
        Values of the parameters; of a violation with free parameters, the smallest found.
    start
        Initial nodes by location, counters with a value besides; empty unless violated.
    run
        Steps in order, each rule with the number of nodes that take it.
    reason
        One line where undecided.
    scope
        The sizes that the verdict is about.
    least
        Whether no smaller parameters violate it, for certain.
    slots
        Into how many slots runs were cut.
    """

    specification: str
    status: Status
    parameters: dict[str, int]
    start: dict[str, int]
    run: tuple[Step, ...]
    reason: str = ""
    scope: str = ""
    least: bool = False
    slots: int = 0


@dataclass(frozen=True)
class Candidate:
    """A run that satisfies a prover's rows; whether it is a violation is for replay to say.

    Parameters
    ----------
    parameters, start
        Values of parameters, and of locations and counters at the start.
    flows
        By slot: how many nodes take each rule.
    least
        Whether no candidate has smaller parameters, for certain.
    """

    parameters: dict[str, int]
    start: dict[str, int]
    flows: tuple[dict[str, int], ...]
    least: bool = False


def steps(automaton: Automaton, candidate: Candidate) -> tuple[Step, ...]:
    """Order the steps of a candidate's slots so that each rule is enabled when it is taken."""
    values = {**candidate.parameters, **candidate.start}
    return tuple(
        Step(slot, rule, count)
        for slot, flows in enumerate(candidate.flows)
        for rule, count in ordered(automaton, flows, values)
    )


def violates(
    automaton: Automaton, specification: Specification, candidate: Candidate, run: tuple[Step, ...]
) -> bool:
    """Let a run happen in the explicit semantics, and say whether it violates a specification.

    Raises
    ------
    InputError
        Where it is no run of the automaton.
    """
    claim = specification.claimed
    start = Configuration.of(automaton, candidate.start)
    taken = [(step.rule, step.count) for step in run]
    seen = word(automaton, candidate.parameters, start, taken, claim.conditions)
    return not claim.holds(seen)


if TYPE_CHECKING:
    Search = Callable[[int, Mode, tuple[Atom, ...]], Candidate | str]
    """Looks for a run in so many slots: a candidate, ``none`` as a proof, or why it gave up."""

# Slots beyond those that show every time that is looked for. They matter only where something is
# to last that neither only grows nor only falls.
_MORE = (0, 2, 4, 8)


def settle(
    automaton: Automaton,
    specification: Specification,
    search: Search,
    slots: int,
    *,
    complete: int,
    pins: tuple[Atom, ...],
    scope: str,
) -> Finding:
    """Decide a specification with searches in more and more slots.

    Parameters
    ----------
    search
        A prover's.
    slots
        How many to begin with.
    complete
        How many a proof takes.
    pins
        What the run is cut at as well, where that turns out to be needed.
    scope
        The sizes that are searched.
    """
    name = specification.name

    def undecided(reason: str) -> Finding:
        return Finding(name, "undecided", {}, {}, (), reason, scope, slots=slots)

    if slots < complete:
        early = search(slots, "sufficient", ())
        if isinstance(early, Candidate):
            return _violation(automaton, specification, early, scope, least=False)
        small = f"nothing found in {slots} slots; a proof takes {complete}"
        return undecided(small if early == "none" else early)
    for more in _MORE:
        pinned = pins if more else ()
        used = slots + more + 2 * len(pinned)
        bound = search(used, "necessary", pinned)
        if bound == "none":
            return Finding(name, "holds", {}, {}, (), "", scope, slots=used)
        found = bound
        if isinstance(bound, Candidate) and not _shown(automaton, specification, bound):
            found = search(used, "sufficient", pinned)
        if isinstance(found, Candidate):
            least = _least(found, bound)
            return _violation(automaton, specification, found, scope, least=least)
        if found != "none":
            return undecided(found)
    return undecided(
        f"runs of {slots + _MORE[-1]} slots satisfy what is necessary for a violation, and none "
        "what is sufficient: what is to last rises and falls"
    )


def _shown(automaton: Automaton, specification: Specification, candidate: Candidate) -> bool:
    return violates(automaton, specification, candidate, steps(automaton, candidate))


def _least(found: Candidate, bound: Candidate | str) -> bool:
    """Whether nothing has smaller parameters than `found`, since not even `bound` has."""
    assert isinstance(bound, Candidate), "what is necessary is satisfied where a run is found"
    return bound.least and found.least and found.parameters == bound.parameters


def _violation(
    automaton: Automaton,
    specification: Specification,
    candidate: Candidate,
    scope: str,
    *,
    least: bool,
) -> Finding:
    run = steps(automaton, candidate)
    if not violates(automaton, specification, candidate, run):
        raise AssertionError(f"{specification.name}: the run found does not violate it")
    occupied = {name: count for name, count in candidate.start.items() if count}
    return Finding(
        specification.name,
        "violated",
        candidate.parameters,
        occupied,
        run,
        scope=scope,
        least=least,
        slots=len(candidate.flows),
    )


def decidable(specification: Specification) -> None:
    """Refuse a specification that is kept as text only.

    Raises
    ------
    InputError
        With the reason.
    """
    if specification.kind == "unsupported":
        where = f"specification {specification.name}"
        raise InputError(where, specification.text, specification.reason)
