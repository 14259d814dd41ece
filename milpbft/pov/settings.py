"""Settings of schedules: what a round's network and adversary promise."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.schedule.promising import budget

if TYPE_CHECKING:
    from milpbft.pov.instance import RoundInstance


def promised(instance: RoundInstance) -> dict[str, str]:
    """Return the settings that say what an instance allows its network and its adversary."""
    i = instance
    said = {"network": "synchronous" if i.delta else "asynchronous"}
    if i.delta:
        said |= {"gst": str(i.gst), "delta": str(i.delta)}
    said |= {"slow": f"{i.commissioners + i.butlers}:{i.late}"} if i.late else {}
    said |= {"withheld": str(i.commissioners + i.butlers)} if i.withholding else {}
    said |= {"restarts": str(i.amnesia or i.lapses)} if i.amnesia or i.lapses else {}
    said |= {"reloads": str(i.reloads)} if i.reloads else {}
    commissioners, end = range(i.commissioners), i.commissioners + i.butlers
    butlers = range(i.commissioners, end)
    return said | {
        "budget": budget((commissioners, i.byzantine_commissioners), (butlers, i.byzantine_butlers))
    }
