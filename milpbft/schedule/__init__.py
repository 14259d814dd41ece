"""Schedules: what happened in a run, and the files that hold it."""

from milpbft.schedule.schedule import (
    Decide,
    Deliver,
    Event,
    Fault,
    Schedule,
    Send,
    Timeout,
    order,
)

__all__ = ["Decide", "Deliver", "Event", "Fault", "Schedule", "Send", "Timeout", "order"]
