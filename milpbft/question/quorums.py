"""Sizes and quorums of one's own: f below its maximum, and quorums as expressions in n, f and c."""

from __future__ import annotations

import re
from typing import ClassVar, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from milpbft.errors import InputError
from milpbft.question.strict import StrictInstance

_TERM = r"(?:[0-9]{1,4}\*?[nfc]|[nfc]|[0-9]{1,4})"
EXPRESSION = rf"{_TERM}(?:[+-]{_TERM}){{0,9}}"
"""Pattern of an expression: a sum of integer multiples of n, f and c, and of integers."""


def coefficients(text: str, field: str = "quorum") -> dict[str, int]:
    """Read an expression such as ``2f+1`` or ``n-f``.

    Parameters
    ----------
    field
        Whose value it is, for what is said of any other text.

    Returns
    -------
    dict[str, int]
        The factors of ``n``, ``f`` and ``c``, and what is added, by an empty name.

    Raises
    ------
    InputError
        For any other text.
    """
    plain = re.sub(r"\s+", "", text)
    if not re.fullmatch(EXPRESSION, plain):
        raise InputError(field, text, "integers and integer multiples of n, f and c, "
                         "added and subtracted, such as 2f+1 or n-f")  # fmt: skip
    total = dict.fromkeys(("n", "f", "c", ""), 0)
    for sign, number, name in re.findall(r"([+-]?)([0-9]*)\*?([nfc]?)", plain):
        if number or name:
            total[name] += (-1 if sign == "-" else 1) * int(number or 1)
    return total


def canonical(text: str, field: str = "quorum") -> str:
    """Write an expression in one way: n, f, c, the number; what is subtracted comes last.

    Raises
    ------
    InputError
        As :func:`coefficients`, and where nothing is left that is added.
    """
    terms = [(name, factor) for name, factor in coefficients(text, field).items() if factor]
    terms.sort(key=lambda term: term[1] < 0)
    if not terms or terms[0][1] < 0:
        raise InputError(field, text, "something positive, such as 2f+1 or n-f")
    said = "".join(
        f"{'-' if factor < 0 else '+'}{abs(factor) if abs(factor) > 1 or not name else ''}{name}"
        for name, factor in terms
    )
    return said.removeprefix("+")


class QuorumInstance(StrictInstance):
    """A strict problem whose f and quorums may be others than the usual.

    Parameters
    ----------
    tolerated
        f, the faulty nodes that quorums are made for; None for the most that n bears.
    quorum
        Preparations for a commit and commits for a decision, as an expression in n, f and c; None
        for the protocol's own.
    view_quorum
        View changes for a new view, likewise.
    """

    tolerated: int | None = Field(default=None, ge=1, le=333)
    quorum: str | None = None
    view_quorum: str | None = None

    former: ClassVar[dict[str, str]] = {"faults": "tolerated"}
    texts: ClassVar[dict[str, tuple[str, str]]] = StrictInstance.texts | {
        "quorum": ("quorum-", EXPRESSION),
        "view_quorum": ("viewquorum-", EXPRESSION),
    }
    sizes: ClassVar[dict[str, str]] = {
        "n": "n",
        "f": "tolerated",
        **{letter: field for letter, field in StrictInstance.sizes.items() if letter != "n"},
    }

    @field_validator("quorum", "view_quorum", mode="before")
    @classmethod
    def _read_expression(cls, value: object, info: ValidationInfo) -> object:
        """Write it in one way; ``--set quorum=3`` gives a number."""
        number = isinstance(value, int) and not isinstance(value, bool)
        plain = isinstance(value, str) or number
        return canonical(str(value), str(info.field_name)) if plain else value

    @property
    def pairs(self) -> int:
        """Pairs of redundant nodes: c of SBFT, 0 where there are none."""
        return 0

    @property
    def most_faults(self) -> int:
        """The most faults that n bears: floor((n - 2c - 1) / 3)."""
        return (self.n - 2 * self.pairs - 1) // 3

    @property
    def f(self) -> int:
        """Faults that the quorums are made for."""
        return self.most_faults if self.tolerated is None else self.tolerated

    @property
    def usual(self) -> int:
        """The protocol's own quorum: n - f - c."""
        return self.n - self.f - self.pairs

    @property
    def agreeing(self) -> int:
        """Preparations for a commit, and commits for a decision."""
        return self.usual if self.quorum is None else self.evaluated(self.quorum)

    @property
    def changing(self) -> int:
        """View changes for a new view; by default the same without redundant nodes, n - f."""
        return self.n - self.f if self.view_quorum is None else self.evaluated(self.view_quorum)

    def evaluated(self, text: str) -> int:
        """Return the value of an expression in the sizes of this instance."""
        values = {"n": self.n, "f": self.f, "c": self.pairs, "": 1}
        return sum(factor * values[name] for name, factor in coefficients(text).items())

    def least_quorums(self) -> dict[str, int]:
        """Return the least quorums for which the tables are exact, by field."""
        return {"quorum": 3, "view_quorum": 2}

    def own_sizes(self) -> dict[str, str]:
        """Return what is not usual, as schedules say it: f and quorums as numbers."""
        values = {
            "faults": (self.tolerated, self.f),
            "quorum": (self.quorum, self.agreeing),
            "view_quorum": (self.view_quorum, self.changing),
        }
        return {name: str(value) for name, (said, value) in values.items() if said}

    @model_validator(mode="after")
    def _quorums_fit(self) -> Self:
        if self.tolerated is not None and self.tolerated > self.most_faults:
            allowed = f"a number from 1 to {self.most_faults}, the most that n = {self.n} bears"
            raise InputError("tolerated", self.tolerated, allowed)
        for field, least in self.least_quorums().items():
            text = getattr(self, field)
            if text is not None and not least <= self.evaluated(text) <= self.n:
                number = str(self.evaluated(text))
                value = number if number == text else f"{text} = {number}"
                raise InputError(field, value, f"a number from {least} to n = {self.n}")
        return self
