"""Schedule files: JSON, and the Informal Trace Format."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.errors import InputError
from milpbft.schedule.itf import from_itf
from milpbft.schedule.schedule import Schedule

if TYPE_CHECKING:
    from pathlib import Path


def read_schedule(path: Path) -> Schedule:
    """Read a schedule file, ``.itf.json`` or ``.json``.

    Raises
    ------
    InputError
        Where the file cannot be read, or is no schedule.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError.unreadable("schedule", path, error) from None
    return from_itf(text) if path.name.endswith(".itf.json") else Schedule.from_json(text)
