"""Count: what a run of Proof of Vote is worth for an instance's objective, by replaying it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.check.promises import Partition, Promises
from milpbft.pov.heights import ChainInstance
from milpbft.pov.instance import RoundInstance
from milpbft.pov.kept import few_lies, honest_votes, same_rules
from milpbft.pov.reference.adversary import worth
from milpbft.pov.reference.chains import perform
from milpbft.pov.reference.chains import worth as chain_worth
from milpbft.pov.reference.commission import SWAPS, parse
from milpbft.pov.reference.elections import elect
from milpbft.pov.reference.replay import Replay
from milpbft.pov.reference.rules import TEAMS
from milpbft.pov.voting import ElectionInstance
from milpbft.schedule import Fault
from milpbft.schedule.promising import budget
from milpbft.schedule.reading import numbers_in

if TYPE_CHECKING:
    from milpbft.question.part import Question
    from milpbft.schedule import Schedule


def count(question: Question, schedule: Schedule) -> int | None:
    """Count an objective again, of a schedule that replay confirms; None where it is no such run.

    Nodes of the reference run the schedule, and their chains are counted: nothing of the model is
    asked. A schedule that promises less than the instance is no run of it.
    """
    if isinstance(question, ElectionInstance):
        return _elected(question, schedule)
    if isinstance(question, ChainInstance):
        return _chained(question, schedule)
    assert isinstance(question, RoundInstance)
    if not _promises(question, schedule):
        return None
    run = Replay(schedule)
    return worth(run.world, question) if run.run() else None


def _promises(question: RoundInstance, schedule: Schedule) -> bool:
    """Whether the network and the budget of a schedule are those of an instance."""
    q, said = question, Promises.of(schedule.settings)
    network = "synchronous" if q.delta else "asynchronous"
    commissioners = f"0-{q.commissioners - 1}:{q.byzantine_commissioners}"
    butlers = f"{q.commissioners}-{q.commissioners + q.butlers - 1}:{q.byzantine_butlers}"
    timing = (said.gst, said.delta) == (q.gst, q.delta) or not q.delta
    apart = q.cut is None or said.cut == q.cut or said.cut > q.horizon < q.cut
    apart &= q.heal is None or said.heal == q.heal or said.cut > q.horizon
    apart &= q.heal is not None or "heal" not in schedule.settings
    end = q.commissioners + q.butlers
    split = _split(q, schedule)
    split &= schedule.settings.get("overlay") == q.overlay
    budget = schedule.settings.get("budget") == f"{commissioners},{butlers}"
    same = same_rules(q, schedule) and few_lies(q, schedule)
    same &= said.slow == ({end: q.late} if q.late else {})
    same &= schedule.settings.get("restarts", "0") == str(q.amnesia or q.lapses)
    same &= schedule.settings.get("reloads", "0") == str(q.reloads)
    faults = [event for event in schedule.events if isinstance(event, Fault) and event.goes_on]
    forgot = sum(e.fault == "restart" and e.node >= q.commissioners for e in faults)
    reloads = sum(event.fault == "reload" for event in faults)
    same &= forgot <= q.lapses and len(faults) - forgot - reloads <= q.amnesia
    same &= reloads <= q.reloads
    same &= said.withheld == frozenset([end] if q.withholding else [])
    same &= schedule.horizon == q.horizon
    return same and said.network == network and timing and apart and split and budget


def _split(q: RoundInstance, schedule: Schedule) -> bool:
    """Whether commissioners, posted butlers and the time server are on the sides of an instance."""
    if not q.parts or "sides" not in schedule.settings:
        return not q.parts and "sides" not in schedule.settings
    sides = Partition.of(schedule).side
    end = q.commissioners + q.butlers
    split = all(sides.get(c) == q.part(c) for c in range(q.commissioners))
    posted = sum(sides.get(node) == 0 for node in range(q.commissioners, end))
    split &= all(node in sides for node in range(q.commissioners, end))
    return split and posted >= q.posted and sides.get(end) == (0 if q.isolated else None)


def _chained(question: ChainInstance, schedule: Schedule) -> int | None:
    """Count heights, duties, blocks or faults of a plan that nodes perform."""
    q = question
    said = dict(schedule.settings)
    if (TEAMS in said) != bool(q.outside):
        return None
    swaps = parse(said.pop(SWAPS)) if SWAPS in said else ()
    terms = sum(map(q.ends, range(q.heights))) if q.swaps else 0
    if [len(leaving) for leaving in swaps] != [q.swaps] * terms:
        return None
    said.pop(TEAMS, None)
    if said != q.settings | {"budget": budget(*q.nodes)} or schedule.n != q.size:
        return None
    run = perform(schedule)
    return None if run.difference else chain_worth(run, q.objective.name)


def _elected(question: ElectionInstance, schedule: Schedule) -> int | None:
    """Count elected friends, or the Byzantine commissioners who elect a majority of them."""
    q, found = question, elect(schedule)
    if isinstance(found, str):
        return None
    named = set(numbers_in(schedule.settings, "friends"))
    wanted = {q.commissioners + j + (j >= q.butlers) for j in q.friendly}
    lot = str(q.lot) if q.ties == "drawn" else None
    seats = len(wanted & set(found))
    same = named == wanted and schedule.settings.get("lot") == lot and honest_votes(q, schedule)
    if not same or len(schedule.byzantine) > q.byzantine_commissioners:
        return None
    if q.objective.name == "seats":
        return seats
    return len(schedule.byzantine) if seats > q.butlers // 2 else None
