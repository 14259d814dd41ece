"""Attacking: values of instances that random adversaries on the replicas reach.

No model and no solver is asked. An instance with an option that its adversary does not know is left
out: the runs would be those of another question.
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from milpbft.dbft.instance import DbftInstance
from milpbft.errors import InputError
from milpbft.hgfrr.enumerate.broadcasts import some_runs
from milpbft.hgfrr.instance import BroadcastInstance
from milpbft.pbft.instance import PbftInstance
from milpbft.pov.instance import RoundInstance
from milpbft.pov.reference.adversary import random_run, worth
from milpbft.sim.faults import Faults
from milpbft.simulate import Plan, simulate

if TYPE_CHECKING:
    from milpbft.question.part import Question

_MOST_NODES = 13
_TICKS = 30
_KNOWN = {"protocol", "semantics", "encoding", "n", "views", "crashes", "byzantine", "values",
          "slots", "objective", "tolerated"}  # fmt: skip


class NotAttackedError(Exception):
    """There are no random adversaries for an instance, or none of their runs got anywhere."""


def attacked(instance: Question, seeds: range) -> list[int]:
    """Return what runs under random adversaries are worth, those that leave the question left out.

    Raises
    ------
    NotAttackedError
        Where there are none.
    """
    match instance:
        case RoundInstance():
            return [worth(random_run(instance, seed), instance) for seed in seeds]
        case BroadcastInstance() if not (instance.repair or instance.change):
            return _silenced(instance, seeds)
        case DbftInstance() | PbftInstance() if instance.objective.name == "forks":
            return _forks(instance, seeds)
    raise NotAttackedError("there is no adversary")


def _silenced(instance: BroadcastInstance, seeds: range) -> list[int]:
    """Choose faulty relays, their ticks and the contacts by chance."""
    if instance.objective.name not in ("coverage", "ticks", "messages", "faults_half"):
        raise NotAttackedError(f"{instance.objective.name} is not counted")
    if not instance.faults and instance.election == "drawn":
        raise NotAttackedError("there is nothing to choose")
    values = some_runs(instance, Random(instance.name), len(seeds))
    if not values:
        raise NotAttackedError("no run leaves half of the nodes without the message")
    return values


def _forks(instance: DbftInstance | PbftInstance, seeds: range) -> list[int]:
    found = []
    for seed in seeds:
        try:
            run = simulate(plan_of(instance, Random(f"{instance.name} {seed}")), seed)
        except InputError as error:
            raise NotAttackedError(str(error)) from None
        if run.views <= instance.views and run.decided:
            found.append(run.blocks)
    if not found:
        raise NotAttackedError("no run decides within the views")
    return found


def plan_of(instance: DbftInstance | PbftInstance, dice: Random) -> Plan:
    """Choose faulty nodes, half of the time primaries first, and how eager the adversary is.

    Raises
    ------
    NotAttackedError
        Where the adversary does not know an option, or a run takes long.
    """
    for name, field in type(instance).model_fields.items():
        if name not in _KNOWN and getattr(instance, name) != field.default:
            raise NotAttackedError(f"{name} is not known to the adversary")
    if instance.n > _MOST_NODES:
        raise NotAttackedError("its runs take long")
    nodes = list(range(instance.n))
    if dice.random() < 0.5:
        dice.shuffle(nodes)
    liars = frozenset(nodes[: instance.byzantine])
    crashing = nodes[instance.byzantine : instance.byzantine + instance.crashes]
    crashes = {node: dice.randint(0, _TICKS // 2) for node in crashing}
    # A run that leaves the views counts for nothing, so timers of a single view rarely expire.
    often = (0.01, 0.05) if instance.views > 1 else (0.0, 0.01)
    chances = {"deliver": dice.choice((0.1, 0.3, 0.9)), "forge": dice.choice((0.5, 1.0)),
               "expire": dice.choice(often), "propose": 0.3}  # fmt: skip
    return Plan(instance.protocol, instance.n, _TICKS, Faults(liars, crashes), chances=chances,
                values=max(1, instance.values))  # fmt: skip
