"""Verify: check a certificate in VIPR 1.0 format, in exact arithmetic.

This is all that a sceptic must trust: it reads text, and adds and compares integers and fractions.
It shares nothing with what finds or writes proofs, and knows of milpbft the arrays of a problem.
Rules: Cheung, Gleixner and Steffy, "Verifying Integer Programming Results" (IPCO 2017). Stricter:
nothing stands twice in a list or is used after its declared last use, and there is no ``sol``.
"""

from __future__ import annotations

import gzip
import zlib
from fractions import Fraction
from itertools import chain, dropwhile, islice, zip_longest
from math import floor, lcm
from operator import mul
from typing import TYPE_CHECKING, Any, NamedTuple, TextIO, cast

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from milpbft.milp.problem import Problem

Number = int | Fraction
_SENSES = {"L": -1, "E": 0, "G": 1}
_NOTHING: frozenset[int] = frozenset()
_LONGEST = 19  # digits of a count or an index


class CertificateError(ValueError):
    """A certificate that proves nothing; the text says which line, and why."""


class Constraint(NamedTuple):
    """``terms (sense) side`` under assumptions; constraints up to `last` may use it, -1 for all."""

    sense: int
    side: Number
    terms: dict[int, Number]
    assumptions: frozenset[int] = _NOTHING
    last: int = -1

    @property
    def absurd(self) -> bool:
        """Whether it says that zero is not zero, or above or below itself."""
        return not self.terms and (self.side * self.sense > 0 or (self.sense == 0 != self.side))

    def dominates(self, other: Constraint) -> bool:
        """Whether whatever satisfies this one satisfies the other."""
        alike = self.terms == other.terms and self.sense in (0, other.sense)
        return self.absurd or (alike and other.allows(self.side))

    def allows(self, value: Number) -> bool:
        """Whether it holds where its left-hand side has a value."""
        return (value - self.side) * self.sense >= 0 if self.sense else value == self.side


class Proven(NamedTuple):
    """What a certificate proves: that no point exists, or bounds of the optimum, None for none."""

    infeasible: bool
    lower: Number | None
    upper: Number | None
    derivations: int


def verify(path: Path, problem: Problem | None = None) -> Proven:
    """Check every line of a certificate.

    A name that ends in ``.gz`` is a compressed one. It must be about `problem`, if that is given:
    the same variables, objective and constraints in the same order, the bounds of variables first.

    Raises
    ------
    CertificateError
        Where a line is wrong, the relation is not proven, or the problem is another one.
    OSError
        Where the file cannot be read.
    """
    try:
        with gzip.open(path, "rt") if path.name.endswith(".gz") else path.open() as file:
            return _Certificate(cast("TextIO", file)).check(problem)
    except (StopIteration, EOFError):
        raise CertificateError("the certificate ends early") from None
    except (UnicodeDecodeError, gzip.BadGzipFile, zlib.error):
        raise CertificateError("the certificate is not text") from None
    except CertificateError:
        raise
    except (ValueError, ZeroDivisionError) as error:
        raise CertificateError(f"there is no number: {error}") from None


class _Certificate:
    def __init__(self, file: TextIO) -> None:
        lines = dropwhile(lambda line: line.startswith("%"), file)
        self._words: Iterator[str] = chain.from_iterable(map(str.split, lines))
        self._constraints: list[Constraint] = []

    def check(self, problem: Problem | None) -> Proven:
        """Read and check all sections."""
        for word in ("VER", "1.0", "VAR"):
            self._expect(word)
        self._names = self._take(count := self._integer("count"))
        self._expect("INT")
        self._integers = {self._index("INT", count) for _ in range(self._integer("count"))}
        self._expect("OBJ")
        self._maximise = self._expect("min", "max") == "max"
        self._objective = self._terms("OBJ", next(self._words))
        self._expect("CON")
        given, _ = self._integer("count"), self._integer("count")
        self._constraints += [self._constraint()[1] for _ in range(given)]
        if problem is not None:
            self._compare(problem)
        self._expect("RTP")
        infeasible = self._expect("range", "infeas") == "infeas"
        words = ["-inf", "inf"] if infeasible else [next(self._words), next(self._words)]
        low = None if words[0] == "-inf" else _read(words[0])
        high = None if words[1] == "inf" else _read(words[1])
        self._solutions(low, high)
        self._expect("DER")
        for _ in range(self._integer("count")):
            self._derive()
        self._require(next(self._words, None) is None, "DER", "there is more than announced")
        self._conclude(infeasible, low, high)
        return Proven(infeasible, low, high, len(self._constraints) - given)

    def _require(self, holds: bool, where: str, reason: str) -> None:
        if not holds:
            raise CertificateError(f"{where}: {reason}")

    def _expect(self, *words: str) -> str:
        found = next(self._words)
        self._require(found in words, words[0], f"found {found!r} in its place")
        return found

    def _integer(self, where: str, least: int = 0, word: str = "") -> int:
        word = word or next(self._words)
        plain = word.removeprefix("-").isdecimal() and len(word) < _LONGEST
        self._require(plain and int(word) >= least, where, f"{word!r} is no such integer")
        return int(word)

    def _take(self, count: int) -> list[str]:
        words = list(islice(self._words, count))
        if len(words) < count:
            raise StopIteration
        return words

    def _index(self, where: str, end: int, word: str = "") -> int:
        value = self._integer(where, word=word)
        self._require(value < end, where, f"there is no index {value} yet")
        return value

    def _pairs(self, where: str, count: int, end: int) -> dict[int, Number]:
        """Read indices from 0 to below `end`, none of them twice, each with a number."""
        words = self._take(2 * count)
        pairs = dict(zip(map(int, words[::2]), map(_read, words[1::2]), strict=True))
        self._require(len(pairs) == count, where, "an index stands there twice")
        if pairs and (min(pairs) < 0 or max(pairs) >= end):
            raise CertificateError(f"{where}: there is no index {max(pairs)} yet")
        return pairs

    def _terms(self, where: str, word: str) -> dict[int, Number]:
        if word == "OBJ" and where != "OBJ":
            return self._objective
        return _nonzero(self._pairs(where, self._integer(where, word=word), len(self._names)))

    def _constraint(self) -> tuple[str, Constraint]:
        name, letter, side, count = self._take(4)
        self._require(letter in _SENSES, name, f"{letter!r} is none of L, E, G")
        return name, Constraint(_SENSES[letter], _read(side), self._terms(name, count))

    def _compare(self, problem: Problem) -> None:
        names = problem.variable_names()
        self._require(self._names == names, "VAR", "the instance has other variables")
        self._require(self._integers == set(range(len(names))), "INT", "all must be integers")
        objective = _nonzero(dict(enumerate(problem.objective.tolist())))
        same = (self._maximise, self._objective) == (problem.sense == "max", objective)
        self._require(same, "OBJ", "the instance has another objective")
        boxes = zip(problem.lower.tolist(), problem.upper.tolist(), strict=True)
        wanted: list[Any] = [(s, b[s < 0], {k: 1}) for k, b in enumerate(boxes) for s in (1, -1)]
        ends, sides = problem.matrix.indptr.tolist(), problem.rhs.tolist()
        columns, data = problem.matrix.indices.tolist(), problem.matrix.data.tolist()
        terms = list(zip(columns, data, strict=True))
        for k, sense in enumerate(problem.relation.tolist()):
            wanted.append((sense, sides[k], _nonzero(dict(terms[ends[k] : ends[k + 1]]))))
        for k, (found, row) in enumerate(zip_longest(self._constraints, wanted)):
            same = found is not None and found[:3] == row
            self._require(same, f"CON {k}", "the instance has another constraint there")

    def _solutions(self, low: Number | None, high: Number | None) -> None:
        self._expect("SOL")
        values: list[Number] = []
        for _ in range(self._integer("count")):
            name = next(self._words)
            point = self._terms(name, next(self._words))
            whole = self._whole({k: v for k, v in point.items() if k in self._integers})
            self._require(whole, name, "an integer variable has a fraction")
            at = [point.get(column, 0) for column in range(len(self._names))]
            for k, constraint in enumerate(self._constraints):
                holds = constraint.allows(_product(constraint.terms, at))
                self._require(holds, name, f"constraint {k} does not hold")
            values.append(_product(self._objective, at))
        goal, sign = (low, 1) if self._maximise else (high, -1)
        reached = goal is None or any((value - goal) * sign >= 0 for value in values)
        self._require(reached, "SOL", f"none reaches {goal}")

    def _derive(self) -> None:
        name, claimed = self._constraint()
        self._expect("{")
        number, kind = len(self._constraints), next(self._words)
        if kind == "asm":
            assumptions = frozenset([number])
        elif kind == "uns":
            assumptions = self._unsplit(name, claimed, number)
        else:
            self._require(kind in ("lin", "rnd"), name, f"there is no reason {kind!r}")
            derived, assumptions = self._combine(name, number)
            if kind == "rnd":
                sense, side, terms, *_ = derived
                whole = self._whole(terms) and sense != 0
                self._require(whole, name, "what is rounded is no inequality of integers")
                derived = Constraint(sense, -sense * floor(-sense * side), terms)
            self._require(derived.dominates(claimed), name, "it does not follow")
        self._expect("}")
        last = self._integer(name, -1)
        self._constraints.append(claimed._replace(assumptions=assumptions, last=last))

    def _refer(self, where: str, index: int, number: int) -> Constraint:
        known = self._constraints[index]
        self._require(not 0 <= known.last < number, where, "a constraint is used too late")
        return known

    def _combine(self, name: str, number: int) -> tuple[Constraint, frozenset[int]]:
        """Add up multiples of constraints that have one direction."""
        factors = self._pairs(name, self._integer(name), number)
        scale = lcm(*(factor.denominator for factor in factors.values()))
        terms: dict[int, Number] = {}
        side: Number = 0
        up, down, assumptions = False, False, _NOTHING
        for index, factor in factors.items():
            sense, its_side, its_terms, its_assumptions, _ = self._refer(name, index, number)
            whole = factor.numerator * (scale // factor.denominator)
            up, down = up or sense * whole > 0, down or sense * whole < 0
            assumptions |= its_assumptions
            side += whole * its_side
            for column, value in its_terms.items():
                terms[column] = terms.get(column, 0) + whole * value
        self._require(not (up and down), name, "multipliers have different directions")
        terms = {column: _ratio(value, scale) for column, value in terms.items() if value}
        return Constraint(up - down, _ratio(side, scale), terms), assumptions

    def _unsplit(self, name: str, claimed: Constraint, number: int) -> frozenset[int]:
        """Conclude what follows from ``terms <= k`` and from ``terms >= k + 1``."""
        sides, assumptions = [], _NOTHING
        for _ in range(2):
            given, index = [self._index(name, number) for _ in range(2)]
            follows, side = (self._refer(name, k, number) for k in (given, index))
            self._require(follows.dominates(claimed), name, "a side of the split does not give it")
            sides.append(side)
            assumptions |= follows.assumptions - {index}
        low, high = sorted(sides, key=lambda side: side.sense)
        complete = (low.sense, high.sense) == (-1, 1) and low.side + 1 == high.side
        whole = isinstance(low.side, int) and low.terms == high.terms and self._whole(low.terms)
        self._require(complete and whole, name, "the two sides leave a gap")
        return assumptions

    def _whole(self, terms: dict[int, Number]) -> bool:
        return terms.keys() <= self._integers and set(map(type, terms.values())) <= {int}

    def _conclude(self, infeasible: bool, low: Number | None, high: Number | None) -> None:
        bound = high if self._maximise else low
        if infeasible or bound is not None:
            final = self._constraints[-1] if self._constraints else Constraint(0, 0, {})
            wanted = Constraint(-1 if self._maximise else 1, bound or 0, self._objective)
            holds = final.absurd if infeasible else final.dominates(wanted)
            self._require(holds and not final.assumptions, "RTP", "the last line does not prove it")


def _read(word: str) -> Number:
    if "/" not in word and "." not in word:
        return int(word)
    top, _, bottom = word.partition("/")
    return _ratio(int(top), int(bottom)) if bottom.isdecimal() else _ratio(Fraction(word))


def _ratio(value: Number, by: int = 1) -> Number:
    """Divide, and write an integer as one."""
    if isinstance(value, int) and not value % by:
        return value // by
    ratio = Fraction(value, by)
    return ratio.numerator if ratio.denominator == 1 else ratio


def _nonzero(terms: dict[int, Number]) -> dict[int, Number]:
    return {k: v for k, v in terms.items() if v} if 0 in terms.values() else terms


def _product(terms: dict[int, Number], point: list[Number]) -> Number:
    return cast("Number", sum(map(mul, terms.values(), map(point.__getitem__, terms))))
