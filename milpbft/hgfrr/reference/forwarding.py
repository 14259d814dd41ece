"""Forwarding: the reference's broadcasts as data; see :class:`milpbft.hgfrr.relays.Relays`."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from milpbft.hgfrr.reference.engine import Engine
from milpbft.hgfrr.reference.node import Node
from milpbft.hgfrr.reference.world import World, make_nodes
from milpbft.hgfrr.relays import START, Relays
from milpbft.hgfrr.spread import Spread

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from milpbft.hgfrr.reference.node import Message
    from milpbft.hgfrr.topology import Topology


def relays(topology: Topology, source: int, spread: Spread | None = None) -> Relays:
    """Run a broadcast without failures, and note for each transmission what it takes.

    Every message that a node receives is given to a node of its own that has received nothing else:
    what that one sends is what the message causes.

    Raises
    ------
    InputError
        Where the source is not in the network.
    """
    spread = spread or Spread()
    sent = World(topology, source, spread).run().transmissions
    number = {(t.sender, t.receiver, t.message): e for e, t in enumerate(sent)}
    nodes = make_nodes(topology, spread)
    causes: defaultdict[int, list[int]] = defaultdict(list)
    for e, transmission in enumerate(sent):
        for effect in _effects(nodes[transmission.receiver], transmission.message):
            causes[number[effect]].append(e)
    for effect in _effects(nodes[source], None):
        causes[number[effect]].append(START)
    return _needed(
        Relays(
            source,
            topology.ids,
            np.array([t.sender for t in sent], dtype=np.int64),
            np.array([t.receiver for t in sent], dtype=np.int64),
            np.array([t.sent for t in sent], dtype=np.int64),
            np.array([t.message.level for t in sent], dtype=np.int64),
            tuple(t.message.label for t in sent),
            tuple(tuple(sorted(causes[e])) for e in range(len(sent))),
        )
    )


def _needed(found: Relays) -> Relays:
    """Drop the causes that say nothing: those that take another cause, or the effect, to happen.

    A contact that the message passed on its way up receives it again in the tree above, which would
    make it broadcast in its ring, had it not done so.
    """

    @cache
    def without(index: int) -> NDArray[np.bool_]:
        return found.happening(without=(index,))

    causes = list(found.causes)
    for e, several in enumerate(found.causes):
        if START in several:
            causes[e] = (START,)
        elif len(several) > 1:
            others = (e, *several)
            causes[e] = tuple(c for c in several if all(without(o)[c] for o in others if o != c))
    return replace(found, causes=tuple(causes))


def hops(
    topology: Topology, spread: Spread | None = None, silent: Iterable[int] = ()
) -> NDArray[np.int64]:
    """Return the ticks from each node's broadcast to each node's receipt.

    Parameters
    ----------
    topology
        The rings; meant for up to some thousand nodes.
    spread
        Parameters of the broadcasts, one draw of bases for all.
    silent
        Nodes that receive and never send; their own broadcasts reach nobody.

    Returns
    -------
    NDArray
        Shape (ids, ids), source first: 0 on the diagonal, -1 where the message never comes, and in
        the rows and columns of ids that are not in the network.
    """
    engine, muted = Engine(topology, spread or Spread()), tuple(silent)
    table = np.full((topology.ids, topology.ids), -1, dtype=np.int64)
    for source in topology.nodes.tolist():
        table[source] = engine.run(source, muted).first
    return table


def _effects(like: Node, message: Message | None) -> list[tuple[int, int, Message]]:
    """Return what a fresh node sends on one message, or of itself: sender, receiver, message."""
    node = Node(like.node, like.rings, like.bases, like.serving)
    if message is None:
        node.start()
    else:
        node.on_message(message)
    return [(node.node, receiver, sent) for receiver, sent in node.outbox]
