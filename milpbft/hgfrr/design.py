"""Design: the rings, trees and contacts with the fewest messages that keep a coverage under faults.

Designs are asked one by one, those with fewer messages first. Of each the worst case is a MILP with
a proven optimum, whose run is replayed. The first one that keeps the target is the cheapest: every
design before it has a run that does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING

from milpbft.errors import InputError
from milpbft.hgfrr.instance import BroadcastInstance
from milpbft.hgfrr.reference.build import topology_of
from milpbft.hgfrr.reference.engine import Engine
from milpbft.hgfrr.sizes import Sizes
from milpbft.hgfrr.spread import Spread
from milpbft.solve import solve
from milpbft.solvers import Limits

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_NO_LIMITS = Limits()


@dataclass(frozen=True, slots=True)
class Space:
    """The designs that are compared: every combination of the four that fits together.

    Parameters
    ----------
    rings
        Members of a ring, at most.
    ks
        Bases of the trees.
    contacts
        Contact nodes per ring.
    widths
        How many of them broadcast.
    """

    rings: Sequence[int]
    ks: Sequence[int]
    contacts: Sequence[int]
    widths: Sequence[int]

    def __iter__(self) -> Iterator[tuple[int, int, int, int]]:
        """Yield ring, base, contacts and width."""
        for ring, k, contacts, width in product(self.rings, self.ks, self.contacts, self.widths):
            if width <= contacts and ring >= max(4, 3 * contacts):
                yield ring, k, contacts, width


@dataclass(frozen=True, slots=True)
class Design:
    """A design, and what is known of it.

    Parameters
    ----------
    instance
        The broadcast and the objective, the worst coverage.
    messages, ticks
        Of a broadcast without faults.
    reached
        Correct nodes that are reached at worst, proven and replayed; None where a limit came first.
    enough
        Whether that keeps the target; None likewise.
    """

    instance: BroadcastInstance
    messages: int
    ticks: int
    reached: int | None = None
    enough: bool | None = None


@dataclass(frozen=True, slots=True)
class Designed:
    """The answer.

    Parameters
    ----------
    asked
        The designs that were asked, in order.
    best
        The cheapest that keeps the target; None for none.
    proven
        Whether no limit came in between, so that `best` is the cheapest, or there is none.
    """

    asked: tuple[Design, ...]
    best: Design | None
    proven: bool


def cheapest(
    n: int,
    space: Space,
    *,
    faults: int,
    percent: int,
    seed: int = 0,
    source: int = 0,
    limits: Limits = _NO_LIMITS,
) -> Designed:
    """Find the design with the fewest messages that keeps a coverage; of several the quickest.

    Parameters
    ----------
    n, faults, seed, source
        As of :class:`milpbft.hgfrr.instance.BroadcastInstance`; the faulty are silent.
    space
        The designs.
    percent
        Per cent of the correct nodes that are to be reached, the source included, 1 to 100.
    limits
        Of each solve.

    Raises
    ------
    InputError
        Where a value is out of range, or no combination fits together.
    """
    if not 1 <= percent <= 100:
        raise InputError("percent", percent, "from 1 to 100")
    designs = [_priced(n, one, faults, seed, source) for one in space]
    if not designs:
        raise InputError("ring", tuple(space.rings), "4 or more, 3 or more per contact")
    asked: list[Design] = []
    for design in sorted(designs, key=lambda one: (one.messages, one.ticks)):
        asked.append(_asked(design, percent, limits))
        if asked[-1].enough:
            break
    best = asked[-1] if asked[-1].enough else None
    return Designed(tuple(asked), best, all(one.enough is not None for one in asked))


def _priced(n: int, one: tuple[int, int, int, int], faults: int, seed: int, source: int) -> Design:
    """Broadcast without faults."""
    ring, k, contacts, width = one
    said = {
        "protocol": "hgfrr", "n": n, "ring": ring, "k": k, "contacts": contacts, "serving": width,
        "seed": seed, "source": source, "faults": faults, "objective": "coverage",
    }  # fmt: skip
    instance = BroadcastInstance.make(said)
    topology = topology_of(n, Sizes(ring, contacts), seed)
    run = Engine(topology, Spread(k, serving=width, seed=seed)).run(source)
    return Design(instance, run.messages, run.ticks)


def _asked(design: Design, percent: int, limits: Limits) -> Design:
    """Solve, and replay the run that reaches the fewest."""
    result = solve(design.instance, limits=limits)
    reached = result.solution.objective
    proven = result.solution.status == "optimal" and result.verdict("replay")
    if not proven or reached is None:
        return design
    correct = design.instance.n - design.instance.faults
    enough = 100 * reached >= percent * correct
    return Design(design.instance, design.messages, design.ticks, reached, enough)
