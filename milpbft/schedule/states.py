"""States: what nodes knew in the course of a run, as a replay saw it."""

from __future__ import annotations

from typing import NamedTuple


class State(NamedTuple):
    """What a node is like from a tick on, until it changes.

    Parameters
    ----------
    tick, node
        When and who.
    view
        The view that it is in.
    words
        What it has, and what it waits for.
    """

    tick: int
    node: int
    view: int
    words: str


class Watch(NamedTuple):
    """What was seen of a replay.

    Parameters
    ----------
    states
        In order of time, each where it differs from the one before.
    blocks
        By node, the hashes of the blocks that it accepted, in order.
    ended
        Why the replay ended early, at a difference; empty where it went to the end.
    """

    states: tuple[State, ...] = ()
    blocks: dict[int, tuple[bytes, ...]] = {}  # noqa: RUF012  (nobody writes to it)
    ended: str = ""
