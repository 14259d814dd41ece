"""Repairs: which switches make Lemma 4.3 true, decided for every set of them.

The lemma says that a block comes, that all nodes have it, and that it is unique, as long as one
butler is honest. Each part is asked with all switches of a set on. A set makes the lemma true only
if all its questions hold; one that fails refutes it, with a run that is replayed on the reference.

Two more switches need no question. How R is drawn, and how elections break ties, is not looked at
before the block of a height is adopted: a run of one height is a run whatever these are.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain, combinations
from typing import TYPE_CHECKING

from milpbft.question.files import parse_instance
from milpbft.solve import solve

if TYPE_CHECKING:
    from collections.abc import Iterator

    from milpbft.result import Result

SWITCHES = ("forwarding", "fetch", "lock", "once")
"""Commissioners forward blocks; nodes ask for those that they lack; a commissioner signs one header
of a height; a header is stamped once.
"""


@dataclass(frozen=True)
class Part:
    """A part of the lemma, as a question whose optimum is bounded.

    Parameters
    ----------
    says
        What the lemma says.
    name
        Name of the instance, with ``{}`` where the words of switches stand.
    most
        The optimum is at most this, or the part is refuted.
    """

    says: str
    name: str
    most: int

    def instance(self, switches: tuple[str, ...]) -> str:
        """Return the name with switches on."""
        return self.name.format("".join(f"-{word}" for word in switches))


PARTS = (
    Part("a block comes within N_b cycles, one butler of three Byzantine",
         "povround-nc4-nb3-tb6-t23-bb1-cycles{}-delta1", 3),
    Part("all have it within N_b cycles, one butler of three Byzantine",
         "povround-nc4-nb3-tb6-t23-bb1-last{}-delta1", 3),
    Part("it is unique, all honest, delays of any length", "povround-nc4-nb3-tb6-t11-blocks{}", 1),
    Part("it is unique, one butler of three Byzantine",
         "povround-nc4-nb3-tb6-t17-bb1-blocks{}-delta1", 1),
    Part("it is unique, the butler asks for two timestamps",
         "povround-nc3-nb2-tb4-t6-bb1-s2-blocks{}-delta1", 1),
    Part("it is unique, one commissioner of five signs twice",
         "povround-nc5-nb2-tb6-t5-bc1-bb1-e2-blocks{}-delta1", 1),
)  # fmt: skip
"""Lemma 4.3 in parts. The last takes a Byzantine commissioner, which section II allows."""


@dataclass(frozen=True)
class Decided:
    """What a set of switches comes to.

    Parameters
    ----------
    switches
        Those that are on.
    results
        Of each part, in their order.
    """

    switches: tuple[str, ...]
    results: tuple[Result, ...]

    @property
    def values(self) -> tuple[int | None, ...]:
        """Optima of the parts; None for what is not proven, or not confirmed by replay."""
        return tuple(
            result.solution.objective
            if result.solution.status == "optimal" and all(result.checks)
            else None
            for result in self.results
        )

    @property
    def holds(self) -> bool | None:
        """Whether the lemma is true; None where a part is open and no other refutes it."""
        pairs = list(zip(self.values, PARTS, strict=True))
        if any(value is not None and value > part.most for value, part in pairs):
            return False
        return None if None in self.values else True


def sets() -> Iterator[tuple[str, ...]]:
    """Yield all sets of switches, small ones first."""
    yield from chain.from_iterable(combinations(SWITCHES, k) for k in range(len(SWITCHES) + 1))


def decide(switches: tuple[str, ...]) -> Decided:
    """Solve and replay every part with `switches` on."""
    names = (part.instance(switches) for part in PARTS)
    return Decided(switches, tuple(solve(parse_instance(name)) for name in names))
