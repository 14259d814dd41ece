"""Replay of broadcasts over rings that change; see :mod:`milpbft.hgfrr.reference.replay`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.hgfrr.reference.replay import compare, failures_of
from milpbft.schedule import Deliver, Event, Schedule, Send

if TYPE_CHECKING:
    from milpbft.hgfrr.reference.live import LiveRun
    from milpbft.verdict import Verdict


def replay_live(schedule: Schedule, run: LiveRun) -> Verdict:
    """Compare a schedule with the run of its faults and changes.

    Raises
    ------
    InputError
        Where a fault is none that a relay can have.
    """
    return compare(schedule, as_schedule(run), run.first, failures_of(schedule))


def as_schedule(run: LiveRun, protocol: str = "churn") -> Schedule:
    """Return a run as a schedule; kinds of broadcasts after the first end in ``Again``."""
    sends: dict[Event, None] = {}
    delivers: list[Event] = []
    for one in run.sent:
        message = one.message
        kind = message.kind + ("Again" if one.number else "")
        kind += f"#{message.root}" if message.root else ""
        sends[Send(one.tick, one.sender, kind, message.level)] = None
        if one.received and one.tick < run.horizon:
            delivers.append(Deliver(one.tick + 1, one.receiver, one.sender, kind, message.level))
    events = (*run.failures.events(run.horizon), *sends, *delivers)
    return Schedule(protocol, run.ids, (), (run.source,), events, run.horizon)
