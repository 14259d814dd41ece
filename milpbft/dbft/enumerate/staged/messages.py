"""Messages of few views by number: a set of them is an integer with a bit for each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.dbft.reference.messages import (
    ChangeView3,
    Commit,
    PrepareRequest,
    PrepareResponse,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from milpbft.dbft.enumerate.catalogue import Catalogue, Label
    from milpbft.dbft.reference.messages import Envelope

PREPARING = (PrepareRequest.kind, PrepareResponse.kind)
KEPT = (Commit.kind, ChangeView3.kind)
"""Messages that may keep a node from an act; the others only ever make it act."""


class Messages:
    """Numbers every message that nodes can sign in the views of a catalogue.

    Parameters
    ----------
    catalogue
        The messages.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.names = [(k, sender) for k in catalogue.labels for sender in catalogue.senders(k)]
        self._bits = {name: 1 << number for number, name in enumerate(self.names)}
        self._renamed: dict[tuple[int, tuple[int, ...]], int] = {}

    def bit(self, label: Label, sender: int) -> int:
        """Return the set of one message."""
        return self._bits[label, sender]

    def envelopes(self, chosen: int) -> Iterator[Envelope]:
        """Yield the messages of a set, causes before effects."""
        for label, sender in self.named(chosen):
            yield self.catalogue.envelope(label, sender)

    def named(self, chosen: int) -> Iterator[tuple[Label, int]]:
        """Yield labels and senders of a set."""
        return (self.names[number] for number in bits(chosen))

    def of(self, sender: int) -> int:
        """Return all messages of a sender."""
        return sum(bit for (_, who), bit in self._bits.items() if who == sender)

    def renamed(self, chosen: int, names: tuple[int, ...]) -> int:
        """Return a set with its senders renamed."""
        key = chosen, names
        if key not in self._renamed:
            new = (self._bits[label, names[sender]] for label, sender in self.named(chosen))
            self._renamed[key] = sum(new)
        return self._renamed[key]

    def groups(self, view: int) -> Iterator[tuple[bool, list[int]]]:
        """Yield which messages one act of a node in a view may take, and whether a timer fires.

        Preparations and commits lead to a response, a commit or a block; preparations, and change
        views of stages 1 and 3, to that of stage 2; commits, and change views of stage 2, to that
        of stage 3; change views of one stage, of this view or a later one, to the next view. Of a
        change view that an expired timer sends nothing else is taken.
        """
        asks = sorted({kind for kind, _ in self.catalogue.labels if kind.startswith("Change")})
        first, second, third = asks
        yield True, []
        yield False, self._of(view, *PREPARING, Commit.kind)
        yield True, self._of(view, *PREPARING, first, third)
        yield True, self._of(view, second, Commit.kind)
        last = max(v for _, v in self.catalogue.labels)
        for kind in asks:
            yield False, [bit for v in range(view, last + 1) for bit in self._of(v, kind)]

    def _of(self, view: int, *kinds: str) -> list[int]:
        every = self._bits.items()
        return [bit for ((kind, v), _), bit in every if v == view and kind_of(kind) in kinds]


def kind_of(kind: str) -> str:
    """Return a kind of message without the number of the proposal that it is about."""
    return kind.split("#", maxsplit=1)[0]


def bits(chosen: int) -> Iterator[int]:
    """Yield the numbers in a set."""
    while chosen:
        low = chosen & -chosen
        yield low.bit_length() - 1
        chosen ^= low
