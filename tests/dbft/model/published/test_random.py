"""Random adversaries never beat a proven optimum."""

from __future__ import annotations

import pytest

from milpbft.dbft.model.published.model import PublishedModel
from milpbft.dbft.reference.reference import DbftReference
from milpbft.dbft.reference.rules import Rules
from milpbft.sim.adversary import RandomAdversary
from milpbft.sim.faults import Faults
from milpbft.sim.world import World
from tests.dbft.model.published.published import dbft2, optimum

OBJECTIVES = [f"p{k}" for k in range(1, 8)]


@pytest.mark.parametrize("deliver", [0.3, 0.6])
def test_no_random_run_beats_the_optimum(deliver: float):
    """Of 150 seeded runs of four replicas, those that the model has stay in its bounds."""
    models = {name: PublishedModel(dbft2(4, 5, name)) for name in OBJECTIVES}
    best = {name: optimum(model.problem) for name, model in models.items()}
    published = 0
    for seed in range(150):
        adversary = RandomAdversary(seed, expire=0.02, forge=0, deliver=deliver)
        faults = Faults(frozenset({3}))
        world = World(DbftReference(Rules.of(4)), adversary, 14, faults=faults, recovery=False)
        schedule = world.run().schedule
        for name, model in models.items():
            point = model.point(schedule)
            if point is None:
                break
            published += name == OBJECTIVES[0]
            value, bound = model.problem.value(point), best[name]
            assert bound is not None
            assert value <= bound if model.problem.sense == "max" else value >= bound, (name, seed)
    assert published > 30
