"""Missing: who may reload its log at a tick of several heights, of those that it costs anything."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from milpbft.pov.reference.messages import BlockMessage, Proposal, SignatureMessage, Timestamp

if TYPE_CHECKING:
    from collections.abc import Iterator

    from milpbft.pov.reference.node import Node
    from milpbft.pov.reference.world import World


def again(world: World, tick: int, most: int) -> Iterator[tuple[int, ...]]:
    """Yield all sets of nodes that reload their logs at a tick, the empty one last.

    Parameters
    ----------
    most
        How many do so in a run at most, each once.
    """
    able = [number for number, node in world.nodes.items()
            if most and number not in world.reloaded and _misses(world, node, tick)]  # fmt: skip
    for count in range(max(0, min(most - len(world.reloaded), len(able))), -1, -1):
        yield from combinations(able, count)


def _misses(world: World, node: Node, tick: int) -> bool:
    """Whether anything is under way to a node that it would do something with."""
    if node.resting:
        return False
    waiting = (one.envelope.payload for one in world.network.under_way(node.number, tick))
    draft, _, _, asked, _ = node.butler.keeps
    kinds = {
        BlockMessage: True,
        Proposal: node.commissioner is not None,
        SignatureMessage: draft is not None,
        Timestamp: asked is not None,
    }
    return any(kinds.get(type(one), False) for one in waiting)
