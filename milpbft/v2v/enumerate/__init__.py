"""Exhaustive search over the state machine, for small sizes."""
