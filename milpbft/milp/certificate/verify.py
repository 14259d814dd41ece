"""Verify: check a certificate in VIPR 1.0 format, in exact arithmetic.

This is all the code that a sceptic has to trust: it reads text, and adds and compares integers and
fractions. It shares nothing with what finds proofs or writes them, and of milpbft it knows the
arrays of a problem alone. Format and rules: Cheung, Gleixner and Steffy, "Verifying Integer
Programming Results" (IPCO 2017), and the specification of version 1.0 that came with it.

Three things are stricter than there: no column and no constraint may be named twice in one list,
what a certificate itself declares to be needed no more is refused afterwards, and ``sol`` is
refused, whose meaning version 1.0 leaves open.
"""

from __future__ import annotations

import gzip
import zlib
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain, islice
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
    """``terms (sense) side``, under assumptions, each the number of a constraint.

    `last` is the number of the last constraint that may refer to it; -1 for no limit.
    """

    sense: int
    side: Number
    terms: dict[int, Number]
    assumptions: frozenset[int] = _NOTHING
    last: int = -1

    @property
    def absurd(self) -> bool:
        """Whether it says that zero is not zero."""
        return not self.terms and (
            self.side != 0 if self.sense == 0 else (self.side > 0) == (self.sense > 0) != (
                self.side == 0
            )
        )

    def dominates(self, other: Constraint) -> bool:
        """Whether whatever satisfies this one satisfies the other."""
        if self.absurd:
            return True
        if self.terms != other.terms or self.sense not in (0, other.sense):
            return False
        if other.sense == 0:
            return self.side == other.side
        return self.side >= other.side if other.sense > 0 else self.side <= other.side


@dataclass(frozen=True)
class Proven:
    """What a certificate proves.

    Parameters
    ----------
    infeasible
        That no point satisfies all constraints; there are no bounds then.
    lower, upper
        Bounds of the optimum; None where the certificate claims none.
    derivations
        Number of its derived constraints.
    """

    infeasible: bool
    lower: Number | None
    upper: Number | None
    derivations: int


def verify(path: Path, problem: Problem | None = None) -> Proven:
    """Check every line of a certificate.

    Parameters
    ----------
    path
        The certificate; a name that ends in ``.gz`` is a compressed one.
    problem
        The problem that it must be about: the same variables, objective and constraints, in the
        same order, the lower and upper bound of each variable first. None takes any.

    Raises
    ------
    CertificateError
        Where a line is wrong, the relation is not proven, or the problem is another one.
    OSError
        Where the file cannot be read.
    """
    try:
        with _open(path) as file:
            return _Certificate(file).check(problem)
    except (StopIteration, RuntimeError, EOFError, zlib.error):
        raise CertificateError("the certificate ends early") from None
    except UnicodeDecodeError:
        raise CertificateError("the certificate is not text") from None


def _open(path: Path) -> TextIO:
    if path.name.endswith(".gz"):
        return cast("TextIO", gzip.open(path, "rt", encoding="ascii"))
    return path.open(encoding="ascii")


class _Certificate:
    def __init__(self, file: TextIO) -> None:
        self._words: Iterator[str] = chain.from_iterable(
            line.split() for line in file if not line.startswith("%")
        )
        self._constraints: list[Constraint | None] = []

    def check(self, problem: Problem | None) -> Proven:
        """Read and check all sections."""
        self._expect("VER")
        self._expect("1.0")
        self._expect("VAR")
        self._names = list(islice(self._words, count := self._count()))
        self._require(len(self._names) == count, "VAR", "fewer names than announced")
        self._expect("INT")
        self._integers = {self._column("INT") for _ in range(self._count())}
        self._expect("OBJ")
        self._maximise = self._choice("OBJ", {"min": False, "max": True})
        self._objective = self._terms("OBJ")
        self._expect("CON")
        given, _ = self._count(), self._count()
        for _ in range(given):
            name, constraint = self._constraint()
            self._constraints.append(constraint)
        if problem is not None:
            self._compare(problem)
        self._expect("RTP")
        infeasible = self._choice("RTP", {"infeas": True, "range": False})
        low, high = (None, None) if infeasible else (self._bound("-inf"), self._bound("inf"))
        self._solutions(low, high)
        self._expect("DER")
        derivations = self._count()
        for _ in range(derivations):
            self._derive()
        self._require(next(self._words, None) is None, "DER", "there is more than announced")
        self._conclude(infeasible, low, high)
        return Proven(infeasible, low, high, derivations)

    # Reading

    def _require(self, holds: bool, where: str, reason: str) -> None:
        if not holds:
            raise CertificateError(f"{where}: {reason}")

    def _expect(self, word: str) -> None:
        found = next(self._words)
        self._require(found == word, word, f"found {found!r} in its place")

    def _choice(self, where: str, meanings: dict[str, bool]) -> bool:
        word = next(self._words)
        self._require(word in meanings, where, f"{word!r} is none of {', '.join(meanings)}")
        return meanings[word]

    def _integer(self, where: str) -> int:
        word = next(self._words)
        try:
            return int(word)
        except ValueError:
            raise CertificateError(f"{where}: {word!r} is no integer") from None

    def _count(self) -> int:
        count = self._integer("count")
        self._require(count >= 0, "count", f"{count} is negative")
        return count

    def _column(self, where: str) -> int:
        column = self._integer(where)
        self._require(0 <= column < len(self._names), where, f"there is no variable {column}")
        return column

    def _number(self, where: str) -> Number:
        word = next(self._words)
        try:
            return int(word)
        except ValueError:
            pass
        try:
            value = Fraction(word)
        except (ValueError, ZeroDivisionError):
            raise CertificateError(f"{where}: {word!r} is no number") from None
        return value.numerator if value.denominator == 1 else value

    def _bound(self, unbounded: str) -> Number | None:
        word = next(self._words)
        if word == unbounded:
            return None
        self._words = chain([word], self._words)
        return self._number("RTP")

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

    # Checking

    def _compare(self, problem: Problem) -> None:
        names = problem.variable_names()
        self._require(self._names == names, "VAR", "the instance has other variables")
        self._require(self._integers == set(range(len(names))), "INT", "all must be integers")
        objective = {k: c for k, c in enumerate(problem.objective.tolist()) if c}
        same = self._maximise == (problem.sense == "max") and self._objective == objective
        self._require(same, "OBJ", "the instance has another objective")
        boxes = zip(problem.lower.tolist(), problem.upper.tolist(), strict=True)
        wanted = [(s, b[s < 0], {k: 1}) for k, b in enumerate(boxes) for s in (1, -1)]
        ends, columns = problem.matrix.indptr.tolist(), problem.matrix.indices.tolist()
        data, sides = problem.matrix.data.tolist(), problem.rhs.tolist()
        for k, sense in enumerate(problem.relation.tolist()):
            row = slice(ends[k], ends[k + 1])
            wanted.append((sense, sides[k], dict(zip(columns[row], data[row], strict=True))))
        same = len(self._constraints) == len(wanted)
        self._require(same, "CON", f"{len(self._constraints)} of {len(wanted)} constraints")
        for k, (found, needed) in enumerate(zip(self._constraints, wanted, strict=True)):
            same = found is not None and found[:3] == needed
            self._require(same, f"CON {k}", "the instance has another constraint there")

    def _solutions(self, low: Number | None, high: Number | None) -> None:
        self._expect("SOL")
        values: list[Number] = []
        for _ in range(self._count()):
            name = next(self._words)
            point = self._terms(f"SOL {name}")
            whole = all(isinstance(v, int) for k, v in point.items() if k in self._integers)
            self._require(whole, name, "an integer variable has a fraction")
            for k, constraint in enumerate(self._constraints):
                value = _product(cast("Constraint", constraint).terms, point)
                holds = Constraint(0, value, {}).dominates(constraint._replace(terms={}))  # type: ignore[union-attr]
                self._require(holds, name, f"constraint {k} does not hold")
            values.append(_product(self._objective, point))
        if self._maximise and low is not None:
            self._require(any(v >= low for v in values), "SOL", f"none reaches {low}")
        if not self._maximise and high is not None:
            self._require(any(v <= high for v in values), "SOL", f"none reaches {high}")

    def _derive(self) -> None:
        name, claimed = self._constraint()
        self._expect("{")
        number, kind = len(self._constraints), next(self._words)
        if kind == "asm":
            assumptions = frozenset([number])
        elif kind in ("lin", "rnd"):
            derived, assumptions = self._combine(name, number)
            if kind == "rnd":
                derived = self._round(name, derived)
            self._require(derived.dominates(claimed), name, "it does not follow")
        elif kind == "uns":
            assumptions = self._unsplit(name, claimed, number)
        else:
            raise CertificateError(f"{name}: there is no reason {kind!r}")
        self._expect("}")
        last = self._integer(name)
        self._constraints.append(claimed._replace(assumptions=assumptions, last=last))

    def _refer(self, name: str, number: int) -> tuple[int, Constraint]:
        index = self._integer(name)
        known = self._constraints[index] if 0 <= index < number else None
        if known is None or 0 <= known.last < number:
            raise CertificateError(f"{name}: it rests on {index}, which is not there")
        return index, known

    def _combine(self, name: str, number: int) -> tuple[Constraint, frozenset[int]]:
        """Add up multiples of constraints that have one direction."""
        parts: dict[int, tuple[Constraint, Number]] = {}
        for _ in range(self._count()):
            index, constraint = self._refer(name, number)
            self._require(index not in parts, name, f"constraint {index} stands there twice")
            parts[index] = constraint, self._number(name)
        scale = lcm(*(factor.denominator for _, factor in parts.values()))
        terms: dict[int, Number] = {}
        side: Number = 0
        directions, assumptions = set(), _NOTHING
        for constraint, factor in parts.values():
            whole = int(factor * scale)
            directions.add(_sign(whole) * constraint.sense)
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

    def _round(self, name: str, derived: Constraint) -> Constraint:
        self._require(derived.sense != 0, name, "an equation cannot be rounded")
        whole = all(isinstance(value, int) for value in derived.terms.values())
        whole = whole and self._integers.issuperset(derived.terms)
        self._require(whole, name, "what is rounded is not integral")
        return derived._replace(side=-derived.sense * floor(-derived.sense * derived.side))

    def _unsplit(self, name: str, claimed: Constraint, number: int) -> frozenset[int]:
        """Conclude what follows from ``terms <= k`` and from ``terms >= k + 1``."""
        sides, assumptions = [], _NOTHING
        for _ in range(2):
            _, follows = self._refer(name, number)
            self._require(follows.dominates(claimed), name, "a side of the split does not give it")
            index, side = self._refer(name, number)
            sides.append(side)
            assumptions |= follows.assumptions - {index}
        low, high = sorted(sides)[:2] if sides[0].sense != sides[1].sense else (sides[0], sides[0])
        complete = (low.sense, high.sense) == (-1, 1) and low.side + 1 == high.side
        whole = isinstance(low.side, int) and all(isinstance(v, int) for v in low.terms.values())
        whole = whole and low.terms == high.terms and self._integers.issuperset(low.terms)
        self._require(complete and whole, name, "the two sides leave a gap")
        return assumptions

    def _conclude(self, infeasible: bool, low: Number | None, high: Number | None) -> None:
        bound = high if self._maximise else low
        if not infeasible and bound is None:
            return
        final = self._constraints[-1] if self._constraints else None
        holds = final is not None and not final.assumptions
        if infeasible:
            holds = holds and cast("Constraint", final).absurd
        else:
            sense = -1 if self._maximise else 1
            wanted = Constraint(sense, cast("Number", bound), self._objective)
            holds = holds and cast("Constraint", final).dominates(wanted)
        self._require(holds, "RTP", "the last line does not prove it")


def _sign(value: Number) -> int:
    return (value > 0) - (value < 0)


def _ratio(value: Number, scale: int) -> Number:
    """Divide, and keep integers as integers."""
    if scale == 1:
        return value
    ratio = Fraction(value) / scale
    return ratio.numerator if ratio.denominator == 1 else ratio


def _product(terms: dict[int, Number], point: dict[int, Number]) -> Number:
    return sum(value * point[column] for column, value in terms.items() if column in point)
