"""Rules: whether what a certificate says follows, in exact arithmetic.

This is all that a sceptic must trust. It is given constraints as numbers, not as text, and adds and
compares them; it shares nothing with what finds, writes and reads proofs, and knows of milpbft the
arrays of a problem. Whatever was read, what passes is a proof about the constraints that were read,
and these are compared with the problem's.

Rules: Cheung, Gleixner and Steffy, "Verifying Integer Programming Results" (IPCO 2017). Stricter:
nothing stands twice in a list or is used after its declared last use, and there is no ``sol``.

Sums of small integers are tested together, by products of sparse matrices of 64 bits, where their
sizes show that nothing leaves these. All others, and all that the products do not show to hold,
are added up one by one in integers and fractions of Python.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import islice
from math import floor
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array, vstack

from milpbft.milp.certificate.claims import (
    SMALL,
    Assumption,
    CertificateError,
    Claims,
    Number,
    Row,
    Split,
    Sum,
    ratio,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from milpbft.milp.certificate.claims import Array
    from milpbft.milp.problem import Problem

_BATCH = 1024


def check(claims: Claims, problem: Problem | None = None) -> None:
    """Check all that a certificate says, and that it is about a problem, if that is given.

    The problem is to have the same variables, objective and constraints in the same order, the
    bounds of variables first.

    Raises
    ------
    CertificateError
        Where something does not follow, or the problem is another one.
    """
    _test_kinds(claims)
    packed = _Packed(claims)
    if problem is not None:
        _compare(claims, packed, problem)
    _test_points(claims)
    assumptions = _assumptions(claims)
    sums = ((k, why) for k, why in enumerate(claims.reasons, claims.given) if isinstance(why, Sum))
    while batch := dict(islice(sums, _BATCH)):
        shown = packed.shown(batch)
        for number in batch.keys() - shown:
            _add_up(claims, number, batch[number])
    bound = claims.upper if claims.maximise else claims.lower
    if claims.infeasible or bound is not None:
        nothing = Row(0, 0, np.zeros(0, np.int64), np.zeros(0, np.int64))
        final, sense = [nothing, *claims.rows][-1], -1 if claims.maximise else 1
        wanted = claims.objective._replace(sense=sense, side=bound or 0)
        holds = final.absurd if claims.infeasible else final.dominates(wanted)
        _require(holds and not assumptions, "RTP", "the last line does not prove it")


def _require(holds: object, where: str, reason: str) -> None:
    if not holds:
        raise CertificateError(f"{where}: {reason}")


def _test_kinds(claims: Claims) -> None:
    """Test that nothing is rounded or of another kind, whoever has read it."""
    rows = [*claims.rows, claims.objective, *claims.points]
    exact = {type(claims.lower), type(claims.upper)} <= {int, Fraction, type(None)}
    _require(exact and all(row.plain for row in rows), "CON", "there are inexact numbers")
    for number, why in enumerate(claims.reasons, claims.given):
        known = type(why) in (Assumption, Split) and {*map(type, why)} <= {int}
        if type(why) is Sum:
            known = type(why.scale) is int and why.scale > 0
            known = known and Row(0, 0, why.indices, why.factors).plain
        _require(known, claims.labels[number], "there is no such reason")


class _Packed:
    """Constraints as arrays of 64 bits; those that are not small have an infinite size.

    Left-hand sides that are one object stand in one row of the matrix: `which` row is whose.
    """

    def __init__(self, claims: Claims) -> None:
        rows = [*claims.rows, claims.objective, *claims.points]
        keys = [(id(row.columns), id(row.values)) for row in rows]
        lefts = dict(zip(keys, rows, strict=True))
        places = {key: k for k, key in enumerate(lefts)}
        self.which = np.array([places[key] for key in keys])
        values = [
            row.values if row.values.dtype == np.int64 else np.zeros_like(row.columns)
            for row in lefts.values()
        ]
        columns = [row.columns for row in lefts.values()]
        self.matrix = _stacked(columns, values, len(claims.names))
        labels = [*claims.labels, "OBJ", *("SOL" for _ in claims.points)]
        for twice in _twice(self.matrix):
            where = labels[self.which.tolist().index(twice)]
            raise CertificateError(f"{where}: an index stands there twice")
        small = [row.small for row in rows]
        sides = [row.side if fits else 0 for row, fits in zip(rows, small, strict=True)]
        self.sides = np.array(sides, np.int64)
        self.senses = np.array([row.sense for row in rows], np.int64)
        # As floats: what they cannot hold exactly is far from what 64 bits can.
        largest = np.zeros(len(lefts))
        if len(full := np.flatnonzero(np.diff(self.matrix.indptr))):
            sizes = np.abs(self.matrix.data.astype(float))
            largest[full] = np.maximum.reduceat(sizes, self.matrix.indptr[full])
        sizes = np.maximum(largest[self.which], np.abs(self.sides.astype(float)))
        self.sizes = np.where(small, sizes, np.inf)
        self._pure = claims.integers == {*range(len(claims.names))}

    def shown(self, sums: dict[int, Sum]) -> set[int]:
        """Return the numbers of those sums that products of the arrays show to hold."""
        sums = {k: one for k, one in sums.items() if self._fits(one)}
        if not sums:
            return set()
        numbers, scales = np.array([(k, one.scale) for k, one in sums.items()]).T
        indices, factors = zip(*((one.indices, one.factors) for one in sums.values()), strict=True)
        sources = _stacked(indices, factors, len(self.senses))
        twice = _twice(sources)
        # The claims are taken away from the sums, as often as these are to be divided.
        claims = csr_array((scales, numbers, np.arange(len(sums) + 1)), shape=sources.shape)
        less = sources - claims
        shape = len(sums), self.matrix.shape[0]
        rest = csr_array((less.data, self.which[less.indices], less.indptr), shape=shape)
        rest, gap = rest @ self.matrix, less @ self.sides
        rest.eliminate_zeros()
        small = abs(sources.astype(float)) @ self.sizes + scales * self.sizes[numbers] < SMALL
        signs = sources.copy()
        signs.data = np.sign(sources.data) * self.senses[sources.indices]
        ones, sense = np.ones(len(self.senses), np.int64), self.senses[numbers]
        directions, total = abs(signs) @ ones, signs @ ones
        same = np.sign(total) == sense
        exact = (same | (directions == 0)) & np.where(sense, gap * sense >= 0, gap == 0)
        rounded = same & (sense != 0) & (gap * sense > -scales)
        holds = np.where([one.rounded for one in sums.values()], rounded, exact)
        holds &= small & (np.abs(total) == directions) & (np.diff(rest.indptr) == 0)
        holds[twice] = False
        return {*numbers[holds].tolist()}

    def _fits(self, one: Sum) -> bool:
        small = one.factors.dtype == np.int64 and one.scale < SMALL
        return small and (self._pure or not one.rounded)


def _stacked(columns: Sequence[Array], values: Sequence[Array], width: int) -> csr_array:
    ends, nothing = np.cumsum([0, *map(len, columns)]), np.zeros(0, np.int64)
    where, what = np.concatenate([nothing, *columns]), np.concatenate([nothing, *values])
    there = where.min(initial=0) >= 0 and where.max(initial=-1) < width
    _require(there, "CON", "there is no such index")
    return csr_array((what, where, ends), shape=(len(columns), width))


def _twice(matrix: csr_array) -> Iterable[int]:
    """Return the rows in which a column stands twice: only where columns do not ascend."""
    ends, columns = matrix.indptr, matrix.indices
    falls = np.setdiff1d(np.flatnonzero(np.diff(columns) <= 0) + 1, ends)
    rows = np.unique(np.searchsorted(ends, falls, "right") - 1).tolist()
    parts = ((k, columns[ends[k] : ends[k + 1]]) for k in rows)
    return [k for k, part in parts if len(np.unique(part)) < len(part)]


def _add_up(claims: Claims, number: int, one: Sum) -> None:
    """Add up multiples of constraints that have one direction, and see what follows."""
    terms, senses, side = dict[int, Number](), {0}, Fraction(0)
    indices, factors, name = one.indices.tolist(), one.factors.tolist(), claims.labels[number]
    _require(len({*indices}) == len(indices), name, "an index stands there twice")
    for index, factor in zip(indices, factors, strict=True):
        row = claims.rows[index]
        senses.add(row.sense * ((factor > 0) - (factor < 0)))
        side += factor * row.side
        for column, value in row.terms.items():
            terms[column] = terms.get(column, 0) + factor * value
    _require(not senses >= {1, -1}, name, "multipliers have different directions")
    numbers = [ratio(value, one.scale) for value in terms.values()]
    columns, values = np.array([*terms], np.int64), np.array(numbers, object)
    found = Row(sum(senses), ratio(side, one.scale), columns, values)
    if one.rounded:
        whole = _whole(claims, found) and found.sense
        _require(whole, name, "what is rounded is no inequality of integers")
        found = found._replace(side=-found.sense * floor(-found.sense * found.side))
    _require(found.dominates(claims.rows[number]), name, "it does not follow")


def _whole(claims: Claims, row: Row) -> bool:
    """Say whether a left-hand side is an integer where the integer variables are."""
    return row.terms.keys() <= claims.integers and {*map(type, row.terms.values())} <= {int}


def _assumptions(claims: Claims) -> frozenset[int]:
    """Return what the last constraint assumes; test splits, and that what is used is in use."""
    rows, given = claims.rows, claims.given
    used = [why.indices if isinstance(why, Sum) else np.array(why, int) for why in claims.reasons]
    users = np.repeat(np.arange(given, len(rows)), [*map(len, used)])
    every = np.concatenate([np.zeros(0, np.int64), *used])
    last = np.array([row.last if row.last >= 0 else len(rows) for row in rows])
    for late in users[(every < 0) | (every >= users)]:
        raise CertificateError(f"{claims.labels[late]}: there is no such index yet")
    for late in users[last[every] < users]:
        raise CertificateError(f"{claims.labels[late]}: a constraint is used too late")
    sets, under = [frozenset[int]()], np.zeros(len(rows), np.int64)
    numbers = {sets[0]: 0}
    for number, (why, indices) in enumerate(zip(claims.reasons, used, strict=True), given):
        known = {*under[indices].tolist()} - {0}
        if len(known) < 2 and isinstance(why, Sum):
            under[number] = max(known, default=0)
            continue
        rests = frozenset[int]().union(*(sets[k] for k in known))
        if isinstance(why, Split):
            _test_split(claims, number, why)
            left, right = sets[under[why.first]], sets[under[why.second]]
            rests = (left - {why.low}) | (right - {why.high})
        elif isinstance(why, Assumption):
            rests = frozenset([number])
        under[number] = numbers.setdefault(rests, len(sets))
        if len(sets) < len(numbers):
            sets.append(rests)
    return sets[under[-1]] if rows else sets[0]


def _test_split(claims: Claims, number: int, why: Split) -> None:
    """Test that it follows from ``terms <= k`` and from ``terms >= k + 1``."""
    rows, name = claims.rows, claims.labels[number]
    follows = all(rows[k].dominates(rows[number]) for k in (why.first, why.second))
    _require(follows, name, "a side of the split does not give it")
    low, high = sorted((rows[why.low], rows[why.high]), key=lambda row: row.sense)
    complete = (low.sense, high.sense) == (-1, 1) and low.side + 1 == high.side
    whole = type(low.side) is int and low.alike(high) and _whole(claims, low)
    _require(complete and whole, name, "the two sides leave a gap")


def _compare(claims: Claims, packed: _Packed, problem: Problem) -> None:
    names, count, given = problem.variable_names(), len(problem.lower), claims.given
    _require(claims.names == names, "VAR", "the instance has other variables")
    _require(claims.integers == {*range(count)}, "INT", "all must be integers")
    costs = {k: cost for k, cost in enumerate(problem.objective.tolist()) if cost}
    same = (claims.maximise, claims.objective.terms) == (problem.sense == "max", costs)
    _require(same, "OBJ", "the instance has another objective")
    boxes = np.ones(2 * count, np.int64), np.arange(2 * count) // 2, np.arange(2 * count + 1)
    wanted = vstack([csr_array(boxes, shape=(2 * count, count)), problem.matrix], "csr")
    _require(given == wanted.shape[0], "CON", "the instance has more constraints, or fewer")
    sides = np.concatenate([np.stack([problem.lower, problem.upper], 1).ravel(), problem.rhs])
    senses = np.concatenate([np.tile([1, -1], count), problem.relation])
    other = (packed.sides[:given] != sides) | (packed.senses[:given] != senses)
    other |= packed.sizes[:given] == np.inf
    other[(packed.matrix[packed.which[:given]] != wanted).nonzero()[0]] = True
    where = f"CON {np.argmax(other)}"
    _require(not other.any(), where, "the instance has another constraint there")


def _test_points(claims: Claims) -> None:
    """Test that points satisfy what is given, and that one reaches the bound on its side."""
    goal = claims.lower if claims.maximise else claims.upper
    reached = goal is None
    for point in claims.points:
        kinds = {type(value) for column, value in point.terms.items() if column in claims.integers}
        _require(kinds <= {int}, "SOL", "an integer variable has a fraction")
        at = np.zeros(len(claims.names), object)
        at[point.columns] = point.values
        for k, row in enumerate(claims.rows[: claims.given]):
            holds = row.allows((row.values * at[row.columns]).sum())
            _require(holds, "SOL", f"constraint {k} does not hold")
        value = (claims.objective.values * at[claims.objective.columns]).sum()
        reached = reached or (value >= goal if claims.maximise else value <= goal)
    _require(reached, "SOL", f"none reaches {goal}")
