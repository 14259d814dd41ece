"""Parts of rounds that are drawn by chance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.errors import InputError
from milpbft.pov.instance import RoundInstance

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random


def drawn_of(fields: Callable[[], dict[str, object]]) -> RoundInstance:
    """Draw fields until they are those of a round."""
    while True:
        try:
            return RoundInstance.make(fields())
        except InputError:
            continue


def network(random: Random, delta: int) -> dict[str, object]:
    """Draw when messages arrive, and what the time server answers."""
    return {
        "delta": delta,
        "gst": random.choice([0, 0, random.randint(1, 5)]) if delta else 0,
        "late": random.choice([0, 0, 0, 2]) if delta else 0,
        "off": random.choice([0, 0, 0, 1]),
    }


def habits(random: Random, lock: float) -> dict[str, object]:
    """Draw what nodes do that they need not; a vote lock with the chance `lock`."""
    return {
        "forwarding": random.random() < 0.2,
        "lock": random.random() < lock,
        "once": random.random() < 0.3,
        "wrap": "again" if random.random() < 0.15 else "on",
    }
