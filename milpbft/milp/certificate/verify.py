"""Verify: check a certificate in VIPR 1.0 format, in exact arithmetic.

This is all that a sceptic must trust: it reads text, and adds and compares integers and fractions.
It shares nothing with what finds or writes proofs, and knows of milpbft the arrays of a problem.
Rules: Cheung, Gleixner and Steffy, "Verifying Integer Programming Results" (IPCO 2017). Stricter:
nothing stands twice in a list or is used after its declared last use, and there is no ``sol``.
"""

from __future__ import annotations

import gc
import gzip
import zlib
from fractions import Fraction
from functools import lru_cache
from itertools import chain, dropwhile, islice, pairwise, zip_longest
from math import floor, lcm
from operator import mul
from typing import TYPE_CHECKING, NamedTuple, TextIO, cast

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from milpbft.milp.problem import Problem

Number = int | Fraction
Terms = dict[int, Number]
_SENSES = {"L": -1, "E": 0, "G": 1}
_NOTHING: frozenset[int] = frozenset()
_LONGEST = 19  # digits of a count or an index


class CertificateError(ValueError):
    """A certificate that proves nothing; the text says which line, and why."""


class Constraint(NamedTuple):
    """``terms (sense) side`` under assumptions; constraints up to `last` may use it, -1 for all."""

    sense: int
    side: Number
    terms: Terms
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
    collects = gc.isenabled()
    gc.disable()  # nothing is garbage before the end, and looking for it is a fifth of the time
    try:
        with gzip.open(path, "rt") if path.name.endswith(".gz") else path.open() as file:
            return _Certificate(cast("TextIO", file)).check(problem)
    except (StopIteration, EOFError):
        raise CertificateError("the certificate ends early") from None
    except CertificateError:
        raise
    except (ValueError, ZeroDivisionError, gzip.BadGzipFile, zlib.error) as error:
        raise CertificateError(f"there is no text, or no number: {error}") from None
    finally:
        (gc.enable if collects else gc.disable)()


class _Certificate:
    def __init__(self, file: TextIO) -> None:
        lines = dropwhile(lambda line: line.startswith("%"), file)
        self._words: Iterator[str] = chain.from_iterable(map(str.split, lines))
        self._constraints: list[Constraint] = []

    def check(self, problem: Problem | None) -> Proven:
        """Read and check all sections."""
        for word in ("VER", "1.0", "VAR"):
            self._expect(word)
        self._names = list(islice(self._words, self._integer("count")))
        self._expect("INT")
        self._integers = {self._integer("INT") for _ in range(self._integer("count"))}
        self._require(self._integers <= {*range(len(self._names))}, "INT", "there is no such index")
        self._expect("OBJ")
        self._maximise = self._expect("min", "max") == "max"
        self._objective = self._terms("OBJ", "")
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

    def _integer(self, where: str, word: str = "") -> int:
        word = word or next(self._words)
        if not word.isdecimal() or len(word) >= _LONGEST:
            raise CertificateError(f"{where}: {word!r} is no such integer")
        return int(word)

    def _pairs(self, where: str, end: int, word: str = "") -> Terms:
        """Read how many, and indices from 0 to below `end`, none twice, each with a number."""
        size = 2 * self._integer(where, word)
        words = list(islice(self._words, size))
        try:
            numbers = map(int, words)
            pairs: Terms = dict(zip(numbers, numbers, strict=False))
        except ValueError:  # not all of them are integers
            pairs = dict(zip(map(int, words[::2]), map(_read, words[1::2]), strict=False))
        if 2 * len(pairs) < size:
            self._require(len(words) < size, where, "an index stands there twice")
            raise StopIteration
        if pairs and (min(pairs) < 0 or max(pairs) >= end):
            raise CertificateError(f"{where}: there is no index {max(pairs)} yet")
        return pairs

    def _terms(self, where: str, word: str) -> Terms:
        if word == "OBJ" and where != "OBJ":
            return self._objective
        return _nonzero(self._pairs(where, len(self._names), word))

    def _constraint(self) -> tuple[str, Constraint]:
        name, letter, side = next(self._words), next(self._words), next(self._words)
        self._require(letter in _SENSES, name, "there is none of L, E, G")
        return name, Constraint(_SENSES[letter], _read(side), self._terms(name, next(self._words)))

    def _compare(self, problem: Problem) -> None:
        names = problem.variable_names()
        self._require(self._names == names, "VAR", "the instance has other variables")
        self._require(self._integers == set(range(len(names))), "INT", "all must be integers")
        goal = problem.sense == "max", _nonzero(dict(enumerate(problem.objective.tolist())))
        same = (self._maximise, self._objective) == goal
        self._require(same, "OBJ", "the instance has another objective")
        columns, values = problem.matrix.indices.tolist(), problem.matrix.data.tolist()
        terms = list(zip(columns, values, strict=True))
        rows = [_nonzero(dict(terms[a:b])) for a, b in pairwise(problem.matrix.indptr.tolist())]
        senses = [1, -1] * len(names) + problem.relation.tolist()
        boxes = zip(problem.lower.tolist(), problem.upper.tolist(), strict=True)
        sides = chain(*boxes, problem.rhs.tolist())
        lefts = chain(({k // 2: 1} for k in range(2 * len(names))), rows)
        wanted = zip(senses, sides, lefts, strict=True)
        for k, (found, row) in enumerate(zip_longest(self._constraints, wanted, fillvalue=())):
            self._require(found[:3] == row, f"CON {k}", "the instance has another constraint there")

    def _solutions(self, low: Number | None, high: Number | None) -> None:
        self._expect("SOL")
        values: list[Number] = []
        for _ in range(self._integer("count")):
            name = next(self._words)
            point = self._terms(name, next(self._words))
            whole = self._whole({k: v for k, v in point.items() if k in self._integers})
            self._require(whole, name, "an integer variable has a fraction")
            at = [point.get(column, 0) for column in range(len(self._names))].__getitem__
            for k, constraint in enumerate(self._constraints):
                value = sum(map(mul, constraint.terms.values(), map(at, constraint.terms)))
                self._require(constraint.allows(value), name, f"constraint {k} does not hold")
            values.append(sum(map(mul, self._objective.values(), map(at, self._objective))))
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
        last = -1 if (word := next(self._words)) == "-1" else self._integer(name, word)
        self._constraints.append(Constraint(*claimed[:3], assumptions, last))

    def _combine(self, name: str, number: int) -> tuple[Constraint, frozenset[int]]:
        """Add up multiples of constraints that have one direction."""
        factors, scale = self._pairs(name, number), 1
        if Fraction in map(type, factors.values()):
            scale = lcm(*{factor.denominator for factor in factors.values()})
            factors = {k: v.numerator * (scale // v.denominator) for k, v in factors.items()}
        terms: Terms = {}
        side: Number = 0
        get, up, down, assumptions = terms.get, False, False, _NOTHING
        for index, factor in factors.items():
            sense, its_side, its_terms, its_assumptions, last = self._constraints[index]
            if 0 <= last < number:
                raise CertificateError(f"{name}: a constraint is used too late")
            if sense * factor > 0:
                up = True
            elif sense * factor < 0:
                down = True
            if its_assumptions:
                assumptions = assumptions | its_assumptions if assumptions else its_assumptions
            side += factor * its_side
            for column, value in its_terms.items():
                terms[column] = get(column, 0) + factor * value
        self._require(not (up and down), name, "multipliers have different directions")
        terms = _nonzero(terms)
        if scale > 1:
            side, terms = _ratio(side, scale), {k: _ratio(v, scale) for k, v in terms.items()}
        return Constraint(up - down, side, terms), assumptions

    def _unsplit(self, name: str, claimed: Constraint, number: int) -> frozenset[int]:
        """Conclude what follows from ``terms <= k`` and from ``terms >= k + 1``."""
        sides, assumptions = [], _NOTHING
        for _ in range(2):
            given, index = self._integer(name), self._integer(name)
            self._require(max(given, index) < number, name, "there is no such index yet")
            follows, side = self._constraints[given], self._constraints[index]
            late = any(0 <= one.last < number for one in (follows, side))
            self._require(not late, name, "a constraint is used too late")
            self._require(follows.dominates(claimed), name, "a side of the split does not give it")
            sides.append(side)
            assumptions |= follows.assumptions - {index}
        low, high = sorted(sides, key=lambda side: side.sense)
        complete = (low.sense, high.sense) == (-1, 1) and low.side + 1 == high.side
        whole = isinstance(low.side, int) and low.terms == high.terms and self._whole(low.terms)
        self._require(complete and whole, name, "the two sides leave a gap")
        return assumptions

    def _whole(self, terms: Terms) -> bool:
        return terms.keys() <= self._integers and {*map(type, terms.values())} <= {int}

    def _conclude(self, infeasible: bool, low: Number | None, high: Number | None) -> None:
        bound = high if self._maximise else low
        if infeasible or bound is not None:
            final = self._constraints[-1] if self._constraints else Constraint(0, 0, {})
            wanted = Constraint(-1 if self._maximise else 1, bound or 0, self._objective)
            holds = final.absurd if infeasible else final.dominates(wanted)
            self._require(holds and not final.assumptions, "RTP", "the last line does not prove it")


@lru_cache(2**16)
def _read(word: str) -> Number:
    exact = "/" in word or ("." in word and "e" not in word.lower())  # 1.e9999999 fills memory
    return _ratio(Fraction(word)) if exact else int(word)


def _ratio(value: Number, by: int = 1) -> Number:
    """Divide, and write an integer as one."""
    if isinstance(value, int) and not value % by:
        return value // by
    ratio = Fraction(value, by)
    return ratio.numerator if ratio.denominator == 1 else ratio


def _nonzero(terms: Terms) -> Terms:
    return {k: v for k, v in terms.items() if v} if 0 in terms.values() else terms
