"""The counted encoding: nodes are counted per location and slot, so that n does not matter.

State ``x[k,l]``, counters ``m[k,q]``, flows ``y[k,r]``, one binary ``g[k,a]`` per guard atom and
slot. In a *bulk* slot any number of nodes go any distance. Guards that turn off are read at its
end; those that turn on at its start if they are cuts, and otherwise with what the slot adds before
anybody uses them (`milpbft.automaton.counted.dependence` says why that is right). In a *single*
slot one node takes one rule, and all guards are read at its start. Between two changes of a cut a
run fits into one bulk slot, so #cuts + 1 bulk slots reach everything where guards only turn on, and
2 #cuts + 1 alternating slots where some turn off.

References
----------
.. [1] I. Konnov, H. Veith, J. Widder. SMT and POR beat counter abstraction: parameterized model
   checking of threshold-based distributed algorithms. CAV 2015.
.. [2] I. Konnov, M. Lazic, H. Veith, J. Widder. A short counterexample property for safety and
   liveness verification of fault-tolerant distributed algorithms. POPL 2017.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING

import numpy as np

from milpbft.automaton.counted.dependence import cuts, early, growth
from milpbft.automaton.explicit.run import ordered
from milpbft.milp.builder import Builder, Sum
from milpbft.milp.problem import EQ, GE, LE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from milpbft.automaton.automaton import Automaton
    from milpbft.automaton.condition import Atom, Conjunction
    from milpbft.automaton.counted.bounds import Bounds
    from milpbft.automaton.linear import Linear
    from milpbft.milp.block import Block
    from milpbft.milp.problem import Problem, Sense

Terms = list[tuple[int, int]]
"""Pairs of coefficient and variable number."""


@dataclass(frozen=True)
class Step:
    """So many nodes take a rule, in a slot."""

    slot: int
    rule: str
    count: int


class Counted:
    """Variables of the counted encoding of one automaton, and the rows that every run satisfies.

    Parameters
    ----------
    automaton
        With rules that form no cycle.
    bounds
        Of the run's start and of the parameters; parameters with one value are constants.
    slots
        How many slots; :func:`~milpbft.automaton.counted.dependence.complete_slots` for a proof.
    sense
        Of the objective.
    pauses
        Rules that are taken at a slot's start alone, by nodes that are there.
    earning
        Whether a slot is used only if something has turned on before it. Not where what is looked
        for may begin or end in the middle of a slot.
    """

    def __init__(
        self,
        automaton: Automaton,
        bounds: Bounds,
        slots: int,
        sense: Sense = "min",
        *,
        pauses: frozenset[str] = frozenset(),
        earning: bool = True,
    ) -> None:
        self.automaton = automaton
        self.bounds = bounds
        self.slots = slots
        self.earning = earning
        self.pauses = pauses
        self.builder = m = Builder(f"{automaton.name}-counted", sense)
        self.located = self._columns("x", slots + 1, automaton.locations, bounds.location)
        self.counted = self._columns("m", slots + 1, automaton.counters, bounds.counter)
        rules = {r.name: bounds.location[r.source] for r in automaton.rules}
        self.flow = self._columns("y", slots, tuple(rules), rules)
        self.atoms = {atom: k for k, atom in enumerate(automaton.guards)}
        self.cuts = cuts(automaton, pauses)
        self.early = {
            atom: [(rule.name, growth(atom, rule)) for rule in early(automaton, atom)]
            for atom in self.atoms
            if atom not in self.cuts
        }
        self.guard = m.variables("g", slots, len(self.atoms), base=0)
        self.used = m.variables("used", slots, base=0)
        free = {name: high for name, (low, high) in bounds.parameters.items() if low < high}
        self.free = {name: m.variables(name, upper=high) for name, high in free.items()}
        self._add_rows()

    def _columns(
        self, letter: str, slots: int, names: tuple[str, ...], upper: dict[str, int]
    ) -> dict[str, Block]:
        """One block over slots for each name."""
        return {
            name: self.builder.variables(f"{letter}_{name}", slots, upper=upper[name], base=0)
            for name in names
        }

    def bulk(self, slot: int) -> bool:
        """Whether any number of nodes may move in a slot."""
        return slot % 2 == 0 or not self._turning_off

    @property
    def _turning_off(self) -> bool:
        return any(self.automaton.kind(atom) == "upper" for atom in self.atoms)

    # ---- what goals use

    def terms(self, linear: Linear, slot: int) -> tuple[Terms, int]:
        """Write a combination of locations, counters and parameters at a slot's start.

        Returns
        -------
        tuple
            Terms over variables, and the constant.
        """
        terms: Terms = []
        constant = linear.constant
        for name, coefficient in linear.terms:
            if name in self.free:
                terms.append((coefficient, int(self.free[name].index)))
            elif name in self.bounds.parameters:
                constant += coefficient * self.bounds.parameters[name][0]
            else:
                block = self.located.get(name) or self.counted[name]
                terms.append((coefficient, int(block.index[slot])))
        return terms, constant

    def row(self, family: str, terms: Terms, relation: int, rhs: int) -> None:
        """Add one row."""
        if not terms:
            terms = [(0, 0)]
        coefficients, index = zip(*terms, strict=True)
        present = np.array(coefficients) != 0
        numbers = np.where(present, np.array(index, dtype=np.int32), np.int32(-1))
        self.builder.add(
            family, Sum(numbers, np.array(coefficients, dtype=np.int64)), relation=relation, rhs=rhs
        )

    def require(self, family: str, atoms: Iterable[Atom], slot: int) -> None:
        """Add rows that make atoms hold at a slot's start; the last slot's end is `slots`."""
        for atom in atoms:
            terms, constant = self.terms(atom.linear, slot)
            self.row(family, terms, GE if atom.comparison == ">=" else EQ, -constant)

    def lowest(self, linear: Linear) -> int:
        """Lower bound of a combination over all runs."""
        value = linear.constant
        for name, coefficient in linear.terms:
            low, high = self.bounds.parameters.get(name, (0, self._upper(name)))
            value += coefficient * (low if coefficient > 0 else high)
        return value

    def _upper(self, name: str) -> int:
        return (self.bounds.location | self.bounds.counter).get(name, 0)

    # ---- rows

    def _read_rules(self) -> None:
        """List by location the rules out of it (1) and into it (-1), and by counter its rules."""
        self._ways: dict[str, list[tuple[str, int]]] = {name: [] for name in self.located}
        self._grown: dict[str, list[tuple[str, int]]] = {name: [] for name in self.counted}
        for rule in self.automaton.rules:
            if rule.source != rule.target:
                self._ways[rule.source].append((rule.name, 1))
                self._ways[rule.target].append((rule.name, -1))
            for name, by in rule.increments:
                self._grown[name].append((rule.name, by))

    def _add_rows(self) -> None:
        self._read_rules()
        for slot in range(self.slots):
            self._balance(slot)
            self._guards(slot)
            self._allow(slot)
            self._earn(slot)
        for name, (low, high) in self.bounds.parameters.items():
            if low < high:
                self.row("parameter", [(1, int(self.free[name].index))], GE, low)

    def start(self, initial: Conjunction) -> None:
        """Let the run start in a condition."""
        self.require("initial", initial, 0)

    def _balance(self, slot: int) -> None:
        """``x[k+1,l] = x[k,l] - out + in``; ``m[k+1,q] = m[k,q] + sum of increments``."""
        for name, block in self.located.items():
            terms = [(1, int(block.index[slot + 1])), (-1, int(block.index[slot]))]
            terms += [(way, int(self.flow[rule].index[slot])) for rule, way in self._ways[name]]
            self.row("balance", terms, EQ, 0)
        for name, block in self.counted.items():
            terms = [(1, int(block.index[slot + 1])), (-1, int(block.index[slot]))]
            terms += [(-by, int(self.flow[rule].index[slot])) for rule, by in self._grown[name]]
            self.row("count", terms, EQ, 0)

    def _guards(self, slot: int) -> None:
        """``a(m[k]) >= -U (1 - g[k,a])``, at the end of a bulk slot where a turns off; monotone.

        Where a is no cut, what early rules add in a bulk slot counts in it too.
        """
        for atom, k in self.atoms.items():
            off = self.automaton.kind(atom) == "upper"
            terms, constant = self.read(atom, slot)
            slack = max(0, -self.lowest(atom.linear))
            here = int(self.guard.index[slot, k])
            self.row("guard", [*terms, (-slack, here)], GE, -slack - constant)
            if slot:
                before = int(self.guard.index[slot - 1, k])
                self.row("monotone", [(1, here), (-1, before)], LE if off else GE, 0)

    def read(self, atom: Atom, slot: int) -> tuple[Terms, int]:
        """Write a guard as it is read in a slot: terms over variables, and the constant."""
        off = self.automaton.kind(atom) == "upper"
        terms, constant = self.terms(atom.linear, slot + (off and self.bulk(slot)))
        if atom not in self.cuts and self.bulk(slot):
            terms += [(by, int(self.flow[r].index[slot])) for r, by in self.early[atom]]
        return terms, constant

    def _allow(self, slot: int) -> None:
        """``y[k,r] <= U g[k,a]`` for each atom a of the guard of r; one step in a single slot.

        ``y[k,r] <= x[k,l]`` for a pause r that leads from l.
        """
        for rule in self.automaton.rules:
            flow = int(self.flow[rule.name].index[slot])
            if rule.name in self.pauses:
                here = int(self.located[rule.source].index[slot])
                self.row("pause", [(1, flow), (-1, here)], LE, 0)
            most = self.bounds.location[rule.source]
            for atom in rule.guard:
                guard = int(self.guard.index[slot, self.atoms[atom]])
                self.row("allow", [(1, flow), (-most, guard)], LE, 0)
        if not self.bulk(slot):
            flows = [(1, int(block.index[slot])) for block in self.flow.values()]
            self.row("single", flows, LE, 1)

    def _earn(self, slot: int) -> None:
        """A slot is used only if the one before is, and if a cut has turned on or one paused.

        Otherwise what happens in it could have happened in the slot before. Single slots, which
        are there to turn a guard off, need no reason.
        """
        used = int(self.used.index[slot])
        flows = [(1, int(block.index[slot])) for block in self.flow.values()]
        self.row("used", [*flows, (-self.bounds.steps, used)], LE, 0)
        if slot == 0 or self._turning_off or not self.earning:
            return
        self.row("in_order", [(1, used), (-1, int(self.used.index[slot - 1]))], LE, 0)
        numbers = [k for atom, k in self.atoms.items() if atom in self.cuts]
        changed = [(-1, int(self.guard.index[slot, k])) for k in numbers]
        changed += [(1, int(self.guard.index[slot - 1, k])) for k in numbers]
        paused = [(-1, int(self.flow[name].index[slot])) for name in sorted(self.pauses)]
        self.row("earned", [(1, used), *changed, *paused], LE, 0)

    # ---- outcome

    def optimise(self, terms: Terms) -> None:
        """Add terms to the objective."""
        for coefficient, number in terms:
            self.builder.optimise(coefficient * Sum(np.array([number], dtype=np.int32)))

    def taken(self, seed: int = 0) -> Terms:
        """Count the steps of a run; with a seed above 0, each rule's with a weight of its own."""
        random = Random(seed)
        weights = {name: random.randint(1, 9) if seed else 1 for name in self.flow}
        return [
            (weights[name], int(number))
            for name, block in self.flow.items()
            for number in block.index
        ]

    def minimise_steps(self, weight: int = 1) -> None:
        """Prefer runs with few steps."""
        for block in self.flow.values():
            self.builder.optimise(weight * Sum(block.index[:, None]))

    def minimise_parameters(self, weight: int) -> None:
        """Prefer small free parameters; each unit counts `weight` steps."""
        for block in self.free.values():
            self.builder.optimise(weight * Sum(block.index.reshape(1)))

    def build(self) -> Problem:
        """Assemble the problem; the object keeps its names for reading points."""
        return self.builder.build()

    def steps(self, x: NDArray[np.int64]) -> list[Step]:
        """Read a point as a run: steps in an order in which the rules can be taken."""
        values = self.values(x)
        values |= {name: int(b.of(x)[0]) for name, b in (self.located | self.counted).items()}
        found: list[Step] = []
        for slot in range(self.slots):
            flows = {name: int(block.of(x)[slot]) for name, block in self.flow.items()}
            first = {name: n for name, n in flows.items() if name in self.pauses}
            for part in (first, {k: n for k, n in flows.items() if k not in first}):
                found += [Step(slot, rule, n) for rule, n in ordered(self.automaton, part, values)]
        return found

    def values(self, x: NDArray[np.int64]) -> dict[str, int]:
        """Read the parameters of a point."""
        fixed = {name: low for name, (low, _) in self.bounds.parameters.items()}
        return fixed | {name: int(block.of(x)) for name, block in self.free.items()}
