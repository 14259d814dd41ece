"""Attacking: values of instances that random adversaries on the replicas reach.

No model and no solver is asked. An instance with an option that its adversary does not know is left
out: the runs would be those of another question.
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from faulting import SOUND, Mutant, NotAttackedError
from hunting import hunted
from timing import timed
from wandering import wandered

from milpbft.dbft.instance import DbftInstance
from milpbft.hgfrr.churn import ChurnInstance
from milpbft.hgfrr.dissemination import DisseminationInstance
from milpbft.hgfrr.enumerate.chance import by_chance
from milpbft.hgfrr.instance import BroadcastInstance, TreeInstance
from milpbft.pbft.instance import PbftInstance
from milpbft.pov.heights import ChainInstance
from milpbft.pov.instance import RoundInstance
from milpbft.pov.reference.adversary import random_run, worth
from milpbft.pov.reference.chain_adversary import random_chain
from milpbft.pov.reference.chains import worth as worth_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from milpbft.pov.reference.rules import Rules
    from milpbft.question.part import Question


def attacked(instance: Question, seeds: range) -> list[int]:
    """Return what runs under random adversaries are worth, those that miss the aim left out.

    Raises
    ------
    NotAttackedError
        Where there are no runs of the question.
    """
    found = list(_runs(instance, seeds))
    if not found:
        raise NotAttackedError("no run stays within the question")
    return [value for value in found if value is not None]


def _runs(instance: Question, seeds: range) -> Iterator[int | None]:
    match instance:
        case RoundInstance():
            return rounds(instance, seeds)
        case ChainInstance():
            return chains(instance, seeds)
        case BroadcastInstance() | ChurnInstance() | DisseminationInstance() | TreeInstance():
            return _silenced(instance, seeds)
        case DbftInstance(reading="pool"):
            return wandered(instance, seeds)
        case DbftInstance() | PbftInstance():
            return drawn(instance, seeds)
    raise NotAttackedError("there is no adversary")


def drawn(
    instance: DbftInstance | PbftInstance, seeds: range, mutant: Mutant = SOUND
) -> Iterator[int | None]:
    """Yield what random runs of replicas are worth; None for what misses the aim.

    Raises
    ------
    NotAttackedError
        Where an option is not known to the adversary.
    """
    promised = instance.network != "asynchronous"
    return (timed if promised else hunted)(instance, seeds, mutant)


def rounds(
    instance: RoundInstance, seeds: range, theirs: Callable[[Rules], Rules] | None = None
) -> Iterator[int | None]:
    """Yield what random rounds are worth; of faults, None for what misses the aim."""
    i = instance
    most = i.byzantine_commissioners + i.byzantine_butlers + i.amnesia + i.lapses + i.reloads
    for seed in seeds:
        value = worth(random_run(instance, seed, theirs), instance)
        yield value if value <= most or not i.objective.name.startswith("faults") else None


def chains(
    instance: ChainInstance, seeds: range, theirs: Callable[[Rules], Rules] | None = None
) -> Iterator[int | None]:
    """Yield what random chains are worth; None for what misses the aim."""
    for seed in seeds:
        yield worth_of(random_chain(instance, seed, theirs), instance.objective.name)


def _silenced(
    instance: BroadcastInstance | ChurnInstance | DisseminationInstance | TreeInstance,
    seeds: range,
) -> Iterator[int]:
    """Choose faulty relays, their ticks, newcomers, contacts and calls by chance."""
    chosen = isinstance(instance, TreeInstance) or instance.faults
    chosen = chosen or (isinstance(instance, ChurnInstance) and instance.joins)
    chosen = chosen or (isinstance(instance, BroadcastInstance) and instance.election == "chosen")
    if not chosen:
        raise NotAttackedError("there is nothing to choose")
    return iter(by_chance(instance, Random(instance.name), len(seeds)))
