"""The syntax tree of a .ta file, and errors that say where they are."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from milpbft.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

Node = Tree[Token]

# What is read is walked recursively; nobody writes formulas like this but a fuzzer.
DEEPEST = 100
# What a reader of the message knows by another name than the grammar.
_PLAIN = {
    "NAME": "a name",
    "INT": "a number",
    "_INDEX": "a number",
    "COMPARE": "a comparison",
    "HEAD": "'skel' or 'thresholdAutomaton'",
    "DECLARE": "a declaration",
    "UNTIL": "'U'",
    "_IS": "'=='",
    "$END": "the end of the text",
    "<END-OF-FILE>": "the end of the text",
}


def parse(text: str) -> Node:
    """Parse a .ta file.

    Raises
    ------
    InputError
        At the first place that the grammar does not allow, or that is nested too deeply.
    """
    try:
        tree = _parser().parse(text)
    except UnexpectedInput as error:
        raise _unexpected(error, text) from None
    _check_depth(tree)
    return tree


def parse_formula(text: str) -> Node:
    """Parse a formula that stands alone; raises as `parse` does."""
    try:
        tree = _parser("formula").parse(text)
    except UnexpectedInput as error:
        raise _unexpected(error, text) from None
    _check_depth(tree)
    return tree


def problem(
    node: Node | Token, value: object, allowed: str, kind: type[InputError] = InputError
) -> InputError:
    """Give the error for what stands at a node."""
    place = node if isinstance(node, Token) else node.meta
    return kind(f"line {place.line}, column {place.column}", value, allowed)


def nodes(tree: Node) -> list[Node]:
    """Give the children that are trees."""
    return [child for child in tree.children if isinstance(child, Tree)]


def tokens(tree: Node) -> list[Token]:
    """Give the children that are tokens."""
    return [child for child in tree.children if isinstance(child, Token)]


@cache
def _parser(start: str = "start") -> Lark:
    grammar = files("milpbft.automaton").joinpath("grammar.lark").read_text(encoding="utf-8")
    return Lark(
        grammar, parser="lalr", start=start, propagate_positions=True, maybe_placeholders=False
    )


def _unexpected(error: UnexpectedInput, text: str) -> InputError:
    line, column, found = error.line, error.column, ""
    if isinstance(error, UnexpectedCharacters):
        found, wanted = error.char, error.allowed
    elif isinstance(error, UnexpectedToken):
        wanted = error.accepts or error.expected
        found = str(error.token)
        if error.token.type == "$END":  # Lark gives the place of the last token
            line, column = text.count("\n") + 1, len(text) - text.rfind("\n")
    else:  # pragma: no cover - Lark's LALR parser raises no other
        wanted = set()
    return InputError(f"line {line}, column {column}", found, f"expected {_listed(wanted)}")


def _listed(terminals: Iterable[str] | None) -> str:
    words = {
        _PLAIN.get(name) or f"'{_parser().get_terminal(name).pattern.value}'"
        for name in terminals or ()
    }
    return " or ".join(sorted(words)) or "something else"


def _check_depth(tree: Node) -> None:
    level, depth = [tree], 0
    while level:
        level = [child for node in level for child in nodes(node)]
        depth += 1
        if depth > DEEPEST and level:
            raise problem(level[0], "...", f"formulas are nested at most {DEEPEST} deep")
