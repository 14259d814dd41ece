"""Count: what a broadcast's schedule is worth for an instance's objective, read off its events.

The costs of a repair are no events: the reference repairs its rings once more, and counts.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from milpbft.hgfrr.changing import run_of
from milpbft.hgfrr.churn import SAID, ChurnInstance
from milpbft.hgfrr.dissemination import DisseminationInstance
from milpbft.hgfrr.elections import elect, read_places
from milpbft.hgfrr.instance import BroadcastInstance, TreeInstance
from milpbft.hgfrr.reference.build import topology_of
from milpbft.hgfrr.reference.repair import repair
from milpbft.hgfrr.reference.replay import failures_of
from milpbft.hgfrr.reference.world import broadcast
from milpbft.hgfrr.scripted import read_elections, scripted
from milpbft.schedule import Deliver, Fault

if TYPE_CHECKING:
    from milpbft.hgfrr.reference.repair import Repaired
    from milpbft.question.part import Question
    from milpbft.schedule import Schedule

_RINGS = ("ring", "contacts", "serving", "k", "k_most", "seed", "latency", "ports")
_DRAWN = ("scheme", "fanout", "seed")
_GRAPH = ("graph", "ports", "k", "ring", "seed")


def count(question: Question, schedule: Schedule) -> int | None:
    """Count an objective again, of a schedule that replay confirms; None where it is no such run.

    A schedule of other rings, another source, or other faults is no run of the instance.
    """
    if isinstance(question, TreeInstance):
        return _calls(question, schedule)
    if isinstance(question, ChurnInstance):
        return _changing(question, schedule)
    if isinstance(question, DisseminationInstance):
        return _broadcast(question, schedule) if _told(question, schedule) else None
    assert isinstance(question, BroadcastInstance)
    if not _fits(question, schedule) or not _ends(question, schedule):
        return None
    return _broadcast(question, schedule)


def _broadcast(
    question: BroadcastInstance | DisseminationInstance, schedule: Schedule
) -> int | None:
    faults = [event for event in schedule.events if isinstance(event, Fault)]
    faulty = {event.node for event in faults if not event.goes_on}
    delivered = [event for event in schedule.events if isinstance(event, Deliver)]
    held = _first(schedule)
    correct = {node: held[node] for node in held if node not in faulty}
    match question.objective.name:
        case "coverage":
            return len(correct)
        case "ticks":
            return max(correct.values())
        case "messages":
            return len(delivered)
        case "cost":
            assert isinstance(question, BroadcastInstance)
            return _repaired(question, schedule).cost.messages
    bad = len({event.node for event in faults})
    return bad if 2 * len(correct) <= schedule.n - len(faulty) else None


def _changing(question: ChurnInstance, schedule: Schedule) -> int | None:
    """Count of the run of the reference, which replay compares with the schedule."""
    q, said = question, schedule.settings
    same = all(said.get(name) == str(getattr(q, name)) for name in SAID)
    same &= said.get("newcomers") == str(q.joins)
    same &= said.get("removed") == ("yes" if q.removes else "no")
    same &= said.get("starts") == ("0" if not q.again else f"0,{q.again}")
    same &= (schedule.n, schedule.primaries) == (q.n + q.joins, (q.source,))
    same &= schedule.horizon == q.horizon
    same &= said.get("budget") == q.budget
    others = tuple(e for e in schedule.events if not isinstance(e, Fault) or e.node < q.n)
    start = replace(schedule, events=others, settings={**said, "budget": f"0-{q.n - 1}:{q.faults}"})
    if not same or not _spends(q, start, "omission" if q.fault == "silent" else "crash"):
        return None
    if not _newcomers(q, schedule):
        return None
    run = run_of(schedule)
    match q.objective.name:
        case "coverage":
            return len(run.held)
        case "ticks":
            return max(run.held.values())
    return len(run.sent)


def _newcomers(question: ChurnInstance, schedule: Schedule) -> bool:
    """Whether newcomers fail as they may, and not before they are there."""
    q, joins = question, schedule.settings.get("joins", "")
    there = [int(join.partition(":")[0]) for join in joins.split(",") if join]
    kind = {"correct": "", "silent": "omission"}.get(q.newcomer, "crash")
    faults = [e for e in schedule.events if isinstance(e, Fault) and e.node >= q.n]
    same = len(faults) <= len(there) and all(event.fault == kind for event in faults)
    if kind == "omission":
        return same and len(faults) == len(there)
    return same and all(e.tick >= t + (q.newcomer == "leave") for e in faults for t in there)


def _first(schedule: Schedule) -> dict[int, int]:
    """Return the tick at which each node first holds the message, since it has forgotten it."""
    faults = (event for event in schedule.events if isinstance(event, Fault))
    forgot = {event.node: event.tick for event in faults if event.fault == "restart"}
    source = schedule.primaries[0]
    held = {} if source in forgot else {source: 0}
    for event in schedule.events:
        if isinstance(event, Deliver) and event.tick >= forgot.get(event.node, 0):
            held.setdefault(event.node, event.tick)
    return held


def _fits(question: BroadcastInstance, schedule: Schedule) -> bool:
    q, settings = question, schedule.settings
    same = all(settings.get(name) == str(getattr(q, name)) for name in _RINGS)
    same &= (schedule.n, schedule.primaries) == (q.n, (q.source,))
    same &= ("elected" in settings) == (q.election == "chosen")
    same &= settings.get("repair", "0") == str(q.repair)
    same &= settings.get("change", "0") == str(q.change)
    same &= settings.get("restarts", "0") == str(q.amnesia)
    same &= settings.get("reloads", "0") == str(q.reloads)
    faults = [event for event in schedule.events if isinstance(event, Fault)]
    again = Counter(event.fault for event in faults if event.goes_on)
    same &= again["restart"] <= q.amnesia and again["reload"] <= q.reloads
    others = tuple(e for e in schedule.events if not isinstance(e, Fault) or not e.goes_on)
    kind = "crash" if q.fault == "crash" else "omission"
    return same and _spends(q, replace(schedule, events=others), kind)


def _spends(
    question: BroadcastInstance | ChurnInstance | DisseminationInstance,
    schedule: Schedule,
    kind: str,
) -> bool:
    """Whether a schedule has the faults of a question: of one kind, as many, not at the source."""
    q = question
    same = schedule.settings.get("budget") == f"0-{q.n - 1}:{q.faults}"
    faults = [event for event in schedule.events if isinstance(event, Fault)]
    same &= all(event.fault == kind and event.node != q.source for event in faults)
    number, exact = len({event.node for event in faults}), q.objective.name != "faults_half"
    return same and (number == q.faults if exact else number <= q.faults)


def _told(question: DisseminationInstance, schedule: Schedule) -> bool:
    """Whether a schedule is a run of a gossip or of Kademlia; it has ended after n ticks."""
    q = question
    same = all(schedule.settings.get(name) == str(getattr(q, name)) for name in _DRAWN)
    same &= (schedule.n, schedule.primaries) == (q.n, (q.source,)) and schedule.horizon >= q.n
    return same and _spends(q, schedule, "omission")


def _ends(question: BroadcastInstance, schedule: Schedule) -> bool:
    """Whether a schedule ends at the horizon, or, where there is none, after all has happened."""
    q = question
    if q.horizon is not None:
        return schedule.horizon == q.horizon
    if q.repair or q.change:
        events = _repaired(q, schedule).schedule().events
    else:
        topology = topology_of(q.n, q.limits, q.seed)
        if q.election == "chosen":
            topology = elect(topology, read_places(schedule.settings["elected"]))
        run = broadcast(
            topology, q.source, q.spread,
            failures=failures_of(schedule, again=True), ports=q.ports, latency=q.latency,
        )  # fmt: skip
        events = run.schedule().events
    acts = (event.tick for event in events if not isinstance(event, Fault))
    return max(acts, default=0) <= schedule.horizon


def _repaired(question: BroadcastInstance, schedule: Schedule) -> Repaired:
    """Repair the rings once more."""
    q = question
    failures = failures_of(schedule, again=bool(q.change))
    if q.change:
        return repair(
            topology_of(q.n, q.limits, q.seed), q.source, q.spread,
            failures=failures, tick=q.change, sizes=q.limits, seed=q.seed, rotate=True,
        )  # fmt: skip
    wanted = read_elections(schedule.settings["re_elected"])
    return repair(
        topology_of(q.n, q.limits, q.seed), q.source, q.spread,
        failures=failures, tick=q.repair, sizes=q.limits,
        overlay=scripted(wanted, set(failures.crashes)),
    )  # fmt: skip


def _calls(question: TreeInstance, schedule: Schedule) -> int | None:
    q, settings = question, schedule.settings
    same = all(settings.get(name) == str(getattr(q, name)) for name in _GRAPH)
    same &= settings.get("budget") == ""
    if not same or (schedule.n, schedule.primaries) != (q.n, (q.source,)):
        return None
    held = _first(schedule)
    return max(held.values()) if len(held) == q.n else None
