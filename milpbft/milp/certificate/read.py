"""Read: the text of a certificate in VIPR 1.0 format as numbers, none of which is rounded.

What is read is checked by :mod:`rules <milpbft.milp.certificate.rules>`, whatever it is.
"""

from __future__ import annotations

import re
from fractions import Fraction
from functools import lru_cache
from itertools import islice
from math import lcm
from typing import TYPE_CHECKING, Any

import numpy as np

from milpbft.milp.certificate.claims import (
    SMALL,
    Assumption,
    CertificateError,
    Claims,
    Number,
    Row,
    Split,
    Sum,
    ratio,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

Reason = Assumption | Sum | Split
Pairs = tuple["NDArray[np.int64]", "NDArray[Any]", int]
"""Indices, integers of 64 bits or any, and by how much these are to be divided."""
_SENSES = {b"L": -1, b"E": 0, b"G": 1}
_DIGITS = 18
"""At most, of counts, indices, and numbers of 64 bits. No such number is the mark."""
_MARK = 10**_DIGITS
_HALF = 2**30
_ZEROS = bytes.maketrans(b"123456789", b"0" * 9)
_SCALE = 2**64
"""Fractions of one list that need a larger denominator are kept apart."""
_LISTED = b"0123456789 -/"
_NUMBER = re.compile(rb"[+-]?([0-9]+(/[0-9]+|\.[0-9]*)?|\.[0-9]+)")
# Quantifiers are possessive: what does not match takes no longer than what does.
_HEAD = re.compile(rb"(?:%[^\n]*+\n)*+(.*?\s)DER\s++([0-9]{1,18}+)(?!\S)", re.DOTALL)
_DERIVATION = re.compile(
    rb"\s*+(\S++)\s++(\S++)\s++(\S++)\s++([^{]*+)(?<=\s)\{\s++(\w++)\s*+([^}]*+)(?<=\s)\}"
    rb"\s++(-1|[0-9]{1,18}+)(?!\S)"
)


def read(data: bytes) -> Claims:
    """Read a whole text.

    Raises
    ------
    CertificateError, ValueError, ZeroDivisionError
        Where something is written in another way.
    StopIteration
        Where it ends early.
    """
    return _Reader(data).claims()


def _quick(text: bytes) -> Pairs | None:
    """Read pairs of integers and fractions of at most 18 digits; None: it is written otherwise."""
    slashes, blanks = text.count(b"/"), text.count(b" ")
    # NumPy may stop at a word that is no number, and say nothing: so there must be none.
    if text.translate(None, _LISTED) or text.count(b"-") != text.count(b" -"):
        return None
    try:
        # A mark stands in place of each slash.
        plain = text.replace(b"/", b" %d " % _MARK) if slashes else text
        found = np.fromstring(plain, np.int64, sep=" ")
    except (ValueError, DeprecationWarning):
        return None
    if len(found) != blanks + 2 * slashes + 1:
        return None
    read = _fractions(found, slashes) if slashes else (found, 1)
    if read is None or len(read[0]) != 1 + 2 * read[0].item(0):
        return None
    return read[0][1::2], read[0][2::2], read[1]


def _fractions(found: NDArray[np.int64], slashes: int) -> tuple[NDArray[np.int64], int] | None:
    """Bring all that stand at the places of numbers to one denominator, if that is small."""
    marks = np.flatnonzero(found == _MARK)
    places = marks - 1 - 2 * np.arange(len(marks))
    single = len(marks) == slashes and np.diff(marks).min(initial=3) > 2
    if not single or places.min() < 2 or (places % 2).any():
        return None
    over, kept = np.ones_like(found), np.ones(len(found), bool)
    over[marks - 1] = found[marks + 1]
    kept[marks] = kept[marks + 1] = False
    found, over = found[kept], over[kept]
    scale = lcm(*{*over.tolist()}) if over.min() > 0 else 0
    if not 0 < scale < _HALF or np.abs(found).max() >= _HALF:
        return None
    found[2::2] *= scale // over[2::2]
    return found, scale


def _exactly(numbers: list[Number]) -> tuple[NDArray[Any], int]:
    """Return integers and by how much they are to be divided; fractions, where that is large."""
    scale = 1
    for number in numbers:
        scale = lcm(scale, number.denominator)
        if scale > _SCALE:
            return _array(numbers), 1
    return _array([int(number * scale) for number in numbers]), scale


def _array(numbers: Sequence[Number]) -> NDArray[Any]:
    whole = all(type(number) is int and -SMALL < number < SMALL for number in numbers)
    return np.array(numbers, np.int64 if whole else object)


_quick_again = lru_cache(256)(_quick)
"""Both sides of a split, and what it concludes, have one left-hand side."""


class _Reader:
    """A text, of which everything before the derivations is read word by word."""

    def __init__(self, data: bytes) -> None:
        head = _HEAD.match(data)
        self._words = iter((head[1] if head else data).split())
        self._data, self._at = data, head.end() if head else len(data)
        self._derivations = int(head[2]) if head else None
        self._plain = b"0" * (_DIGITS + 1) not in data.translate(_ZEROS)
        self._objective: Row | None = None

    def claims(self) -> Claims:
        """Read all sections."""
        for word in (b"VER", b"1.0", b"VAR"):
            self._expect(word)
        names = [word.decode() for word in islice(self._words, self._count("VAR"))]
        self._expect(b"INT")
        integers = {self._count("INT") for _ in range(self._count("INT"))}
        if not integers <= {*range(len(names))}:
            raise CertificateError("INT: there is no such index")
        self._expect(b"OBJ")
        maximise = self._expect(b"min", b"max") == b"max"
        self._objective = self._row("OBJ", b"E", b"0")
        claims = Claims(names, integers, maximise, self._objective)
        self._expect(b"CON")
        given, _ = self._count("CON"), self._count("CON")
        for _ in range(given):
            name, letter, side = next(self._words).decode(), next(self._words), next(self._words)
            claims.rows.append(self._row(name, letter, side))
            claims.labels.append(name)
        self._read_relation(claims)
        self._expect(b"SOL")
        for _ in range(self._count("SOL")):
            claims.points.append(self._row(next(self._words).decode(), b"E", b"0"))
        self._derive(claims)
        return claims

    def _read_relation(self, claims: Claims) -> None:
        self._expect(b"RTP")
        claims.infeasible = self._expect(b"range", b"infeas") == b"infeas"
        if not claims.infeasible:
            low, high = next(self._words), next(self._words)
            claims.lower = None if low == b"-inf" else _number(low)
            claims.upper = None if high == b"inf" else _number(high)

    def _derive(self, claims: Claims) -> None:
        """Read derivations, which are not split into words."""
        if self._derivations is None:
            self._expect(b"DER")
            self._count("DER")
            raise StopIteration
        _end("SOL", [*self._words])
        for _ in range(self._derivations):
            if (found := _DERIVATION.match(self._data, self._at)) is None:
                if b"}" not in self._data[self._at :]:
                    raise StopIteration
                raise CertificateError(f"constraint {len(claims.rows)}: nothing is derived so")
            self._at = found.end()
            name, letter, side, terms, kind, text, last = found.groups()
            label = name.decode()
            claims.reasons.append(self._reason(label, kind, text.strip()))
            claims.rows.append(self._row(label, letter, side, terms.strip(), int(last)))
            claims.labels.append(label)
        _end("DER", self._data[self._at :].split())

    def _reason(self, label: str, kind: bytes, text: bytes) -> Reason:
        if kind == b"asm":
            _end(label, text.split())
            return Assumption()
        if kind == b"uns":
            if len(indices := [_count(label, word) for word in text.split()]) != 4:
                raise CertificateError(f"{label}: a split has four indices")
            return Split(*indices)
        if kind in (b"lin", b"rnd"):
            return Sum(kind == b"rnd", *self._pairs(label, text))
        raise CertificateError(f"{label}: there is no reason {kind.decode()!r}")

    def _expect(self, *words: bytes) -> bytes:
        if (found := next(self._words)) not in words:
            raise CertificateError(f"{words[0].decode()}: found {found.decode()!r} in its place")
        return found

    def _count(self, where: str) -> int:
        return _count(where, next(self._words))

    def _row(
        self, label: str, letter: bytes, side: bytes, text: bytes | None = None, last: int = -1
    ) -> Row:
        """Read a constraint, whose terms are in a text, or else in the next words."""
        if letter not in _SENSES:
            raise CertificateError(f"{label}: there is none of L, E, G")
        first = next(self._words) if text is None else text
        if first == b"OBJ" and self._objective is not None:
            return Row(_SENSES[letter], _number(side), *self._objective[2:4], last)
        if text is None:
            rest = [*islice(self._words, size := 2 * _count(label, first))]
            if len(rest) < size:
                raise StopIteration
            text = b" ".join([first, *rest])
        columns, values, scale = self._pairs(label, text, _quick_again)
        if scale != 1:
            values = _array([ratio(value, scale) for value in values.tolist()])
        return Row(_SENSES[letter], _number(side), columns, values, last)

    def _pairs(
        self, label: str, text: bytes, quick: Callable[[bytes], Pairs | None] = _quick
    ) -> Pairs:
        """Read how many pairs there are, and then an index and a number of each."""
        if not self._plain or (pairs := quick(text)) is None:
            words = text.split() or [b""]
            if len(words) != 1 + 2 * _count(label, words[0]):
                raise CertificateError(f"{label}: there are more or fewer pairs than announced")
            indices = np.array([_count(label, word) for word in words[1::2]], np.int64)
            pairs = indices, *_exactly([_number(word) for word in words[2::2]])
        return pairs


def _end(where: str, words: list[bytes]) -> None:
    if words:
        raise CertificateError(f"{where}: there is more than announced")


def _count(where: str, word: bytes) -> int:
    if not word.isdigit() or len(word) > _DIGITS:
        raise CertificateError(f"{where}: {word.decode()!r} is no such integer")
    return int(word)


@lru_cache(2**16)
def _number(word: bytes) -> Number:
    if not _NUMBER.fullmatch(word):
        raise ValueError(f"{word.decode()!r} is no number")
    return ratio(Fraction(word.decode()))
