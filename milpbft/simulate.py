"""Simulate: run the reference implementation alone, under a seeded random adversary."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from milpbft.check.room import StrictRoom
from milpbft.errors import InputError, meant
from milpbft.registry import PROTOCOLS
from milpbft.room import room_of
from milpbft.schedule import Deliver, Schedule, Send, Timeout
from milpbft.sim.adversary import RandomAdversary
from milpbft.sim.bench import Setup
from milpbft.sim.clock import Timers
from milpbft.sim.faults import Faults
from milpbft.sim.world import World

if TYPE_CHECKING:
    from collections.abc import Iterable

    from milpbft.sim.replica import Reference
    from milpbft.sim.world import Run

CHANCES = {"deliver": 0.5, "propose": 0.5, "expire": 0.05, "forge": 0.3}
"""Probabilities per tick, where nobody says otherwise."""
MAX_TICKS = 1_000_000


@dataclass(frozen=True)
class Plan:
    """What is simulated; with a seed it says everything.

    Parameters
    ----------
    protocol
        Name of a protocol in the registry.
    n
        Number of nodes, 4 to 100.
    ticks
        Last tick, 1 to a million.
    faults
        Byzantine and crashing nodes, as many as wanted.
    timers
        When timers may expire.
    recovery
        Whether recovery traffic arrives.
    chances
        Probabilities of :class:`milpbft.sim.adversary.RandomAdversary`, by name.
    values
        How many different proposals a Byzantine primary makes at most in a view, 1 to 100.
    profile
        Rules of the nodes, by name; empty for the only or the usual ones.

    Raises
    ------
    InputError
        Where a value is out of range.
    """

    protocol: str
    n: int = 4
    ticks: int = 60
    faults: Faults = field(default_factory=Faults)
    timers: Timers = field(default_factory=Timers)
    recovery: bool = True
    chances: dict[str, float] = field(default_factory=dict)
    values: int = 1
    profile: str = ""

    def __post_init__(self) -> None:
        if self.protocol not in PROTOCOLS:
            raise InputError("protocol", self.protocol, f"one of {', '.join(PROTOCOLS)}"
                             f"{meant(self.protocol, PROTOCOLS)}")  # fmt: skip
        for name in self.chances:
            if name not in CHANCES:
                raise InputError(name, self.chances[name], f"chances are {', '.join(CHANCES)}")
        for name, value, low, high in (
            ("n", self.n, 4, 100),
            ("ticks", self.ticks, 1, MAX_TICKS),
            ("timer", self.timers.base, 0, MAX_TICKS),
            ("values", self.values, 1, 100),
        ):
            if not low <= value <= high:
                raise InputError(name, value, f"a number from {low} to {high}")
        for name, nodes in (
            ("byzantine", self.faults.byzantine),
            ("crash", self.faults.crashes),
            ("restart", self.faults.restarts),
            ("reload", self.faults.reloads),
        ):
            for node in nodes:
                if not 0 <= node < self.n:
                    raise InputError(name, node, f"a node from 0 to {self.n - 1}")
        again, reloads = (
            [tick for ticks in some.values() for tick in ticks]
            for some in (self.faults.restarts, self.faults.reloads)
        )
        if reloads and self.profile:
            raise InputError("reload", min(self.faults.reloads), f"no node, with {self.profile}")
        moments = {"crash": self.faults.crashes.values(), "restart": again, "reload": reloads}
        for name, ticks in moments.items():
            for tick in ticks:
                if not 0 <= tick <= self.ticks:
                    raise InputError(name, tick, f"a tick from 0 to {self.ticks}")


@dataclass(frozen=True)
class Simulated:
    """One run.

    Parameters
    ----------
    seed
        Of its adversary.
    schedule
        What happened.
    decided
        Correct nodes that accepted a block.
    undecided
        Nodes that ran their own code to the end and accepted none.
    blocks
        How many different blocks correct nodes accepted; more than one is a fork.
    """

    seed: int
    schedule: Schedule
    decided: tuple[int, ...]
    undecided: tuple[int, ...]
    blocks: int

    @property
    def views(self) -> int:
        """How many views correct nodes entered."""
        return len(self.schedule.primaries)

    @property
    def fork(self) -> bool:
        """Whether two different blocks were accepted at one height."""
        return self.blocks > 1

    def __str__(self) -> str:
        facts = (
            (self.views, "views"),
            (len(self.decided), "decided"),
            (len(self.undecided), "undecided"),
            (self.blocks, "blocks"),
            (self.sent, "messages"),
        )
        counts = (f"  {count:>4} {noun}" for count, noun in facts)
        return f"seed {self.seed:<6}{''.join(counts)}{'  FORK' if self.fork else ''}"

    @property
    def sent(self) -> int:
        """How many messages were broadcast."""
        return sum(isinstance(event, Send) for event in self.schedule.events)

    def summary(self) -> dict[str, Any]:
        """Return what ``milpbft simulate --json`` prints of it, without the path of a schedule."""
        events = self.schedule.events
        kinds = Counter(e.kind.partition("#")[0] for e in events if isinstance(e, Send))
        return {
            "seed": self.seed,
            "views": self.views,
            "decided": list(self.decided),
            "undecided": list(self.undecided),
            "blocks": self.blocks,
            "fork": self.fork,
            "timeouts": sum(isinstance(event, Timeout) for event in events),
            "delivered": sum(isinstance(event, Deliver) for event in events),
            "sent": self.sent,
            "sent_by_kind": dict(kinds),
        }


def simulate(plan: Plan, seed: int) -> Simulated:
    """Run a plan once.

    Raises
    ------
    InputError
        Where a probability is not from 0 to 1, or the protocol has nodes of several kinds.
    """
    adversary = RandomAdversary(seed, values=plan.values, **plan.chances)
    world = World(
        _reference(plan),
        adversary,
        plan.ticks,
        faults=plan.faults,
        timers=plan.timers,
        recovery=plan.recovery,
    )
    run: Run[Any] = world.run()
    up = world.correct(plan.ticks)
    decided = tuple(node for node, taken in run.decisions.items() if taken)
    undecided = tuple(node for node in up if not run.decisions[node])
    schedule = replace(run.schedule, settings=_settings(plan))
    return Simulated(seed, schedule, decided, undecided, len(run.blocks))


def parse_moments(field: str, texts: Iterable[str]) -> dict[int, tuple[int, ...]]:
    """Read ``NODE@TICK`` any number of times; return the ticks of each node.

    Parameters
    ----------
    field
        What is read, ``restart`` or ``reload``.
    texts
        The texts.

    Raises
    ------
    InputError
        For any other text.
    """
    found: dict[int, tuple[int, ...]] = {}
    for text in texts:
        node, tick = _moment(field, text)
        found[node] = (*found.get(node, ()), tick)
    return found


def parse_crash(text: str) -> tuple[int, int]:
    """Read ``NODE@TICK``, e.g. ``2@10``.

    Raises
    ------
    InputError
        For any other text.
    """
    return _moment("crash", text)


def parse_crashes(texts: Iterable[str]) -> dict[int, int]:
    """Read ``NODE@TICK`` texts; a node crashes once.

    Raises
    ------
    InputError
        For any other text, and for a node that crashes again.
    """
    found: dict[int, int] = {}
    for text in texts:
        node, tick = parse_crash(text)
        if node in found:
            raise InputError("crash", text, f"nothing more of node {node}, which crashes once")
        found[node] = tick
    return found


def _moment(field: str, text: str) -> tuple[int, int]:
    node, _, tick = text.partition("@")
    if not (text.isascii() and node.isdecimal() and tick.isdecimal()):
        raise InputError(field, text, "NODE@TICK such as 2@10")
    return int(node), int(tick)


def _reference(plan: Plan) -> Reference[Any, Any]:
    room = room_of(plan.protocol)
    if not isinstance(room, StrictRoom):
        raise InputError("protocol", plan.protocol, "a protocol of replicas that are all alike")
    # A schedule of these sizes in which nothing has happened yet: primaries are the protocol's own.
    if plan.profile:
        # The room says which profiles there are.
        room.bench(Setup(plan.protocol, plan.n, profile=plan.profile))
    return room.reference(
        Schedule(plan.protocol, plan.n, (), (), (), plan.ticks, settings=_settings(plan))
    )


def _settings(plan: Plan) -> dict[str, str]:
    return {"profile": plan.profile, "height": str(plan.n)} if plan.profile else {}
