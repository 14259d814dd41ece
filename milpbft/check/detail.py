"""Detail: a schedule with all that a driver needs, as replicas tell it in a replay."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

from milpbft.check.replay import Replay
from milpbft.check.rest import SETTING
from milpbft.schedule import Decide, Deliver, Detail, Event, Fault, Schedule, Send
from milpbft.sim.telling import Telling

if TYPE_CHECKING:
    from collections.abc import Iterator

    from milpbft.sim.network import Packet
    from milpbft.sim.replica import Reference

OURS = {"about", "proposes"}
"""What states of our own replicas have beside what those of drivers have."""


def detailed(schedule: Schedule, reference: Reference[Any, Any]) -> Schedule:
    """Return the schedule with numbers of messages, what they say, sizes, rules and final states.

    Of a schedule that the replicas refuse, messages are numbered up to the first difference, and no
    states are final.
    """
    if not isinstance(reference, Telling):
        return schedule
    seen = _Numbering(schedule, reference)
    verdict = seen.run()
    f, quorum = reference.sizes
    detail = Detail(
        f,
        quorum,
        reference.height,
        reference.rotation,
        reference.profile,
        reference.inputs,
        tuple(_ends(seen, reference)) if verdict else (),
        _settling(schedule, reference) if verdict and SETTING in schedule.settings else None,
        reference.period_ms,
        reference.tick_ms,
    )
    return replace(schedule, events=tuple(seen.events(reference)), detail=detail)


class _Numbering(Replay[Any, Any]):
    """A replay that notes which message is which."""

    def __init__(self, schedule: Schedule, reference: Reference[Any, Any]) -> None:
        super().__init__(schedule, reference)
        self.packets: list[Packet[Any]] = []
        self._given: dict[int, Packet[Any]] = {}

    def note(self, packet: Packet[Any]) -> None:
        """Number a message."""
        super().note(packet)
        self.packets.append(packet)

    def give(self, event: Deliver, packet: Packet[Any]) -> None:
        """Note which message is delivered."""
        if packet.kind == event.kind:
            self._given[id(event)] = packet

    def events(self, reference: Telling) -> Iterator[Event]:
        """Yield the events of the schedule, with numbers."""
        numbers = {packet: number for number, packet in enumerate(self.packets)}
        unnamed: defaultdict[tuple[int, int, str, int], list[Packet[Any]]] = defaultdict(list)
        for packet in reversed(self.packets):
            unnamed[packet.tick, packet.sender, packet.kind, packet.view].append(packet)
        for event in self._schedule.events:
            if isinstance(event, Deliver) and id(event) in self._given:
                yield replace(event, msg=numbers[self._given[id(event)]])
            elif isinstance(event, Send) and (
                known := unnamed[event.tick, event.node, event.kind, event.view]
            ):
                number = numbers[packet := known.pop()]
                said = reference.said(packet, self.packets[:number])
                yield replace(event, id=number, **asdict(said))
            else:
                yield event


def _ends(seen: _Numbering, reference: Telling) -> Iterator[dict[str, Any] | None]:
    """Yield the state of each node, None where it does not run its own code."""
    untold = OURS if reference.tick_ms else OURS | {"due_ms"}
    for node, replica in seen.replicas.items():
        if seen.runs_own_code(node):
            state = reference.state(replica)
            yield {name: value for name, value in state.items() if name not in untold}
        else:
            yield None


def _settling(schedule: Schedule, reference: Reference[Any, Any]) -> int:
    """Return the first tick from which on nobody says, decides or suffers anything."""
    kinds = reference.recovery_kinds
    acts = (
        event.tick
        for event in schedule.events
        if isinstance(event, Fault | Decide)
        or (isinstance(event, Send) and event.kind.partition("#")[0] not in kinds)
    )
    return max(acts, default=-1) + 1
