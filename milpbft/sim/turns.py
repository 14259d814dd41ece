"""Turns: who is primary when."""

from __future__ import annotations


def turns(n: int, primaries: tuple[int, ...]) -> tuple[int, ...]:
    """Return all nodes in the order in which they become primaries.

    Parameters
    ----------
    n
        Number of nodes.
    primaries
        The primaries of the first views, in order. After `n` views they come again; who reads a
        schedule compares them.
    """
    first = primaries[:n]
    return (*first, *(node for node in range(n) if node not in first))
