"""Conditions over natural numbers as SMT-LIB text, which any solver of integer arithmetic reads.

References
----------
.. [1] C. Barrett, P. Fontaine, C. Tinelli. The SMT-LIB standard, version 2.6. 2017.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.automaton.condition import AllOf, AnyOf, Atom, Condition

if TYPE_CHECKING:
    from collections.abc import Iterable

    from milpbft.automaton.linear import Linear


def script(conditions: Iterable[Condition]) -> str:
    """Declare all names as natural numbers, and assert all conditions."""
    asserted = list(dict.fromkeys(conditions))
    names = sorted(frozenset[str]().union(*(condition.names for condition in asserted)))
    lines = [f"(declare-const |{name}| Int)\n(assert (>= |{name}| 0))" for name in names]
    lines += [f"(assert {term(condition)})" for condition in asserted]
    return "\n".join(lines) + "\n"


def term(condition: Condition) -> str:
    """Write one condition."""
    match condition:
        case Atom(linear, comparison):
            equation = f"({'>=' if comparison == '>=' else '='} {_sum(linear)} 0)"
            return f"(not {equation})" if comparison == "!=" else equation
        case AllOf(parts):
            return _joined("and", "true", parts)
        case AnyOf(parts):
            return _joined("or", "false", parts)
    raise AssertionError(condition)


def _joined(word: str, empty: str, parts: tuple[Condition, ...]) -> str:
    return f"({word} {' '.join(map(term, parts))})" if parts else empty


def _sum(linear: Linear) -> str:
    terms = [f"|{n}|" if c == 1 else f"(* {_number(c)} |{n}|)" for n, c in linear.terms]
    terms += [_number(linear.constant)] if linear.constant or not terms else []
    return terms[0] if len(terms) == 1 else f"(+ {' '.join(terms)})"


def _number(value: int) -> str:
    return str(value) if value >= 0 else f"(- {-value})"
