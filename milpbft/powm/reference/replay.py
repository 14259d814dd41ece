"""Replay: run what a schedule says on nodes, and compare event by event, and the value."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from milpbft.check.promises import RELOADS, RESTARTS, overspent
from milpbft.powm.reference.dealer import replay_assignment
from milpbft.powm.reference.policy import replay_elections
from milpbft.powm.reference.puzzle import Counted
from milpbft.powm.reference.reading import number, rules_of, script_of, word
from milpbft.powm.reference.world import World
from milpbft.schedule import order
from milpbft.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable

    from milpbft.schedule import Event, Schedule

REPLAY = "replay"


def replay(schedule: Schedule) -> Verdict:
    """Run a schedule of this room on the reference.

    Returns
    -------
    Verdict
        Of the check ``replay``: ``refuted`` with the first event that differs, or with the value
        that the run has where it is another one.

    Raises
    ------
    InputError
        Where a setting is missing or out of its range.
    """
    if schedule.protocol == "powmassign":
        return replay_assignment(schedule)
    if schedule.protocol == "powmelect":
        return replay_elections(schedule)
    world = run(schedule)
    if broken := world.wrong or unpromised(schedule):
        return Verdict(REPLAY, "refuted", broken)
    if found := difference(schedule.events, world.events):
        return Verdict(REPLAY, "refuted", found)
    aim = word(schedule, "objective", ("time", "lost", "twice"))
    counted = {"time": world.solved, "lost": world.lost, "twice": twice(world.granted)}[aim]
    if counted != number(schedule, "value"):
        said = schedule.settings["value"]
        return Verdict(REPLAY, "refuted", f"{aim}: {counted} in the run, {said} in the schedule")
    return Verdict(REPLAY, "confirmed")


def unpromised(schedule: Schedule) -> str:
    """Name the first restart that a schedule does not allow in its settings, if there is one."""
    none = {RESTARTS: "0", RELOADS: "0"}
    told = replace(schedule, settings=none | schedule.settings)
    tick, reason = min(overspent(told), default=(0, ""))
    return reason and f"tick {tick}: {reason}"


def run(schedule: Schedule) -> World:
    """Run the world of a schedule of failures or of a cut."""
    timed = schedule.settings.get("objective") == "time"
    puzzle = Counted(number(schedule, "goal")) if timed else None
    world = World(rules_of(schedule), script_of(schedule), puzzle)
    world.run(schedule.horizon)
    return world


def twice(granted: Iterable[tuple[int, int, int]]) -> int:
    """Count the nonces that are granted again, each time that they are."""
    intervals = [(lo, hi) for _, lo, hi in granted]
    distinct = end = 0
    for lo, hi in sorted(intervals):
        distinct += max(0, hi - max(lo, end))
        end = max(end, hi)
    return sum(hi - lo for lo, hi in intervals) - distinct


def difference(said: Iterable[Event], found: Iterable[Event]) -> str:
    """Name the first event that only one of two runs has; empty where there is none."""
    there, here = Counter(said), Counter(found)
    only = [(event, "in the schedule, but not here") for event in there - here]
    only += [(event, "here, but not in the schedule") for event in here - there]
    if not only:
        return ""
    event, where = min(only, key=lambda one: (order(one[0]), str(one)))
    return f"tick {event.tick}: {event} {where}"
