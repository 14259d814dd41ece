"""The colour, symbol and letter of each message kind, the same in every picture."""

from __future__ import annotations

from dataclasses import dataclass
from string import ascii_letters
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Style:
    """How a message kind is drawn.

    Parameters
    ----------
    colour
        Six hexadecimal digits, without ``#``.
    symbol
        Name of the marker of a send: ``square``, ``circle``, ``diamond`` or a triangle; kinds can
        be told apart by it where colours cannot.
    letter
        The kind in a text timeline.
    """

    colour: str
    symbol: str
    letter: str


# Colours by Okabe and Ito, which people with any colour blindness tell apart.
_FIXED = {
    "PrepareRequest": Style("0072B2", "square", "R"),
    "PrepareResponse": Style("009E73", "circle", "r"),
    "Commit": Style("D55E00", "diamond", "C"),
    "ChangeView": Style("CC79A7", "triangle-up", "V"),
}
_FURTHER_COLOURS = ("E69F00", "56B4E9", "7F7F7F", "8C564B")
_FURTHER_SYMBOLS = ("triangle-down", "triangle-left", "triangle-right", "pentagon")

# Letters of events that are no message.
BLOCK, TIMEOUT, FAULT = "B", "t", "X"


def styles(kinds: Iterable[str]) -> dict[str, Style]:
    """Give each kind a style: dBFT's kinds, which come first, have fixed ones, others by name."""
    kinds = set(kinds)
    chosen = {kind: style for kind, style in _FIXED.items() if kind in kinds}
    letters = {style.letter for style in chosen.values()} | {BLOCK, TIMEOUT, FAULT}
    colours = _colours(kinds)
    for i, kind in enumerate(sorted(kinds - set(_FIXED))):
        letter = _free_letter(kind, letters)
        letters.add(letter)
        symbol = _FURTHER_SYMBOLS[i % len(_FURTHER_SYMBOLS)]
        chosen[kind] = Style(colours[_base(kind)], symbol, letter)
    return chosen


def _base(kind: str) -> str:
    """Return the kind without its proposal: a primary's other one is a Commit#1, for example."""
    return kind.partition("#")[0]


def _colours(kinds: set[str]) -> dict[str, str]:
    """Give each kind a colour, which its other proposals share; many take those of no use here."""
    bases = {_base(kind) for kind in kinds}
    colours = {kind: style.colour for kind, style in _FIXED.items()}
    free = [*_FURTHER_COLOURS, *(colours[kind] for kind in _FIXED if kind not in bases)]
    others = enumerate(sorted(bases - set(_FIXED)))
    return colours | {kind: free[i % len(free)] for i, kind in others}


def _free_letter(kind: str, taken: set[str]) -> str:
    candidates = kind + kind.swapcase() + ascii_letters
    return next((c for c in candidates if c in ascii_letters and c not in taken), "?")
