"""Obligations as rows of a MILP: a binary variable for each part of each alternative.

All conditions are in negation normal form, so that it is enough that a binary variable which is 1
makes its part hold; no disjunctive normal form is built.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from milpbft.automaton.condition import AllOf, AnyOf, Atom, Condition, at_least
from milpbft.automaton.obligations.obligations import at, flow
from milpbft.milp.problem import EQ, GE

if TYPE_CHECKING:
    from milpbft.automaton.counted.encoding import Counted, Terms
    from milpbft.automaton.linear import Linear
    from milpbft.automaton.obligations.obligations import Obligations


class _Literal(NamedTuple):
    """``coefficient * variable + constant``, which is 0 or 1."""

    coefficient: int
    variable: int
    constant: int = 0


def demand(encoded: Counted, obligations: Obligations) -> None:
    """Add rows that make a run of the encoding meet obligations over the same slots."""
    rows = _Rows(encoded, obligations)
    for condition in obligations.conditions:
        rows.require(condition)


class _Rows:
    def __init__(self, encoded: Counted, obligations: Obligations) -> None:
        self.encoded = encoded
        bounds, builder = encoded.bounds, encoded.builder
        self.columns = {name: int(block.index) for name, block in encoded.free.items()}
        self.most = {name: high for name, (_, high) in bounds.parameters.items()}
        self.fixed = {n: low for n, (low, high) in bounds.parameters.items() if low == high}
        places = {**encoded.located, **encoded.counted}
        upper = {**bounds.location, **bounds.counter}
        for name, block in places.items():
            for k in range(encoded.slots + 1):
                self.columns[at(name, k)] = int(block.index[k])
                self.most[at(name, k)] = upper[name]
        for rule in encoded.automaton.rules:
            for k in range(encoded.slots):
                self.columns[flow(rule.name, k)] = int(encoded.flow[rule.name].index[k])
                self.most[flow(rule.name, k)] = bounds.location[rule.source]
        bits = builder.variables("bit", len(obligations.bits), base=0)
        self.bits = {name: int(bits.index[k]) for k, name in enumerate(obligations.bits)}
        self.known: dict[Condition, _Literal] = {}
        self.parts = 0

    def require(self, condition: Condition) -> None:
        """Make a condition hold."""
        match condition:
            case AllOf(parts):
                for part in parts:
                    self.require(part)
            case Atom() if condition.comparison != "!=" and not self._bit(condition):
                terms, constant = self._terms(condition.linear)
                relation = GE if condition.comparison == ">=" else EQ
                self.encoded.row("asked", terms, relation, -constant)
            case _:
                one = self._literal(condition)
                self.encoded.row("asked", [(one.coefficient, one.variable)], GE, 1 - one.constant)

    def _literal(self, condition: Condition) -> _Literal:
        found = self.known.get(condition) or self._made(condition)
        self.known[condition] = found
        return found

    def _made(self, condition: Condition) -> _Literal:
        match condition:
            case Atom():
                return self._bit(condition) or self._atom(condition)
            case AllOf(parts):
                here = self._fresh()
                for part in parts:
                    one = self._literal(part)
                    terms = [(one.coefficient, one.variable), (-1, here)]
                    self.encoded.row("all", terms, GE, -one.constant)
                return _Literal(1, here)
            case AnyOf(parts):
                here, some = self._fresh(), [self._literal(part) for part in parts]
                terms = [(one.coefficient, one.variable) for one in some]
                constant = sum(one.constant for one in some)
                self.encoded.row("some", [*terms, (-1, here)], GE, -constant)
                return _Literal(1, here)
        raise AssertionError(condition)

    def _bit(self, atom: Atom) -> _Literal | None:
        """Give the literal of an atom that says that a bit is 1 or is 0."""
        if len(atom.linear.terms) != 1 or atom.linear.terms[0][0] not in self.bits:
            return None
        variable = self.bits[atom.linear.terms[0][0]]
        return _Literal(1, variable) if atom.comparison == ">=" else _Literal(-1, variable, 1)

    def _atom(self, atom: Atom) -> _Literal:
        """``a >= -U (1 - b)``, for both signs of a where it is an equation."""
        if atom.comparison == "!=":
            sides = (at_least(atom.linear - 1), at_least(-atom.linear - 1))
            return self._literal(AnyOf(sides))
        here = self._fresh()
        both = (atom.linear, -atom.linear) if atom.comparison == "==" else (atom.linear,)
        for linear in both:
            terms, constant = self._terms(linear)
            slack = max(0, -self._lowest(linear))
            self.encoded.row("if", [*terms, (-slack, here)], GE, -slack - constant)
        return _Literal(1, here)

    def _fresh(self) -> int:
        self.parts += 1
        return int(self.encoded.builder.variables(f"part_{self.parts}").index)

    def _terms(self, linear: Linear) -> tuple[Terms, int]:
        terms = [(c, self.columns[n]) for n, c in linear.terms if n in self.columns]
        fixed = sum(c * self.fixed[n] for n, c in linear.terms if n not in self.columns)
        return terms, linear.constant + fixed

    def _lowest(self, linear: Linear) -> int:
        low = self.encoded.bounds.parameters
        least = {name: low[name][0] if name in low else 0 for name in linear.names}
        bounds = (c * (least[n] if c > 0 else self.most[n]) for n, c in linear.terms)
        return linear.constant + sum(bounds)
