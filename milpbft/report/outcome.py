"""How a run ended, in a word: a fork, a lock, or neither; and which blocks were accepted."""

from __future__ import annotations

from milpbft.errors import InputError
from milpbft.registry import PROTOCOLS
from milpbft.room import room_of
from milpbft.schedule import Decide, Schedule
from milpbft.schedule.states import Watch

VALUES = "ABCDEFGH"
"""Names of blocks, in the order in which they are accepted."""


def watched(schedule: Schedule) -> Watch:
    """Watch the replicas; a schedule that they refuse has no states."""
    if schedule.protocol not in PROTOCOLS:
        return Watch()
    try:
        return room_of(schedule.protocol).watch(schedule)
    except InputError:
        return Watch()


def blocks_of(schedule: Schedule, watch: Watch) -> dict[int, str]:
    """Name the blocks that each node accepted: equal ones alike, A first."""
    known: dict[bytes, str] = {}
    found: dict[int, str] = {}
    accepting = sorted((e.tick, e.node) for e in schedule.events if isinstance(e, Decide))
    for _, node in accepting:
        blocks = watch.blocks.get(node, ())
        for block in blocks:
            known.setdefault(block, VALUES[len(known) % len(VALUES)])
        if blocks:
            found[node] = "".join(known[block] for block in blocks)
    return found


def outcome(schedule: Schedule, blocks: dict[int, str]) -> str:
    """Say what a run is in a word: a fork, a lock, or nothing of the kind."""
    if told_apart(blocks):
        return "FORK"
    decided = {event.node for event in schedule.events if isinstance(event, Decide)}
    waits = set(range(schedule.n)) - schedule.failed - decided
    return "LOCK" if "rest" in schedule.settings and waits else ""


def accepted(schedule: Schedule) -> dict[int, str]:
    """Name the blocks that each node accepted, where they are not all the same; else nobody's.

    Runs in which fewer than two nodes decide are not replayed for it: they have no fork.
    """
    many = sum(isinstance(event, Decide) for event in schedule.events) > 1
    return told_apart(blocks_of(schedule, watched(schedule))) if many else {}


def told_apart(blocks: dict[int, str]) -> dict[int, str]:
    """Return the blocks of nodes where there are several; nothing where all have the same."""
    return blocks if len(set("".join(blocks.values()))) > 1 else {}


def heading(
    schedule: Schedule,
    blocks: dict[int, str],
    value: int | None = None,
    bound: int | None = None,
) -> str:
    """Head a picture: the outcome, and the value and bound of the question it answers, if any."""
    word = outcome(schedule, blocks)
    parts = [word] if word else []
    if value is not None:
        parts.append(f"value {value}")
    if bound is not None:
        parts.append(f"bound {bound}")
    return " · ".join(parts)
