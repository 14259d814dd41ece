"""The syntax tree of a .ta file, and errors that say where they are."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken

from milpbft.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

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


def problem(node: Node | Token, value: object, allowed: str) -> InputError:
    """Give the error for what stands at a node."""
    token = node if isinstance(node, Token) else None
    line = token.line if token is not None else getattr(node, "meta").line
    column = token.column if token is not None else getattr(node, "meta").column
    return InputError(f"line {line}, column {column}", value, allowed)


def nodes(tree: Node) -> list[Node]:
    """Give the children that are trees."""
    return [child for child in tree.children if isinstance(child, Tree)]


def tokens(tree: Node) -> list[Token]:
    """Give the children that are tokens."""
    return [child for child in tree.children if isinstance(child, Token)]


@cache
def _parser() -> Lark:
    grammar = files("milpbft.automaton").joinpath("grammar.lark").read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr", propagate_positions=True, maybe_placeholders=False)


def _unexpected(error: UnexpectedInput, text: str) -> InputError:
    if isinstance(error, UnexpectedToken) and error.token.type == "$END":
        line = text.count("\n") + 1
        column = len(text) - (text.rfind("\n") + 1) + 1
        return InputError(f"line {line}, column {column}", "", _expected(error, error.accepts))
    if isinstance(error, UnexpectedToken):
        found, wanted = str(error.token), error.accepts or error.expected
    else:
        assert isinstance(error, UnexpectedCharacters)
        found, wanted = error.char, error.allowed
    return InputError(f"line {error.line}, column {error.column}", found, _expected(error, wanted))
