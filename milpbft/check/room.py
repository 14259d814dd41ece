"""Rooms whose nodes are replicas: their schedules are replayed and held to their networks."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from milpbft.check.detail import detailed
from milpbft.check.network import keeps
from milpbft.check.recount import counted, recount
from milpbft.check.replay import replay
from milpbft.check.rest import SETTING, rests
from milpbft.check.tally import is_run_of, tally, worth
from milpbft.check.told import tells, told
from milpbft.check.watch import watch
from milpbft.errors import InputError
from milpbft.question.strict import StrictInstance
from milpbft.room import PlainRoom, TableRoom
from milpbft.schedule import Schedule
from milpbft.schedule.reading import word_in
from milpbft.sim.bench import ReferenceBench

if TYPE_CHECKING:
    from milpbft.check.tally import Tally
    from milpbft.question.part import Question
    from milpbft.schedule.states import Watch
    from milpbft.sim.bench import Bench, Setup
    from milpbft.sim.replica import Reference
    from milpbft.verdict import Verdict


class CountingRoom(TableRoom, ABC):
    """A room that counts every objective of its own again, from a replayed run."""

    def recount(self, instance: Question, schedule: Schedule, value: int | None) -> Verdict:
        """Compare what the room counts with a value."""
        return counted(self.count(instance, schedule), value)

    @abstractmethod
    def count(self, instance: Question, schedule: Schedule) -> int | None:
        """Count an instance's objective; None where the schedule is no run of the instance."""


class StrictRoom(PlainRoom, ABC):
    """A room whose nodes are replicas that decide, all of one kind."""

    def replay(self, schedule: Schedule) -> Verdict:
        """Replay a schedule on the reference; it must keep its promises, and rest if it says so."""
        verdict = replay(schedule, self.reference(schedule))
        if verdict and "network" in schedule.settings:
            verdict = keeps(schedule, self.reference(schedule))
        if verdict and SETTING in schedule.settings:
            word_in(schedule.settings, SETTING, "fetch", ("fetch", "alone"))
            verdict = rests(schedule, self.reference(schedule))
        if verdict and tells(schedule):
            verdict = told(schedule, self.detail(schedule))
        return replace(verdict, check="replay")

    def recount(self, instance: Question, schedule: Schedule, value: int | None) -> Verdict:
        """Count forks, acts and weights by running the replicas; read other goals off events."""
        if not isinstance(instance, StrictInstance):
            return recount(instance, schedule, value)
        if not is_run_of(instance, schedule):
            return counted(None, value)
        found = tally(schedule, self.reference(schedule))
        if found is None:
            return counted(None, value)
        known = worth(instance, found, self.acts(instance, schedule, found))
        return recount(instance, schedule, value) if known is None else counted(known, value)

    def acts(self, instance: StrictInstance, schedule: Schedule, found: Tally) -> int | None:
        """Count the acts of a run, as objectives do; None where its events do not tell."""
        return None

    def watch(self, schedule: Schedule) -> Watch:
        """Replay a schedule as far as it goes, and return what each replica knew when."""
        return watch(schedule, self.reference(schedule))

    def detail(self, schedule: Schedule) -> Schedule:
        """Return the schedule with all that a driver needs, as replicas tell it."""
        return detailed(schedule, self.reference(schedule))

    @abstractmethod
    def reference(self, schedule: Schedule) -> Reference[Any, Any]:
        """Return the reference implementation in the sizes that a schedule was made for."""

    def bench(self, setup: Setup) -> Bench:
        """Return nodes to be driven one input at a time; options are settings of schedules.

        Raises
        ------
        InputError
            Where the protocol has no such profile.
        """
        if setup.profile:
            raise InputError("profile", setup.profile, f"{setup.protocol} has no profiles")
        settings = setup.settings | setup.options
        blank = Schedule(setup.protocol, setup.n, (), (), (), 0, settings=settings)
        return ReferenceBench(self.reference(blank))
