"""Losses: whether a schedule lost what it may, and nothing that was not there.

What is not lost is owed: in time, see :mod:`milpbft.check.network`, and at rest, see
:mod:`milpbft.check.rest`.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from milpbft.errors import InputError
from milpbft.schedule import Deliver, Send
from milpbft.schedule.losses import EACH, LOSSY, Loss, lost_in

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
    sent: defaultdict[tuple[int, str, int], list[int]] = defaultdict(list)
    for event in events:
        if isinstance(event, Send):
            sent[event.node, event.kind, event.view].append(event.tick)
    given = set()
    for event in events:
        if isinstance(event, Deliver):
            loss = Loss(event.sender, event.node, event.kind, event.view)
            earlier = [t for t in sent[loss.sender, loss.kind, loss.view] if t < event.tick]
            given |= {loss, loss._replace(tick=max(earlier, default=EACH))}
    for loss in sorted(losses):
        ticks = sent[loss.sender, loss.kind, loss.view]
        if not ticks or loss.tick not in {EACH, *ticks}:
            yield f"{loss} is lost and was not sent"
        if loss in given:
            yield f"{loss} is lost and was delivered"
