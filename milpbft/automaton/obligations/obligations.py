"""Obligations: what a run that is cut into slots must satisfy, so that it shows a task.

Times are slot boundaries: with as many slots more as the task looks for times, each of these can be
one (:func:`milpbft.automaton.temporal.normal.searches`). What is to last is asked in one of two
ways, for inside a slot the order of steps is open:

- ``necessary``: at the boundaries, and where a count of nodes is to stay zero, of the flows: every
  run that shows the task satisfies this. No solution is a proof;
- ``sufficient``: in each slot by a margin that no order of its steps can use up, or by both ends of
  one step: every solution shows the task, whatever the order. More slots find more.

Where all that is to last only grows, only falls, or is that nobody is somewhere, the two agree. So
they do where alternatives of such parts are to last and a run is cut where a part changes, which is
what `pinned` asks for: the step that changes it has a slot of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from milpbft.automaton.condition import (
    FALSE,
    TRUE,
    AllOf,
    AnyOf,
    Atom,
    Condition,
    all_of,
    any_of,
    at_least,
    equal,
)
from milpbft.automaton.explicit.accelerated import atoms_of
from milpbft.automaton.linear import Linear
from milpbft.automaton.temporal.normal import (
    All,
    Before,
    Last,
    Lasting,
    Later,
    Now,
    Some,
    Task,
    lasting,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from milpbft.automaton.automaton import Automaton
    from milpbft.automaton.rule import Rule

Mode = Literal["necessary", "sufficient"]


def at(name: str, boundary: int) -> str:
    """Name the value of a location or a counter at a slot boundary."""
    return f"{name}@{boundary}"


def flow(rule: str, slot: int) -> str:
    """Name how many nodes take a rule in a slot."""
    return f"{rule}#{slot}"


def placed(condition: Condition, automaton: Automaton, boundary: int) -> Condition:
    """Give a condition on a configuration for the one at a slot boundary."""
    moving = frozenset(automaton.locations + automaton.counters)
    match condition:
        case Atom():
            terms = [(at(n, boundary) if n in moving else n, c) for n, c in condition.linear.terms]
            return Atom(Linear(tuple(sorted(terms)), condition.linear.constant),
                        condition.comparison)  # fmt: skip
        case AllOf():
            return all_of(placed(part, automaton, boundary) for part in condition.parts)
        case AnyOf():
            return any_of(placed(part, automaton, boundary) for part in condition.parts)
    raise AssertionError(condition)


class Obligations:
    """The conditions that make a run of so many slots show a task.

    Parameters
    ----------
    automaton
        What runs.
    slots
        Number of slots; boundary 0 is the start, boundary `slots` the configuration at rest.
    mode
        See this module.
    pinned
        Conditions that hold throughout a slot or nowhere in it, unless the slot has one step only;
        see :func:`turning`.

    Attributes
    ----------
    conditions
        Over ``name@boundary``, ``rule#slot``, parameters, and `bits`; all must hold.
    bits
        Names of numbers, 0 or 1, that stand for a task at a boundary: 1 asks for it.
    """

    def __init__(
        self, automaton: Automaton, slots: int, mode: Mode, pinned: Iterable[Atom] = ()
    ) -> None:
        self.automaton = automaton
        self.slots = slots
        self.mode = mode
        self.conditions: list[Condition] = [
            self._pinned(atom, k) for atom in pinned for k in range(slots)
        ]
        self.bits: list[str] = []
        self._known: dict[tuple[Task, int], Condition] = {}

    def ask(self, task: Task) -> None:
        """Ask for a task from the start on."""
        self.conditions.append(self._task(task, 0))

    def _task(self, task: Task, k: int) -> Condition:
        match task:
            case Now(condition):
                return self._placed(condition, k)
            case Last(condition):
                return self._placed(condition, self.slots)
            case All(tasks):
                return all_of(self._task(one, k) for one in tasks)
            case Some(tasks):
                return any_of(self._task(one, k) for one in tasks)
            case _:
                return self._timed(task, k)

    def _timed(self, task: Task, k: int) -> Condition:
        match task:
            case Lasting(condition):
                return self._chain(task, k, lambda here, later: self._lasts(condition, here, later))
            case Later(inner):
                return self._chain(task, k, lambda here, later: self._task(inner, here) | later)
            case Before(condition, inner):
                return self._chain(
                    task, k, lambda here, later: self._until(condition, inner, here, later)
                )
        raise AssertionError(task)

    def _chain(self, task: Task, k: int, step: Callable[[int, Condition], Condition]) -> Condition:
        """Give a bit that asks for a task at a boundary, by what it is there and at the next."""
        if (task, k) in self._known:
            return self._known[task, k]
        final = isinstance(task, Lasting)
        later = self._chain(task, k + 1, step) if k < self.slots else (TRUE if final else FALSE)
        bit = f"bit~{len(self.bits)}"
        self.bits.append(bit)
        self.conditions.append(equal(Linear.of(bit)) | step(k, later))
        self._known[task, k] = asked = at_least(Linear.of(bit) - 1)
        return asked

    def _lasts(self, condition: Condition, k: int, later: Condition) -> Condition:
        """``condition`` at boundary k and inside slot k, and `later` at the next boundary."""
        inside = self._inside(condition, k) if k < self.slots else TRUE
        return all_of([self._placed(condition, k), inside, later])

    def _until(self, condition: Condition, inner: Task, k: int, later: Condition) -> Condition:
        """`inner` here, or after the one step of slot k, or else `condition` for the whole slot.

        The step that leads to where `inner` is shown has a slot of its own: the condition need not
        hold after it, and holds in all of the slots before.
        """
        here = self._task(inner, k)
        if k == self.slots:
            return here
        step = self._single(k) & self._task(inner, k + 1)
        whole = all_of([self._placed(condition, k + 1), self._inside(condition, k), later])
        return here | (self._placed(condition, k) & (step | whole))

    def _inside(self, condition: Condition, k: int) -> Condition:
        if self.mode == "sufficient":
            return self._margin(condition, k) | self._single(k)
        parts = condition.parts if isinstance(condition, AllOf) else (condition,)
        return all_of(self._margin(part, k) for part in parts if self._stays_zero(part))

    def _stays_zero(self, condition: Condition) -> bool:
        """Whether a condition says that nobody is in some locations: nobody may come there."""
        if not isinstance(condition, Atom) or condition.comparison == "!=":
            return False
        signs = {c > 0 for _, c in condition.linear.terms}
        places = condition.names <= frozenset(self.automaton.locations)
        falling = condition.comparison == "==" or signs == {False}
        return places and falling and len(signs) == 1 and condition.linear.constant == 0

    def _margin(self, condition: Condition, k: int) -> Condition:
        """``a(start of the slot) - all that falls in it >= 0``, for each atom a."""
        match condition:
            case Atom(linear, comparison):
                if comparison == "==":
                    return self._kept(linear, k) & self._kept(-linear, k)
                if comparison == "!=":
                    return self._kept(linear - 1, k) | self._kept(-linear - 1, k)
                return self._kept(linear, k)
            case AllOf(parts):
                return all_of(self._margin(part, k) for part in parts)
            case AnyOf(parts):
                return any_of(self._margin(part, k) for part in _somebody(parts))
        raise AssertionError(condition)

    def _kept(self, linear: Linear, k: int) -> Condition:
        falls: list[tuple[str, int]] = []
        for rule in self.automaton.rules:
            by = growth_of(linear, rule)
            if by < 0:
                falls.append((flow(rule.name, k), by))
        start = self._placed_linear(linear, k)
        return at_least(Linear.combine([*start.terms, *falls], start.constant))

    def _pinned(self, atom: Atom, k: int) -> Condition:
        """The atom is the same at both ends of a slot, or the slot has one step."""
        before, after = self._placed(atom, k), self._placed(atom, k + 1)
        return any_of([before & after, ~before & ~after, self._single(k)])

    def _single(self, k: int) -> Condition:
        """At most one step in the slot."""
        flows = Linear.combine((flow(rule.name, k), 1) for rule in self.automaton.rules)
        return at_least(-flows + 1)

    def _placed(self, condition: Condition, k: int) -> Condition:
        return placed(condition, self.automaton, k)

    def _placed_linear(self, linear: Linear, k: int) -> Linear:
        moving = frozenset(self.automaton.locations + self.automaton.counters)
        terms = ((at(n, k) if n in moving else n, c) for n, c in linear.terms)
        return Linear.combine(terms, linear.constant)


def turning(task: Task, automaton: Automaton) -> tuple[Atom, ...]:
    """Give the parts of alternatives that are to last, each of which changes once in a run."""
    found: dict[Atom, None] = {}
    for condition in lasting(task):
        if isinstance(condition, AnyOf) or _has_alternatives(condition):
            for atom in atoms_of(condition):
                signs = {growth_of(atom.linear, rule) > 0 for rule in automaton.rules
                         if growth_of(atom.linear, rule)}  # fmt: skip
                if len(signs) == 1 and atom.comparison == ">=":
                    found[atom] = None
                elif len(signs) == 1 and atom.comparison == "==":
                    found |= dict.fromkeys(a for a in _sides(atom) if isinstance(a, Atom))
    return tuple(found)


def _sides(atom: Atom) -> tuple[Condition, Condition]:
    return at_least(atom.linear), at_least(-atom.linear)


def _has_alternatives(condition: Condition) -> bool:
    return isinstance(condition, AllOf) and any(isinstance(p, AnyOf) for p in condition.parts)


def growth_of(linear: Linear, rule: Rule) -> int:
    """Return what one node that takes a rule adds to a combination."""
    moved = linear.coefficient(rule.target) - linear.coefficient(rule.source)
    return moved + sum(linear.coefficient(counter) * by for counter, by in rule.increments)


def _somebody(parts: tuple[Condition, ...]) -> list[Condition]:
    """Join ``x >= 1 or y >= 1`` into ``x + y >= 1``, which lasts where both may fail."""
    places = [part for part in parts if isinstance(part, Atom) and _is_somebody(part)]
    if len(places) < 2:
        return list(parts)
    names = dict.fromkeys(name for part in places for name in sorted(part.names))
    some = at_least(Linear.combine(((name, 1) for name in names), -1))
    return [*(part for part in parts if part not in places), some]


def _is_somebody(atom: Atom) -> bool:
    linear = atom.linear
    return atom.comparison == ">=" and linear.constant == -1 and all(c > 0 for _, c in linear.terms)
