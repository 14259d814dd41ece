"""Rounds held against exhaustion of the reference."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.pov.enumerate.rounds import TooLarge, best
from milpbft.pov.instance import RoundInstance
from milpbft.question.files import parse_instance
from tests.agreeing import difference

if TYPE_CHECKING:
    from collections.abc import Iterable

MOST = 1500
"""Ticks that exhaustion may run, of all runs together."""


def exhausted(name: str) -> int | None:
    """Return the optimum of a round, replayed, which is the best that exhaustion finds."""
    instance = parse_instance(name)
    assert isinstance(instance, RoundInstance)
    found = best(instance)
    assert not difference(instance, found)
    return found


def wrong(instance: RoundInstance, encodings: Iterable[str] = (), most: int = MOST) -> str | None:
    """Return what is wrong with the optimum of a round, None where it is too large to exhaust.

    Parameters
    ----------
    instance
        The round.
    encodings
        Of which it is tried; without any, the instance's own.
    most
        Ticks that exhaustion may run.
    """
    try:
        wanted = best(instance, most)
    except TooLarge:
        return None
    for encoding in encodings or [instance.encoding]:
        words = difference(instance.model_copy(update={"encoding": encoding}), wanted)
        if words:
            return f"{encoding}, {words}"
    return ""
