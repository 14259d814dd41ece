"""Normal forms of what a run is to show: times to be found, what lasts, and how it ends.

Runs come to rest, so ``<>[]p`` and ``[]<>p`` both say that p holds at the end. The other laws are
those of linear time; the two that are not in every textbook, for any X and y:

- ``[](X || <>y)`` is ``[]X || <>(y && [](X || y))``: look at the last time at which y holds, or,
  where it holds at the end, at the end;
- ``[](X || []y)`` is ``[]X || (X U []y)``: look at the first time at which X fails.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from milpbft.automaton.condition import FALSE, Condition, all_of, any_of
from milpbft.automaton.temporal.formula import (
    Always,
    Both,
    Either,
    Eventually,
    Formula,
    State,
    Until,
    both,
    either,
)
from milpbft.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# Nobody writes formulas whose normal form is larger but a fuzzer.
_MOST = 2000


@dataclass(frozen=True)
class Task:
    """What a run is to show from a time on."""


@dataclass(frozen=True)
class Now(Task):
    """A condition on the configuration at that time."""

    condition: Condition


@dataclass(frozen=True)
class Last(Task):
    """A condition on the configuration in which the run comes to rest."""

    condition: Condition


@dataclass(frozen=True)
class Lasting(Task):
    """A condition on all configurations from that time on."""

    condition: Condition


@dataclass(frozen=True)
class Later(Task):
    """A task for some time from then on."""

    task: Task


@dataclass(frozen=True)
class Before(Task):
    """A task for some time from then on, and a condition on all configurations before it."""

    condition: Condition
    task: Task


@dataclass(frozen=True)
class All(Task):
    """All of some tasks."""

    tasks: tuple[Task, ...]


@dataclass(frozen=True)
class Some(Task):
    """One of some tasks."""

    tasks: tuple[Task, ...]


def task_of(formula: Formula) -> Task:
    """Give the task of a formula.

    Raises
    ------
    InputError
        Where there is none: ``until`` with a temporal operator on its left, or under ``[]`` beside
        an alternative; or where it would be very large.
    """
    return _Normal().task(formula)


def searches(task: Task) -> int:
    """Return how many times a run is to be cut at, so that each thing to show is at a cut.

    One for each time that is looked for, two where all before it is looked at too: the step that
    leads there is one of its own.
    """
    match task:
        case Later(inner):
            return 1 + searches(inner)
        case Before(_, inner):
            return 2 + searches(inner)
        case All(tasks):
            return sum(map(searches, tasks))
        case Some(tasks):
            return max(map(searches, tasks), default=0)
    return 0


def lasting(task: Task) -> Iterator[Condition]:
    """Yield the conditions that are to last, for ever or until a time."""
    match task:
        case Lasting(condition):
            yield condition
        case Before(condition, inner):
            yield condition
            yield from lasting(inner)
        case Later(inner):
            yield from lasting(inner)
        case All(tasks) | Some(tasks):
            for one in tasks:
                yield from lasting(one)


def open_ended(task: Task) -> bool:
    """Say whether nothing is asked of how the run goes on after what is looked for was found."""
    match task:
        case Last() | Lasting():
            return False
        case Later(inner) | Before(_, inner):
            return open_ended(inner)
        case All(tasks) | Some(tasks):
            return all(map(open_ended, tasks))
    return True


class _Normal:
    def __init__(self) -> None:
        self.made = 0

    def task(self, formula: Formula) -> Task:
        self.made += 1
        if self.made > _MOST:
            raise InputError("formula", "...", f"a normal form of at most {_MOST} parts")
        match formula:
            case State(condition):
                return Now(condition)
            case Both(parts):
                return _all(self.task(part) for part in parts)
            case Either(parts):
                return _some(self.task(part) for part in parts)
            case Eventually(part):
                return self.eventually(part)
            case Always(part):
                return self.always(part)
            case Until(left, right):
                return self.until(left, right)
        raise AssertionError(formula)

    def eventually(self, part: Formula) -> Task:
        match part:
            case Either(parts):
                return _some(self.eventually(inner) for inner in parts)
            case Eventually(inner):
                return self.eventually(inner)
            case Until(_, right):
                return self.eventually(right)
            case Always(inner):
                return Last(at_rest(inner))
        found = self.task(part)
        tasks = found.tasks if isinstance(found, All) else (found,)
        if all(isinstance(one, Last | Lasting) for one in tasks):
            return Last(at_rest(part))
        # How the run ends can be said at once.
        ends = [one for one in tasks if isinstance(one, Last)]
        return _all([*ends, Later(_all(one for one in tasks if one not in ends))])

    def always(self, part: Formula) -> Task:
        match part:
            case State(condition):
                return Lasting(condition)
            case Both(parts):
                return _all(self.always(inner) for inner in parts)
            case Always(inner):
                return self.always(inner)
            case Eventually(inner):
                return Last(at_rest(inner))
            case Until(left, right):
                lasts = self.always(either((left, right)))
                return _all([lasts, Last(at_rest(right))])
            case Either(parts):
                return self.alternatives(parts)
        raise AssertionError(part)

    def alternatives(self, parts: tuple[Formula, ...]) -> Task:
        """Give the task of ``[](part or part or …)``."""
        self.made += 1
        for part in parts:
            others = [other for other in parts if other is not part]
            if isinstance(part, Both):
                return _all(self.always(either([*others, one])) for one in part.parts)
            if isinstance(part, Eventually):
                rest = either(others)
                again = Always(either((rest, part.part)))
                found = self.eventually(both((part.part, again)))
                return _some([self.always(rest), found])
        states = [part for part in parts if isinstance(part, State)]
        lasting = [part for part in parts if isinstance(part, Always)]
        if len(states) + len(lasting) < len(parts):
            raise InputError("formula", "U under []", "until stands beside no alternative under []")
        before = any_of(state.condition for state in states)
        then = self.task(either(lasting))
        if before == FALSE:
            return then
        return _some([Lasting(before), Before(before, then)])

    def until(self, left: Formula, right: Formula) -> Task:
        if not isinstance(left, State):
            raise InputError("formula", "U", "no temporal operator stands on the left of until")
        if isinstance(right, Either):
            return _some(self.until(left, part) for part in right.parts)
        return Before(left.condition, self.task(right))


def at_rest(formula: Formula) -> Condition:
    """Give the condition that a formula is in a configuration that nothing follows but itself."""
    match formula:
        case State(condition):
            return condition
        case Both(parts):
            return all_of(map(at_rest, parts))
        case Either(parts):
            return any_of(map(at_rest, parts))
        case Always(part) | Eventually(part) | Until(_, part):
            return at_rest(part)
    raise AssertionError(formula)


def _all(tasks: Iterable[Task]) -> Task:
    flat: dict[Task, None] = {}
    for task in tasks:
        flat |= dict.fromkeys(task.tasks if isinstance(task, All) else (task,))
    return next(iter(flat)) if len(flat) == 1 else All(tuple(flat))


def _some(tasks: Iterable[Task]) -> Task:
    flat: dict[Task, None] = {}
    for task in tasks:
        flat |= dict.fromkeys(task.tasks if isinstance(task, Some) else (task,))
    return next(iter(flat)) if len(flat) == 1 else Some(tuple(flat))
