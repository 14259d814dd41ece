"""Sweeps: families solved by many workers into a store, resumable after any kill."""

from .pool import LocalPool
from .sweep import State, sweep
from .work import Job, work

__all__ = ["Job", "LocalPool", "State", "sweep", "work"]
