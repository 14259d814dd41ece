"""A stage on which a test directs who hears what, step by step; each step is a tick."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from milpbft.pbft.reference.messages import PrePrepare, seal
from milpbft.schedule import Decide, Deliver, Event, Fault, Schedule, Send, Timeout
from milpbft.sim.network import Log, Packet

if TYPE_CHECKING:
    from collections.abc import Iterable

    from milpbft.pbft.reference.messages import Envelope
    from milpbft.pbft.reference.reference import FamilyReference

Line = tuple[int, str, int]
"""Sender, kind and view of a message."""


class Stage:
    """Replicas of one reference, some of them Byzantine.

    What a correct node did not send, nobody hears: a script made for a faulty replica runs on a
    sound one as far as it goes.
    """

    def __init__(self, reference: FamilyReference[Any], byzantine: Iterable[int] = ()) -> None:
        self.reference = reference
        self.replicas = reference.replicas()
        self.byzantine = frozenset(byzantine)
        self.log: Log[Envelope] = Log()
        self.events: list[Event] = [Fault(0, node, "byzantine") for node in sorted(self.byzantine)]
        self.tick = 0
        for node in self.correct:
            self._act(node)

    @property
    def correct(self) -> list[int]:
        """The nodes that run their own code."""
        return [node for node in self.replicas if node not in self.byzantine]

    @property
    def blocks(self) -> set[bytes]:
        """The different blocks that correct nodes decided on."""
        return {d.block for i in self.correct for d in self.reference.decisions(self.replicas[i])}

    def decided(self, node: int) -> bool:
        """Whether a node decided."""
        return bool(self.reference.decisions(self.replicas[node]))

    def show(self, node: int, *lines: Line) -> None:
        """Deliver messages to a correct node, and let it act."""
        self.tick += 1
        for sender, kind, view in lines:
            if sender in self.byzantine:
                self._lie(sender, kind, view)
        self.tick += 1
        for sender, kind, view in lines:
            packet = self.log.latest(sender, kind, view)
            if packet is not None:
                self.events.append(Deliver(self.tick, node, sender, kind, view))
                self.replicas[node].on_message(packet.envelope)
        self._act(node)

    def expire(self, *nodes: int) -> None:
        """Let timers expire, and the nodes act."""
        for node in nodes:
            self.tick += 1
            replica = self.replicas[node]
            self.events.append(Timeout(self.tick, node, replica.view))
            replica.on_timer()
            self._act(node)

    def mismatch(self, node: int, sender: int) -> None:
        """Show a proposal with the digest of value 0 and the request of value 1."""
        digest = self.reference.request(0).payload.fingerprint
        proposal = PrePrepare(sender, 0, 1, digest, self.reference.request(1))
        self.replicas[node].on_message(seal(proposal, self.reference.keys))
        self._act(node)

    def schedule(self) -> Schedule:
        """Return what happened, for a replay."""
        top = max(self.replicas[node].view for node in self.correct)
        primaries = tuple(self.reference.primary(view) for view in range(top + 1))
        liars = tuple(sorted(self.byzantine))
        return Schedule(
            self.reference.protocol,
            self.reference.n,
            liars,
            primaries,
            tuple(self.events),
            self.tick + 1,
        )

    def _lie(self, node: int, kind: str, view: int) -> None:
        if self.log.latest(node, kind, view) is None:
            envelope = self.reference.forge(node, kind, view, self.log)
            self._sent(node, kind, view, envelope)

    def _act(self, node: int) -> None:
        replica = self.replicas[node]
        before = len(replica.decisions)
        replica.act()
        for envelope in replica.outbox:
            self._sent(node, *self.reference.label(envelope), envelope)
        replica.outbox.clear()
        for decision in replica.decisions[before:]:
            self.events.append(Decide(self.tick, node, decision.view))

    def _sent(self, node: int, kind: str, view: int, envelope: Envelope) -> None:
        self.log.add(Packet(self.tick, node, kind, view, envelope))
        self.events.append(Send(self.tick, node, kind, view))
