"""Condensing: how the rows of runs in one stretch follow from those of the counted encoding.

A column of :mod:`milpbft.automaton.counted.whole` is one of the counted problem, or a sum of some:
a state or counter at its start or end is that of the first slot or after the last, a flow is the
sum of a rule's flows over the slots, and a guard is that of the last slot where it turns on, and
of the first where it turns off. With K slots numbered from 0:

- Balances and counts are added up over the slots; all but the first and last state cancel.
- ``a(m[K]) >= -U (1 - g[K-1,a])`` is the guard's row of the last slot, and what its flows add; of
  a guard that turns off, ``a(m[0])`` is no less than ``a(m[1])``, which is read in the first slot.
- ``sum of y[k,r] <= U`` is :mod:`milpbft.automaton.counted.passing`.
- ``sum of y[k,r] <= U g[K-1,a]`` holds on both sides of a split of the guard. Where it is off, it
  was in all slots, so nobody took r; where it is on, the right-hand side is the bound above.

All other rows speak of the start or end alone, and stand in both problems.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.automaton.counted.given import Known, rows_of
from milpbft.automaton.counted.passing import Net, Passing, behind, starts
from milpbft.milp.certificate.condensed import Condensed, Expansion, UnderivedError, added
from milpbft.milp.certificate.steps import Assumed, Split, Step
from milpbft.milp.problem import EQ, GE, LE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from milpbft.automaton.condition import Atom, Conjunction
    from milpbft.automaton.counted.encoding import Counted
    from milpbft.milp.certificate.condensed import Part
    from milpbft.milp.certificate.steps import Terms
    from milpbft.milp.problem import Problem


def condensed(
    counted: tuple[Counted, Problem], whole: tuple[Counted, Problem], initial: Conjunction
) -> Condensed:
    """Derive runs in one stretch from the slots that they are the sum of.

    Parameters
    ----------
    counted
        The counted encoding, with its goal, and its problem.
    whole
        The same of runs in one stretch.
    initial
        The condition in which both start.

    Raises
    ------
    UnderivedError
        Where a column, bound or row of runs in one stretch is not known to follow.
    """
    return _Condensing(counted, whole, initial).made()


class _Condensing:
    """The columns of runs in one stretch as sums, and its bounds and rows as derivations."""

    def __init__(
        self,
        counted: tuple[Counted, Problem],
        whole: tuple[Counted, Problem],
        initial: Conjunction,
    ) -> None:
        self._known = Known(*counted)
        self._encoded, self._problem = counted
        self._whole, self._small = whole
        self._initial = initial
        self._slots = self._encoded.slots
        self._columns: list[Terms] = [()] * len(self._small.lower)
        self._in_slot = [dict[int, int]() for _ in range(self._slots)]
        self._stated = [
            Step(sense, side, terms, Assumed()) for sense, side, terms in rows_of(self._small)
        ]
        self._match()

    def made(self) -> Condensed:
        """Derive all of it."""
        rows = [self._plain(row) for row in self._stated]
        bounds = self._bounds(rows)
        self._guards(rows)
        self._allowed(rows, bounds)
        for number, row in enumerate(rows):
            if row is None:
                raise UnderivedError(self._small.row_name(number))
        given = (*bounds, *(row for row in rows if row is not None))
        count = 2 * len(self._problem.lower) + len(self._problem.rhs)
        found = Expansion(tuple(self._columns), given, count)
        self._test_objective()
        return Condensed(self._small, found)

    def _test_objective(self) -> None:
        costs = [(k, c) for k, c in enumerate(self._small.objective.tolist()) if c]
        wanted = [(k, c) for k, c in enumerate(self._problem.objective.tolist()) if c]
        if [*self._image(costs)] != wanted or self._small.sense != self._problem.sense:
            raise UnderivedError("objective")

    # ---- columns

    def _match(self) -> None:
        """Say what sum each column stands for, and what it is in each slot."""
        theirs, whole = {block.name: block for block in self._problem.blocks}, self._whole
        states = {block.name for block in (*whole.located.values(), *whole.counted.values())}
        flows = {block.name for block in whole.flow.values()}
        for block in self._small.blocks:
            if block.name not in theirs:
                raise UnderivedError(block.name)
            index, mine = theirs[block.name].index, block.index
            if block.name in states:
                self._set(mine[0], [index[0]], index[:-1])
                self._set(mine[1], [index[-1]], index[1:])
            elif block.name in flows:
                self._set(mine[0], index, index)
            elif block == whole.guard:
                for atom, k in whole.atoms.items():
                    self._set(mine[0, k], [index[self._read_in(atom), k]], index[:, k])
            elif block == whole.used:
                self._set(mine[0], [index[0]], index)
            elif mine.shape == index.shape:
                for one, other in zip(mine.ravel().tolist(), index.ravel().tolist(), strict=True):
                    self._set(one, [other], [other] * self._slots)
            else:
                raise UnderivedError(block.name)

    def _set(self, column: int, terms: Iterable[int], slots: Iterable[int]) -> None:
        self._columns[int(column)] = tuple((int(k), 1) for k in terms)
        for known, k in zip(self._in_slot, slots, strict=True):
            known[int(column)] = int(k)

    def _read_in(self, atom: Atom) -> int:
        """The slot whose binary says whether an atom holds for somebody in the run."""
        return 0 if self._off(atom) else self._slots - 1

    def _off(self, atom: Atom) -> bool:
        return self._encoded.automaton.kind(atom) == "upper"

    def _image(self, terms: Iterable[tuple[int, int]]) -> Terms:
        return tuple(sorted((k, by * c) for j, by in terms for k, c in self._columns[j]))

    # ---- bounds

    def _bounds(self, rows: list[Step | None]) -> list[Step]:
        """Derive lower and upper bounds of columns in turn; of flows, from balances."""
        rules = {int(block.index[0]): name for name, block in self._whole.flow.items()}
        found = []
        net = self._net(rows)
        for column, terms in enumerate(self._columns):
            low, high = int(self._small.lower[column]), int(self._small.upper[column])
            if column in rules:
                name = rules[column]
                source, _ = net.ways[name]
                if low or net.starts[source].side > high:
                    raise UnderivedError(f"bounds of {name}")
                found += [net.flows[name], Step(LE, high, terms, Passing(net, name))]
                continue
            ((one, _),) = terms
            steps = [self._known.lower(one), self._known.upper(one)]
            if steps[0].side < low or steps[1].side > high:
                raise UnderivedError(f"bounds of {self._small.variable_name(column)}")
            found += steps
        return found

    def _net(self, rows: list[Step | None]) -> Net:
        encoded, known = self._encoded, self._known
        places = behind(encoded.automaton)
        balances = self._of_family(rows, "balance")
        ends = {name: known.lower(int(b.index[-1])) for name, b in encoded.located.items()}
        flows = {
            name: added([(known.lower(int(k)), 1) for k in block.index], GE)
            for name, block in encoded.flow.items()
        }
        return Net(
            ways={rule.name: (rule.source, rule.target) for rule in encoded.automaton.rules},
            behind=places,
            balances=dict(zip(encoded.located, balances, strict=True)),
            ends=ends,
            flows=flows,
            starts=starts(known, self._initial, places),
        )

    # ---- rows

    def _numbers(self, family: str) -> list[int]:
        """Numbers of the rows of a family of runs in one stretch, in order."""
        spans = ((f.start, f.stop) for f in self._small.families if f.name == family)
        return [number for start, stop in spans for number in range(start, stop)]

    def _of_family(self, rows: list[Step | None], family: str) -> list[Step]:
        found = [row for k in self._numbers(family) if (row := rows[k]) is not None]
        if len(found) < len(self._numbers(family)):
            raise UnderivedError(family)
        return found

    def _plain(self, row: Step) -> Step | None:
        """Return a row that both problems have, or that is a sum over slots."""
        wanted = self._image(row.terms)
        if (same := self._known.find(row.sense, row.side, wanted)) is not None:
            return same
        step = added([(one, 1) for one in self._in_slots(row)], row.sense)
        return step if (step.side, step.terms) == (row.side, wanted) else None

    def _in_slots(self, row: Step) -> list[Step]:
        """Return the rows that say in each slot what one of a stretch says; empty if one lacks."""
        found = [
            self._known.find(row.sense, row.side, ((known[j], by) for j, by in row.terms))
            for known in self._in_slot
        ]
        kept = [one for one in found if one is not None]
        return kept if len(kept) == len(found) else []

    def _guards(self, rows: list[Step | None]) -> None:
        """``a(m[K]) >= -U (1 - g[K-1,a])``; of one that turns off, the same of ``m[0], g[0,a]``."""
        for atom, number in zip(self._encoded.atoms, self._numbers("guard"), strict=True):
            if rows[number] is None:
                rows[number] = self._guard(atom, self._stated[number])

    def _guard(self, atom: Atom, row: Step) -> Step:
        """Derive a guard's row from the one of the slot whose binary it has."""
        encoded, slot = self._encoded, self._read_in(atom)
        terms, constant = encoded.read(atom, slot)
        slack = max(0, -encoded.lowest(atom.linear))
        binary = int(encoded.guard.index[slot, encoded.atoms[atom]])
        left = [*((column, by) for by, column in terms), (binary, -slack)]
        parts: list[Part] = [(self._known.row(GE, -slack - constant, left), 1)]
        way = -1 if self._off(atom) else 1
        for name, by in atom.linear.terms:
            if name in encoded.counted:
                parts.append((self._count(name, slot), way * by))
        rest = dict(self._image(row.terms))
        for step, by in parts:
            for column, value in step.terms:
                rest[column] = rest.get(column, 0) - by * value
        parts += [(self._known.lower(column), value) for column, value in rest.items() if value]
        step = added(parts, GE)
        if min(rest.values(), default=0) < 0 or step.side < row.side:
            raise UnderivedError(f"guard {atom}")
        return Step(GE, row.side, step.terms, step.reason)

    def _count(self, name: str, slot: int) -> Step:
        """Return the row ``m[k+1,q] = m[k,q] + sum of increments``."""
        encoded, rules = self._encoded, self._encoded.automaton.rules
        before, after = encoded.counted[name].index[slot : slot + 2].tolist()
        grown = [(int(encoded.flow[r.name].index[slot]), -r.increment_of(name)) for r in rules]
        return self._known.row(EQ, 0, [(after, 1), (before, -1), *grown])

    def _allowed(self, rows: list[Step | None], bounds: list[Step]) -> None:
        """``sum of y[k,r] <= U g[a]`` for each atom a of the guard of r."""
        numbers = iter(self._numbers("allow"))
        together = {atom: self._monotone(atom) for atom in self._encoded.atoms}
        for rule in self._encoded.automaton.rules:
            column = int(self._whole.flow[rule.name].index[0])
            for atom in rule.guard:
                number = next(numbers)
                if rows[number] is None:
                    each = self._in_slots(self._stated[number])
                    if not each:
                        raise UnderivedError(self._small.row_name(number))
                    rows[number] = self._split(each, atom, together[atom], bounds[2 * column + 1])

    def _split(self, each: list[Step], atom: Atom, monotone: Step, bound: Step) -> Step:
        """Derive from the row of each slot, where a guard is off, and from a bound, where on."""
        encoded = self._encoded
        guard = int(encoded.guard.index[self._read_in(atom), encoded.atoms[atom]])
        off, on = (Step(sense, k, ((guard, 1),), Assumed()) for sense, k in ((LE, 0), (GE, 1)))
        most = bound.side
        below = added(
            [*((row, 1) for row in each), (monotone, most), (off, (self._slots - 1) * most)], LE
        )
        above = added([(bound, 1), (on, -most)], LE)
        if below.terms != above.terms or max(below.side, above.side) > 0:
            raise UnderivedError(f"flows behind {atom}")
        return Step(LE, 0, above.terms, Split(below, off, above, on))

    def _monotone(self, atom: Atom) -> Step:
        """``sum of g[k,a] <= K g[a]``, where g[a] is the last one, or the first if a turns off."""
        index = self._encoded.guard.index[:, self._encoded.atoms[atom]].tolist()
        parts: list[Part] = []
        for slot in range(1, self._slots):
            left = [(index[slot], 1), (index[slot - 1], -1)]
            if self._off(atom):
                parts.append((self._known.row(LE, 0, left), self._slots - slot))
            else:
                parts.append((self._known.row(GE, 0, left), -slot))
        return added(parts, LE)
