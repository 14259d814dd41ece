"""VeriPB: a proof in cutting planes, as pseudo-Boolean solvers log it, turned into steps.

A log numbers constraints ``sum of a_i * literal_i >= degree`` with ``a_i > 0``: a literal is a
binary or one minus a binary. ``l k`` repeats the k-th of the formula; ``pol`` computes one from
earlier ones in reverse Polish notation (Bogaerts, Gocht, McCreesh and Nordström 2023):

- ``a b +`` and ``a n *``: sums and multiples; a literal stands for ``literal >= 0``;
- ``a n d``: coefficients and degree are divided, and rounded up;
- ``a s``: no coefficient is above the degree (saturation).

A division is a rounding of the sum before it. So is a saturation where one multiplier brings the
largest coefficient down and leaves the degree, as for clauses; else it follows on both sides of a
split: whether one of the literals with too large a coefficient is true.
"""

from __future__ import annotations

from math import gcd
from typing import TYPE_CHECKING

from milpbft.milp.certificate.steps import Assumed, Combined, Split, Step
from milpbft.milp.problem import GE, LE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from milpbft.milp.certificate.steps import Terms

_TRUE = -1
"""Stands for the constraint that a log begins with, which says nothing."""


class LogError(ValueError):
    """A log that is no proof of an absurdity by the rules that are read."""


class Binaries:
    """The variables of a log, which are binaries of a problem.

    Parameters
    ----------
    columns
        Per variable, counted from 1 in logs: its column.
    low, high
        Per column: the steps that it is at least its lower bound, and at most that and one.
    """

    def __init__(self, columns: Sequence[int], low: Sequence[Step], high: Sequence[Step]) -> None:
        self._columns, self._low, self._high = columns, low, high

    def positive(self, word: str) -> tuple[Step, int]:
        """Return what says that a literal is not negative, and its sign."""
        if word.startswith("~x"):
            return self._high[self._columns[int(word[2:]) - 1]], -1
        return self._low[self._columns[int(word[1:]) - 1]], 1

    def rest(self, column: int, value: int) -> tuple[Step, int]:
        """Return what says that the literal of a term is not negative, and its sign."""
        return (self._low[column], 1) if value > 0 else (self._high[column], -1)

    def degree(self, terms: Iterable[tuple[int, int]], side: int) -> int:
        """Return what literals must reach where ``terms >= side``."""
        return side - sum(v * (self._low if v > 0 else self._high)[k].side for k, v in terms)


class Sum:
    """A sum of multiples of steps, which says ``terms >= side``."""

    def __init__(self) -> None:
        self.terms: dict[int, int] = {}
        self.side = 0
        self._parts: dict[int, tuple[Step, int]] = {}

    def add(self, step: Step, by: int) -> None:
        """Add a multiple of a step, a negative one of ``<=``."""
        terms = self.terms
        for column, value in step.terms:
            terms[column] = terms.get(column, 0) + by * value
        self._count(step, by)
        self.side += by * step.side

    def join(self, other: Sum) -> None:
        """Add another sum."""
        terms = self.terms
        for column, value in other.terms.items():
            terms[column] = terms.get(column, 0) + value
        for step, by in other._parts.values():
            self._count(step, by)
        self.side += other.side

    def scale(self, by: int) -> None:
        """Take a multiple."""
        self.terms = {column: by * value for column, value in self.terms.items()}
        self._parts = {key: (step, by * had) for key, (step, had) in self._parts.items()}
        self.side *= by

    def _count(self, step: Step, by: int) -> None:
        _, had = self._parts.get(id(step), (step, 0))
        self._parts[id(step)] = step, had + by

    @property
    def pairs(self) -> Terms:
        """Columns and coefficients, none of which is zero."""
        return tuple((column, value) for column, value in self.terms.items() if value)

    @property
    def parts(self) -> list[tuple[Step, int]]:
        """Steps and their multiples, none of which is zero."""
        return [part for part in self._parts.values() if part[1]]

    def step(self) -> Step:
        """Return it as a step: the only one that it is made of, if there is one."""
        parts = self.parts
        if len(parts) == 1 and parts[0][1] == 1 and parts[0][0].sense == GE:
            return parts[0][0]
        common = gcd(self.side, *(by for _, by in parts), *self.terms.values()) or 1
        terms = tuple((column, value // common) for column, value in self.pairs)
        return Step(GE, self.side // common, terms, Combined(parts, common))


class Log:
    """A log as it is read, and the steps of what its last constraint needs.

    Parameters
    ----------
    formula
        The constraints of the formula, in order, as steps ``>=``.
    binaries
        What variables are.
    """

    def __init__(self, formula: Sequence[Step], binaries: Binaries) -> None:
        self._formula, self._binaries = formula, binaries
        self._lines: list[list[str] | int] = [_TRUE]
        self._steps: dict[int, Step] = {}

    def absurdity(self, lines: Iterable[str]) -> Step:
        """Return the step that the log ends with.

        Raises
        ------
        LogError
            Where there is none, or a rule is another one.
        """
        for line in lines:
            kind, _, rest = line.rstrip("\n ;").partition(" ")
            match kind:
                case "pol":
                    self._lines.append(rest.split())
                case "l":
                    self._lines.append(int(rest) - 1)
                case "rup":
                    if rest != ">= 0":
                        raise LogError(f"there is no rule for {line[:40]!r}")
                    self._lines.append(_TRUE)
                case "c":
                    return self._derived(int(rest))
                case "pseudo-Boolean":
                    continue
                case _:
                    raise LogError(f"there is no rule for {line[:40]!r}")
        raise LogError("it ends without an absurdity")

    def _derived(self, final: int) -> Step:
        for number in sorted(self._needed(final)):
            line = self._lines[number]
            if line == _TRUE:
                raise LogError("an empty constraint is used")
            self._steps[number] = (
                self._formula[line] if isinstance(line, int) else self._computed(line)
            )
        last = Sum()
        last.add(self._steps[final], 1)
        for column, value in last.pairs:
            # What is left can reach no more than this.
            rest, sign = self._binaries.rest(column, -value)
            last.add(rest, sign * abs(value))
        if last.pairs or last.side <= 0:
            raise LogError("its last constraint is no absurdity")
        return Step(GE, last.side, (), Combined(last.parts))

    def _needed(self, final: int) -> set[int]:
        """Return the numbers of what a constraint rests on, itself included."""
        found, stack = {final}, [final]
        while stack:
            line = self._lines[stack.pop()]
            if isinstance(line, int):
                continue
            for word, after in zip(line, [*line[1:], ""], strict=True):
                if word.isdecimal() and after not in ("*", "d") and int(word) not in found:
                    found.add(int(word))
                    stack.append(int(word))
        return found

    def _computed(self, words: list[str]) -> Step:
        """Evaluate reverse Polish notation."""
        stack: list[Sum | str] = []
        for word in words:
            match word:
                case "+":
                    other = stack.pop()
                    total = self._sum(stack.pop())
                    if isinstance(other, Sum):
                        total.join(other)
                    else:
                        total.add(*self._operand(other))
                    stack.append(total)
                case "*":
                    by, total = int(str(stack.pop())), self._sum(stack.pop())
                    total.scale(by)
                    stack.append(total)
                case "d":
                    by, total = int(str(stack.pop())), self._sum(stack.pop())
                    stack.append(self._one(divided(total, by, self._binaries)))
                case "s":
                    stack.append(self._one(saturated(self._sum(stack.pop()), self._binaries)))
                case _:
                    stack.append(word)
        return self._sum(stack.pop()).step()

    def _operand(self, word: str) -> tuple[Step, int]:
        if word[0] in "x~":
            return self._binaries.positive(word)
        return self._steps[int(word)], 1

    def _sum(self, operand: Sum | str) -> Sum:
        if isinstance(operand, Sum):
            return operand
        total = Sum()
        total.add(*self._operand(operand))
        return total

    @staticmethod
    def _one(found: Step | Sum) -> Sum:
        if isinstance(found, Sum):
            return found
        total = Sum()
        total.add(found, 1)
        return total


def divided(total: Sum, by: int, binaries: Binaries) -> Step:
    """Divide a sum, which is used up, coefficients and degree rounded up."""
    for column, value in total.pairs:
        if lacking := -abs(value) % by:
            rest, sign = binaries.rest(column, value)
            total.add(rest, sign * lacking)
    terms = tuple((column, value // by) for column, value in total.pairs)
    return Step(GE, -(-total.side // by), terms, Combined(total.parts, by, rounded=True))


def saturated(total: Sum, binaries: Binaries) -> Step | Sum:
    """Have coefficients of a sum, which is used up, at most its degree; itself where they are."""
    terms = total.pairs
    degree = binaries.degree(terms, total.side)
    largest = max((abs(value) for _, value in terms), default=0)
    if largest <= degree:
        return total
    if degree < 1:
        raise LogError("a constraint that says nothing is used")
    if largest * (degree - 1) < degree * degree:
        total.scale(degree)
        return divided(total, largest, binaries)
    return _split(total, terms, degree, binaries)


def _split(total: Sum, terms: Terms, degree: int, binaries: Binaries) -> Step:
    """Saturate on both sides of a split, whether a literal with too large a coefficient is true."""
    big = tuple((k, 1 if v > 0 else -1) for k, v in terms if abs(v) > degree)
    none = -binaries.degree(big, 0)
    low, high = Step(LE, none, big, Assumed()), Step(GE, none + 1, big, Assumed())
    kept = tuple((k, max(-degree, min(degree, v))) for k, v in terms)
    side = degree - binaries.degree(kept, 0)
    most = max(abs(v) for _, v in terms) - degree
    first = [(high, degree)]
    total.add(low, -most)
    for column, value in terms:
        step, sign = binaries.rest(column, value)
        above = abs(value) - degree
        if above <= 0:
            first.append((step, sign * abs(value)))
        elif above < most:
            total.add(step, sign * (most - above))
    one = Step(GE, side, kept, Combined(first))
    two = Step(GE, side, kept, Combined(total.parts))
    return Step(GE, side, kept, Split(one, high, two, low))
