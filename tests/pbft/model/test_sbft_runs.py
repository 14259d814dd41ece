"""Runs of SBFT's replicas in a synchronous network are points of the per-node model."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import pytest

from milpbft.automaton.pernode.model import PerNodeModel
from milpbft.automaton.pernode.nodes import Nodes
from milpbft.pbft.instance import PbftInstance
from milpbft.pbft.model.strict import model_of
from milpbft.pbft.room import ROOM
from milpbft.question.files import parse_instance
from milpbft.schedule import Decide, Deliver, Schedule, Send
from milpbft.sim.clock import Timers
from milpbft.sim.faults import Faults
from milpbft.sim.synchronous import SynchronousAdversary
from milpbft.sim.world import World
from solvers import solve as solve_problem

if TYPE_CHECKING:
    from milpbft.automaton.pernode.encoding import PerNode

NEVER = 10**6


def ran(instance: PbftInstance, model: PerNodeModel, seed: int) -> tuple[Schedule, set[int]]:
    """Run the replicas to the horizon; where the instance has crashes, one node crashes."""
    assert instance.horizon is not None
    random = Random(seed)
    crashes = {random.randrange(instance.n): random.randrange(6)} if instance.crashes else {}
    nothing = Schedule(instance.protocol, instance.n, (), (), (), 0, settings=model.settings)
    world = World(
        ROOM.reference(nothing),
        SynchronousAdversary(seed, gst=instance.gst, delta=instance.delta),
        instance.horizon,
        faults=Faults(crashes=crashes),
        timers=Timers(instance.timeout, instance.collector),
    )
    return world.run().schedule, set(crashes)


def fix(encoded: PerNode, schedule: Schedule, crashed: set[int]) -> None:
    """Require what was sent, given and decided in a run; what crashed nodes got is left open."""
    events = schedule.events
    sent = {(e.node, e.kind, e.view): e.tick for e in events if isinstance(e, Send)}
    given = {(e.node, e.sender, e.kind, e.view): e.tick for e in events if isinstance(e, Deliver)}
    decided = {e.node: e.tick for e in events if isinstance(e, Decide)}
    traffic, rows = encoded.traffic, encoded.rows
    assert sent.keys() <= {(node, label.kind, label.view) for node, label in traffic.spoken}
    for tick in range(encoded.horizon + 1):
        for node, m in traffic.spoken:
            known = tick >= sent.get((node, m.kind, m.view), NEVER)
            rows.equal("ran", traffic.sent(node, m, tick), int(known))
        for way in traffic.ways:
            node, sender, m = way
            known = tick >= given.get((node, sender, m.kind, m.view), NEVER)
            if node not in crashed:
                rows.equal("ran", traffic.got(way, tick), int(known))
        for node in set(range(encoded.n)) - crashed:
            done = tick >= decided.get(node, NEVER)
            rows.equal("ran", encoded.nodes.done(node, tick), int(done))


@pytest.mark.parametrize(("name", "seed"), [
    ("sbft-n4-v2-t10-delay_last-gst4-delta1-timer4-collector2", 0),
    *(pytest.param(name, seed, marks=pytest.mark.slow) for name in (
        "sbft-n4-v2-t13-delay_last-gst6-delta1-timer5-collector2",
        "sbft-n4-v2-c1-t12-delay_last-gst6-delta2-timer5-collector2",
        "sbftfast-n4-v2-t12-delay_last-gst6-delta1-timer5",
        "sbft-n6-r1-v2-t11-delay_last-gst6-delta1-timer5-collector3",
    ) for seed in range(5)),
])  # fmt: skip
def test_a_run_is_a_point(name: str, seed: int, monkeypatch: pytest.MonkeyPatch):
    """GST is late, and views change; the model leaves out nothing that such runs do."""
    # Nodes of a run are not ordered as the model may order those that are alike.
    monkeypatch.setattr(Nodes, "order_twins", lambda _: None)
    instance = parse_instance(name)
    assert isinstance(instance, PbftInstance)
    model = model_of(instance)
    assert isinstance(model, PerNodeModel)
    schedule, crashed = ran(instance, model, seed)
    encoded, _ = model.encode()
    fix(encoded, schedule, crashed)
    assert solve_problem(encoded.build(), "cpsat").status == "optimal"
