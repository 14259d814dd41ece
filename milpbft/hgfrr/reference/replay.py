"""Replay: whether a schedule of a broadcast happens when the nodes run their own code.

The schedule decides who fails and when. What correct nodes send and when it arrives is compared
with it, event by event, silence included. Read with it:

- **Source.** The schedule's only primary; it broadcasts at tick 0.
- **View.** The level of the ring that a message is about.
- **Several receivers.** A node that sends messages of one label at one tick sends once; each
  receiver has a delivery of its own.
- **Faults.** ``crash`` from its tick on; ``omission`` from tick 0 on: receives and never sends.
  ``restart`` and ``reload``, at tick 1 or later, of a correct node: without memory, or with its
  log; where all contacts are changed with its log alone, and not where rings are repaired.
- **Horizon.** What happens after it is not compared.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from milpbft.errors import InputError
from milpbft.hgfrr.reference.membership import Overlay
from milpbft.hgfrr.reference.node import Node
from milpbft.hgfrr.reference.repair import repair
from milpbft.hgfrr.reference.world import PROTOCOL, Failures, World
from milpbft.schedule import Decide, Deliver, Event, Fault, Schedule, Send, Timeout, order
from milpbft.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Mapping

    from milpbft.hgfrr.sizes import Sizes
    from milpbft.hgfrr.spread import Spread
    from milpbft.hgfrr.topology import Topology


def replay(
    schedule: Schedule,
    topology: Topology,
    spread: Spread,
    *,
    ports: int = 0,
    latency: int = 0,
    node: type[Node] = Node,
) -> Verdict:
    """Run the broadcast of `schedule` on nodes of the reference.

    Parameters
    ----------
    schedule
        Of the protocol ``hgfrr``.
    topology, spread, ports, latency, node
        As of :class:`milpbft.hgfrr.reference.world.World`.

    Returns
    -------
    Verdict
        Of the check ``replay``: ``confirmed``, or ``refuted`` with the first event that differs.

    Raises
    ------
    InputError
        Where the schedule is of another protocol or size, has no single source, or has faults that
        a relay cannot have.
    """
    _check(schedule, topology)
    failures = failures_of(schedule, again=True)
    source = schedule.primaries[0]
    world = World(
        topology, source, spread, failures=failures, ports=ports, latency=latency, node=node
    )
    run = world.run()
    return compare(schedule, run.schedule(), run.first, failures)


def replay_repaired(
    schedule: Schedule,
    topology: Topology,
    spread: Spread,
    *,
    tick: int,
    sizes: Sizes,
    seed: int = 0,
    rotate: bool = False,
    overlay: type[Overlay] = Overlay,
) -> Verdict:
    """Run the broadcast of `schedule` with repair; parameters as of :func:`.repair.repair`.

    What the source repeats has kinds that end in ``Again``.

    Raises
    ------
    InputError
        As :func:`replay` does.
    """
    _check(schedule, topology)
    failures = failures_of(schedule, again=rotate)
    run = repair(
        topology,
        schedule.primaries[0],
        spread,
        failures=failures,
        tick=tick,
        sizes=sizes,
        seed=seed,
        rotate=rotate,
        overlay=overlay,
    )
    return compare(schedule, run.schedule(), run.held, failures)


def compare(
    schedule: Schedule, run: Schedule, held: Mapping[int, int], failures: Failures
) -> Verdict:
    """Compare what is claimed with what happened, faults aside."""
    wanted = Counter(event for event in schedule.events if not isinstance(event, Fault))
    found = Counter(
        event
        for event in run.events
        if not isinstance(event, Fault) and event.tick <= schedule.horizon
    )
    missing, extra = wanted - found, found - wanted
    if not missing and not extra:
        return Verdict("replay", "confirmed")
    first = min([*missing, *extra], key=_key)
    what = "it happens, and the schedule does not have it"
    if first in missing:
        what = "in the schedule, and it does not happen"
        if found[first]:
            what = "in the schedule more often than it happens"
    reason = f"{_describe(first)}: {what}; {_state(first, held, failures)}"
    return Verdict("replay", "refuted", reason)


def _check(schedule: Schedule, topology: Topology) -> None:
    if schedule.protocol != PROTOCOL:
        raise InputError("protocol", schedule.protocol, PROTOCOL)
    if schedule.n != topology.ids:
        raise InputError("n", schedule.n, f"{topology.ids}, the nodes of the topology")
    if len(schedule.primaries) != 1:
        raise InputError("primaries", schedule.primaries, "the source alone")


def failures_of(schedule: Schedule, *, again: bool = False) -> Failures:
    """Read who fails in a schedule, and since when; where `again`, also who starts again.

    Raises
    ------
    InputError
        Where a fault is none that a relay can have.
    """
    since: dict[str, dict[int, int]] = {"crash": {}, "omission": {}, "restart": {}, "reload": {}}
    for event in schedule.events:
        if not isinstance(event, Fault):
            continue
        kind, known = event.fault, ("crash", "omission", *(("restart", "reload") if again else ()))
        early = {"omission": event.tick == 0, "crash": True}.get(kind, event.tick > 0)
        twice = kind in {"restart", "reload"} and event.node in since[kind]
        if kind not in known or not early or twice:
            allowed = "crash, or omission from tick 0 on"
            allowed += ", or a restart or reload of a node, once, from tick 1 on" * again
            raise InputError("fault", f"{kind} at tick {event.tick}", allowed)
        since[kind][event.node] = min(event.tick, since[kind].get(event.node, event.tick))
    silent = frozenset(since["omission"])
    return Failures(since["crash"], silent, since["restart"], since["reload"])


def _key(event: Event) -> tuple[object, ...]:
    """Sort by time, then by whatever makes the first difference the same every time."""
    sender = event.sender if isinstance(event, Deliver) else -1
    kind = event.kind if isinstance(event, Send | Deliver) else ""
    return *order(event), event.node, sender, kind


def _describe(event: Event) -> str:
    at = f"tick {event.tick}: node {event.node}"
    match event:
        case Send():
            return f"{at} sends {event.kind}, level {event.view}"
        case Deliver():
            return f"{at} receives {event.kind} of node {event.sender}, level {event.view}"
        case Timeout() | Decide():
            return f"{at}: {event.event}, which a broadcast does not have"
    return f"{at}: {event.event}"


def _state(event: Event, first: Mapping[int, int], failures: Failures) -> str:
    """Return what a reader needs of the node: whether it is faulty, and what it held by then."""
    if not failures.sends(event.node, event.tick):
        return "it has crashed" if event.node in failures.crashes else "it is silent"
    if failures.reloads.get(event.node) == event.tick:
        return "it starts again with its log"
    held = first.get(event.node)
    if held is None or held > event.tick:
        return "it does not hold the message"
    return f"it holds the message since tick {held}"
