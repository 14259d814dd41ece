"""Attacking: values of instances that random adversaries on the replicas reach.

No model and no solver is asked. An instance with an option that its adversary does not know is left
out: the runs would be those of another question.
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

from milpbft.check.room import StrictRoom
from milpbft.dbft.instance import DbftInstance
from milpbft.errors import InputError
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
from milpbft.room import room_of
from milpbft.schedule import Schedule
from milpbft.sim.clock import Timers
from milpbft.sim.faults import Faults
from milpbft.sim.synchronous import SynchronousAdversary
from milpbft.sim.world import World
from milpbft.simulate import Plan, simulate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from milpbft.pov.reference.rules import Rules
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
            return _some(rounds(instance, seeds))
        case ChainInstance():
            return _some(chains(instance, seeds))
        case BroadcastInstance() | ChurnInstance() | DisseminationInstance() | TreeInstance():
            return _silenced(instance, seeds)
        case DbftInstance() | PbftInstance() if instance.objective.name == "forks":
            return _forks(instance, seeds)
        case DbftInstance() | PbftInstance() if instance.objective.name == "faults_lock":
            return _some(locks(instance, seeds))
    raise NotAttackedError("there is no adversary")


def _plain(instance: DbftInstance | PbftInstance, known: set[str]) -> None:
    for name, field in type(instance).model_fields.items():
        if name not in known and getattr(instance, name) != field.default:
            raise NotAttackedError(f"{name} is not known to the adversary")


def rounds(
    instance: RoundInstance, seeds: range, theirs: Callable[[Rules], Rules] | None = None
) -> Iterator[int]:
    """Yield what random rounds are worth; of faults, of those that do what is asked for."""
    i = instance
    most = i.byzantine_commissioners + i.byzantine_butlers + i.amnesia + i.lapses + i.reloads
    for seed in seeds:
        value = worth(random_run(instance, seed, theirs), instance)
        if value <= most or not i.objective.name.startswith("faults"):
            yield value


def chains(
    instance: ChainInstance, seeds: range, theirs: Callable[[Rules], Rules] | None = None
) -> Iterator[int]:
    """Yield what random chains are worth, those that do what is asked for."""
    for seed in seeds:
        value = worth_of(random_chain(instance, seed, theirs), instance.objective.name)
        if value is not None:
            yield value


def _some(values: Iterator[int]) -> list[int]:
    found = list(values)
    if not found:
        raise NotAttackedError("no run does what is asked for")
    return found


def _silenced(
    instance: BroadcastInstance | ChurnInstance | DisseminationInstance | TreeInstance,
    seeds: range,
) -> list[int]:
    """Choose faulty relays, their ticks, newcomers, contacts and calls by chance."""
    chosen = isinstance(instance, TreeInstance) or instance.faults
    chosen = chosen or (isinstance(instance, ChurnInstance) and instance.joins)
    chosen = chosen or (isinstance(instance, BroadcastInstance) and instance.election == "chosen")
    if not chosen:
        raise NotAttackedError("there is nothing to choose")
    return _some(iter(by_chance(instance, Random(instance.name), len(seeds))))


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


def locks(instance: DbftInstance | PbftInstance, seeds: range, quorum: int = 0) -> Iterator[int]:
    """Yield how many nodes crash in runs in which nobody decides, all messages in time.

    Runs are far longer than the horizon: whoever has not decided by then never does.

    Parameters
    ----------
    quorum
        Of replicas with a fault, 0 for the right one.

    Raises
    ------
    NotAttackedError
        Where an option is not known to these runs.
    """
    i, room = instance, room_of(instance.protocol)
    plain = isinstance(room, StrictRoom) and i.network == "synchronous" and not i.byzantine
    if not plain or i.horizon is None:
        raise NotAttackedError("not in time, or not of crashes alone")
    assert isinstance(room, StrictRoom)
    _plain(i, _KNOWN | {"horizon", "network", "gst", "delta", "timeout"})
    settings = {"view_quorum": str(i.n - (i.n - 1) // 3)} | (
        {"quorum": str(quorum)} if quorum else {}
    )
    for seed in seeds:
        dice = Random(f"{i.name} {seed}")
        nodes = dice.sample(range(i.n), dice.randint(0, i.crashes))
        run = World(
            room.reference(Schedule(i.protocol, i.n, (), (), (), 0, settings=settings)),
            SynchronousAdversary(seed, gst=i.gst, delta=i.delta),
            20 * i.horizon,
            faults=Faults(
                crashes={node: dice.choice((0, dice.randint(0, i.horizon))) for node in nodes}
            ),
            timers=Timers(i.timeout),
            recovery=False,
        ).run()
        if not run.blocks:
            yield len(nodes)


def plan_of(instance: DbftInstance | PbftInstance, dice: Random) -> Plan:
    """Choose faulty nodes, half of the time primaries first, and how eager the adversary is.

    Raises
    ------
    NotAttackedError
        Where the adversary does not know an option, or a run takes long.
    """
    _plain(instance, _KNOWN)
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
