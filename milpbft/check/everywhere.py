"""Whether a protocol's rule table admits a fork or a lock at any size at all."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from milpbft.automaton.allsizes.everywhere import query
from milpbft.automaton.allsizes.rows import complete
from milpbft.automaton.counted.model import CountedModel
from milpbft.automaton.explicit.accelerated import word
from milpbft.automaton.explicit.run import Configuration
from milpbft.check.allsizes import excluded, find, inhabited
from milpbft.check.finding import steps
from milpbft.errors import InputError
from milpbft.question.meaning import of_any_size
from milpbft.question.strict import StrictInstance
from milpbft.room import room_of
from milpbft.solvers import Limits

if TYPE_CHECKING:
    from milpbft.automaton.allsizes.everywhere import Query, Sized
    from milpbft.automaton.counted.encoding import Step
    from milpbft.check.finding import Candidate, Status
    from milpbft.question.part import Question
    from milpbft.schedule import Schedule
    from milpbft.verdict import Verdict

_NO_LIMITS = Limits()


@dataclass(frozen=True)
class Theorem:
    """What was found for all sizes.

    Parameters
    ----------
    status
        ``holds``: no run of any size in `scope` ends so; ``violated``; ``undecided``.
    about
        ``fork`` or ``lock``.
    scope
        The assumptions on sizes and faults, one text for each table.
    parameters
        Of a violation: the least.
    run
        Its steps.
    schedule
        The same with named nodes, where the size is one of the protocol's instances.
    replay
        What replicas make of the schedule; None where there is none.
    notes
        Where the answer depends on how n and f are tied, or a limit left smaller sizes open.
    least
        Of a violation: whether no smaller size has one, for certain.
    given
        The views, faults and options, in words.
    """

    status: Status
    about: str
    scope: tuple[str, ...]
    parameters: dict[str, int]
    run: tuple[Step, ...] = ()
    schedule: Schedule | None = None
    replay: Verdict | None = None
    notes: tuple[str, ...] = ()
    least: bool = True
    given: str = ""


def prove(instance: Question, limits: Limits = _NO_LIMITS) -> Theorem:
    """Ask whether what an instance asks for can be reached at any size.

    Where only sizes that the protocol does not have admit it, this is said, and the others are
    asked.

    Raises
    ------
    InputError
        Where the instance has no rule table, or its objective is neither about forks nor locks.
    """
    if not isinstance(instance, StrictInstance):
        raise InputError("all", instance.semantics, "a strict instance")
    tables = list(room_of(instance.protocol).sized(instance))
    found = over(tables, instance, limits, usual=False)
    if found.status != "violated":
        return found
    if _as_printed(tables, instance, found):
        scope = tuple(query(sized, instance, usual=True).scope for sized in tables)
        return replace(found, scope=scope)
    printed = over(tables, instance, limits, usual=True)
    if printed.status == "violated":
        return printed
    sizes = ", ".join(f"{name} = {value}" for name, value in found.parameters.items())
    note = f"the answer depends on how n and f are tied: with {sizes} there is a {found.about}"
    return replace(printed, notes=(note, *printed.notes))


def over(tables: list[Sized], instance: StrictInstance, limits: Limits, *, usual: bool) -> Theorem:
    """Ask each table; the violation with the least parameters is shown.

    Parameters
    ----------
    usual
        Only at the sizes of the protocol as it is printed.

    Raises
    ------
    InputError
        Where no size admits the faults, or the objective is neither about forks nor locks.
    """
    queries = [query(sized, instance, usual=usual) for sized in tables]
    scope = tuple(one.scope for one in queries)
    if not any(inhabited(one.automaton, limits) for one in queries):
        raise InputError("byzantine", instance.byzantine, "faults that some size admits")
    worst: tuple[Sized, Query, Candidate] | None = None
    open_, least = "", True
    for sized, one in zip(tables, queries, strict=True):
        found = _search(one, instance, limits)
        if isinstance(found, str):
            open_ = open_ or ("" if found == "none" else found)
            continue
        least = least and found.least
        if worst is None or _sizes(found) < _sizes(worst[2]):
            worst = sized, one, found
    about = queries[0].about
    if worst is not None:
        # A table that a limit left open, or whose least is not known, may have a smaller one.
        sized, one, found = worst
        found = replace(found, least=least and not open_)
        return _violation(sized, one, found, instance, scope)
    status: Status = "undecided" if open_ else "holds"
    notes = (open_,) if open_ else ()
    return Theorem(status, about, scope, {}, notes=notes, given=of_any_size(instance))


def _search(asked: Query, instance: StrictInstance, limits: Limits) -> Candidate | str:
    """Look for a run; where nodes start again, tables are large, and a proof may do without order.

    Such a proof is tried alone there: no run is looked for.
    """
    if instance.amnesia:
        return excluded(asked.automaton, asked.task, limits)
    slots = complete(asked.automaton, 0)
    return find(asked.automaton, asked.task, slots, "necessary", limits=limits)


def _as_printed(tables: list[Sized], instance: StrictInstance, found: Theorem) -> bool:
    """Say whether a violation has a size of the protocol as it is printed."""

    def has(sized: Sized, *, usual: bool) -> bool:
        assumed = query(sized, instance, usual=usual).automaton.assumptions
        return assumed.evaluate(found.parameters)

    there = [sized for sized in tables if has(sized, usual=False)]
    return all(has(sized, usual=True) for sized in there)


def _sizes(candidate: Candidate) -> tuple[int, ...]:
    return tuple(candidate.parameters.values())


def _violation(
    sized: Sized,
    asked: Query,
    candidate: Candidate,
    instance: StrictInstance,
    scope: tuple[str, ...],
) -> Theorem:
    """Let the run happen in the table, and, where the protocol has the size, on replicas."""
    automaton, values = asked.automaton, candidate.parameters
    run = steps(automaton, candidate)
    taken = [(step.rule, step.count) for step in run]
    *_, last = word(automaton, values, Configuration.of(automaton, candidate.start), taken)
    if not asked.task.condition.evaluate(last):
        raise AssertionError(f"{instance.name}: the run found is no {asked.about}")
    crashed = sum(last[place] for place in sized.table.crashed)
    schedule = _named(instance, candidate, crashed, run, quiet=asked.about == "lock")
    replayed = room_of(instance.protocol).replay(schedule) if schedule else None
    notes = () if candidate.least else ("a limit came before all smaller sizes were excluded",)
    given = of_any_size(instance)
    return Theorem(
        "violated",
        asked.about,
        scope,
        values,
        run,
        schedule,
        replayed,
        notes,
        candidate.least,
        given,
    )


def _named(
    instance: StrictInstance,
    candidate: Candidate,
    crashed: int,
    run: tuple[Step, ...],
    *,
    quiet: bool,
) -> Schedule | None:
    """Name the nodes; None where the protocol has no instance of that size."""
    values = candidate.parameters
    fields = {"n": values["N"], "byzantine": values["F"], "crashes": crashed}
    try:
        there = type(instance)(**{**instance.model_dump(), **fields})
    except (InputError, ValueError):
        return None
    if there.f != values["T"]:
        return None
    model = room_of(there.protocol).model(there)
    assert isinstance(model, CountedModel), "the counted encoding has no other model"
    source = f"{there.name}, z3 for all sizes"
    return model.named(run, values, source, quiet=quiet)
