"""From the syntax tree of a .ta file to linear combinations and conditions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from milpbft.automaton.condition import FALSE, TRUE, Condition, all_of, any_of, compare
from milpbft.automaton.linear import Linear
from milpbft.automaton.ta.syntax import Node, nodes, problem, tokens

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
        The value of each ``define``.
    """

    kinds: dict[str, Kind] = field(default_factory=dict)
    macros: dict[str, Linear] = field(default_factory=dict)


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
    value = _arithmetic(tree, scope, allowed)
    if max(abs(value.constant), *(abs(c) for _, c in value.terms), 0) > LARGEST:
        raise problem(tree, "...", f"numbers are at most {LARGEST}")
    return value


def condition(tree: Node, scope: Scope, allowed: Collection[Kind]) -> Condition:
    """Give a boolean formula; ``1`` alone means true, as in ByMC.

    Raises
    ------
    InputError
        If it is none: an arithmetic expression, or one with a temporal operator.
    """
    if tree.data == "comparison":
        left, right = (linear(part, scope, allowed) for part in nodes(tree))
        return compare(left, str(tokens(tree)[0]), right)
    if tree.data in _CONNECTIVES:
        parts = [condition(part, scope, allowed) for part in nodes(tree)]
        return _CONNECTIVES[tree.data](parts)
    if tree.data == "number" and tree.children == ["1"]:
        return TRUE
    if tree.data in _TEMPORAL:
        raise problem(tree, tree.data, "temporal operators stand in specifications only")
    raise problem(tree, _excerpt(tree), "expected a comparison, found an arithmetic expression")


def _arithmetic(tree: Node, scope: Scope, allowed: Collection[Kind]) -> Linear:
    parts = nodes(tree)
    match tree.data:
        case "number":
            return Linear.number(_number(tree))
        case "name":
            return _named(tree, scope, allowed)
        case "minus":
            return -linear(parts[0], scope, allowed)
        case "sum":
            total = linear(parts[0], scope, allowed)
            for sign, part in zip(tokens(tree), parts[1:], strict=True):
                term = linear(part, scope, allowed)
                total = total + term if sign == "+" else total - term
            return total
        case "product":
            return _product(parts, scope, allowed)
    raise problem(tree, _excerpt(tree), "expected an arithmetic expression, found a formula")


def _product(parts: list[Node], scope: Scope, allowed: Collection[Kind]) -> Linear:
    total = Linear.number(1)
    for part in parts:
        factor = linear(part, scope, allowed)
        if total.terms and factor.terms:
            raise problem(part, str(factor), "a product of two names is not linear")
        total = factor * total.constant if factor.terms else total * factor.constant
        if max(abs(total.constant), *(abs(c) for _, c in total.terms), 0) > LARGEST:
            raise problem(part, "...", f"numbers are at most {LARGEST}")
    return total


def _number(tree: Node) -> int:
    digits = str(tree.children[0]).lstrip("0") or "0"
    if len(digits) > len(str(LARGEST)):
        raise problem(tree, digits, f"numbers are at most {LARGEST}")
    return int(digits)


def _named(tree: Node, scope: Scope, allowed: Collection[Kind]) -> Linear:
    name = str(tree.children[0])
    value = scope.macros.get(name) or Linear.of(name)
    for used in sorted(value.names):
        kind = scope.kinds.get(used)
        if kind is None:
            raise problem(tree, used, "the name is not declared")
        if kind == "local":
            raise problem(tree, used, "local variables are not supported; use locations")
        if kind not in allowed:
            raise problem(tree, used, f"a {kind} cannot stand here; allowed: {', '.join(allowed)}")
    return value


def _excerpt(tree: Node) -> str:
    words = [str(token) for token in tree.scan_values(lambda _: True)]
    return " ".join(words[:8])
