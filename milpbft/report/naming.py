"""Naming: what the authors of a protocol call it, its nodes, its views, and who leads them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.registry import PROTOCOLS
from milpbft.room import room_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from milpbft.schedule import Schedule


def title_of(protocol: str) -> str:
    """Return a protocol's name as its authors write it; that of an unknown one as it is."""
    return PROTOCOLS[protocol].title if protocol in PROTOCOLS else protocol


def words_of(protocol: str) -> tuple[str, str]:
    """Return what the protocol calls a view, and who leads it."""
    return PROTOCOLS[protocol].words if protocol in PROTOCOLS else ("view", "primary")


def called(protocol: str, kind: str) -> str:
    """Return what a protocol calls a kind of message, its suffixes in words."""
    return room_of(protocol).called(kind) if protocol in PROTOCOLS else kind


def delivers(schedule: Schedule, kind: str) -> bool:
    """Whether a schedule says who receives a kind of message."""
    protocol = schedule.protocol
    return protocol not in PROTOCOLS or room_of(protocol).delivers(schedule, kind)


def messages_of(schedule: Schedule) -> Schedule | None:
    """Return the messages of the run that a plan stands for; None for what is no plan."""
    known = schedule.protocol in PROTOCOLS
    return room_of(schedule.protocol).messages(schedule) if known else None


def names_of(schedule: Schedule) -> list[str]:
    """Return what the protocol calls each node."""
    known = schedule.protocol in PROTOCOLS
    names = room_of(schedule.protocol).names(schedule) if known else []
    return names or [f"node {node}" for node in range(schedule.n)]


def listed(names: Sequence[str]) -> str:
    """List names; those that differ in their number share its word: ``nodes 1-3, 7``."""
    words = {name.rpartition(" ")[0] for name in names}
    numbers = [name.rpartition(" ")[2] for name in names]
    if len(names) < 2 or len(words) > 1 or not all(map(str.isdecimal, numbers)):
        return ", ".join(names)
    return f"{words.pop()}s {ranges(sorted(map(int, numbers)))}"


def ranges(numbers: Sequence[int]) -> str:
    """Write sorted numbers with ranges, e.g. ``1-3, 7``."""
    parts: list[list[int]] = []
    for number in numbers:
        if parts and number == parts[-1][-1] + 1:
            parts[-1] = [parts[-1][0], number]
        else:
            parts.append([number])
    return ", ".join("-".join(map(str, part)) for part in parts)
