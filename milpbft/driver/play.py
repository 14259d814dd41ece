"""Play a schedule on a driver: the first event that differs, and what settling does after it.

Ticks are played one after the other; at a tick each node is given its messages and its expired
timer in the order in which the schedule lists them, each handled whole. What it sent at the tick is
compared then. A schedule without recovery messages is about a network that delays them: what is
sent of them is neither compared nor delivered, until the network settles.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from milpbft.driver.recording import Recording
from milpbft.driver.serve import act
from milpbft.driver.wire import Step
from milpbft.errors import InputError
from milpbft.schedule import Decide, Deliver, Event, Fault, Schedule, Send, Timeout
from milpbft.sim.bench import Bench, Json, Setup

if TYPE_CHECKING:
    from collections.abc import Iterable

RECOVERY = frozenset({"RecoveryRequest", "RecoveryMessage"})
PROPOSAL = "PrepareRequest"
RESPONSE = "PrepareResponse"
ROUNDS = 12
"""Rounds in which everything is delivered and every timer expires, before that is given up."""


class DiffersError(Exception):
    """The first event that differs, in words."""


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


def setup_of(schedule: Schedule, profile: str = "") -> Setup:
    """Return what the nodes of a schedule are."""
    height = int(schedule.settings.get("height", 10 * schedule.n))
    named = profile or schedule.settings.get("profile", "")
    return Setup(schedule.protocol, schedule.n, height, profile=named)


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
        self._bench = bench
        begun = bench.start()
        self._there = _names(schedule, begun["states"])
        self._here = {there: here for here, there in self._there.items()}
        self.start, self.steps = begun["states"], list[Json]()
        self._settling = False
        self._states = {self._here[i]: s for i, s in enumerate(begun["states"])}
        self._sent: defaultdict[tuple[int, str, int], list[tuple[int, int]]] = defaultdict(list)
        self._all: list[Json] = []
        self._taken: set[tuple[int, int]] = set()
        self._liars = set(schedule.byzantine)
        self._down: set[int] = set()
        kinds = (e.kind.partition("#")[0] for e in schedule.events if isinstance(e, Send | Deliver))
        self._omitted = frozenset() if RECOVERY & set(kinds) else RECOVERY
        self._note(-1, begun["sent"])

    def run(self) -> Played:
        ticks: defaultdict[int, list[Event]] = defaultdict(list)
        for event in self._schedule.events:
            ticks[event.tick].append(event)
        played = Played()
        try:
            for tick in sorted(ticks):
                self._play_tick(tick, ticks[tick])
        except DiffersError as error:
            played.difference = str(error)
        played.states = dict(sorted(self._states.items()))
        if not played.difference:
            self._settling = True
            played.settled, played.freed = self._settle()
        played.recording = Recording(
            kind="schedule",
            n=self._schedule.n,
            height=setup_of(self._schedule).height,
            protocol=self._schedule.protocol,
            start=self.start,
            steps=self.steps,
        )
        return played

    def _do(self, step: Json) -> Json:
        """Have the bench do a step, and note it; what is done after the schedule is settling."""
        answer = act(self._bench, Step.model_validate(step))
        settling = {"settling": True} if self._settling else {}
        self.steps.append({**step, **settling, **answer})
        return answer

    # ---- a tick

    def _play_tick(self, tick: int, events: list[Event]) -> None:
        sent: defaultdict[int, Counter[tuple[str, int]]] = defaultdict(Counter)
        before = {node: state["done"] for node, state in self._states.items()}
        for event in events:
            if isinstance(event, Fault) and event.fault == "restart":
                again = self._do({"op": "restart", "node": self._there[event.node]})
                sent[event.node] += self._take(tick, event.node, again)
            elif isinstance(event, Fault):
                (self._liars if event.fault == "byzantine" else self._down).add(event.node)
            elif (answer := self._input(tick, event)) is not None:
                sent[event.node] += self._take(tick, event.node, answer)
        self._lie(tick, events)
        self._compare(tick, events, sent)
        self._compare_decisions(tick, events, before)

    def _input(self, tick: int, event: Event) -> Json | None:
        if event.node in self._liars | self._down:
            return None
        if isinstance(event, Timeout):
            if (view := self._states[event.node]["view"]) != event.view:
                what = f"node {event.node} is in view {event.view} as its timer expires"
                raise DiffersError(f"tick {tick}: {what}; the driver's is in view {view}")
            return self._do({"op": "timeout", "node": self._there[event.node]})
        if not isinstance(event, Deliver) or event.sender == event.node or self._carried(event):
            return None
        number = self._find(tick, event)
        self._taken.add((event.node, number))
        return self._do({"op": "deliver", "node": self._there[event.node], "msg": number})

    def _carried(self, event: Deliver | Send) -> bool:
        """Whether this is the response of its own primary, which is the request."""
        sender = event.sender if isinstance(event, Deliver) else event.node
        primary = dict(enumerate(self._schedule.primaries)).get(event.view)
        return event.kind.partition("#")[0] == RESPONSE and sender == primary

    def _find(self, tick: int, event: Deliver) -> int:
        known = self._sent[event.sender, event.kind, event.view]
        earlier = [number for when, number in known if when < tick]
        if not earlier:
            what = f"node {event.node} receives {event.kind} of view {event.view}"
            raise DiffersError(f"tick {tick}: {what} from node {event.sender}: it was not sent")
        return earlier[-1]

    def _take(self, tick: int, node: int, answer: Json) -> Counter[tuple[str, int]]:
        self._states[node] = answer["state"]
        told = (m for m in answer["sent"] if m["kind"] not in self._omitted)
        self._note(tick, answer["sent"])
        return Counter((m["kind"].partition("#")[0], m["view"]) for m in told)

    def _note(self, tick: int, messages: Iterable[Json], kind: str = "") -> None:
        for message in messages:
            sender = self._here[message["sender"]]
            self._all.append(message)
            name = kind or self._named(tick, sender, message)
            self._sent[sender, name, message["view"]].append((tick, message["id"]))

    def _named(self, tick: int, sender: int, message: Json) -> str:
        """Return the kind by which the schedule calls a message: ``#k`` tells several apart."""
        base, view = message["kind"].partition("#")[0], message["view"]
        if base in RECOVERY:
            number = sum(m["sender"] == message["sender"] and m["kind"] == message["kind"]
                         and m["view"] == view for m in self._all) - 1  # fmt: skip
            return f"{base}#{number}" if number else base
        # A primary that restarted proposes anew, and others answer it: the schedule tells apart.
        said = (
            event.kind
            for event in self._schedule.events
            if isinstance(event, Send)
            and (event.node, event.view, event.tick) == (sender, view, tick)
            and event.kind.partition("#")[0] == base
        )
        return next(said, base)

    def _lie(self, tick: int, events: list[Event]) -> None:
        lies = [e for e in events if isinstance(e, Send) and e.node in self._liars]
        for event in sorted(lies, key=lambda e: e.kind.partition("#")[0] != PROPOSAL):
            if self._carried(event):
                continue
            base, _, suffix = event.kind.partition("#")
            primary = dict(enumerate(self._schedule.primaries)).get(event.view, event.node)
            proposal = f"{PROPOSAL}#{suffix}" if suffix else PROPOSAL
            known = self._sent[primary, proposal, event.view]
            about = known[-1][1] if known and base != PROPOSAL else -1
            said = {"node": self._there[event.node], "kind": base, "view": event.view}
            lie = {"op": "forge", **said, "about": about, "nonce": int(suffix or 0)}
            self._note(tick, self._do(lie)["sent"], event.kind)

    def _compare(
        self, tick: int, events: list[Event], sent: dict[int, Counter[tuple[str, int]]]
    ) -> None:
        meant: defaultdict[int, Counter[tuple[str, int]]] = defaultdict(Counter)
        for event in events:
            if not isinstance(event, Send) or event.node in self._liars or self._carried(event):
                continue
            meant[event.node][event.kind.partition("#")[0], event.view] += 1
        for node in sorted(meant.keys() | sent.keys()):
            for kind, view in meant[node] - sent.get(node, Counter()):
                what = f"node {node} sends {kind} of view {view} in the schedule"
                raise DiffersError(
                    f"tick {tick}: {what}, the driver's does not: {self._tell(node)}"
                )
            for kind, view in sent.get(node, Counter()) - meant[node]:
                what = f"the driver's node {node} sends {kind} of view {view}"
                raise DiffersError(f"tick {tick}: {what}, which the schedule does not have")

    def _compare_decisions(self, tick: int, events: list[Event], before: dict[int, bool]) -> None:
        meant = {e.node for e in events if isinstance(e, Decide)} - self._liars
        took = {i for i, s in self._states.items() if s["done"] and not before[i]} - self._liars
        for node in sorted(meant - took):
            raise DiffersError(f"tick {tick}: node {node} decides in the schedule, "
                               f"the driver's does not: {self._tell(node)}")  # fmt: skip
        for node in sorted(took - meant):
            what = f"the driver's node {node} decides"
            raise DiffersError(f"tick {tick}: {what}, which the schedule does not have")

    def _tell(self, node: int) -> str:
        return ", ".join(f"{name} {value}" for name, value in self._states[node].items())

    # ---- settling

    def _settle(self) -> tuple[bool, list[int]]:
        """Deliver everything and let every timer expire, until that changes nothing."""
        up = [i for i in sorted(self._states) if i not in self._liars | self._down]
        waited = [node for node in up if not self._states[node]["done"]]
        settled = False
        for _ in range(ROUNDS):
            before = {node: _lasting(self._states[node]) for node in up}
            self._deliver_all(up)
            for node in up:
                self._take(-1, node, self._do({"op": "timeout", "node": self._there[node]}))
            self._deliver_all(up)
            settled = before == {node: _lasting(self._states[node]) for node in up}
            if settled:
                break
        return settled, [node for node in waited if self._states[node]["done"]]

    def _deliver_all(self, up: list[int]) -> None:
        """Deliver what was sent so far, and what is sent meanwhile once more."""
        for _ in range(2):
            for message in list(self._all):
                for node in up:
                    place = node, message["id"]
                    if self._here[message["sender"]] == node or place in self._taken:
                        continue
                    self._taken.add(place)
                    given = {"node": self._there[node], "msg": message["id"]}
                    self._take(-1, node, self._do({"op": "deliver", **given}))


def _lasting(state: Json) -> Json:
    return {name: value for name, value in state.items() if name != "due_ms"}


def _names(schedule: Schedule, states: list[Json]) -> dict[int, int]:
    """Return for each node of the schedule the driver's node that plays it.

    Primaries rotate as they do in the driver: view v after view 0 falls to the node before.
    """
    n, first = schedule.n, int(states[0].get("primary", 0))
    forward = schedule.protocol != "dbft2"
    names: dict[int, int] = {}
    for view, node in enumerate(schedule.primaries):
        there = (first + view) % n if forward else (first - view) % n
        if names.setdefault(node, there) != there:
            raise InputError("primaries", schedule.primaries, "an order in which they rotate")
    free = [i for i in range(n) if i not in names.values()]
    rest = [i for i in range(n) if i not in names]
    return names | dict(zip(rest, free, strict=True))
