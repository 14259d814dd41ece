"""Node: the state machine that broadcasts, as section 3.1 describes it.

A node is told of its rings when it joins; here they are given. It has no clock and does no I/O:
:meth:`Node.on_message` takes a message and leaves what is to be sent in the outbox.

What the paper leaves open is decided so:

- **Upwards.** The source gives the message to the contact of its ring. Each contact on the way
  broadcasts in that ring at once, and hands the message to the contact of the ring one level up.
- **Downwards.** A contact node that gets a message on an upper ring starts the tree of its own
  ring in the same tick, and so on down to level 0.
- **Starting again.** Its rings, bases and contacts it is told anew. Without memory it does once
  more what a message makes it do; with its log it is as it was.
- **Nothing twice.** A node passes a message on once per tree that it is in, and broadcasts in a
  ring once, whatever it receives again. It does pass on in a tree what it already holds: what lies
  behind it in that tree has no other source.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from milpbft.hgfrr.reference.tree import own_children

if TYPE_CHECKING:
    from collections.abc import Mapping

    from milpbft.hgfrr.topology import Ring

UP, DOWN = "Up", "Down"


@dataclass(frozen=True, slots=True)
class Message:
    """A message on the wire, without what it carries.

    Parameters
    ----------
    kind
        ``Up``: for the contact node of a ring, which is to broadcast it. ``Down``: along the tree
        within a ring.
    level
        Of the ring.
    root
        Of the tree, for ``Down``: which of the ring's contact nodes spans it, 0 for the first.
    base
        Of the tree, for ``Down``; the broadcaster drew it. 0 for ``Up``.
    """

    kind: str
    level: int
    root: int = 0
    base: int = 0

    @property
    def label(self) -> str:
        """Its kind in a schedule: ``Up``, ``Down``, and ``Down#j`` in the tree of contact j."""
        return f"{self.kind}#{self.root}" if self.root else self.kind


@dataclass
class Node:
    """One correct node.

    Parameters
    ----------
    node
        Its id.
    rings
        Per level the ring of that level that it is on, from 0 to its highest.
    bases
        Per level the base that it draws for its tree, where it is a contact that broadcasts.
    serving
        How many of a ring's contacts broadcast in it.
    """

    node: int
    rings: Mapping[int, Ring]
    bases: Mapping[int, int]
    serving: int = 1
    holds: bool = False
    outbox: list[tuple[int, Message]] = field(default_factory=list)
    _passed: set[tuple[int, int]] = field(default_factory=set)
    _served: set[int] = field(default_factory=set)
    _ascended: set[int] = field(default_factory=set)

    def start(self) -> None:
        """Broadcast a message of its own."""
        self.holds = True
        self._ascend(0)

    def on_message(self, message: Message) -> None:
        """Take a message, and put into the outbox what follows from it."""
        self.holds = True
        if message.kind == UP:
            self._ascend(message.level)
        else:
            self._pass_on(message)
            self._descend(message.level)

    def forget(self) -> None:
        """Start again without memory: of the message, and of where it was passed on."""
        self.holds = False
        for memory in (self.outbox, self._passed, self._served, self._ascended):
            memory.clear()

    def reload(self) -> None:
        """Start again with its log, which has all that it was given and passed on."""

    def servants(self, level: int) -> tuple[int, ...]:
        """Return the contact nodes that broadcast in its ring of `level`."""
        return self.rings[level].contacts[: self.serving]

    def _ascend(self, level: int) -> None:
        """Have the message broadcast in its ring of `level` and those above."""
        if level not in self.rings or level in self._ascended:
            return
        self._ascended.add(level)
        if self.node in self.servants(level):
            self._serve(level)
            self._descend(level)
            self._ascend(level + 1)
        else:
            self.outbox.extend((contact, Message(UP, level)) for contact in self.servants(level))

    def _descend(self, level: int) -> None:
        """Broadcast in its rings below `level`."""
        for lower in reversed(range(level)):
            if self.node in self.servants(lower):
                self._serve(lower)

    def _serve(self, level: int) -> None:
        """Span a tree in its ring of `level`, as one of the contacts that broadcast."""
        if level in self._served:
            return
        self._served.add(level)
        root = self.servants(level).index(self.node)
        self._pass_on(Message(DOWN, level, root, self.bases[level]))

    def _pass_on(self, message: Message) -> None:
        """Send to its children in the tree of the message, once."""
        tree = message.level, message.root
        if tree in self._passed:
            return
        self._passed.add(tree)
        self.outbox.extend((child, message) for child in self._children(message))

    def _children(self, message: Message) -> list[int]:
        ring = self.rings[message.level]
        root = ring.members.index(self.servants(message.level)[message.root])
        size = len(ring.members)
        number = (ring.members.index(self.node) - root) % size
        return [
            ring.members[(root + child) % size]
            for child in own_children(number, size, message.base)
        ]
