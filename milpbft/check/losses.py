"""Losses: whether a schedule lost what it may, and nothing that was not there.

What is not lost is owed at rest, see :mod:`milpbft.check.rest`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.errors import InputError
from milpbft.schedule import Deliver, Send
from milpbft.schedule.losses import LOSSY, Loss, lost_in

if TYPE_CHECKING:
    from collections.abc import Iterator

    from milpbft.schedule import Schedule


def unlawful(schedule: Schedule) -> Iterator[str]:
    """Yield what is wrong with the losses of a schedule: too many, not sent, or delivered."""
    losses, most = lost_in(schedule), schedule.settings.get(LOSSY, "0")
    if not most.isdecimal():
        raise InputError(LOSSY, most, "a number")
    if len(losses) > int(most):
        yield f"{len(losses)} messages are lost, {most} may be"
    events = schedule.events
    sent = {(e.node, e.kind, e.view) for e in events if isinstance(e, Send)}
    given = {Loss(e.sender, e.node, e.kind, e.view) for e in events if isinstance(e, Deliver)}
    for loss in sorted(losses):
        if (loss.sender, loss.kind, loss.view) not in sent:
            yield f"{loss} is lost and was not sent"
        if loss in given:
            yield f"{loss} is lost and was delivered"
