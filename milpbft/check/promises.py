"""Promises: what a schedule says that its network and its adversary keep to.

The settings are ``network`` (asynchronous, reliable or synchronous), ``gst``, ``delta``,
``gossip``, ``timeout`` and ``collector``, as instances have them, ``again``, as tables do, and

- ``budget``: who may be faulty, such as ``0-3:1,4-6:2``: one of nodes 0 to 3 at most, two of nodes
  4 to 6. Nodes that are not named may not be faulty;
- ``byzantine``: so many of these are Byzantine at most, the others crash;
- ``restarts``: so often nodes start again at most, each once, which are not faulty by that. Without
  it, who starts again is one of those that may be faulty;
- ``reloads``: so many nodes reload their logs at most; likewise;
- ``sides``, ``cut`` and ``heal``: a partition, such as ``0.1.5|2.3.4``, from a tick on, until
  another, if that is named. Nodes that are not
  named are with both sides;
- ``withheld``: nodes whose messages, to and from them, have no bound: ``7``, or ``6.7``;
- ``slow``: what is for a node arrives later than the bound says, by so many ticks at most: ``7:2``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from milpbft.errors import InputError
from milpbft.schedule import Deliver, Fault

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from milpbft.schedule import Schedule

NEVER = 10**9
RESTARTS, RELOADS = "restarts", "reloads"
AGAIN = {"restart": (RESTARTS, "starts again"), "reload": (RELOADS, "reloads its log")}
"""By fault of a node that goes on: the setting with its budget, and what it is called."""


@dataclass(frozen=True)
class Promises:
    """What a network promises, see the module.

    Raises
    ------
    InputError
        Where the network is none of the three.
    """

    network: str = "asynchronous"
    gst: int = 0
    delta: int = 1
    gossip: bool = False
    relayed: frozenset[str] = frozenset()
    timeout: int = 0
    collector: int = 1
    again: bool = False
    cut: int = NEVER
    heal: int = NEVER
    slow: Mapping[int, int] = field(default_factory=dict)
    withheld: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        if self.network not in {"asynchronous", "reliable", "synchronous"}:
            raise InputError("network", self.network, "asynchronous, reliable or synchronous")

    @classmethod
    def of(cls, settings: Mapping[str, str]) -> Promises:
        """Read a schedule's settings.

        Raises
        ------
        InputError
            Where a number is none.
        """
        numbers = {}
        for name in ("gst", "delta", "timeout", "collector", "cut", "heal"):
            text = settings.get(name, str(getattr(cls, name)))
            if not text.isdecimal():
                raise InputError(name, text, "a number of ticks")
            numbers[name] = int(text)
        network = settings.get("network", cls.network)
        gossip, again = (settings.get(name) == "true" for name in ("gossip", "again"))
        slow = settings.get("slow", "")
        if not re.fullmatch(r"(\d+:\d+(,(?=\d))?)*", slow):
            raise InputError("slow", slow, "NODE:TICKS, such as 7:2")
        parts = (part.partition(":") for part in slow.split(",") if part)
        slower = {int(node): int(by) for node, _, by in parts}
        text = settings.get("withheld", "")
        if not re.fullmatch(r"(\d+(\.(?=\d))?)*", text):
            raise InputError("withheld", text, "nodes with dots, such as 6.7")
        withheld = frozenset(int(node) for node in text.split(".") if node)
        relayed = frozenset(filter(None, settings.get("relayed", "").split(",")))
        return cls(network, gossip=gossip, again=again, relayed=relayed, slow=slower,
                   withheld=withheld, **numbers)  # fmt: skip

    def passes_on(self, kind: str) -> bool:
        """Whether correct nodes pass on what they have of others: everything, or some kinds."""
        return self.gossip or kind.partition("#")[0] in self.relayed

    def deadline(self, since: int, last: int, hops: int = 1) -> int:
        """Return the tick by which what exists since a tick has arrived, so many hops away."""
        if self.network == "synchronous":
            return max(since, self.gst) + hops * self.delta
        return last if self.network == "reliable" and since + hops <= last else NEVER


def overspent(schedule: Schedule) -> Iterator[tuple[int, str]]:
    """Yield the faults that the budget of a schedule does not have, each with its tick.

    Raises
    ------
    InputError
        Where the budget is unreadable.
    """
    since = dict.fromkeys(schedule.byzantine, 0)
    yield from _lying(schedule)
    for fault in AGAIN:
        yield from _going_on(schedule, fault)
    said = schedule.settings
    text = said.get("budget")
    if text is None:
        return
    for event in schedule.events:
        if not isinstance(event, Fault):
            continue
        if event.fault not in AGAIN or AGAIN[event.fault][0] not in said:
            since[event.node] = min(event.tick, since.get(event.node, event.tick))
    left = set(since)
    for group in filter(None, text.split(",")):
        match = re.fullmatch(r"(\d+)-(\d+):(\d+)", group)
        if match is None:
            raise InputError("budget", group, "FIRST-LAST:MOST, such as 0-3:1")
        first, last, most = map(int, match.groups())
        faulty = sorted((since[node], node) for node in left if first <= node <= last)
        left -= set(range(first, last + 1))
        if len(faulty) > most:
            tick, node = faulty[most]
            yield tick, f"node {node} is faulty, and {most} of {first} to {last} are already"
    for node in sorted(left):
        yield since[node], f"node {node} is faulty, and may not be"


def _lying(schedule: Schedule) -> Iterator[tuple[int, str]]:
    """Yield who lies beside those who may."""
    text = schedule.settings.get("byzantine", str(schedule.n))
    if not text.isdecimal():
        raise InputError("byzantine", text, "a number of nodes")
    turned = (e for e in schedule.events if isinstance(e, Fault) and e.fault == "byzantine")
    since = {event.node: event.tick for event in turned}
    liars = sorted((since.get(node, 0), node) for node in {*schedule.byzantine, *since})
    for tick, node in liars[int(text) :]:
        yield tick, f"node {node} is Byzantine, and {text} may be"


def _going_on(schedule: Schedule, fault: str) -> Iterator[tuple[int, str]]:
    """Yield who starts again or reloads beside those who may, or a second time."""
    setting, what = AGAIN[fault]
    text = schedule.settings.get(setting)
    if text is None:
        return
    if not text.isdecimal():
        raise InputError(setting, text, "a number of nodes")
    again = [e for e in schedule.events if isinstance(e, Fault) and e.fault == fault]
    seen: set[int] = set()
    for number, event in enumerate(again):
        if number >= int(text):
            yield event.tick, f"node {event.node} {what}, and {text} nodes have"
        if event.node in seen:
            yield event.tick, f"node {event.node} {what}, and has already"
        seen.add(event.node)


@dataclass(frozen=True)
class Partition:
    """Who is apart from whom, since when, and until when.

    Parameters
    ----------
    side
        Per node that is on one side its number.
    cut
        The tick from which on nothing crosses.
    heal
        The tick from which on messages cross again.
    """

    side: Mapping[int, int]
    cut: int
    heal: int = NEVER

    @classmethod
    def of(cls, schedule: Schedule) -> Partition:
        """Read the settings ``sides``, ``cut`` and ``heal``.

        Raises
        ------
        InputError
            Where they are unreadable.
        """
        text = schedule.settings.get("sides", "")
        if not re.fullmatch(r"[\d.|]*", text):
            raise InputError("sides", text, "nodes with dots, sides with bars, such as 0.1|2.3")
        sides = [[int(node) for node in part.split(".") if node] for part in text.split("|")]
        where = {node: number for number, part in enumerate(sides) for node in part}
        said = Promises.of(schedule.settings)
        return cls(where, said.cut, said.heal)

    def apart(self, one: int, other: int, tick: int) -> bool:
        """Whether what one sends cannot come to the other at a tick."""
        sides = {self.side.get(one), self.side.get(other)} - {None}
        return self.cut <= tick < self.heal and len(sides) > 1


def crossed(schedule: Schedule) -> Iterator[tuple[int, str]]:
    """Yield every delivery between correct nodes that crosses a partition after its cut.

    Byzantine nodes speak to all sides, and hand on what they have been given.
    """
    partition, liars = Partition.of(schedule), set(schedule.byzantine)
    known: dict[tuple[int, str, int], int] = {}
    for event in schedule.events:
        if isinstance(event, Deliver) and event.node in liars:
            known.setdefault((event.sender, event.kind, event.view), event.tick)
    for event in schedule.events:
        if not isinstance(event, Deliver) or {event.node, event.sender} & liars:
            continue
        handed_on = known.get((event.sender, event.kind, event.view), NEVER) < event.tick
        if partition.apart(event.sender, event.node, event.tick) and not handed_on:
            what = f"{event.kind} of view {event.view} from node {event.sender}"
            yield event.tick, f"{what} crosses to node {event.node}"
