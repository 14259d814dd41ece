"""Verify: check a certificate in VIPR 1.0 format, in exact arithmetic.

This is all that a sceptic must trust: it reads text, and adds and compares integers and fractions.
It shares nothing with what finds or writes proofs, and knows of milpbft the arrays of a problem.
Format and rules: Cheung, Gleixner and Steffy, "Verifying Integer Programming Results" (IPCO 2017),
and their specification of version 1.0. Stricter than there: nothing may stand twice in a list or be
used after its declared last use, and ``sol``, whose meaning the version leaves open, is refused.
"""

from __future__ import annotations

import gzip
import zlib
from fractions import Fraction
from itertools import chain, dropwhile, islice
from math import floor, lcm
from typing import TYPE_CHECKING, NamedTuple, TextIO, cast

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from milpbft.milp.problem import Problem

Number = int | Fraction
_SENSES = {"L": -1, "E": 0, "G": 1}
_NOTHING: frozenset[int] = frozenset()


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
        if self.absurd or self.terms != other.terms or self.sense not in (0, other.sense):
            return self.absurd
        gap = self.side - other.side
        return gap * other.sense >= 0 if other.sense else gap == 0


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
        self._integers = {self._column("INT") for _ in range(self._integer("count"))}
        self._expect("OBJ")
        self._maximise = self._choice("OBJ", "min", "max")
        self._objective = self._terms("OBJ")
        self._expect("CON")
        given, _ = self._integer("count"), self._integer("count")
        self._constraints += [self._constraint()[1] for _ in range(given)]
        if problem is not None:
            self._compare(problem)
        self._expect("RTP")
        infeasible = self._choice("RTP", "range", "infeas")
        words = ["-inf", "inf"] if infeasible else [next(self._words), next(self._words)]
        low = None if words[0] == "-inf" else self._number("RTP", words[0])
        high = None if words[1] == "inf" else self._number("RTP", words[1])
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

    def _expect(self, word: str) -> None:
        found = next(self._words)
        self._require(found == word, word, f"found {found!r} in its place")

    def _choice(self, where: str, no: str, yes: str) -> bool:
        word = next(self._words)
        self._require(word in (no, yes), where, f"{word!r} is neither {no} nor {yes}")
        return word == yes

    def _integer(self, where: str, least: int = 0) -> int:
        word = next(self._words)
        try:
            value = int(word)
        except ValueError:
            raise CertificateError(f"{where}: {word!r} is no integer") from None
        self._require(value >= least, where, f"{value} is too small")
        return value

    def _column(self, where: str) -> int:
        column = self._integer(where)
        self._require(column < len(self._names), where, f"there is no variable {column}")
        return column

    def _number(self, where: str, word: str = "") -> Number:
        word = word or next(self._words)
        try:
            return int(word) if "/" not in word and "." not in word else _ratio(Fraction(word))
        except (ValueError, ZeroDivisionError):
            raise CertificateError(f"{where}: {word!r} is no number") from None

    def _terms(self, where: str) -> dict[int, Number]:
        word = next(self._words)
        if word == "OBJ" and where != "OBJ":
            return self._objective
        self._require(word.isdecimal(), where, f"{word!r} is neither a count nor OBJ")
        terms: dict[int, Number] = {}
        for _ in range(int(word)):
            column, value = self._column(where), self._number(where)
            self._require(column not in terms, where, f"variable {column} stands there twice")
            terms[column] = value
        return {column: value for column, value in terms.items() if value}

    def _constraint(self) -> tuple[str, Constraint]:
        name, letter = next(self._words), next(self._words)
        self._require(letter in _SENSES, name, f"{letter!r} is none of L, E, G")
        side = self._number(name)
        return name, Constraint(_SENSES[letter], side, self._terms(name))

    def _compare(self, problem: Problem) -> None:
        names = problem.variable_names()
        self._require(self._names == names, "VAR", "the instance has other variables")
        self._require(self._integers == set(range(len(names))), "INT", "all must be integers")
        objective = {k: c for k, c in enumerate(problem.objective.tolist()) if c}
        same = (self._maximise, self._objective) == (problem.sense == "max", objective)
        self._require(same, "OBJ", "the instance has another objective")
        boxes = zip(problem.lower.tolist(), problem.upper.tolist(), strict=True)
        wanted = [(s, b[s < 0], {k: 1}) for k, b in enumerate(boxes) for s in (1, -1)]
        ends, columns = problem.matrix.indptr.tolist(), problem.matrix.indices.tolist()
        data, sides = problem.matrix.data.tolist(), problem.rhs.tolist()
        for k, sense in enumerate(problem.relation.tolist()):
            row = slice(ends[k], ends[k + 1])
            terms = zip(columns[row], data[row], strict=True)
            wanted.append((sense, sides[k], {column: value for column, value in terms if value}))
        same = len(self._constraints) == len(wanted)
        self._require(same, "CON", f"{len(self._constraints)} of {len(wanted)} constraints")
        for k, (found, needed) in enumerate(zip(self._constraints, wanted, strict=True)):
            self._require(
                found[:3] == needed, f"CON {k}", "the instance has another constraint there"
            )

    def _solutions(self, low: Number | None, high: Number | None) -> None:
        self._expect("SOL")
        values: list[Number] = []
        for _ in range(self._integer("count")):
            name = next(self._words)
            point = self._terms(f"SOL {name}")
            whole = self._whole({k: v for k, v in point.items() if k in self._integers})
            self._require(whole, name, "an integer variable has a fraction")
            for k, constraint in enumerate(self._constraints):
                at = Constraint(0, _product(constraint.terms, point), constraint.terms)
                self._require(at.dominates(constraint), name, f"constraint {k} does not hold")
            values.append(_product(self._objective, point))
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
                whole = self._whole(derived.terms) and derived.sense != 0
                self._require(whole, name, "what is rounded is no inequality of integers")
                side = -derived.sense * floor(-derived.sense * derived.side)
                derived = derived._replace(side=side)
            self._require(derived.dominates(claimed), name, "it does not follow")
        self._expect("}")
        last = self._integer(name, -1)
        self._constraints.append(claimed._replace(assumptions=assumptions, last=last))

    def _refer(self, name: str, number: int) -> tuple[int, Constraint]:
        index = self._integer(name)
        self._require(index < number, name, f"there is no constraint {index} yet")
        known = self._constraints[index]
        self._require(not 0 <= known.last < number, name, f"constraint {index} is used too late")
        return index, known

    def _combine(self, name: str, number: int) -> tuple[Constraint, frozenset[int]]:
        """Add up multiples of constraints that have one direction."""
        parts: dict[int, tuple[Constraint, Number]] = {}
        for _ in range(self._integer("count")):
            index, constraint = self._refer(name, number)
            self._require(index not in parts, name, f"constraint {index} stands there twice")
            parts[index] = constraint, self._number(name)
        # One division at the end, not one per term.
        scale = lcm(*(factor.denominator for _, factor in parts.values()))
        terms: dict[int, Number] = {}
        side: Number = 0
        directions, assumptions = set(), _NOTHING
        for constraint, factor in parts.values():
            whole = int(factor * scale)
            directions.add(((whole > 0) - (whole < 0)) * constraint.sense)
            if constraint.assumptions:
                assumptions |= constraint.assumptions
            side += whole * constraint.side
            for column, value in constraint.terms.items():
                terms[column] = terms.get(column, 0) + whole * value
        directions.discard(0)
        self._require(len(directions) < 2, name, "multipliers have different directions")
        sense = directions.pop() if directions else 0
        terms = {column: _ratio(value, scale) for column, value in terms.items() if value}
        return Constraint(sense, _ratio(side, scale), terms), assumptions

    def _unsplit(self, name: str, claimed: Constraint, number: int) -> frozenset[int]:
        """Conclude what follows from ``terms <= k`` and from ``terms >= k + 1``."""
        sides, assumptions = [], _NOTHING
        for _ in range(2):
            _, follows = self._refer(name, number)
            self._require(follows.dominates(claimed), name, "a side of the split does not give it")
            index, side = self._refer(name, number)
            sides.append(side)
            assumptions |= follows.assumptions - {index}
        low, high = sorted(sides, key=lambda side: side.sense)
        complete = (low.sense, high.sense) == (-1, 1) and low.side + 1 == high.side
        whole = isinstance(low.side, int) and low.terms == high.terms and self._whole(low.terms)
        self._require(complete and whole, name, "the two sides leave a gap")
        return assumptions

    def _whole(self, terms: dict[int, Number]) -> bool:
        """Whether terms have integer values at every point."""
        return all(isinstance(v, int) and k in self._integers for k, v in terms.items())

    def _conclude(self, infeasible: bool, low: Number | None, high: Number | None) -> None:
        bound = high if self._maximise else low
        if infeasible or bound is not None:
            final = self._constraints[-1] if self._constraints else Constraint(0, 0, {})
            wanted = Constraint(-1 if self._maximise else 1, bound or 0, self._objective)
            holds = final.absurd if infeasible else final.dominates(wanted)
            self._require(holds and not final.assumptions, "RTP", "the last line does not prove it")


def _ratio(value: Number, by: int = 1) -> Number:
    """Divide, and write an integer as one."""
    ratio = Fraction(value) / by if by != 1 else value
    return ratio.numerator if ratio.denominator == 1 else ratio


def _product(terms: dict[int, Number], point: dict[int, Number]) -> Number:
    return sum(value * point[column] for column, value in terms.items() if column in point)
