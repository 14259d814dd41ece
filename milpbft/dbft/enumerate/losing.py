"""Losing: the fewest messages whose loss keeps a node still."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from milpbft.dbft.enumerate.catalogue import Label
    from milpbft.dbft.enumerate.local import Counts

Wanted = tuple[tuple["Label", int], ...]
"""What a move asks for: how many senders of each label, those that were shown before included."""


def fewest(moves: Sequence[Wanted], there: Counter[Label], shown: Counts, most: int) -> int | None:
    """Return the fewest messages without which a node can take none of some moves.

    Parameters
    ----------
    moves
        Those that it can take with everything.
    there
        How many others have sent each label.
    shown
        What it has, which cannot be lost.
    most
        Messages that may be lost.

    Returns
    -------
    int | None
        None where one of the moves asks for nothing, or it takes more.
    """
    has = Counter(dict(shown))
    sizes = range(most + 1)
    return next((k for k in sizes if _enough(moves, there, has, k)), None)


def _enough(moves: Sequence[Wanted], there: Counter[Label], has: Counter[Label], left: int) -> bool:
    """Whether so many losses can stop every move: of the first, some label must fall short."""
    able = [move for move in moves if all(there[label] >= count for label, count in move)]
    if not able:
        return True
    for label, count in able[0]:
        lost = there[label] - count + 1
        kept = there[label] - lost
        if (
            lost <= left
            and kept >= has[label]
            and _enough(able, there - Counter({label: lost}), has, left - lost)
        ):
            return True
    return False
