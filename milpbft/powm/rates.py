"""Rates in names of instances: ``1x2_3`` is 1, 1, 3."""

from __future__ import annotations

import re
from itertools import groupby

from milpbft.errors import InputError

PATTERN = r"\d{1,9}(?:x\d{1,9})?(?:_\d{1,9}(?:x\d{1,9})?)*"
"""What they look like."""

MOST = 1000
"""Nodes of an instance at most."""


def read_rates(text: str, field: str = "rates") -> tuple[int, ...]:
    """Return the numbers that a text says.

    Raises
    ------
    InputError
        Where it says none, more than a thousand, or a number below 1.
    """
    if not re.fullmatch(PATTERN, text):
        raise InputError(field, text, "numbers such as 2_1 or 1x3, which is 1_1_1")
    runs = [part.partition("x") for part in text.split("_")]
    counts = [(int(rate), int(times or 1)) for rate, _, times in runs]
    if min(rate for rate, _ in counts) < 1:
        raise InputError(field, text, "numbers of at least 1")
    if not 1 <= sum(times for _, times in counts) <= MOST:
        raise InputError(field, text, f"1 to {MOST} numbers")
    return tuple(rate for rate, times in counts for _ in range(times))


def write_rates(rates: tuple[int, ...]) -> str:
    """Return the shortest text that says these numbers."""
    runs = [(rate, len(list(group))) for rate, group in groupby(rates)]
    return "_".join(f"{rate}x{times}" if times > 1 else str(rate) for rate, times in runs)
