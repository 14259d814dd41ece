"""Replay: whether a schedule happens when correct nodes run their own code.

The schedule decides deliveries, faults, what Byzantine nodes send and, with free clocks, timers.
What correct nodes send and decide is compared with it, tick by tick, silence included. The text of
:mod:`milpbft.pov.reference` says how a schedule is read.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from milpbft.errors import InputError
from milpbft.pov.reference.designation import designated
from milpbft.pov.reference.labels import Label
from milpbft.pov.reference.node import Node
from milpbft.pov.reference.rules import Rules
from milpbft.pov.reference.world import World
from milpbft.schedule import Decide, Deliver, Event, Fault, Schedule, Send, Timeout
from milpbft.schedule.reading import number_in
from milpbft.sim.faults import Faults
from milpbft.sim.moves import Forgery, Moves
from milpbft.sim.signatures import KeyRing
from milpbft.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from milpbft.pov.reference.messages import Envelope
    from milpbft.pov.reference.transactions import Action
    from milpbft.sim.network import Packet


class Difference(Exception):  # noqa: N818  (not an error: a finding)
    """The first event in which schedule and nodes differ, in words."""


def replay(
    schedule: Schedule, agenda: Mapping[int, Sequence[tuple[int, Action]]] | None = None
) -> Verdict:
    """Run `schedule` on correct nodes.

    Parameters
    ----------
    schedule
        Of protocol ``pov``.
    agenda
        Per tick: nodes and the transactions that they are told to make.

    Returns
    -------
    Verdict
        Of the check ``replay``: ``confirmed``, or ``refuted`` with the first event that differs.

    Raises
    ------
    InputError
        Where the schedule is of another protocol, its settings are no network, it has a kind that
        does not exist, or a faulty time server.
    """
    return Replay(schedule, agenda).run()


class Replay:
    """One replay; after :meth:`run`, `world` shows where the nodes ended.

    Parameters
    ----------
    schedule, agenda
        As for :func:`replay`.
    theirs
        Rules that the correct nodes run by, by default those of the schedule; tests put faulty
        ones here.
    """

    def __init__(
        self,
        schedule: Schedule,
        agenda: Mapping[int, Sequence[tuple[int, Action]]] | None = None,
        theirs: Rules | None = None,
    ) -> None:
        if schedule.protocol != "pov":
            raise InputError("protocol", schedule.protocol, "pov")
        rules = Rules.of(schedule.n, schedule.settings)
        self._schedule = schedule
        self._timed = any(isinstance(event, Timeout) for event in schedule.events)
        self._timed |= rules.clocks == "free" or rules.skew > 0
        keys = KeyRing(rules.n, number_in(schedule.settings, "keys", 0))
        self.world = World(rules, keys=keys, faults=_faults(schedule), agenda=agenda, theirs=theirs,
                           favourites=designated(schedule))  # fmt: skip

    def run(self) -> Verdict:
        """Replay every tick up to the horizon."""
        ticks: defaultdict[int, list[Event]] = defaultdict(list)
        for event in self._schedule.events:
            ticks[event.tick].append(event)
        try:
            self._compare_primaries()
            for tick in range(self._schedule.horizon + 1):
                self._tick(tick, ticks[tick])
        except Difference as difference:
            return Verdict("replay", "refuted", str(difference))
        return Verdict("replay", "confirmed")

    def _compare_primaries(self) -> None:
        rules = self.world.rules
        for view, node in enumerate(self._schedule.primaries):
            ours = rules.first_team[rules.seat(rules.first, view + 1)]
            if ours != node:
                raise Difference(f"primary of view {view}: {node} in the schedule, {ours} here")

    def _tick(self, tick: int, events: list[Event]) -> None:
        liars = self.world.faults.byzantine
        expiries: list[int] = []
        forgeries: list[Forgery] = []
        for event in events:
            match event:
                case Timeout():
                    expiries.append(event.node)
                case Send(node=node) if node in liars:
                    forgeries.append(Forgery(node, event.kind, event.view))
                case Send(node=node) if node == self.world.rules.server:
                    label = Label.parse(event.kind)
                    self.world.readings[label.suffix, event.view] = label.off
                case Decide(node=node) if node in liars:
                    raise Difference(f"tick {tick}: Byzantine node {node} decides; none does")
        deliveries = [
            found for event in events if isinstance(event, Deliver) for found in self._find(event)
        ]
        for (node, packet), times in Counter(deliveries).items():
            if times > 1:
                what = f"{packet.kind} of view {packet.view} from node {packet.sender} twice"
                raise Difference(f"tick {tick}: node {node} receives {what}")
        happened = self.world.step(tick, Moves(deliveries, expiries, forgeries))
        if self.world.impossible:
            raise Difference(self.world.impossible[0])
        self._compare(tick, events, happened)

    def _find(self, event: Deliver) -> list[tuple[int, Packet[Envelope]]]:
        log, network = self.world.network.log, self.world.network
        what = f"{event.kind} of view {event.view} from node {event.sender}"
        late = f"tick {event.tick}: node {event.node} receives {what}, which"
        if event.node == event.sender:
            if log.latest(event.sender, event.kind, event.view) is None:
                raise Difference(f"{late} was not sent before")
            return []
        packet = log.latest(event.sender, event.kind, event.view, event.tick)
        if packet is None:
            raise Difference(f"{late} was not sent before")
        if packet not in network.under_way(event.node, event.tick):
            raise Difference(f"{late} it has received already")
        return [(event.node, packet)]

    def _compare(self, tick: int, scheduled: list[Event], happened: list[Event]) -> None:
        theirs = Counter(event for event in scheduled if self._compared(event))
        ours = Counter(event for event in happened if self._compared(event))
        for event in theirs - ours:
            state = self._state(event.node)
            raise Difference(f"tick {tick}: {_words(event)} in the schedule, but not here: {state}")
        for event in ours - theirs:
            state = self._state(event.node)
            raise Difference(f"tick {tick}: {_words(event)} here, but not in the schedule: {state}")

    def _compared(self, event: Event) -> bool:
        if isinstance(event, Fault | Deliver) or event.node in self.world.faults.byzantine:
            return False
        return self._timed or not isinstance(event, Timeout)

    def _state(self, number: int) -> str:
        node = self.world.machines[number]
        if not isinstance(node, Node):
            return "it is the time server"
        draft = node.butler.draft
        has = f" with a draft of cycle {draft.header.cycle - 1}" if draft else ""
        drops = ", ".join(f"{reason} ({count})" for reason, count in sorted(node.dropped.items()))
        dropped = f", dropped: {drops}" if drops else ""
        return f"it is at height {node.place[0]} in cycle {node.cycle - 1}{has}{dropped}"


def _faults(schedule: Schedule) -> Faults:
    crashes: dict[int, int] = {}
    restarts: dict[int, tuple[int, ...]] = {}
    reloads: dict[int, tuple[int, ...]] = {}
    for event in schedule.events:
        if isinstance(event, Fault) and event.fault == "crash":
            crashes[event.node] = event.tick
        elif isinstance(event, Fault) and event.fault == "restart":
            restarts[event.node] = (*restarts.get(event.node, ()), event.tick)
        elif isinstance(event, Fault) and event.fault == "reload":
            reloads[event.node] = (*reloads.get(event.node, ()), event.tick)
        elif isinstance(event, Fault) and event.node not in schedule.byzantine:
            allowed = "crash, restart or reload, or byzantine for a Byzantine node"
            raise InputError("fault", event.fault, allowed)
    return Faults(frozenset(schedule.byzantine), crashes, restarts, reloads)


def _words(event: Event) -> str:
    match event:
        case Send():
            return f"node {event.node} sends {event.kind} of view {event.view}"
        case Decide():
            return f"node {event.node} decides in view {event.view}"
    assert isinstance(event, Timeout)
    return f"the timer of node {event.node} expires in view {event.view}"
