"""What nodes of a driver send in a schedule: which message is which, and what it has to say."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from milpbft.schedule import Fault, Send

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from milpbft.schedule import Event, Schedule
    from milpbft.sim.bench import Json

BYZANTINE = "byzantine"
Place = tuple[int, str, int]
"""Sender, kind without its number, and view."""


class DiffersError(Exception):
    """The first event that differs, in words."""


class Sending:
    """The messages that a schedule has, and those that the driver has for them.

    Parameters
    ----------
    schedule
        The run.
    here
        By node of the driver, the node of the schedule that it plays.
    """

    def __init__(self, schedule: Schedule, here: dict[int, int]) -> None:
        self._here = here
        turned = {e.node for e in schedule.events if isinstance(e, Fault) and e.fault == BYZANTINE}
        self._liars = turned.union(schedule.byzantine)
        self._meant = {e.id: e for e in schedule.events if isinstance(e, Send)}
        self._numbers: dict[int, int] = {}
        self._known: defaultdict[tuple[int, str, int], list[tuple[int, int]]] = defaultdict(list)
        self._awaited: defaultdict[Place, list[Send]] = defaultdict(list)
        self._early: list[Json] = []
        self.messages: dict[int, Json] = {}

    def start(self, messages: Iterable[Json]) -> None:
        """Note what nodes send as they start: schedules have that when something happens there."""
        self._early = [m for m in messages if self._here[m["sender"]] not in self._liars]
        self.messages |= {message["id"]: message for message in self._early}

    def begin(self, tick: int, sends: Iterable[Send]) -> None:
        """Note what correct nodes send at the tick that begins."""
        self._awaited.clear()
        for event in sends:
            self._awaited[event.node, base(event.kind), event.view].append(event)
        waiting, self._early = self._early, []
        for message in waiting:
            if self._awaited[self._place(message)]:
                self.note(tick, message)
            else:
                self._early.append(message)

    def note(self, tick: int, message: Json, meant: Send | None = None) -> Send | None:
        """Note a message of the driver; return what it is in the schedule, if it is there."""
        number = message["id"]
        self.messages[number] = message
        sender, kind, view = place = self._place(message)
        if meant is None:
            awaited = self._awaited[place]
            meant = awaited.pop(0) if awaited else None
        self._known[sender, meant.kind if meant else kind, view].append((tick, number))
        if meant is not None and meant.id is not None:
            self._numbers[meant.id] = number
        return meant

    def missing(self) -> Iterator[Send]:
        """Yield what correct nodes should have sent at the tick."""
        for _, left in sorted(self._awaited.items()):
            yield from left

    def find(self, sender: int, kind: str, view: int, msg: int | None, tick: int) -> int | None:
        """Return the driver's number of a message that was sent before a tick."""
        if msg is not None:
            return self._numbers.get(msg)
        known = self._known[sender, kind, view]
        earlier = [number for when, number in known if when < tick]
        return earlier[-1] if earlier else None

    def latest(self, sender: int, kind: str, view: int) -> int:
        """Return the driver's number of the last message of a label; -1 for none."""
        known = self._known[sender, kind, view]
        return known[-1][1] if known else -1

    def number(self, msg: int) -> int:
        """Return the driver's number of a message; -1 for what the driver does not have."""
        return self._numbers.get(msg, -1)

    def differs(self, message: Json, meant: Send) -> str:
        """Say what a message should say, where the driver tells and it is something else."""
        for name in ("new_view", "reason"):
            said, expected = message.get(name), getattr(meant, name)
            if None not in (said, expected) and said != expected:
                return f"{name} {expected}"
        if message.get("inner") is None or meant.carries is None:
            return ""
        named = (self._meant[one] for one in meant.carries)
        expected = sorted(f"{base(one.kind)}/{one.view}/{one.node}" for one in named)
        said = sorted(self._renamed(one) for one in message["inner"])
        return "" if said == expected else f"{', '.join(expected) or 'nothing'} in it"

    def _place(self, message: Json) -> Place:
        return self._here[message["sender"]], base(message["kind"]), message["view"]

    def _renamed(self, inner: str) -> str:
        """Return what a recovery message carries with the sender's number in the schedule."""
        kind, _, rest = inner.partition("/")
        view, _, sender = rest.partition("/")
        node = self._here.get(int(sender), -1) if sender.isdecimal() else -1
        return f"{base(kind)}/{view}/{node}"


def base(kind: str) -> str:
    """Return a kind without its number."""
    return kind.partition("#")[0]


def by_tick(events: Iterable[Event]) -> dict[int, list[Event]]:
    """Return events by tick, in order."""
    ticks: defaultdict[int, list[Event]] = defaultdict(list)
    for event in events:
        ticks[event.tick].append(event)
    return dict(sorted(ticks.items()))
