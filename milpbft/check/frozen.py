"""Frozen: states of replicas by number, and what each leads to, found once.

What runs of one protocol have in common, a state is the replica itself as bytes. Nothing here knows
a protocol.
"""

from __future__ import annotations

import io
import pickle
from typing import TYPE_CHECKING, Generic, NamedTuple

from milpbft.sim.replica import E, R, Reference

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Inbox = tuple[int, ...]
"""Numbers of messages, in the order in which they are taken."""


class Seen(NamedTuple):
    """What is seen of a replica: its view, the blocks that it has accepted, and its timer."""

    view: int
    blocks: frozenset[bytes]
    timer: object

    @property
    def decided(self) -> bool:
        """Whether it has accepted a block."""
        return bool(self.blocks)


class Freezer(pickle.Pickler):
    """Writes a replica, and of what all replicas share only which it is."""

    def __init__(self, file: io.BytesIO, shared: Mapping[int, int]) -> None:
        super().__init__(file, protocol=pickle.HIGHEST_PROTOCOL)
        self._places = shared

    def persistent_id(self, obj: object) -> int | None:
        """Return the place of what is shared, None for anything else."""
        return self._places.get(id(obj))


class Thawer(pickle.Unpickler):
    """Reads a replica, with what all replicas share."""

    def __init__(self, file: io.BytesIO, shared: Sequence[object]) -> None:
        super().__init__(file)
        self._shared = shared

    def persistent_load(self, pid: int) -> object:
        """Return what is shared, by its place."""
        return self._shared[pid]


class Book(Generic[R, E]):
    """States of replicas and messages by number; what a state leads to is found once.

    Parameters
    ----------
    reference
        The protocol.
    """

    def __init__(self, reference: Reference[R, E]) -> None:
        self._reference = reference
        self._simple = (int, str, bytes, float, bool, type(None))
        self._shared = [o for o in vars(reference).values() if not isinstance(o, self._simple)]
        self._numbers: dict[tuple[int, E], int] = {}
        self._envelopes: list[E] = []
        self._known: dict[bytes, int] = {}
        self._states: list[bytes] = []
        self._steps: dict[tuple[int, Inbox, bool], tuple[int, frozenset[int]]] = {}
        self.senders: list[int] = []
        """By message: who sent it."""
        self.places: list[tuple[int, str, int, int]] = []
        """By message: its view, kind, sender and number, by which those of a tick are ordered."""
        self.seen: list[Seen] = []
        """By state."""

    def keep(self, replica: R) -> int:
        """Return the number of a replica's state."""
        frozen = self._freeze(replica)
        number = self._known.setdefault(frozen, len(self._states))
        if number == len(self._states):
            one = self._reference
            timer = "propose" if one.proposes(replica) else one.timer(replica)
            self._states.append(frozen)
            blocks = frozenset(decision.block for decision in one.decisions(replica))
            self.seen.append(Seen(one.view(replica), blocks, timer))
        return number

    def step(
        self, node: int, state: int, inbox: Inbox, *, expired: bool
    ) -> tuple[int, frozenset[int]]:
        """Give a replica its messages, let its timer expire perhaps, and let it act.

        Returns
        -------
        tuple
            The state that it is in then, and what it has sent, recovery traffic apart.
        """
        key = state, inbox, expired
        if key not in self._steps:
            replica = self._thaw(self._states[state])
            for message in inbox:
                replica.on_message(self._envelopes[message])
            if expired:
                replica.on_timer()
            replica.act()
            repeats, label = self._reference.recovery_kinds, self._reference.label
            said = [one for one in replica.outbox if label(one)[0] not in repeats]
            replica.outbox.clear()
            sent = frozenset(self._message(node, envelope) for envelope in said)
            self._steps[key] = self.keep(replica), sent
        return self._steps[key]

    def _message(self, node: int, envelope: E) -> int:
        number = self._numbers.setdefault((node, envelope), len(self._envelopes))
        if number == len(self._envelopes):
            self._envelopes.append(envelope)
            self.senders.append(node)
            kind, view = self._reference.label(envelope)
            self.places.append((view, kind, node, number))
        return number

    def _freeze(self, replica: R) -> bytes:
        places = {id(one): place for place, one in enumerate(self._shared)}
        buffer = io.BytesIO()
        Freezer(buffer, places).dump(replica)
        return buffer.getvalue()

    def _thaw(self, frozen: bytes) -> R:
        replica: R = Thawer(io.BytesIO(frozen), self._shared).load()
        return replica
