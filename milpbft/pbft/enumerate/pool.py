"""Every message that is met in an enumeration, numbered, so that sets of messages are integers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from milpbft.pbft.reference.messages import NewView, ViewChange
from milpbft.pbft.reference.sbft import decides

if TYPE_CHECKING:
    from collections.abc import Iterator

    from milpbft.pbft.reference.messages import Envelope
    from milpbft.pbft.reference.reference import FamilyReference

Group = tuple[str, int]
"""Messages that one rule of a replica may count together: a kind and a view."""

ANY_VIEW = -1
"""View changes are counted together whichever view they are for: who joins, joins the earliest."""


class Message(NamedTuple):
    """What tells messages apart: sender and label.

    Of a new view also how many proposals it has, and the digests whose decision it proves: a broken
    one may prove a decision on one value and propose another.
    """

    sender: int
    kind: str
    view: int
    proposals: int = 0
    proven: frozenset[bytes] = frozenset()


class Pool:
    """Numbers messages; a set of messages is an integer with a bit for each.

    Of messages that are alike one stands for all: whose prepares are in a certificate, and whose
    view changes in a new view, is nothing that a replica looks at once it found them valid. With
    two views all claims are of view 0, so that labels say which value is claimed, and how.

    Parameters
    ----------
    reference
        Names messages.
    """

    def __init__(self, reference: FamilyReference[Any]) -> None:
        self._reference = reference
        self._numbers: dict[Message, int] = {}
        self.messages: list[Message] = []
        self.envelopes: list[Envelope] = []
        self.groups: dict[Group, int] = {}
        """Per group the set of its messages."""
        self.of_sender: dict[int, int] = {}
        """Per node the set of its messages."""
        self.new_views = 0
        """New views."""
        self.view_changes = 0
        """View changes: the only messages that more than one rule counts, joining and opening."""

    def add(self, envelope: Envelope) -> int:
        """Return the number of a message, a new one where none like it is known."""
        payload = envelope.payload
        said = (envelope.sender, *self._reference.label(envelope))
        more = _contents(payload) if isinstance(payload, NewView) else (0, frozenset[bytes]())
        message = Message(*said, *more)
        if message in self._numbers:
            return self._numbers[message]
        number = self._numbers[message] = len(self.messages)
        self.messages.append(message)
        self.envelopes.append(envelope)
        view_change = isinstance(payload, ViewChange)
        group = (payload.kind, ANY_VIEW) if view_change else (message.kind, message.view)
        self.groups[group] = self.groups.get(group, 0) | 1 << number
        self.of_sender[message.sender] = self.of_sender.get(message.sender, 0) | 1 << number
        self.new_views |= isinstance(payload, NewView) << number
        self.view_changes |= view_change << number
        return number

    def group(self, number: int) -> int:
        """Return the set of messages that a message is counted with."""
        return next(mask for mask in self.groups.values() if mask >> number & 1)


def _contents(opening: NewView) -> tuple[int, frozenset[bytes]]:
    """Return the number of proposals, and which digests are proven to be decided."""
    view_changes = [e.payload for e in opening.view_changes]
    claims = [
        c
        for view_change in view_changes
        if isinstance(view_change, ViewChange)
        for c in view_change.claims
    ]
    return len(opening.pre_prepares), frozenset(c.digest for c in claims if decides(c))


def bits(mask: int) -> Iterator[int]:
    """Yield the numbers in a set."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low
