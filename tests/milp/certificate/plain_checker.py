"""A second checker, written from the rules and not for speed: every number is a fraction.

It shares no code with ``milpbft.milp.certificate.verify``. It answers whether the last derivation
proves the relation, and says nothing more.
"""

from __future__ import annotations

from fractions import Fraction
from math import ceil, floor

SIGN = {"L": -1, "E": 0, "G": 1}


class InvalidError(Exception):
    """The certificate breaks a rule."""


def need(holds: bool) -> None:
    if not holds:
        raise InvalidError


def accepts(text: str) -> bool:
    """Whether a certificate is valid."""
    try:
        Checker(text).run()
    except (InvalidError, ValueError, IndexError, KeyError, ZeroDivisionError):
        return False
    return True


class Checker:
    """Reads a certificate and checks it as it goes."""

    def __init__(self, text: str) -> None:
        lines = text.splitlines()
        while lines[0].startswith("%"):
            lines.pop(0)
        self.words = " ".join(lines).split()[::-1]
        self.sets: list[set[int]] = []
        self.ends: list[int] = []

    def index(self, limit: int = 10**9) -> int:
        """Read a number from 0 to below a limit."""
        k = int(self.words.pop())
        need(0 <= k < limit)
        return k

    def word(self, *allowed: str) -> str:
        """Read one of some words."""
        found = self.words.pop()
        need(found in allowed)
        return found

    def vector(self) -> list[Fraction]:
        """Read terms as a dense vector."""
        dense = [Fraction(0)] * self.n
        seen = set()
        for _ in range(self.index()):
            k = self.index(self.n)
            need(k not in seen)
            seen.add(k)
            dense[k] = Fraction(self.words.pop())
        return dense

    def shared(self) -> list[Fraction]:
        """Read terms, or OBJ for those of the objective."""
        if self.words[-1] == "OBJ":
            self.words.pop()
            return self.objective
        return self.vector()

    def row(self) -> tuple[int, Fraction, list[Fraction]]:
        """Read a constraint."""
        self.words.pop()
        return SIGN[self.word(*SIGN)], Fraction(self.words.pop()), self.shared()

    def run(self) -> None:
        """Check all sections."""
        self.word("VER"), self.word("1.0"), self.word("VAR")
        self.n = self.index()
        for _ in range(self.n):
            self.words.pop()
        self.word("INT")
        self.whole = {self.index(self.n) for _ in range(self.index())}
        self.word("OBJ")
        self.most = self.word("min", "max") == "max"
        self.objective = self.vector()
        self.word("CON")
        m, _ = self.index(), self.index()
        self.rows = [self.row() for _ in range(m)]
        self.sets, self.ends = [set() for _ in range(m)], [-1] * m
        self.word("RTP")
        relation = None
        if self.word("infeas", "range") == "range":
            relation = self.words.pop(), self.words.pop()
        self.points(relation)
        self.word("DER")
        for _ in range(self.index()):
            self.derive()
        need(not self.words)
        self.conclude(relation)

    def points(self, relation: tuple[str, str] | None) -> None:
        """Check the solutions, and that one reaches the relation."""
        self.word("SOL")
        values = []
        for _ in range(self.index()):
            self.words.pop()
            point = self.shared()
            need(all(point[k].denominator == 1 for k in self.whole))
            for sense, side, terms in self.rows:
                gap = times(terms, point) - side
                need(gap == 0 if sense == 0 else gap * sense >= 0)
            values.append(times(self.objective, point))
        if relation is not None:
            low, high = relation
            if self.most and low != "-inf":
                need(max(values, default=Fraction(low) - 1) >= Fraction(low))
            if not self.most and high != "inf":
                need(min(values, default=Fraction(high) + 1) <= Fraction(high))
            for bound, none in ((low, "-inf"), (high, "inf")):
                need(bound == none or Fraction(bound) is not None)

    def derive(self) -> None:
        """Check one derivation."""
        claim = self.row()
        self.word("{")
        kind = self.word("asm", "lin", "rnd", "uns")
        if kind == "asm":
            rests = {len(self.rows)}
        elif kind == "uns":
            rests = self.unsplit(claim)
        else:
            rests = self.combine(claim, kind)
        self.word("}")
        end = int(self.words.pop())
        need(end >= -1)
        self.rows.append(claim)
        self.sets.append(rests)
        self.ends.append(end)

    def use(self) -> int:
        """Read the number of a constraint that may be used here."""
        number = len(self.rows)
        k = self.index(number)
        need(self.ends[k] < 0 or number <= self.ends[k])
        return k

    def unsplit(self, claim: tuple) -> set[int]:
        """Check a split; return what it rests on."""
        one, low, two, high = self.use(), self.use(), self.use(), self.use()
        need(gives(self.rows[one], claim) and gives(self.rows[two], claim))
        pair = {self.rows[k][0]: self.rows[k] for k in (low, high)}
        need(set(pair) == {-1, 1})
        need(pair[-1][2] == pair[1][2] and pair[-1][1] + 1 == pair[1][1])
        need(pair[-1][1].denominator == 1 and integral(pair[1][2], self.whole))
        return (self.sets[one] - {low}) | (self.sets[two] - {high})

    def combine(self, claim: tuple, kind: str) -> set[int]:
        """Check a combination; return what it rests on."""
        side, terms = Fraction(0), [Fraction(0)] * self.n
        rests, signs, seen = set(), set(), set()
        for _ in range(self.index()):
            k, by = self.use(), Fraction(self.words.pop())
            need(k not in seen)
            seen.add(k)
            rests |= self.sets[k]
            sense, other_side, others = self.rows[k]
            signs.add((by > 0) * sense - (by < 0) * sense)
            side += by * other_side
            terms = [a + by * b for a, b in zip(terms, others, strict=True)]
        signs.discard(0)
        need(len(signs) <= 1)
        sense = signs.pop() if signs else 0
        if kind == "rnd":
            need(sense != 0 and integral(terms, self.whole))
            side = Fraction(floor(side) if sense < 0 else ceil(side))
        need(gives((sense, side, terms), claim))
        return rests

    def conclude(self, relation: tuple[str, str] | None) -> None:
        """Check that the last derivation gives the relation."""
        if relation is None:
            need(absurd(self.rows[-1]) and not self.sets[-1])
        elif relation[self.most] not in ("-inf", "inf"):
            need(not self.sets[-1])
            wanted = -1 if self.most else 1, Fraction(relation[self.most]), self.objective
            need(gives(self.rows[-1], wanted))


def times(terms: list[Fraction], point: list[Fraction]) -> Fraction:
    return sum((a * x for a, x in zip(terms, point, strict=True)), Fraction(0))


def integral(terms: list[Fraction], whole: set[int]) -> bool:
    return all(a == 0 or (a.denominator == 1 and k in whole) for k, a in enumerate(terms))


def absurd(row: tuple[int, Fraction, list[Fraction]]) -> bool:
    sense, side, terms = row
    return not any(terms) and (side != 0 if sense == 0 else side * sense > 0)


def gives(one: tuple, other: tuple) -> bool:
    if absurd(one):
        return True
    if one[2] != other[2]:
        return False
    if other[0] == 0:
        return one[0] == 0 and one[1] == other[1]
    return one[0] in (0, other[0]) and (one[1] - other[1]) * other[0] >= 0
