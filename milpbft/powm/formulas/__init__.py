"""Closed forms of parallel proof of work: work, block times, failures, elections, and pay.

Units: r hashes per second, times in seconds (or ticks, where rates are per tick).
"""
