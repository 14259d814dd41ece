"""Rest of replicas that repeat themselves: what is not given again would change nobody."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from milpbft.check import rest
from milpbft.dbft.enumerate.hunt import Faults, Hunt
from milpbft.dbft.enumerate.hunted import schedule_of
from milpbft.dbft.reference.production.profile import PROFILES
from milpbft.room import room_of

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


def agree(profile: str, seeds: range, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Hold verdicts to those of giving everything again; return which there were."""
    schedules = runs(profile, seeds)
    skipping = [verdict(run) for run in schedules]
    monkeypatch.setattr(rest._Settling, "_say", say_all)
    assert [verdict(run) for run in schedules] == skipping
    return set(skipping)


def test_verdicts_are_those_of_giving_everything_again(monkeypatch: pytest.MonkeyPatch):
    assert agree("neo-go", range(3), monkeypatch)


@pytest.mark.slow
@pytest.mark.parametrize("profile", ["neo-go", "neo-cs"])
def test_many_verdicts_are_those_of_giving_everything_again(
    profile: str, monkeypatch: pytest.MonkeyPatch
):
    assert agree(profile, range(24), monkeypatch) >= {"confirmed", "refuted"}
