"""Trail: the bounds of all columns in the order in which they were found, each with its reason.

A bound of column j says ``y_k >= t``, where ``y_k`` is the column for k = j and its negation for
k = j + columns: so every bound is a lower one. It is written ``(k, t)`` and called a literal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .box import Box

Literal = tuple[int, int]


class Trail:
    """Bounds that hold at a node of the search.

    Attributes
    ----------
    bounds
        Per k the greatest known t, shape (2 columns,).
    root
        The same before the first decision.
    level
        Decisions so far.
    last
        Per k the last entry, -1 for the root.
    literals, levels, reasons
        Per entry: its literal, how many decisions stood before it, and why it holds; None for a
        decision.
    """

    def __init__(self, box: Box) -> None:
        self.width = len(box.lower)
        self.take_root(box)

    def take_root(self, box: Box) -> None:
        """Take over the bounds of a box, and forget all entries.

        What nogoods imply without a decision is an entry too. It would explain a bound of the box
        by a looser one; and what the box does not say of it, the nogoods say again.
        """
        self.literals: list[Literal] = []
        self.levels: list[int] = []
        self.reasons: list[Any] = []
        self._before: list[int] = []
        self._starts: list[int] = []
        self.last: list[int] = [-1] * (2 * self.width)
        self.bounds: NDArray[np.int64] = np.concatenate([box.lower, -box.upper])
        self.root: list[int] = self.bounds.tolist()

    @property
    def level(self) -> int:
        """Decisions that stand."""
        return len(self._starts)

    @property
    def lower(self) -> NDArray[np.int64]:
        """The lower bounds of the columns."""
        return self.bounds[: self.width]

    @property
    def upper(self) -> NDArray[np.int64]:
        """Their upper bounds."""
        return -self.bounds[self.width :]

    def opposite(self, place: int) -> int:
        """Return where the other bound of the same column stands."""
        return place + self.width if place < self.width else place - self.width

    def negated(self, literal: Literal) -> Literal:
        """Return what holds where a literal does not."""
        return self.opposite(literal[0]), 1 - literal[1]

    def decide(self, literal: Literal) -> None:
        """Begin a level with a literal."""
        self._starts.append(len(self.literals))
        self.push(literal, None)

    def push(self, literal: Literal, reason: Any) -> bool:  # noqa: ANN401
        """Note a literal that is news; return whether the column has a value left."""
        place, least = literal
        self._before.append(self.last[place])
        self.last[place] = len(self.literals)
        self.literals.append(literal)
        self.levels.append(len(self._starts))
        self.reasons.append(reason)
        self.bounds[place] = least
        return bool(least + self.bounds[self.opposite(place)] <= 0)

    def back(self, level: int) -> None:
        """Undo all later levels."""
        if level >= len(self._starts):
            return
        start = self._starts[level]
        for entry in range(len(self.literals) - 1, start - 1, -1):
            place, _ = self.literals[entry]
            before = self._before[entry]
            self.last[place] = before
            self.bounds[place] = self.literals[before][1] if before >= 0 else self.root[place]
        for kept in (self.literals, self.levels, self.reasons, self._before):
            del kept[start:]
        del self._starts[level:]

    def entry(self, literal: Literal, end: int) -> int:
        """Return the first entry that gives a literal, before entry `end`; -1 for the root."""
        place, least = literal
        if self.root[place] >= least:
            return -1
        found = self.latest(place, end)
        while (before := self._before[found]) >= 0 and self.literals[before][1] >= least:
            found = before
        return found

    def latest(self, place: int, end: int) -> int:
        """Return the last entry of a bound before entry `end`; -1 for the root."""
        found = self.last[place]
        while found >= end:
            found = self._before[found]
        return found
