"""What strict instances come to, with their runs replayed, and runs of replicas to compare."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING

from milpbft.dbft.reference.rules import Rules
from milpbft.question.files import parse_instance
from milpbft.sim.clock import Timers
from milpbft.sim.faults import Faults
from milpbft.sim.synchronous import SynchronousAdversary
from milpbft.sim.world import World
from milpbft.solve import solve

if TYPE_CHECKING:
    from milpbft.dbft.instance import DbftInstance
    from milpbft.dbft.reference.reference import DbftReference
    from milpbft.schedule import Schedule


def outcome(name: str) -> tuple[str, int | None]:
    """Solve; every run that is found is replayed, and keeps its network's promises."""
    result = solve(parse_instance(name))
    if result.schedule is not None:
        replayed = result.verdict("replay")
        assert replayed, replayed
    return result.solution.status, result.solution.objective


def synchronous_run(
    reference: type[DbftReference], instance: DbftInstance, seed: int, **settings: str
) -> Schedule:
    """Run the replicas of an instance; with crashes, one node crashes some time."""
    random = Random(seed)
    assert instance.horizon is not None
    crashes = {random.randrange(instance.n): random.randrange(8)} if instance.crashes else {}
    world = World(
        reference(Rules.of(instance.n, agreement=False)),
        SynchronousAdversary(seed, gst=instance.gst, delta=instance.delta),
        instance.horizon,
        faults=Faults(crashes=crashes),
        timers=Timers(instance.timeout),
        recovery=False,
    )
    kept = {
        "network": "synchronous",
        "gst": str(instance.gst),
        "delta": str(instance.delta),
        "timeout": str(instance.timeout),
        "agreement": "false",
    }
    return replace(world.run().schedule, settings=kept | settings)
