"""Nodes and rings with a known fault, which do what sound ones never do."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from milpbft.hgfrr.reference.live import LiveMessage, LiveNode
from milpbft.hgfrr.reference.membership import Overlay
from milpbft.hgfrr.reference.node import Message, Node

if TYPE_CHECKING:
    from milpbft.hgfrr.peers import Peers


@dataclass
class Sparing(Node):
    """A relay that passes over its first child in each tree."""

    def _children(self, message: Message) -> list[int]:
        return super()._children(message)[1:]


@dataclass
class Chained(Node):
    """A relay that knows no tree: it sends to whoever stands next to it on the ring."""

    def _children(self, message: Message) -> list[int]:
        ring = self.rings[message.level]
        root = self.servants(message.level)[message.root]
        after = ring.members[(ring.members.index(self.node) + 1) % len(ring.members)]
        return [after] if after != root else []


@dataclass
class Loud(Node):
    """A relay that sends everything twice."""

    def on_message(self, message: Message) -> None:
        """Take a message, and answer twice."""
        before = len(self.outbox)
        super().on_message(message)
        self.outbox += self.outbox[before:]


@dataclass
class Half(Node):
    """A relay that starts again without the message, and still knows where it passed it on."""

    def forget(self) -> None:
        """Forget the message alone."""
        self.holds = False


@dataclass
class Logless(Node):
    """A relay that has lost its log."""

    def reload(self) -> None:
        """Start again without memory."""
        self.forget()


@dataclass
class LiveSparing(LiveNode):
    """A relay of rings that change that passes over the first to whom it would send."""

    def on_message(self, message: LiveMessage) -> None:
        """Take a message, and leave the first answer out."""
        before = len(self.outbox)
        super().on_message(message)
        del self.outbox[before : before + 1]


@dataclass
class LiveChained(LiveNode):
    """A relay of rings that change that sends to whoever stands next in the tree's order."""

    def _pass_on(self, message: LiveMessage) -> None:
        order = self._order(message) if self.present else message.order
        fresh = (message.level, message.order) not in self._passed
        self._passed.add((message.level, message.order))
        after = order[order.index(self.node) + 1 :] if self.node in order else ()
        self.outbox += [(one, message) for one in after[:1] if fresh]


@dataclass
class LiveLoud(LiveNode):
    """A relay of rings that change that sends everything twice."""

    def on_message(self, message: LiveMessage) -> None:
        """Take a message, and answer twice."""
        before = len(self.outbox)
        super().on_message(message)
        self.outbox += self.outbox[before:]


class Restless(Overlay):
    """Rings that elect all contacts anew whenever a node leaves."""

    def leave(self, node: int) -> None:
        """Remove a node, and rotate."""
        super().leave(node)
        self.rotate()


@dataclass(frozen=True)
class Mutant:
    """A known fault of all correct nodes, by what it is put in place of.

    Parameters
    ----------
    node, live
        Relays of a broadcast, and of one over rings that change.
    overlay
        Rings that are repaired.
    spares
        Of those that a node of a gossip or of Kademlia knows, it leaves out so many, the first.
    more
        So many calls a tick a node makes beside those that its ports allow.
    """

    node: type[Node] = Node
    live: type[LiveNode] = LiveNode
    overlay: type[Overlay] = Overlay
    spares: int = 0
    more: int = 0

    def peers(self, peers: Peers) -> Peers:
        """Return whom nodes tell of those that they know."""
        return replace(peers, known=tuple(one[self.spares :] for one in peers.known))


SOUND = Mutant()
"""No fault."""
MUTANTS = {
    "sparing": Mutant(Sparing, LiveSparing, spares=1),
    "chained": Mutant(Chained, LiveChained),
    "loud": Mutant(Loud, LiveLoud),
    "restless": Mutant(overlay=Restless),
    "hasty": Mutant(more=1),
    "half": Mutant(Half),
    "logless": Mutant(Logless),
}
"""Known faults, by name."""
