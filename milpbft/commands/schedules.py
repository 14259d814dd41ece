"""Schedules that commands are given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.errors import InputError
from milpbft.schedule.files import read_schedule

if TYPE_CHECKING:
    from pathlib import Path

    from milpbft.schedule import Schedule


def given_schedule(path: Path) -> Schedule:
    """Read the schedule that a user names.

    Raises
    ------
    InputError
        Where the file cannot be read, or is no schedule.
    """
    try:
        return read_schedule(path)
    except InputError as error:
        raise error if error.field == "schedule" else error.read_from(path) from None
