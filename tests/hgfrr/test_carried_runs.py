"""Runs of replicas whose messages go hop by hop: points of the models, and they keep promises."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from random import Random

import pytest

from milpbft.automaton.pernode.model import PerNodeModel
from milpbft.automaton.pernode.nodes import Nodes
from milpbft.check.network import carries
from milpbft.pbft.instance import PbftInstance
from milpbft.pbft.model.strict import model_of
from milpbft.pbft.room import ROOM
from milpbft.question.files import parse_instance
from milpbft.schedule import Schedule
from milpbft.sim.clock import Timers
from milpbft.sim.faults import Faults
from milpbft.sim.world import World
from milpbft.table.carried import carried_by
from solvers import solve as solve_problem
from tests.hgfrr.hopping import HopByHop
from tests.pbft.model.test_sbft_runs import fix


def ran(instance: PbftInstance, model: PerNodeModel, seed: int) -> tuple[Schedule, set[int]]:
    """Run the replicas to the horizon; one crashes, before it decides or afterwards."""
    assert instance.horizon is not None
    random = Random(seed)
    crashes = {random.randrange(instance.n): random.randrange(12)} if instance.crashes else {}
    nothing = Schedule(instance.protocol, instance.n, (), (), (), 0, settings=model.settings)
    world = World(
        ROOM.reference(nothing),
        HopByHop(seed, instance, crashes),
        instance.horizon,
        faults=Faults(crashes=crashes),
        timers=Timers(instance.timeout),
    )
    run = world.run()
    return run.schedule, set(crashes)


NAMES = (
    "pbft-n4-v2-c1-t16-delay_last-gst0-delta1-timer6-overlay-r4k2s0",
    "pbft-n4-v2-c1-t16-delay_last-gst0-delta1-timer6-overlay-r4k2s0h2",
    "pbft-n4-v2-c1-t16-delay_last-gst0-delta2-timer6-overlay-r4k2s1h3",
    "pbft-n5-v2-c1-t16-delay_last-gst0-delta1-timer6-overlay-r4k2s0o3",
    "pbft-n5-v2-c1-t16-delay_last-gst0-delta1-timer6-overlay-r6k2s0c2w2",
    "pbft-n5-v2-c1-t16-delay_last-gst0-delta2-timer6-overlay-r6k2s0c2w2h2",
    "pbft-n5-v2-c1-t16-delay_last-gst0-delta1-timer6-overlay-g2s10",
    "pbft-n4-v2-c1-t16-delay_last-gst0-delta1-timer6-overlay-g3s0",
)


@pytest.mark.parametrize(
    ("name", "seed"),
    [(NAMES[1], 3), *(pytest.param(name, seed, marks=pytest.mark.slow)
                      for name in NAMES for seed in range(8))],
)  # fmt: skip
def test_a_run_is_a_point_and_keeps_its_promises(
    name: str, seed: int, monkeypatch: pytest.MonkeyPatch
):
    """The model leaves out nothing that such runs do, and the check refutes none of them."""
    monkeypatch.setattr(Nodes, "order_twins", lambda _: None)
    instance = parse_instance(name)
    assert isinstance(instance, PbftInstance)
    model = model_of(instance, carried_by(instance))
    assert isinstance(model, PerNodeModel)
    schedule, crashed = ran(instance, model, seed)
    kept = carries(replace(schedule, settings={**schedule.settings, **instance.promises()}))
    assert kept, kept
    encoded, _ = model.encode()
    fix(encoded, schedule, crashed)
    assert solve_problem(encoded.build(), "cpsat").status == "optimal"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("n", "timer", "word", "locks"),
    [
        (4, 8, "r4k2s0", 7),
        (4, 8, "r4k2s0h2", 0),
        (4, 8, "r4k2s0h4", 0),
        (4, 8, "r4k2s0h6", 1),
        (7, 9, "r6k2s0c2w2", 0),
    ],
)
def test_whoever_crashes_whenever_somebody_decides_or_not(
    n: int, timer: int, word: str, locks: int
):
    """Each node at each tick, decided or not; so many crashes leave all others waiting."""
    name = f"pbft-n{n}-v2-c1-t45-delay_last-gst0-delta1-timer{timer}-overlay-{word}"
    instance = parse_instance(name)
    assert isinstance(instance, PbftInstance)
    nothing = Schedule("pbft", n, (), (), (), 0, settings={})
    found = 0
    for node, tick in product(range(n), range(20)):
        crashes = {node: tick}
        world = World(
            ROOM.reference(nothing), HopByHop(1, instance, crashes), 45,
            faults=Faults(crashes=crashes), timers=Timers(timer),
        )  # fmt: skip
        decided = world.run().decisions
        found += not any(taken for one, taken in decided.items() if one != node)
    assert found == locks
