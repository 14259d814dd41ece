"""Given: bounds and rows of a counted problem, found by what they say."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from milpbft.milp.certificate.condensed import UnderivedError
from milpbft.milp.certificate.steps import Given, Step
from milpbft.milp.problem import EQ, GE, LE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from milpbft.automaton.condition import Atom
    from milpbft.automaton.counted.encoding import Counted
    from milpbft.milp.problem import Problem


class Known:
    """What is given of a counted problem.

    Parameters
    ----------
    encoded
        The encoding, with its goal.
    problem
        Its problem.
    """

    def __init__(self, encoded: Counted, problem: Problem) -> None:
        self.encoded, self.problem = encoded, problem
        self._bounds = 2 * len(problem.lower)
        rows = enumerate(rows_of(problem), self._bounds)
        self._steps = {
            (s, side, terms): Step(s, side, terms, Given(k)) for k, (s, side, terms) in rows
        }

    def lower(self, column: int) -> Step:
        """Return a column's lower bound."""
        return Step(GE, int(self.problem.lower[column]), ((column, 1),), Given(2 * column))

    def upper(self, column: int) -> Step:
        """Return a column's upper bound."""
        return Step(LE, int(self.problem.upper[column]), ((column, 1),), Given(2 * column + 1))

    def find(self, relation: int, side: int, terms: Iterable[tuple[int, int]]) -> Step | None:
        """Return the row that says so; None where there is none."""
        return self._steps.get((relation, side, tuple(sorted((k, c) for k, c in terms if c))))

    def row(self, relation: int, side: int, terms: Iterable[tuple[int, int]]) -> Step:
        """Return the row that says so.

        Raises
        ------
        UnderivedError
            Where there is none.
        """
        if (found := self.find(relation, side, terms)) is None:
            raise UnderivedError("there is no such row")
        return found

    def atom(self, atom: Atom, slot: int) -> Step:
        """Return the row that makes an atom hold at a slot's start."""
        terms, constant = self.encoded.terms(atom.linear, slot)
        left = ((column, value) for value, column in terms)
        return self.row(GE if atom.comparison == ">=" else EQ, -constant, left)

    def start(self, place: str) -> int:
        """Return the column that says how many nodes start in a location."""
        return int(self.encoded.located[place].index[0])


def rows_of(problem: Problem) -> list[tuple[int, int, tuple[tuple[int, int], ...]]]:
    """Return per row its relation, right-hand side and terms, in ascending order."""
    matrix = problem.matrix.sorted_indices()
    ends, columns, values = (part.tolist() for part in (matrix.indptr, matrix.indices, matrix.data))
    spans = pairwise(ends)
    lefts = (tuple(zip(columns[i:j], values[i:j], strict=True)) for i, j in spans)
    return list(zip(problem.relation.tolist(), problem.rhs.tolist(), lefts, strict=True))
