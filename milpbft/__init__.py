"""Worst-case schedules of Byzantine consensus protocols, found by MILP, proven and replayed."""

__version__ = "0.1.0"
