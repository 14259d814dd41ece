"""Mutating: values that random adversaries reach on replicas with a known fault.

Where sound replicas reach no more than the optimum and these do, the runs were wild enough to show
it, and the optimum is no luck. No model and no solver is asked.
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from attacking import NotAttackedError, chains, locks, plan_of, rounds

from milpbft.check.room import StrictRoom
from milpbft.dbft.instance import DbftInstance
from milpbft.hgfrr.churn import ChurnInstance
from milpbft.hgfrr.dissemination import DisseminationInstance
from milpbft.hgfrr.enumerate.chance import by_chance
from milpbft.hgfrr.instance import BroadcastInstance, TreeInstance
from milpbft.hgfrr.reference.mutants import MUTANTS as SPREADING
from milpbft.pbft.instance import PbftInstance
from milpbft.pov.heights import ChainInstance
from milpbft.pov.instance import RoundInstance
from milpbft.pov.reference.mutants import MUTANTS as VOTING
from milpbft.pov.reference.mutants import bribed, careless
from milpbft.pov.voting import ElectionInstance
from milpbft.room import room_of
from milpbft.schedule import Schedule
from milpbft.sim.adversary import RandomAdversary
from milpbft.sim.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator

    from milpbft.question.part import Question
    from milpbft.simulate import Plan


def mutated(instance: Question, seeds: range) -> Iterator[int]:
    """Yield what runs of replicas with a known fault are worth, those that miss the aim left out.

    Raises
    ------
    NotAttackedError
        Where there are no such replicas, or no adversaries.
    """
    match instance:
        case RoundInstance():
            yield from (value for mutant in VOTING for value in rounds(instance, seeds, mutant))
        case ChainInstance():
            yield from (value for mutant in VOTING for value in chains(instance, seeds, mutant))
        case ElectionInstance() if instance.objective.name == "commissioners":
            few = careless(instance)
            yield from [] if few is None else [few]
        case ElectionInstance():
            if bribed(instance, sound=True) is None:
                yield bribed(instance, sound=False) or 0
        case BroadcastInstance() | ChurnInstance() | DisseminationInstance() | TreeInstance():
            for mutant in SPREADING.values():
                dice = Random(instance.name)
                yield from (v for _ in seeds for v in by_chance(instance, dice, 1, mutant))
        case DbftInstance() | PbftInstance() if instance.objective.name == "forks":
            yield from _forks(instance, seeds)
        case DbftInstance() | PbftInstance() if instance.objective.name == "faults_lock":
            yield from locks(instance, seeds, instance.n)
        case _:
            raise NotAttackedError("there is no mutant")


def _forks(instance: DbftInstance | PbftInstance, seeds: range) -> Iterator[int]:
    """Run replicas for which half of the nodes are a quorum, and such for which one node is."""
    for quorum in (instance.n // 2, 1):
        for seed in seeds:
            plan = plan_of(instance, Random(f"{instance.name} {seed}"))
            run = _weakened(plan, quorum, seed).run()
            if len(run.schedule.primaries) <= instance.views:
                yield len(run.blocks)


def _weakened(plan: Plan, quorum: int, seed: int) -> World[object, object]:
    room = room_of(plan.protocol)
    if not isinstance(room, StrictRoom):
        raise NotAttackedError("its nodes are not all alike")
    # They change views as the others do, so that their runs stay within the question's.
    settings = {"quorum": str(quorum), "view_quorum": str(plan.n - (plan.n - 1) // 3)}
    reference = room.reference(
        Schedule(plan.protocol, plan.n, (), (), (), plan.ticks, settings=settings)
    )
    adversary = RandomAdversary(seed, values=plan.values, **plan.chances)
    return World(
        reference,
        adversary,
        plan.ticks,
        faults=plan.faults,
        timers=plan.timers,
        recovery=plan.recovery,
    )
