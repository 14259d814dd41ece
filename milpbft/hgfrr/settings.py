"""Settings of schedules, read as what they stand for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.errors import InputError
from milpbft.schedule.reading import number_in

if TYPE_CHECKING:
    from collections.abc import Mapping


def numbers(settings: Mapping[str, str], *names: str) -> list[int]:
    """Read settings as numbers.

    Raises
    ------
    InputError
        Where one is missing or no number.
    """
    for name in names:
        if name not in settings:
            raise InputError(f"settings.{name}", "", "a number")
    return [number_in(settings, name, 0) for name in names]


def listed(settings: Mapping[str, str], name: str) -> list[int]:
    """Read a setting as numbers with commas; none where it is empty.

    Raises
    ------
    InputError
        Where it is something else.
    """
    text = settings.get(name, "")
    parts = text.split(",") if text else []
    if not all(part.isdecimal() for part in parts):
        raise InputError(f"settings.{name}", text, "numbers with commas")
    return [int(part) for part in parts]
