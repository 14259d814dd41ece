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
        Name of the marker of a send: ``square``, ``circle``, ``diamond``, ``pentagon`` or a
        triangle, ``-dot`` behind it for another proposal; kinds can be told apart by it where
        colours cannot.
    letter
        The kind in a text timeline.
    """

    colour: str
    symbol: str
    letter: str

    @property
    def ink(self) -> str:
        """Black or white, whichever stands out more from the colour."""
        parts = (int(self.colour[i : i + 2], 16) / 255 for i in (0, 2, 4))
        # Relative luminance, WCAG 2.1.
        red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
                            for c in parts)  # fmt: skip
        return "#000" if 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179 else "#fff"


# Colours by Okabe and Ito, which people with any colour blindness tell apart, and two greys.
_BLUE, _GREEN, _RED, _PURPLE = "0072B2", "009E73", "D55E00", "CC79A7"
_ORANGE, _SKY, _GREY, _BROWN = "E69F00", "56B4E9", "7F7F7F", "8C564B"
_FIXED = {
    kind: Style(colour, symbol, letter)
    for kind, colour, symbol, letter in (
        # proposals
        ("PrepareRequest", _BLUE, "square", "R"),
        ("PrePrepare", _BLUE, "square", "P"),
        ("Proposal", _BLUE, "square", "P"),
        ("NewView", _ORANGE, "square", "N"),
        ("DecidedNewView", _ORANGE, "pentagon", "D"),
        # first votes
        ("PrepareResponse", _GREEN, "circle", "r"),
        ("Prepare", _GREEN, "circle", "r"),
        ("PrepareShare", _GREEN, "circle", "h"),
        ("SignShare", _GREEN, "circle", "s"),
        ("Signature", _GREEN, "circle", "s"),
        ("Ballot", _GREEN, "circle", "b"),
        # second votes, and what ends a round
        ("Commit", _RED, "diamond", "C"),
        ("CommitShare", _RED, "diamond", "c"),
        ("Block", _RED, "diamond", "K"),
        # certificates and stamps
        ("PrepareCertificate", _SKY, "pentagon", "p"),
        ("CommitCertificate", _SKY, "triangle-right", "q"),
        ("FullCommitProof", _SKY, "triangle-up", "F"),
        ("Timestamp", _SKY, "pentagon", "T"),
        ("StampRequest", _ORANGE, "triangle-right", "a"),
        # leaving a view
        ("ChangeView", _PURPLE, "triangle-up", "V"),
        ("ChangeView1", _PURPLE, "triangle-up", "1"),
        ("ChangeView2", _PURPLE, "triangle-down", "2"),
        ("ChangeView3", _PURPLE, "triangle-left", "3"),
        ("ViewChange", _PURPLE, "triangle-up", "V"),
        ("PreparedViewChange", _BROWN, "triangle-up", "e"),
        ("SignedViewChange", _BROWN, "triangle-down", "w"),
        ("DecidedViewChange", _BROWN, "triangle-left", "d"),
        # asking for, and giving, what was missed
        ("RecoveryRequest", _GREY, "triangle-left", "y"),
        ("RecoveryMessage", _GREY, "triangle-right", "Y"),
        ("Fetch", _GREY, "triangle-left", "q"),
        ("Forward", _GREY, "triangle-right", "f"),
        ("SignState", _GREY, "circle", "S"),
        ("FullExecuteProof", _GREY, "pentagon", "E"),
        # broadcasts and work
        ("Up", _BLUE, "triangle-up", "u"),
        ("Down", _RED, "triangle-down", "d"),
        ("UpAgain", _SKY, "triangle-up", "U"),
        ("DownAgain", _ORANGE, "triangle-down", "D"),
        ("Call", _BLUE, "circle", "c"),
        ("Grant", _GREEN, "square", "G"),
        ("Elected", _ORANGE, "triangle-right", "L"),
    )
}
_COLOURS = (_ORANGE, _SKY, _GREY, _BROWN, _BLUE, _GREEN, _RED, _PURPLE)
_SYMBOLS = ("triangle-down", "triangle-left", "triangle-right", "pentagon")
OTHER = "-dot"
"""What the symbol of a primary's other proposal, and of what is about it, ends in."""

_OTHERS = ("#1", "#2", "#3")

_BLOCKS = ("F0E442", "56B4E9", "E69F00", "CC79A7")

# Letters of events that are no message.
BLOCK, TIMEOUT, FAULT, RESTART = "B", "t", "X", "@"
FAULTS = {"restart": "restart", "reload": "restart with its log", "crash": "crash",
          "omission": "silent from here on", "byzantine": "Byzantine from here on"}  # fmt: skip
"""Names of faults."""
TURNS = ("restart", "reload")
"""Faults with a mark of their own, since their nodes go on; the others share one."""


def block_colour(block: str) -> str:
    """Colour a decision, as ``#RRGGBB``: yellow, and others for B, C and on where blocks differ."""
    return f"#{_BLOCKS[(ord(block[:1] or 'A') - ord('A')) % len(_BLOCKS)]}"


def styles(kinds: Iterable[str]) -> dict[str, Style]:
    """Give each kind a style: kinds that milpbft knows have fixed ones, others by name."""
    kinds = set(kinds)
    order = {kind: place for place, kind in enumerate(_FIXED)}
    known = sorted((kind for kind in kinds if kind in _FIXED), key=order.__getitem__)
    chosen = {kind: _FIXED[kind] for kind in known}
    letters = {style.letter for style in chosen.values()} | {BLOCK, TIMEOUT, FAULT}
    bases = _bases(kinds)
    for kind in sorted(kinds - set(_FIXED)):
        letter = _free_letter(kind, letters)
        letters.add(letter)
        base = bases[_base(kind)]
        other = OTHER if kind[len(_base(kind)) :] in _OTHERS else ""
        chosen[kind] = Style(base.colour, f"{base.symbol}{other}", letter)
    return chosen


def _base(kind: str) -> str:
    """Return the kind without its proposal, as in Commit#1, or its addressees, as in Block{1,2}."""
    return kind.partition("#")[0].partition("{")[0]


def _bases(kinds: set[str]) -> dict[str, Style]:
    """Give each kind without its proposal a colour and a symbol."""
    others = sorted({_base(kind) for kind in kinds} - set(_FIXED))
    made = {
        kind: Style(_COLOURS[i % len(_COLOURS)], _SYMBOLS[i % len(_SYMBOLS)], "")
        for i, kind in enumerate(others)
    }
    return _FIXED | made


def _free_letter(kind: str, taken: set[str]) -> str:
    candidates = kind + kind.swapcase() + ascii_letters
    return next((c for c in candidates if c in ascii_letters and c not in taken), "?")
