"""The rooms of Proof of Vote: its reference, rounds, and elections."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from milpbft.check.network import carries
from milpbft.check.room import CountingRoom
from milpbft.errors import InputError
from milpbft.pov.bench import PovBench
from milpbft.pov.count import count
from milpbft.pov.heights import ChainInstance
from milpbft.pov.instance import RoundInstance
from milpbft.pov.meaning import MEANINGS, RULES, UNMET, node_names
from milpbft.pov.model.chain import ChainModel
from milpbft.pov.model.election import ElectionModel
from milpbft.pov.model.round import RoundModel
from milpbft.pov.reference.addressees import addressees
from milpbft.pov.reference.chains import perform, written
from milpbft.pov.reference.commission import SWAPS
from milpbft.pov.reference.elections import replay_election
from milpbft.pov.reference.labels import Label
from milpbft.pov.reference.replay import replay
from milpbft.pov.reference.rules import Rules
from milpbft.pov.voting import ElectionInstance
from milpbft.pov.watching import watch
from milpbft.schedule.states import Watch
from milpbft.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Collection

    from milpbft.question.part import Question
    from milpbft.schedule import Schedule
    from milpbft.sim.bench import Bench, Setup


class PovRoom(CountingRoom):
    """The protocol: schedules of it are replayed by its own reference."""

    models: ClassVar = {
        RoundInstance: RoundModel,
        ElectionInstance: ElectionModel,
        ChainInstance: ChainModel,
    }
    meanings: ClassVar = MEANINGS
    unmet: ClassVar = UNMET
    rules = RULES

    def bench(self, setup: Setup) -> Bench:
        """Return nodes to be driven one input at a time."""
        return PovBench(setup)

    def replay(self, schedule: Schedule) -> Verdict:
        """Run rounds on nodes, or count the ballots of an election as they do."""
        if schedule.protocol == "povelection":
            return _kept(schedule) and replay_election(schedule)
        if schedule.protocol == "povchain":
            return _kept(schedule) and _performed(schedule)
        verdict = replay(schedule)
        if not verdict or "network" not in schedule.settings:
            return verdict
        rules = Rules.of(schedule.n, schedule.settings)
        return _kept(schedule, rules) and verdict

    def watch(self, schedule: Schedule) -> Watch:
        """Replay a round, and return what each node knew when."""
        return watch(schedule) if schedule.protocol == "pov" else Watch()

    def delivers(self, schedule: Schedule, kind: str) -> bool:
        """Plans of several heights say who shows and who adopts a block, not when it arrives."""
        return schedule.protocol != "povchain"

    def messages(self, schedule: Schedule) -> Schedule | None:
        """Perform a plan of several heights; None for other schedules, and where none does it."""
        if schedule.protocol != "povchain":
            return None
        run = perform(schedule)
        return None if run.difference else written(run, schedule)

    def called(self, kind: str) -> str:
        """Say what the suffixes of a message's label say."""
        try:
            return Label.parse(kind).words
        except InputError:
            return super().called(kind)

    def names(self, schedule: Schedule) -> list[str]:
        """Name commissioners, butlers, the time server, and who is there besides."""
        least = {"commissioners": "", "butlers": "", "candidates": "0"}
        said = [schedule.settings.get(name, size) for name, size in least.items()]
        if not all(size.isdecimal() for size in said):
            return super().names(schedule)
        commissioners, butlers, candidates = map(int, said)
        rest = "newcomer" if schedule.settings.get(SWAPS) else "node"
        return node_names(commissioners, butlers, candidates, rest, schedule.n)

    def count(self, instance: Question, schedule: Schedule) -> int | None:
        """Count blocks, cycles, faults or seats again, of what nodes of the reference do."""
        return count(instance, schedule)


def _performed(schedule: Schedule) -> Verdict:
    """Perform a plan of several heights, and replay the run message by message."""
    run = perform(schedule)
    if run.difference:
        return Verdict("replay", "refuted", run.difference)
    return POV.replay(written(run, schedule))


def _kept(schedule: Schedule, rules: Rules | None = None) -> Verdict:
    """Hold the events to the promises of the schedule."""

    def takers(_: int, kind: str, view: int) -> Collection[int]:
        return () if rules is None else addressees(rules, kind, view)

    return replace(carries(schedule, takers, anew=False), check="replay")


POV = PovRoom()
