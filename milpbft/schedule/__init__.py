"""Schedules: what happened in a run, and the files that hold it."""

from milpbft.schedule.detail import Detail
from milpbft.schedule.events import Decide, Deliver, Event, Fault, Send, Timeout, order
from milpbft.schedule.schedule import Schedule

__all__ = ["Decide", "Deliver", "Detail", "Event", "Fault", "Schedule", "Send", "Timeout", "order"]
