"""Classes: the primary of each modelled view, one node each, and the other nodes.

Byzantine nodes are no nodes of the automaton. Parameter ``F`` counts them, and each adds at most
one to a guard; ``F_v`` says whether the primary of view v is one of them.
"""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from milpbft.automaton.condition import TRUE, Condition, all_of, any_of, at_least, equal
from milpbft.automaton.linear import Linear
from milpbft.automaton.specification import Specification
from milpbft.table.need import BYZANTINE, NODES, ONE, equivocator

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def parameters(views: int) -> tuple[str, ...]:
    """Name the parameters that every rule table has."""
    return "N", "T", "F", *(f"F_{view}" for view in range(views))


def _liars(views: int) -> Linear:
    return Linear.combine((f"F_{view}", 1) for view in range(views))


def assumptions(views: int) -> Condition:
    """``F_v <= 1``, and the Byzantine primaries are among the Byzantine nodes."""
    single = all_of(at_least(ONE - equivocator(view)) for view in range(views))
    others = at_least(NODES - BYZANTINE - views + _liars(views))
    least = at_least(BYZANTINE - _liars(views))
    return all_of([single, least, others, at_least(NODES - views)])


def starts_at(primaries: list[str], backups: str) -> Condition:
    """Correct nodes start here: the primary of each view, and the other nodes."""
    conditions = [
        equal(Linear.of(name) + equivocator(view) - 1) for view, name in enumerate(primaries)
    ]
    views = len(primaries)
    rest = NODES - views - BYZANTINE + _liars(views)
    return all_of([*conditions, equal(Linear.of(backups) - rest)])


def agreement(done: Mapping[str, tuple[str, ...]]) -> Iterator[Specification]:
    """Yield one specification per pair of blocks: not both are decided."""
    for one, other in combinations(done, 2):
        neither = [equal(Linear.combine((place, 1) for place in done[b])) for b in (one, other)]
        yield Specification(f"agreement_{one}_{other}", "safety", TRUE, any_of(neither))
