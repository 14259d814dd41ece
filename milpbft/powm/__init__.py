"""Parallel proof of work with elected managers (DeNio and Ludwig)."""
