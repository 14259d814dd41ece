"""From the syntax tree of a .ta file to linear combinations and conditions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple

from milpbft.automaton.condition import FALSE, TRUE, Condition, all_of, any_of, compare
from milpbft.automaton.linear import Linear
from milpbft.automaton.ta.syntax import Node, nodes, problem, tokens
from milpbft.errors import UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

Kind = Literal["parameter", "counter", "location", "local"]

# Coefficients of real automata are small; solvers lose integers beyond 2**53.
LARGEST = 10**9
_TEMPORAL = {"always", "eventually", "until"}
_CONNECTIVES: dict[str, Callable[[list[Condition]], Condition]] = {
    "conjunction": all_of,
    "disjunction": any_of,
    "implication": lambda parts: ~parts[0] | parts[1],
    "negation": lambda parts: ~parts[0],
    "true": lambda _: TRUE,
    "false": lambda _: FALSE,
}


@dataclass(frozen=True)
class Scope:
    """What the names of a file stand for.

    Parameters
    ----------
    kinds
        What each declared name is.
    macros
        The value of each ``define``, and what it is divided by.
    """

    kinds: dict[str, Kind] = field(default_factory=dict)
    macros: dict[str, tuple[Linear, int]] = field(default_factory=dict)


def temporal(tree: Node) -> bool:
    """Say whether a temporal operator occurs in a formula."""
    return any(node.data in _TEMPORAL for node in tree.iter_subtrees())


def linear(tree: Node, scope: Scope, allowed: Collection[Kind]) -> Linear:
    """Give the value of an arithmetic expression.

    Raises
    ------
    InputError
        If it is none, multiplies two names, has a name that is not declared or not of an allowed
        kind, or a number beyond `LARGEST`.
    """
    value, divisor = _ratio(tree, scope, allowed).checked(tree)
    if value.constant % divisor or any(c % divisor for _, c in value.terms):
        raise problem(tree, "/", "a fraction stands in a comparison or a definition")
    return Linear(tuple((n, c // divisor) for n, c in value.terms), value.constant // divisor)


def ratio(tree: Node, scope: Scope, allowed: Collection[Kind]) -> tuple[Linear, int]:
    """Give an arithmetic expression as a combination and what it is divided by; raises so too."""
    return _ratio(tree, scope, allowed).checked(tree)


def condition(tree: Node, scope: Scope, allowed: Collection[Kind]) -> Condition:
    """Give a boolean formula; ``1`` alone means true, as in ByMC.

    Raises
    ------
    InputError
        If it is none: an arithmetic expression, or one with a temporal operator.
    """
    if tree.data == "comparison":
        left, right = (_ratio(part, scope, allowed) for part in nodes(tree))
        scaled = left.value * right.divisor, right.value * left.divisor
        return compare(scaled[0], str(tokens(tree)[0]), scaled[1])
    if tree.data in _CONNECTIVES:
        parts = [condition(part, scope, allowed) for part in nodes(tree)]
        return _CONNECTIVES[tree.data](parts)
    if tree.data == "number" and tree.children == ["1"]:
        return TRUE
    if tree.data in _TEMPORAL:
        raise problem(tree, tree.data, "temporal operators stand in specifications only")
    raise problem(tree, _excerpt(tree), "expected a comparison, found an arithmetic expression")


class _Ratio(NamedTuple):
    """``value / divisor``, the divisor at least 1."""

    value: Linear
    divisor: int = 1

    def checked(self, tree: Node) -> _Ratio:
        """Refuse numbers beyond `LARGEST`."""
        numbers = (self.value.constant, self.divisor, *(c for _, c in self.value.terms))
        if max(map(abs, numbers)) > LARGEST:
            raise problem(tree, "...", f"numbers are at most {LARGEST}")
        return self


def _ratio(tree: Node, scope: Scope, allowed: Collection[Kind]) -> _Ratio:
    parts = nodes(tree)
    match tree.data:
        case "number":
            return _Ratio(Linear.number(_number(tree)))
        case "name":
            return _named(tree, scope, allowed)
        case "minus":
            value, divisor = _ratio(parts[0], scope, allowed)
            return _Ratio(-value, divisor)
        case "sum":
            total = _ratio(parts[0], scope, allowed)
            for sign, part in zip(tokens(tree), parts[1:], strict=True):
                total = _added(total, _ratio(part, scope, allowed), 1 if sign == "+" else -1)
                total.checked(part)
            return total
        case "product":
            return _product(tree, scope, allowed)
    raise problem(tree, _excerpt(tree), "expected an arithmetic expression, found a formula")


def _added(left: _Ratio, right: _Ratio, sign: int) -> _Ratio:
    value = left.value * right.divisor + right.value * (sign * left.divisor)
    return _Ratio(value, left.divisor * right.divisor)


def _product(tree: Node, scope: Scope, allowed: Collection[Kind]) -> _Ratio:
    first, *parts = nodes(tree)
    total = _ratio(first, scope, allowed)
    for sign, part in zip(tokens(tree), parts, strict=True):
        factor = _ratio(part, scope, allowed)
        if sign == "/":
            total = _divided(total, factor, part)
        elif total.value.terms and factor.value.terms:
            raise problem(part, str(factor.value), "a product of two names is not linear")
        else:
            one, other = (factor, total) if factor.value.terms else (total, factor)
            total = _Ratio(one.value * other.value.constant, one.divisor * other.divisor)
        total.checked(part)
    return total


def _divided(total: _Ratio, by: _Ratio, tree: Node) -> _Ratio:
    number = by.value.constant
    if by.value.terms or number == 0:
        raise problem(tree, str(by.value), "a division is by a number that is not 0")
    sign = 1 if number > 0 else -1
    return _Ratio(total.value * (sign * by.divisor), total.divisor * abs(number))


def _number(tree: Node) -> int:
    digits = str(tree.children[0]).lstrip("0") or "0"
    if len(digits) > len(str(LARGEST)):
        raise problem(tree, digits, f"numbers are at most {LARGEST}")
    return int(digits)


def _named(tree: Node, scope: Scope, allowed: Collection[Kind]) -> _Ratio:
    name = str(tree.children[0])
    value, divisor = scope.macros.get(name) or (Linear.of(name), 1)
    for used in sorted(value.names):
        kind = scope.kinds.get(used)
        if kind is None:
            raise problem(tree, used, "the name is not declared")
        if kind == "local":
            instead = "local variables are not supported; use locations"
            raise problem(tree, used, instead, UnsupportedError)
        if kind not in allowed:
            raise problem(tree, used, f"a {kind} cannot stand here; allowed: {', '.join(allowed)}")
    return _Ratio(value, divisor)


def _excerpt(tree: Node) -> str:
    words = [str(token) for token in tree.scan_values(lambda _: True)]
    return " ".join(words[:8])
