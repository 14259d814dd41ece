"""What a hunt found, as a schedule: one act a tick, recovery messages included."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.dbft.reference.production.reference import ProductionReference
from milpbft.schedule import Decide, Deliver, Event, Fault, Schedule, Send, Timeout
from milpbft.sim.network import Log, Packet

if TYPE_CHECKING:
    from milpbft.dbft.enumerate.hunt import Found, Label
    from milpbft.dbft.reference.messages import Envelope


def schedule_of(found: Found, profile: str, n: int) -> Schedule:
    """Return the acts of a run without Byzantine nodes as a schedule that replays.

    Parameters
    ----------
    found
        What a hunt with `profile` and `n` nodes found.
    profile, n
        As in the hunt.
    """
    return _Writer(profile, n).write(found)


class _Writer:
    def __init__(self, profile: str, n: int) -> None:
        self._profile = profile
        self._reference = ProductionReference(n, profile, height=n)
        self._nodes = dict(self._reference.replicas())
        self._lives = dict.fromkeys(range(n), 0)
        self._log: Log[Envelope] = Log()
        self._packets: dict[Label, Packet[Envelope]] = {}
        self._counts: dict[tuple[int, str, int], int] = {}
        self._events: list[Event] = []
        self._decided: set[int] = set()

    def write(self, found: Found) -> Schedule:
        for tick, (what, node, label) in enumerate(found.acts, start=1):
            if what == "crash":
                self._events.append(Fault(tick, node, "crash"))
                continue
            if what == "restart":
                self._lives[node] += 1
                self._nodes[node] = self._reference.restarted(node, self._lives[node])
                self._events.append(Fault(tick, node, "restart"))
            elif label is None:
                self._events.append(Timeout(tick, node, self._nodes[node].view))
                self._nodes[node].on_timer()
            else:
                packet = self._packets[label]
                self._events.append(Deliver(tick, node, label[0], packet.kind, packet.view))
                self._nodes[node].on_message(packet.envelope)
            self._act(tick, node)
        views = range(1 + max(node.view for node in self._nodes.values()))
        return Schedule(
            protocol="dbft2",
            n=self._reference.n,
            byzantine=(),
            primaries=tuple(self._reference.primary(view) for view in views),
            events=tuple(self._events),
            horizon=len(found.acts),
            source=f"hunt, {self._profile}, seed {found.seed}: {found.ending} {found.state}",
            settings={"profile": self._profile, "height": str(self._reference.n)},
        )

    def _act(self, tick: int, node: int) -> None:
        replica = self._nodes[node]
        replica.act()
        for envelope in replica.outbox:
            kind, view = self._reference.label(envelope)
            if kind in self._reference.recovery_kinds:
                kind = self._log.numbered(node, kind, view)
            packet = Packet(tick, node, kind, view, envelope)
            self._log.add(packet)
            place = node, envelope.payload.kind, envelope.payload.view
            number = self._counts.get(place, 0)
            self._counts[place] = number + 1
            self._packets[*place, number] = packet
            self._events.append(Send(tick, node, kind, view))
        replica.outbox.clear()
        for decision in self._reference.decisions(replica):
            if node not in self._decided:
                self._decided.add(node)
                self._events.append(Decide(tick, node, decision.view))
