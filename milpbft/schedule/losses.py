"""Losses: messages that the network of a schedule loses for good, as its settings say.

``lossy`` is how many messages the network may lose, and ``lost`` which it did: each from its sender
to one receiver, such as ``1>0:ViewChange:1`` for the view change for view 1 that node 1 sent and
node 0 never has. Where a sender says the same several times, the one that is lost is named with the
tick at which it was sent, ``1>0:ViewChange:1@6``; without it each is.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from milpbft.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Collection

    from milpbft.schedule.schedule import Schedule

LOSSY, LOST = "lossy", "lost"
EACH = -1
"""In place of a tick: each time that the message was sent."""


class Loss(NamedTuple):
    """A message that one receiver never has."""

    sender: int
    receiver: int
    kind: str
    view: int
    tick: int = EACH

    def __str__(self) -> str:
        sent = f"@{self.tick}" if self.tick != EACH else ""
        return f"{self.sender}>{self.receiver}:{self.kind}:{self.view}{sent}"


def losing(losses: Collection[Loss]) -> dict[str, str]:
    """Return the settings of a schedule whose network lost some messages, and no more may be."""
    if not losses:
        return {}
    return {LOSSY: str(len(losses)), LOST: ",".join(map(str, sorted(losses)))}


def lost_in(schedule: Schedule) -> frozenset[Loss]:
    """Read what a schedule says that its network lost.

    Raises
    ------
    InputError
        Where the setting is unreadable.
    """
    found = set()
    for text in filter(None, schedule.settings.get(LOST, "").split(",")):
        way = r"(\d{1,4})>(\d{1,4}):([A-Za-z]+\d?(?:#\d+)?):(\d{1,4})(?:@(\d{1,6}))?"
        match = re.fullmatch(way, text)
        if match is None:
            raise InputError(LOST, text, "losses such as 1>0:ViewChange:1, or 1>0:ViewChange:1@6")
        tick = EACH if match[5] is None else int(match[5])
        found.add(Loss(int(match[1]), int(match[2]), match[3], int(match[4]), tick))
    return frozenset(found)
