"""Nogoods: literals that cannot all hold, as learned from conflicts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from .rows import spans

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .lesson import Nogood
    from .trail import Literal, Trail


class Nogoods:
    """Nogoods that are kept, and what they imply.

    Parameters
    ----------
    trail
        The bounds.
    """

    def __init__(self, trail: Trail) -> None:
        self._trail = trail
        self.kept: list[Nogood] = []
        self._clear()

    def _clear(self) -> None:
        self._places = np.zeros(0, dtype=np.int64)
        self._least = np.zeros(0, dtype=np.int64)
        self._start = np.zeros(1, dtype=np.int64)
        self._new: list[Nogood] = []

    def add(self, nogood: Nogood) -> None:
        """Keep a nogood."""
        self.kept.append(nogood)
        self._new.append(nogood)

    def forget(self, most: int, now: int) -> None:
        """Drop those longest unused, but no short ones, where there are more than `most` literals.

        No entry of the trail may have one of them as its reason.
        """
        if len(self._places) <= most:
            return
        order = sorted(self.kept, key=lambda nogood: (len(nogood.literals) > 2, now - nogood.used))
        self.kept, total = [], 0
        for nogood in order:
            total += len(nogood.literals)
            if total > most // 2:
                break
            self.kept.append(nogood)
        self._clear()
        self._new = list(self.kept)

    def _flush(self) -> None:
        if self._new:
            pairs = np.array([lit for nogood in self._new for lit in nogood.literals])
            lengths = np.array([len(nogood.literals) for nogood in self._new])
            self._places = np.concatenate([self._places, pairs[:, 0]])
            self._least = np.concatenate([self._least, pairs[:, 1]])
            self._start = np.concatenate([self._start, self._start[-1] + np.cumsum(lengths)])
            width = self._trail.width
            self._other = np.where(self._places < width, self._places + width, self._places - width)
            self._new = []

    def implied(self) -> tuple[Nogood | None, list[tuple[Literal, Nogood]]]:
        """Return a nogood all of whose literals hold, if any, else what others imply."""
        self._flush()
        if not len(self._places):
            return None, []
        bounds = self._trail.bounds
        open_ = bounds[self._places] < self._least
        counts = np.add.reduceat(open_, self._start[:-1], dtype=np.int64)
        if not counts.all():
            return self.kept[int(np.argmin(counts))], []
        single = np.flatnonzero(counts == 1)
        entries = spans(self._start, single)
        entries = entries[open_[entries]]
        news = bounds[self._other[entries]] < 1 - self._least[entries]
        found: NDArray[np.int64] = entries[news]
        return None, [
            ((place, least), self.kept[nogood])
            for place, least, nogood in zip(
                self._other[found].tolist(),
                (1 - self._least[found]).tolist(),
                single[news].tolist(),
                strict=True,
            )
        ]
