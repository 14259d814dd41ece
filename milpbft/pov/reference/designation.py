"""Designation: whom the commissioners of a schedule designate, where it says so."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from milpbft.errors import InputError
from milpbft.pov.reference.rules import TEAMS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from milpbft.schedule import Schedule


def designated(schedule: Schedule) -> Mapping[int, Mapping[int, tuple[int, ...]]]:
    """Return whom each commissioner designates in each tenure: all of them the same.

    Raises
    ------
    InputError
        Where the setting is unreadable.
    """
    text = schedule.settings.get(TEAMS)
    if text is None:
        return {}
    if not re.fullmatch(r"\d+([.|]\d+)*", text):
        raise InputError(f"settings.{TEAMS}", text, "nodes with dots, tenures with bars: 4.5|4.6")
    teams = [tuple(map(int, team.split("."))) for team in text.split("|")]
    return {node: dict(enumerate(teams, start=1)) for node in range(schedule.n)}
