"""Settings of schedules: what a round's network and adversary promise, and what nodes run by."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from milpbft.schedule.promising import PROMISES, budget

if TYPE_CHECKING:
    from milpbft.pov.instance import RoundInstance
    from milpbft.schedule import Schedule


def promised(instance: RoundInstance) -> dict[str, str]:
    """Return the settings that say what an instance allows its network and its adversary."""
    i = instance
    said = {"network": "synchronous" if i.delta else "asynchronous"}
    if i.delta:
        said |= {"gst": str(i.gst), "delta": str(i.delta)}
    commissioners, end = range(i.commissioners), i.commissioners + i.butlers
    butlers = range(i.commissioners, end)
    return said | {"budget": budget((commissioners, i.dishonest), (butlers, i.crooks))}


def own(schedule: Schedule) -> Schedule:
    """Return a schedule with the settings that nodes run by alone, as a schedule of rounds."""
    settings = {name: text for name, text in schedule.settings.items() if name not in PROMISES}
    return replace(schedule, settings=settings)
