"""Mutating: values that random adversaries reach on replicas with a known fault.

Where sound replicas reach no more than the optimum and these do, the runs were wild enough to show
it, and the optimum is no luck. No model and no solver is asked.
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from attacking import NotAttackedError, chains, drawn, rounds
from faulting import mutants
from wandering import faulty, wandered

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

if TYPE_CHECKING:
    from collections.abc import Iterator

    from milpbft.question.part import Question


def mutated(instance: Question, seeds: range) -> Iterator[int]:
    """Yield what runs of replicas with a known fault are worth, those that miss the aim left out.

    Raises
    ------
    NotAttackedError
        Where there are no such replicas, or no adversaries.
    """
    yield from (value for value in _runs(instance, seeds) if value is not None)


def _runs(instance: Question, seeds: range) -> Iterator[int | None]:
    match instance:
        case RoundInstance():
            yield from (value for mutant in VOTING for value in rounds(instance, seeds, mutant))
        case ChainInstance():
            yield from (value for mutant in VOTING for value in chains(instance, seeds, mutant))
        case ElectionInstance() if instance.objective.name == "commissioners":
            yield careless(instance)
        case ElectionInstance():
            if bribed(instance, sound=True) is None:
                yield bribed(instance, sound=False) or 0
        case BroadcastInstance() | ChurnInstance() | DisseminationInstance() | TreeInstance():
            for mutant in SPREADING.values():
                dice = Random(instance.name)
                yield from (v for _ in seeds for v in by_chance(instance, dice, 1, mutant))
        case DbftInstance(reading="pool"):
            yield from wandered(instance, seeds, faulty(instance))
        case DbftInstance() | PbftInstance():
            yield from (v for fault in mutants(instance) for v in drawn(instance, seeds, fault))
        case _:
            raise NotAttackedError("there is no mutant")
