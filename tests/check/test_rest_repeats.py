"""Rest of replicas that repeat themselves: what is not given again would change nobody."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from milpbft.check import rest
from milpbft.dbft.enumerate.hunt import Act, Faults, Found, Hunt
from milpbft.dbft.enumerate.hunted import schedule_of
from milpbft.dbft.reference.production.profile import PROFILES
from milpbft.room import room_of
from milpbft.schedule import Fault, Send

if TYPE_CHECKING:
    from milpbft.schedule import Schedule

FAULTS = (Faults(), Faults(crash=1))


def runs(profile: str, seeds: range) -> list[Schedule]:
    """Random runs of four nodes, cut off where they are, said to be at rest."""
    found = [Hunt(PROFILES[profile], 4, seed, FAULTS[seed % 2]).run() for seed in seeds]
    schedules = [schedule_of(one, profile, 4) for one in found]
    return [replace(run, settings={**run.settings, "rest": "fetch"}) for run in schedules]


def verdict(schedule: Schedule) -> str:
    room: Any = room_of("dbft2")
    return rest.rests(schedule, room.reference(schedule)).status


def say_all(self: Any, packet: Any) -> None:
    self._log.append(packet)


def reloading(run: Schedule) -> Schedule:
    """Cut a run off; every node that is up reloads its log then, and misses what is under way."""
    tick = max(event.tick for event in run.events) // 3
    return reloaded(replace(run, events=tuple(e for e in run.events if e.tick < tick)))


def reloaded(run: Schedule) -> Schedule:
    """Let every node that is up reload its log at the end of a run."""
    tick = max(event.tick for event in run.events) + 1
    down = {event.node for event in run.events if isinstance(event, Fault)}
    again = (Fault(tick, node, "reload") for node in range(run.n) if node not in down)
    settings = {**run.settings, "reloads": str(run.n)}
    return replace(run, events=(*run.events, *again), horizon=tick, settings=settings)


def agree(
    profile: str, seeds: range, monkeypatch: pytest.MonkeyPatch, *, reload: bool = False
) -> set[str]:
    """Hold verdicts to those of giving everything again; return which there were."""
    schedules = [reloading(run) if reload else run for run in runs(profile, seeds)]
    skipping = [verdict(run) for run in schedules]
    monkeypatch.setattr(rest._Settling, "_say", say_all)
    assert [verdict(run) for run in schedules] == skipping
    return set(skipping)


def test_verdicts_are_those_of_giving_everything_again(monkeypatch: pytest.MonkeyPatch):
    assert agree("neo-go", range(3), monkeypatch)


def test_what_is_said_again_is_under_way_again():
    """Three commit, and tell that as their timers expire; all miss it, are told it again, decide.

    It is the very same message that they send again.
    """
    acts: list[Act] = [("timeout", 0, None)]
    acts += [("deliver", node, (0, "PrepareRequest", 0, 0)) for node in (1, 2)]
    responses = ((0, 1), (0, 2), (1, 2), (2, 1))
    acts += [("deliver", node, (i, "PrepareResponse", 0, 0)) for node, i in responses]
    acts += [("timeout", node, None) for node in (0, 1, 2)]
    run = schedule_of(Found("lock", 0, acts), "neo-cs", 4)
    run = replace(run, settings={**run.settings, "rest": "fetch"})
    assert [e.kind for e in run.events if isinstance(e, Send)][-3:] == ["RecoveryMessage"] * 3
    assert verdict(run) == verdict(reloaded(run)) == "refuted"


@pytest.mark.slow
@pytest.mark.parametrize("profile", ["neo-go", "neo-cs"])
def test_many_verdicts_after_reloads_are_those_of_giving_everything_again(
    profile: str, monkeypatch: pytest.MonkeyPatch
):
    assert agree(profile, range(24), monkeypatch, reload=True) >= {"confirmed", "refuted"}


@pytest.mark.slow
@pytest.mark.parametrize("profile", ["neo-go", "neo-cs"])
def test_many_verdicts_are_those_of_giving_everything_again(
    profile: str, monkeypatch: pytest.MonkeyPatch
):
    assert agree(profile, range(24), monkeypatch) >= {"confirmed", "refuted"}
