"""From a temporal formula to a safety specification, or to the reason why it is none.

Two facts carry more than ``premise -> [](condition)``:

- ``[](p -> []q)`` says the same as ``[](p -> q)`` where p, once true, stays true: whenever p held
  before, it holds now. Agreement is often written like that, with p "somebody has decided". What
  stays true is seen from the rules: each atom of p never falls under any of them;
- a formula p without temporal operator speaks of the start alone: ``!p -> [](false)``.

Negations are moved inwards first, so that ``!<>p`` is the safety that it is, and ``![]p`` the
liveness.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, get_args

from milpbft.automaton.condition import (
    FALSE,
    TRUE,
    AllOf,
    AnyOf,
    Atom,
    Condition,
    all_of,
)
from milpbft.automaton.specification import Specification
from milpbft.automaton.ta.expressions import Kind, Scope, condition, temporal
from milpbft.automaton.ta.syntax import Node, nodes, tokens

if TYPE_CHECKING:
    from milpbft.automaton.rule import Rule

# Until has its letter in the tree.
_SIGNS = {
    "always": "[]",
    "eventually": "<>",
    "negation": "!",
    "conjunction": "&&",
    "disjunction": "||",
    "implication": "->",
    "until": "",
}
_ANYWHERE = tuple(kind for kind in get_args(Kind) if kind != "local")


class _UnsupportedError(Exception):
    """The reason why a formula is no safety specification that is supported."""


def specification(name: str, tree: Node, scope: Scope, rules: tuple[Rule, ...]) -> Specification:
    """Give the specification that a formula makes; unsupported ones keep their text and reason.

    Raises
    ------
    InputError
        If the formula uses what is not declared, or mixes up arithmetic and boolean expressions.
    """
    text = render(tree, scope)
    try:
        premise, invariant = _safety(TRUE, _inwards(tree), scope, rules)
    except _UnsupportedError as reason:
        return Specification(name, "unsupported", TRUE, TRUE, text, str(reason))
    return Specification(name, "safety", premise, invariant)


def render(tree: Node, scope: Scope) -> str:
    """Write a formula with its definitions expanded and its comparisons in one canonical form."""
    if not temporal(tree) or tree.data not in _SIGNS:  # the latter is an error that is said there
        return f"({condition(tree, scope, _ANYWHERE)})"
    parts = [render(part, scope) for part in nodes(tree)]
    sign = _SIGNS[tree.data]
    if len(parts) == 1:
        return f"{sign}{parts[0]}"
    return f"({f' {sign or tokens(tree)[0]} '.join(parts)})"


def stable(formula: Condition, rules: tuple[Rule, ...]) -> bool:
    """Say whether a condition, once true, stays true whatever rules fire: sufficient, not exact."""
    match formula:
        case Atom():
            return formula.comparison == ">=" and all(_growth(formula, rule) >= 0 for rule in rules)
        case AllOf() | AnyOf():
            return all(stable(part, rules) for part in formula.parts)
    return False


def _growth(atom: Atom, rule: Rule) -> int:
    value = atom.linear.coefficient
    moved = value(rule.target) - value(rule.source)
    return moved + sum(value(counter) * by for counter, by in rule.increments)


def _inwards(tree: Node, *, negated: bool = False) -> Node:
    """Move negations inwards, past every temporal operator but until."""
    parts = nodes(tree)
    kept = Node("negation", [tree], tree.meta) if negated else tree
    if not temporal(tree):
        return kept
    match str(tree.data):
        case "negation":
            kept = _inwards(parts[0], negated=not negated)
        case "always" | "eventually":
            other = {"always": "eventually", "eventually": "always"}[str(tree.data)]
            inner = _inwards(parts[0], negated=negated)
            kept = Node(other if negated else tree.data, [inner], tree.meta)
        case "implication" if negated or temporal(parts[0]):
            left = _inwards(parts[0], negated=not negated)
            kept = _joined(tree, [left, _inwards(parts[1], negated=negated)], conjoined=negated)
        case "implication":
            kept = Node(tree.data, [parts[0], _inwards(parts[1])], tree.meta)
        case "conjunction" | "disjunction":
            sides = [_inwards(part, negated=negated) for part in parts]
            kept = _joined(tree, sides, conjoined=(tree.data == "conjunction") != negated)
    return kept


def _joined(tree: Node, parts: list[Node], *, conjoined: bool) -> Node:
    return Node("conjunction" if conjoined else "disjunction", [*parts], tree.meta)


def _safety(
    premise: Condition, tree: Node, scope: Scope, rules: tuple[Rule, ...]
) -> tuple[Condition, Condition]:
    """Give premise and invariant of ``premise -> tree``, read at the start of a run."""
    if not temporal(tree):
        return premise & ~condition(tree, scope, _ANYWHERE), FALSE
    if tree.data == "always":
        return premise, _invariant(TRUE, nodes(tree)[0], scope, rules)
    if tree.data == "conjunction":
        sides = [_safety(premise, part, scope, rules) for part in nodes(tree)]
        if len({start for start, _ in sides}) > 1:
            raise _UnsupportedError("a conjunction of different premises: split it")
        return sides[0][0], all_of(invariant for _, invariant in sides)
    more, rest = _split(tree, scope)
    return _safety(premise & more, rest, scope, rules)


def _invariant(premise: Condition, tree: Node, scope: Scope, rules: tuple[Rule, ...]) -> Condition:
    """Give the invariant that ``[](premise -> tree)`` says."""
    if not temporal(tree):
        return ~premise | condition(tree, scope, _ANYWHERE)
    if tree.data == "always":
        if not stable(premise, rules):
            raise _UnsupportedError("a nested [] under a premise that may become false again")
        return _invariant(premise, nodes(tree)[0], scope, rules)
    if tree.data == "conjunction":
        return all_of(_invariant(premise, part, scope, rules) for part in nodes(tree))
    more, rest = _split(tree, scope)
    return _invariant(premise & more, rest, scope, rules)


def _split(tree: Node, scope: Scope) -> tuple[Condition, Node]:
    """Take what is not temporal off a formula: ``tree`` is ``condition -> formula``."""
    state = partial(condition, scope=scope, allowed=_ANYWHERE)
    parts = nodes(tree)
    ends = [part for part in parts if temporal(part)]
    if tree.data == "implication" and ends == parts[1:]:
        return state(parts[0]), parts[1]
    if tree.data == "disjunction" and len(ends) == 1:
        return all_of(~state(part) for part in parts if part is not ends[0]), ends[0]
    operators = {node.data for node in tree.iter_subtrees()}
    if operators & {"eventually", "until"}:
        asks = "<> and U, and [] where it is negated, ask what must happen"
        raise _UnsupportedError(f"liveness: {asks}; only [] is decided")
    raise _UnsupportedError("the form is none of: premise -> [](condition), [](condition)")
