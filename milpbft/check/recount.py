"""Recount: a strict goal's value, read off the events of a run that replicas confirmed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.question.objective import Goal
from milpbft.question.strict import StrictInstance
from milpbft.schedule import Decide, Fault
from milpbft.schedule.losses import lost_in
from milpbft.verdict import Verdict

if TYPE_CHECKING:
    from milpbft.question.part import Question
    from milpbft.schedule import Schedule


def recount(question: Question, schedule: Schedule, value: int | None) -> Verdict:
    """Compare what a replayed run comes to with the value that the model gave it.

    Replay says that a run happens; this says that it is worth what it is said to be worth:

    - ``faults_*``: so many nodes are faulty in it;
    - ``losses_*``: so many messages are lost in it;
    - ``delay_*``: the first or last correct decision is at that tick, one past the horizon if none;
    - ``undecided``: so many correct nodes end without a block, none if blocks are fetched and one
      has it. The value 0 is given to runs that do not come to rest as well, and passes;
    - locks and states: where blocks are fetched, no correct node decides.

    Forks, acts and weighted objectives are counted by rooms that ask their replicas, see
    :mod:`milpbft.check.tally`; here they pass, and so do ticks of the last act.

    Returns
    -------
    Verdict
        Of the check ``replay``: ``confirmed``, or ``refuted`` with both numbers.
    """
    goal = question.objective
    if not isinstance(question, StrictInstance) or not isinstance(goal, Goal):
        return Verdict("replay", "confirmed")
    faults = [event for event in schedule.events if isinstance(event, Fault)]
    # Who starts again counts as faulty, and goes on as a correct node.
    failed = schedule.failed
    faulty = failed | {event.node for event in faults}
    decided = {
        event.node: event.tick
        for event in schedule.events
        if isinstance(event, Decide) and event.node not in failed
    }
    without = schedule.n - len(failed) - len(decided)
    if goal.of in {"lock", "state"} and question.fetch and decided:
        return _refuted(f"node {min(decided)} decides in what is to be a {goal.of}")
    numbers = {"faults": len(faulty), "losses": len(lost_in(schedule))}
    match goal.kind:
        case "faults" | "losses" as kind:
            return _same("faulty nodes or lost messages", numbers[kind], value)
        case "delay":
            assert question.horizon is not None, "delays are per tick"
            ticks = sorted(decided.values()) + [question.horizon + 1] * without
            return _same("the tick", ticks[0 if goal.of == "first" else -1], value)
        case "undecided" if value:
            nobody = bool(decided) and question.fetch
            return _same("undecided nodes", 0 if nobody else without, value)
    return Verdict("replay", "confirmed")


def counted(found: int | None, value: int | None) -> Verdict:
    """Compare what a room counted with the model's value; None where it is no run of the instance.

    Returns
    -------
    Verdict
        Of the check ``replay``.
    """
    if found is None:
        return _refuted("the schedule is no run of the instance: it promises something else")
    return _same("the objective", found, value)


def _same(what: str, found: int, value: int | None) -> Verdict:
    if found == value:
        return Verdict("replay", "confirmed")
    return _refuted(f"{what}: {found} in the run, {value} in the model")


def _refuted(reason: str) -> Verdict:
    return Verdict("replay", "refuted", reason)
