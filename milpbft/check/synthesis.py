"""Synthesis: all values of a file's unknowns for which its specifications hold at every size.

Counterexample-guided: what violates one assignment is a run of given sizes; whether the same run,
step by step, is one of another assignment and violates it too is a condition on the unknowns alone,
linear in them, and all assignments that satisfy it are out. What is left in the end was proven, one
by one.

References
----------
.. [1] M. Lazic, I. Konnov, J. Widder, R. Bloem. Synthesis of distributed algorithms with
   parameterized threshold guards. OPODIS 2017.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from milpbft.automaton.condition import (
    FALSE,
    AllOf,
    AnyOf,
    Atom,
    Condition,
    all_of,
    any_of,
)
from milpbft.automaton.explicit.accelerated import after
from milpbft.automaton.explicit.run import Configuration
from milpbft.check.allsizes import decide_all
from milpbft.solvers import Limits

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from milpbft.automaton.automaton import Automaton
    from milpbft.automaton.rule import Rule
    from milpbft.automaton.ta.template import Template
    from milpbft.check.finding import Finding

_NO_LIMITS = Limits()


@dataclass(frozen=True)
class Synthesis:
    """What became of the assignments of some unknowns.

    Parameters
    ----------
    unknowns
        Their names.
    tried
        Number of assignments in their ranges.
    found
        Assignments for which every specification was proven for all parameters.
    undecided
        Assignments with a specification that is undecided, and none that is violated.
    violations
        Each with the assignment in which it was found, and how many it excludes that none before it
        did.
    empty
        Assignments that the file's assumptions exclude.
    """

    unknowns: tuple[str, ...]
    tried: int
    found: tuple[tuple[int, ...], ...]
    undecided: tuple[tuple[int, ...], ...]
    violations: tuple[tuple[tuple[int, ...], Finding, int], ...]
    empty: int = 0


def synthesise(
    template: Template,
    names: Sequence[str] = (),
    *,
    limits: Limits = _NO_LIMITS,
    told: Callable[[str], None] = lambda _: None,
) -> Synthesis:
    """Find all assignments of a template's unknowns for which its specifications hold.

    Parameters
    ----------
    names
        Of the specifications that are to hold; none for all of the file.
    limits
        Of each search for a violation.
    told
        Is told how far the search has come.

    Raises
    ------
    InputError
        Where a specification is unknown or not supported, or z3 is not installed.
    """
    search = _Search(template, names, limits, told)
    search.run()
    return Synthesis(
        template.unknowns,
        template.size,
        tuple(search.found),
        tuple(search.undecided),
        tuple(search.violations),
        search.empty,
    )


class _Search:
    def __init__(
        self,
        template: Template,
        names: Sequence[str],
        limits: Limits,
        told: Callable[[str], None],
    ) -> None:
        self.template = template
        self.names = names
        self.limits = limits
        self.told = told
        self.found: list[tuple[int, ...]] = []
        self.undecided: list[tuple[int, ...]] = []
        self.violations: list[tuple[tuple[int, ...], Finding, int]] = []
        self.empty = 0

    def run(self) -> None:
        """Decide the first assignment that is open, and close all that its violation excludes."""
        rows = np.array(list(self.template.assignments()), dtype=np.int64)
        lowest = np.array([low for low, _ in self.template.ranges.values()], dtype=np.int64)
        shifted = dict(zip(self.template.unknowns, (rows - lowest).T, strict=True))
        open_ = np.ones(len(rows), dtype=bool)
        while open_.any():
            number = int(np.argmax(open_))
            values = tuple(int(value) for value in rows[number])
            automaton = self.template.at(dict(zip(self.template.unknowns, values, strict=True)))
            violated = self._decide(automaton, values)
            open_[number] = False
            if violated is not None:
                out = holds(self._excluded(automaton, violated), shifted)
                if not out[number]:
                    raise AssertionError(f"{values}: its own violation does not exclude it")
                self.violations.append((values, violated, 1 + int((out & open_).sum())))
                open_ &= ~out
            self.told(f"{int(open_.sum())} of {len(rows)} assignments are open")

    def _decide(self, automaton: Automaton, values: tuple[int, ...]) -> Finding | None:
        """Prove an assignment, or return what violates it."""
        if automaton.assumptions == FALSE:
            self.empty += 1
            return None
        undecided = False
        names = self.names or [one.name for one in automaton.specifications]
        # What violated the last assignments is likely to violate this one.
        for name in sorted(names, key=self._rank):
            found = decide_all(automaton, automaton.specification(name), limits=self.limits)
            if found.status == "violated":
                return found
            undecided |= found.status != "holds"
        (self.undecided if undecided else self.found).append(values)
        return None

    def _rank(self, name: str) -> int:
        recent = [one.specification for _, one, _ in self.violations[-20:]]
        return -recent.count(name)

    def _excluded(self, automaton: Automaton, violation: Finding) -> Condition:
        """Give the condition on unknowns under which the same run violates.

        The run has few steps, as it has the least parameters: it is unrolled.
        """
        seen = self.template.seen_from(violation.parameters)
        claim = seen.specification(violation.specification).claimed
        values = Configuration.of(seen, violation.start).values({})
        word, asked = [values], [seen.assumptions, seen.initial.substitute(values)]
        for step in violation.run:
            taken = automaton.rule(step.rule)
            alike = [rule.condition for rule in seen.rules if _moves(rule) == _moves(taken)]
            for _ in range(step.count):
                asked.append(any_of(condition.substitute(values) for condition in alike))
                values = after(taken, values, 1)
                word.append(values)
        return all_of([*asked, (~claim).along(word)[0]])


def _moves(rule: Rule) -> tuple[str, str, tuple[tuple[str, int], ...]]:
    """What a rule does, whatever it asks: rules are named and split by what they ask."""
    return rule.source, rule.target, rule.increments


def holds(condition: Condition, values: dict[str, NDArray[np.int64]]) -> NDArray[np.bool_]:
    """Decide a condition for many values of its names at once.

    Parameters
    ----------
    values
        By name, of equal shape.
    """
    shape = next(iter(values.values())).shape
    match condition:
        case Atom(linear, comparison):
            total = np.full(shape, linear.constant, dtype=np.int64)
            for name, by in linear.terms:
                total += by * values[name]
            return total >= 0 if comparison == ">=" else (total == 0) == (comparison == "==")
        case AllOf(parts):
            every = np.ones(shape, dtype=np.bool_)
            for part in parts:
                every &= holds(part, values)
            return every
        case AnyOf(parts):
            some = np.zeros(shape, dtype=np.bool_)
            for part in parts:
                some |= holds(part, values)
            return some
    raise AssertionError(condition)
