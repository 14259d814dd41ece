"""Play a schedule on a driver: the first event that differs, and what settling does after it.

Ticks are played one after the other; at a tick each node is given its messages and its expired
timer in the order in which the schedule lists them, and what it sent then is compared, with what
that says as far as both tell. A schedule without recovery messages is about a network that delays
them: what is sent of them is neither compared nor delivered, until the network settles.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from milpbft.driver.meaning import last_inputs, names, setup_of, takes
from milpbft.driver.recording import Recording, differing
from milpbft.driver.sending import BYZANTINE, DiffersError, Sending, base, by_tick
from milpbft.driver.serve import act
from milpbft.driver.wire import Step
from milpbft.schedule import Decide, Deliver, Event, Fault, Schedule, Send, Timeout
from milpbft.sim.bench import Bench, Json

if TYPE_CHECKING:
    from collections.abc import Iterable

RECOVERY = frozenset({"RecoveryRequest", "RecoveryMessage"})
PROPOSALS = ("PrepareRequest", "PrePrepare")
RESPONSE = "PrepareResponse"
ROUNDS = 12
"""Rounds in which everything is delivered and every timer expires, before that is given up."""


@dataclass
class Played:
    """What became of a schedule.

    Parameters
    ----------
    difference
        The first event that differs, in words; empty where none does.
    states
        State of each node after the schedule, as it names them.
    settled
        Whether something came to rest: a round in which everything was delivered and every timer
        expired changed no state.
    freed
        Nodes that had no block before settling, and have one now.
    recording
        All that was done, as a recording: order of inputs, numbers of messages, which proposal each
        lie is about, what recovery messages carried, states, and which steps were settling.
    """

    difference: str = ""
    states: dict[int, Json] = field(default_factory=dict)
    settled: bool = False
    freed: list[int] = field(default_factory=list)
    recording: Recording | None = None


def play(schedule: Schedule, bench: Bench) -> Played:
    """Play a schedule, and let the network settle after it.

    Raises
    ------
    InputError
        Where no naming of nodes gives the views their primaries.
    """
    return _Play(schedule, bench).run()


class _Play:
    def __init__(self, schedule: Schedule, bench: Bench) -> None:
        self._schedule = schedule
        self._detail = schedule.detail
        self._bench = bench
        begun = bench.start()
        self._there = names(schedule, begun)
        here = {there: node for node, there in self._there.items()}
        self._here = here
        self.start, self.steps = begun["states"], list[Json]()
        self._settling = False
        self._states = {here[i]: state for i, state in enumerate(begun["states"])}
        self._sending = Sending(schedule, here)
        self._taken: set[tuple[int, int]] = set()
        self._liars = set(schedule.byzantine)
        self._down: set[int] = set()
        self._primaries = dict(enumerate(schedule.primaries))
        kinds = {base(e.kind) for e in schedule.events if isinstance(e, Send | Deliver)}
        self._omitted = frozenset() if RECOVERY & kinds else RECOVERY
        self._sending.start(begun["sent"])

    def run(self) -> Played:
        played = Played()
        detail = self._detail
        try:
            for tick, events in by_tick(self._schedule.events).items():
                if detail and detail.settling is not None:
                    self._settling = tick >= detail.settling
                self._play_tick(tick, events)
            self._compare_final()
        except DiffersError as error:
            played.difference = str(error)
        played.states = dict(sorted(self._states.items()))
        if not played.difference:
            self._settling = True
            played.settled, played.freed = self._settle()
        setup = setup_of(self._schedule)
        played.recording = Recording(
            kind="schedule",
            n=setup.n,
            height=setup.height,
            period_ms=setup.period_ms,
            protocol=setup.protocol,
            start=self.start,
            steps=self.steps,
        )
        return played

    def _do(self, step: Json) -> Json:
        """Have the bench do a step, and note it, also whether it is settling."""
        answer = act(self._bench, Step.model_validate(step))
        settling = {"settling": True} if self._settling else {}
        self.steps.append({**step, **settling, **answer})
        return answer

    # ---- a tick

    def _play_tick(self, tick: int, events: list[Event]) -> None:
        if self._detail and self._detail.tick_ms:
            self._do({"op": "now", "now_ms": tick * self._detail.tick_ms})
        liars = self._liars | {e.node for e in events if _turns(e)}
        sends = [e for e in events if isinstance(e, Send) and not self._carried(e)]
        self._sending.begin(tick, (e for e in sends if e.node not in liars))
        before = {node: state["done"] for node, state in self._states.items()}
        together = self._detail is not None and self._detail.inputs == "together"
        last = last_inputs(events)
        for event in events:
            if isinstance(event, Fault) and event.fault == "restart":
                self._take(tick, event.node, self._do(self._asked("restart", event.node)))
            elif isinstance(event, Fault) and not event.goes_on:
                (self._liars if event.fault == BYZANTINE else self._down).add(event.node)
            elif isinstance(event, Fault):
                pass  # With its log it is as it was; what it misses, the schedule does not deliver.
            elif (asked := self._input(tick, event)) is not None:
                more = {"more": True} if together and id(event) not in last else {}
                self._take(tick, event.node, self._do(asked | more))
        self._lie(tick, [e for e in sends if e.node in self._liars])
        for event in self._sending.missing():
            what = f"node {event.node} sends {event.kind} of view {event.view} in the schedule"
            told = self._tell(event.node)
            raise DiffersError(f"tick {tick}: {what}, the driver's does not: {told}")
        self._compare_decisions(tick, events, before)

    def _asked(self, op: str, node: int) -> Json:
        return {"op": op, "node": self._there[node]}

    def _input(self, tick: int, event: Event) -> Json | None:
        if event.node in self._liars | self._down:
            return None
        if isinstance(event, Timeout):
            if (view := self._states[event.node]["view"]) != event.view:
                what = f"node {event.node} is in view {event.view} as its timer expires"
                raise DiffersError(f"tick {tick}: {what}; the driver's is in view {view}")
            return self._asked("timeout", event.node)
        if not isinstance(event, Deliver) or not takes(event) or self._carried(event):
            return None
        label = event.sender, event.kind, event.view
        number = self._sending.find(*label, event.msg, tick)
        if number is None:
            what = f"node {event.node} receives {event.kind} of view {event.view}"
            raise DiffersError(f"tick {tick}: {what} from node {event.sender}: it was not sent")
        self._taken.add((event.node, number))
        return {**self._asked("deliver", event.node), "msg": number}

    def _carried(self, event: Deliver | Send) -> bool:
        """Whether this is the response of its own primary, which is the request."""
        sender = event.sender if isinstance(event, Deliver) else event.node
        return base(event.kind) == RESPONSE and sender == self._primaries.get(event.view)

    def _take(self, tick: int, node: int, answer: Json, *, compared: bool = True) -> None:
        self._states[node] = answer["state"]
        for message in answer["sent"]:
            meant = self._sending.note(tick, message)
            if not compared or message["kind"] in self._omitted:
                continue
            said = f"the driver's node {node} sends {base(message['kind'])}"
            said = f"tick {tick}: {said} of view {message['view']}"
            if meant is None:
                raise DiffersError(f"{said}, which the schedule does not have")
            if differs := self._sending.differs(message, meant):
                raise DiffersError(f"{said} that says something else; the schedule has {differs}")

    def _lie(self, tick: int, lies: list[Send]) -> None:
        """Have Byzantine nodes say what they say, each after what it is about."""
        for event in sorted(lies, key=lambda e: (base(e.kind) not in PROPOSALS, e.id or 0)):
            lie = {"kind": base(event.kind), "view": event.view, **self._content(event)}
            answer = self._do({**self._asked("forge", event.node), **lie})
            for message in answer["sent"]:
                self._sending.note(tick, message, event)

    def _content(self, event: Send) -> Json:
        """Return what a Byzantine node says beside kind and view."""
        _, mark, number = event.kind.partition("#")
        if event.id is None:
            primary = self._primaries.get(event.view, event.node)
            proposal = PROPOSALS[0] + mark + number, event.view
            proposes = base(event.kind) in PROPOSALS
            about = -1 if proposes else self._sending.latest(primary, *proposal)
            return {"about": about, "nonce": int(number or 0)}
        content: Json = {"about": -1, "nonce": event.nonce or int(number or 0)}
        if event.about is not None:
            content["about"] = self._sending.number(event.about)
        if event.carries is not None:
            content["carries"] = [self._sending.number(one) for one in event.carries]
        return content

    # ---- states

    def _compare_decisions(self, tick: int, events: list[Event], before: dict[int, bool]) -> None:
        meant = {e.node for e in events if isinstance(e, Decide)} - self._liars
        took = {i for i, s in self._states.items() if s["done"] and not before[i]} - self._liars
        for node in sorted(meant - took):
            raise DiffersError(f"tick {tick}: node {node} decides in the schedule, "
                               f"the driver's does not: {self._tell(node)}")  # fmt: skip
        for node in sorted(took - meant):
            what = f"the driver's node {node} decides"
            raise DiffersError(f"tick {tick}: {what}, which the schedule does not have")

    def _compare_final(self) -> None:
        final = self._detail.final if self._detail else ()
        if any(node != there for node, there in self._there.items()):
            return  # states name nodes
        for node, expected in enumerate(final):
            if expected is None:
                continue
            for name in differing(expected, self._states[node]):
                what = f"node {node} has {name} {expected[name]} at the end of the schedule"
                raise DiffersError(f"{what}, the driver's {self._states[node][name]}")

    def _tell(self, node: int) -> str:
        return ", ".join(f"{name} {value}" for name, value in self._states[node].items())

    # ---- settling

    def _settle(self) -> tuple[bool, list[int]]:
        """Deliver everything and let every timer expire, until that changes nothing."""
        up = [i for i in sorted(self._states) if i not in self._liars | self._down]
        waited = [node for node in up if not self._states[node]["done"]]
        settled = False
        self._sending.begin(-1, ())
        for _ in range(ROUNDS):
            before = {node: _lasting(self._states[node]) for node in up}
            self._deliver_all(up)
            for node in up:
                self._take(-1, node, self._do(self._asked("timeout", node)), compared=False)
            self._deliver_all(up)
            settled = before == {node: _lasting(self._states[node]) for node in up}
            if settled:
                break
        return settled, [node for node in waited if self._states[node]["done"]]

    def _deliver_all(self, up: Iterable[int]) -> None:
        """Deliver what was sent so far, and what is sent meanwhile once more."""
        for _ in range(2):
            heard = {number for _, number in self._taken}
            for number, message in list(self._sending.messages.items()):
                if not self._owed(message, heard=number in heard):
                    continue
                for node in up:
                    if self._here[message["sender"]] == node or (node, number) in self._taken:
                        continue
                    self._taken.add((node, number))
                    given = {**self._asked("deliver", node), "msg": number}
                    self._take(-1, node, self._do(given), compared=False)

    def _owed(self, message: Json, *, heard: bool) -> bool:
        """Whether the network owes a message to all: what a liar said only where it is passed on.

        A liar gives its messages to whom it wants, and correct nodes pass on, with gossip, what
        they heard; :mod:`milpbft.check.rest` has the same.
        """
        if self._here[message["sender"]] not in self._liars:
            return True
        settings = self._schedule.settings
        relayed = settings.get("relayed", "").split(",")
        return heard and (settings.get("gossip") == "true" or base(message["kind"]) in relayed)


def _turns(event: Event) -> bool:
    return isinstance(event, Fault) and event.fault == BYZANTINE


def _lasting(state: Json) -> Json:
    return {name: value for name, value in state.items() if name != "due_ms"}
