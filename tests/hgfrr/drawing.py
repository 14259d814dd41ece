"""Rings and a source, drawn by chance."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random


def rings(random: Random, n: int, contacts: int, base: int) -> dict[str, object]:
    """Draw the rings of n nodes and a source, as fields of a broadcast.

    Parameters
    ----------
    contacts
        Of each ring.
    base
        The largest base of trees.
    """
    return {
        "protocol": "hgfrr",
        "n": n,
        "ring": random.randint(4, 8) + 2 * (contacts > 2),
        "k": random.randint(2, base),
        "k_most": random.choice([0, 0, 6]),
        "contacts": contacts,
        "serving": random.randint(1, contacts),
        "seed": random.randint(0, 99),
        "source": random.randrange(n),
    }
