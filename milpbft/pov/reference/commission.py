"""Commission: who the commissioners of a tenure are, where some are replaced as one begins.

How a commissioner is accepted is "the alliance law (beyond the scope of this article)" (section
III A). This is a reading of ours: the alliance settles before a tenure who leaves, and all nodes
know it. From the first block of the tenure on newcomers have their seats, votes and ballots.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import chain

from milpbft.errors import InputError

SWAPS = "swaps"
"""The setting that says who leaves."""

Swaps = tuple[tuple[int, ...], ...]
"""Who leaves as a tenure begins, from the second tenure on; newcomers are numbered in sequence."""


@lru_cache(maxsize=1024)
def commission(first: int, newcomer: int, swaps: Swaps, tenure: int) -> frozenset[int]:
    """Return the commissioners of a tenure.

    Parameters
    ----------
    first
        Commissioners of the first tenure, the lowest numbers.
    newcomer
        Number of the first newcomer.
    """
    found = set(range(first))
    for leaving in swaps[: max(0, tenure - 1)]:
        found -= set(leaving)
        found |= set(range(newcomer, newcomer + len(leaving)))
        newcomer += len(leaving)
    return frozenset(found)


def check(first: int, newcomer: int, swaps: Swaps) -> None:
    """Refuse swaps in which somebody leaves who has no seat.

    Raises
    ------
    InputError
        Where somebody does.
    """
    for before, leaving in enumerate(swaps, start=1):
        if not set(leaving) <= commission(first, newcomer, swaps, before):
            raise InputError(f"settings.{SWAPS}", leaving, f"commissioners of tenure {before}")


def parse(text: str) -> Swaps:
    """Read swaps: nodes with dots, tenures with bars, ``0.1|``.

    Raises
    ------
    InputError
        Where they are unreadable, or somebody leaves twice.
    """
    if not re.fullmatch(r"[\d.|]*", text) or re.search(r"(^|[.|])\.|\.($|[|])", text):
        raise InputError(f"settings.{SWAPS}", text, "nodes with dots, tenures with bars: 0.1|")
    swaps = tuple(tuple(map(int, one.split("."))) if one else () for one in text.split("|"))
    everybody = list(chain.from_iterable(swaps))
    if len(set(everybody)) < len(everybody):
        raise InputError(f"settings.{SWAPS}", text, "nodes that leave once")
    return swaps


def written(swaps: Swaps) -> str:
    """Write swaps as :func:`parse` reads them."""
    return "|".join(".".join(map(str, leaving)) for leaving in swaps)
