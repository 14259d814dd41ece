"""Further assumptions on an automaton's parameters, written as in a .ta file."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from milpbft.automaton.condition import FALSE, all_of
from milpbft.automaton.ta.expressions import Kind, Scope, condition
from milpbft.automaton.ta.syntax import parse_formula
from milpbft.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from milpbft.automaton.automaton import Automaton
    from milpbft.automaton.condition import Condition

_ALLOWED: tuple[Kind, ...] = ("parameter",)


def assuming(automaton: Automaton, texts: Iterable[str]) -> Automaton:
    """Give an automaton that assumes more of its parameters.

    Parameters
    ----------
    texts
        Such as ``F <= T``.

    Raises
    ------
    InputError
        Where a text is no condition on parameters, or nothing satisfies all of them.
    """
    kinds: dict[str, Kind] = dict.fromkeys(automaton.parameters, "parameter")
    more = [_assumption(text, Scope(kinds)) for text in texts]
    whole = all_of([automaton.assumptions, *more])
    if whole == FALSE:
        raise InputError("assume", "; ".join(texts), "assumptions that some sizes satisfy")
    return replace(automaton, assumptions=whole) if more else automaton


def _assumption(text: str, scope: Scope) -> Condition:
    try:
        return condition(parse_formula(text), scope, _ALLOWED)
    except InputError as error:
        raise InputError("assume", text, f"{error.field}: {error.allowed}") from None
