"""Which quorums keep a protocol safe and live at every size: a n + b f + c, found or excluded.

Counterexample-guided: a fork or a lock at one size is one of every expression that has the same
value at that size, since there the rule tables are the same. What is left was proven.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import product
from typing import TYPE_CHECKING

from milpbft.automaton.allsizes.smtlib import script
from milpbft.automaton.condition import all_of, at_least
from milpbft.automaton.linear import Linear
from milpbft.check.everywhere import over
from milpbft.errors import InputError
from milpbft.question.files import make_instance
from milpbft.question.quorums import QuorumInstance, canonical
from milpbft.room import room_of
from milpbft.solvers import Limits, Smt

if TYPE_CHECKING:
    from collections.abc import Callable

    from milpbft.automaton.allsizes.everywhere import Sized
    from milpbft.automaton.condition import Condition
    from milpbft.check.finding import Status
    from milpbft.question.part import Question

Range = tuple[int, int]
Factors = tuple[int, int, int]
"""a, b and c of a n + b f + c."""

RANGES: tuple[Range, Range, Range] = ((0, 1), (-2, 2), (-1, 2))
"""Of a, b and c, where none are given."""

MOST = 10_000
"""Most expressions that are searched."""
_NO_LIMITS = Limits()
_N, _T = Linear.of("N"), Linear.of("T")


@dataclass(frozen=True)
class Excluded:
    """What excludes expressions.

    Parameters
    ----------
    quorum
        The expression in which it was found.
    about
        ``fork``: with the faults of the instance. ``lock``: without faults. ``silence``: T nodes
        that say nothing leave fewer than a quorum. ``range``: not a number for which the tables are
        exact, or more than N.
    sizes
        The least at which it is so.
    others
        Expressions that it excludes besides, in which nothing was found before.
    """

    quorum: str
    about: str
    sizes: dict[str, int]
    others: int


@dataclass(frozen=True)
class Quorums:
    """What became of the expressions in some ranges.

    Parameters
    ----------
    tried
        How many there are.
    found
        With neither fork nor lock at any size, proven.
    undecided
        With none that was found, and a proof that came to a limit.
    excluded
        All others, by what excludes them.
    scope
        The sizes.
    """

    tried: int
    found: tuple[str, ...]
    undecided: tuple[str, ...]
    excluded: tuple[Excluded, ...]
    scope: str


@dataclass
class _Search:
    fork: QuorumInstance
    lock: QuorumInstance
    usual: bool
    limits: Limits
    told: Callable[[str], None]
    found: list[str] = field(default_factory=list)
    undecided: list[str] = field(default_factory=list)
    excluded: list[Excluded] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.plain = _tables(self.fork)
        if self.usual:
            self.sizes: list[Condition] = [one.usual for one in self.plain]
        else:
            self.sizes = [one.sizes for one in self.plain]

    def run(self, candidates: list[Factors]) -> None:
        left = list(candidates)
        while left:
            factors, *left = left
            self.told(f"{len(left) + 1} of {len(candidates)} quorums are open")
            status, why, sizes = self.decide(factors)
            text = text_of(factors)
            if status == "violated":
                same = [one for one in left if value(one, sizes) == value(factors, sizes)]
                same = same if why in {"fork", "lock"} else []
                self.excluded.append(Excluded(text, why, sizes, len(same)))
                left = [one for one in left if one not in same]
            elif status == "holds":
                self.found.append(text)
            else:
                self.undecided.append(text)

    def decide(self, factors: Factors) -> tuple[Status, str, dict[str, int]]:
        """Decide one expression; say what violates it, and at which sizes."""
        quorum = Linear.combine([("N", factors[0]), ("T", factors[1])], factors[2])
        if silent := self.least([at_least(quorum - _N + _T - 1)] * len(self.sizes)):
            return "violated", "silence", silent
        try:
            fork, lock = (_with(one, factors) for one in (self.fork, self.lock))
        except InputError:
            return "violated", "range", self.least(self.sizes)
        if outside := self.least([~one.sizes for one in _tables(fork)]):
            return "violated", "range", outside
        open_ = False
        for about, one in (("fork", fork), ("lock", lock)):
            theorem = over(_tables(one), one, self.limits, usual=self.usual)
            if theorem.status == "violated":
                return "violated", about, theorem.parameters
            open_ |= theorem.status != "holds"
        return ("undecided" if open_ else "holds"), "", {}

    def least(self, conditions: list[Condition]) -> dict[str, int]:
        """Return the least N, and T with it, of a size at which a condition holds; or nothing."""
        best: dict[str, int] = {}
        for sizes, condition in zip(self.sizes, conditions, strict=True):
            asked = Smt(script([all_of([sizes, condition])]), self.limits)
            answer = asked.least([["N"], ["T"]])
            if answer.status not in {"sat", "unsat"}:
                raise InputError("time limit", answer.message, "enough to compare two numbers")
            if answer.status == "sat":
                at = {name: answer.values.get(name, 0) for name in ("N", "T")}
                best = min((one for one in (best, at) if one), key=lambda one: one["N"])
        return best


def find_quorums(
    instance: Question,
    ranges: tuple[Range, Range, Range] = RANGES,
    *,
    usual: bool = False,
    limits: Limits = _NO_LIMITS,
    told: Callable[[str], None] = lambda _: None,
) -> Quorums:
    """Find every quorum in some ranges for which a protocol has neither fork nor lock.

    Forks are asked for with the faults of the instance, counted from its f; locks without faults,
    and with T nodes that never say anything. Locks that the adversary makes with faulty nodes that
    speak are the protocol's own, whatever its quorum: they are not asked for.

    Parameters
    ----------
    instance
        Of dBFT or PBFT, with an objective about forks.
    ranges
        Of a, b and c, ends included.
    usual
        Only at the sizes of the protocol as it is printed.
    limits
        Of each proof.

    Raises
    ------
    InputError
        Where the protocol has no quorum of one's own, or there are more than `MOST` expressions.
    """
    if not isinstance(instance, QuorumInstance) or instance.pairs:
        raise InputError("unknown", "quorum", "an instance of dBFT, PBFT or Linear BFT")
    if instance.quorum is not None:
        raise InputError("quorum", instance.quorum, "none where it is to be found")
    first, second, third = (range(low, high + 1) for low, high in ranges)
    candidates = list(product(first, second, third))
    if not 1 <= len(candidates) <= MOST:
        raise InputError("unknown", len(candidates), f"ranges with 1 to {MOST} expressions")
    fields = {"objective": "undecided", "byzantine": 0, "crashes": 0, "values": 1}
    lock = make_instance({**instance.model_dump(), **fields})
    assert isinstance(lock, QuorumInstance)
    search = _Search(instance, lock, usual, limits, told)
    search.run(candidates)
    scope = " or ".join(dict.fromkeys(map(str, search.sizes)))
    found, undecided = tuple(search.found), tuple(search.undecided)
    return Quorums(len(candidates), found, undecided, tuple(search.excluded), scope)


def text_of(factors: Factors) -> str:
    """Write an expression as instances do; one that is nowhere positive as plain sums."""
    a, b, c = factors
    try:
        return canonical(f"{_signed(a, 'n')}{_signed(b, 'f')}{_signed(c, '')}".lstrip("+"))
    except InputError:
        return f"{_signed(a, 'n')}{_signed(b, 'f')}{_signed(c, '')}" or "0"


def _signed(factor: int, name: str) -> str:
    return f"{factor:+d}{name}" if factor else ""


def value(factors: Factors, sizes: dict[str, int]) -> int:
    """Return the value of an expression at given sizes."""
    return factors[0] * sizes["N"] + factors[1] * sizes["T"] + factors[2]


def _with(instance: QuorumInstance, factors: Factors) -> QuorumInstance:
    found = make_instance({**instance.model_dump(), "quorum": text_of(factors)})
    assert isinstance(found, QuorumInstance)
    return found


def _tables(instance: QuorumInstance) -> list[Sized]:
    return list(room_of(instance.protocol).sized(instance))
