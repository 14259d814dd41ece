"""Points of SBFT's per-node models, whatever they are good for, are runs of the replicas."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import pytest

from milpbft.automaton.pernode.model import PerNodeModel
from milpbft.automaton.pernode.rows import Affine
from milpbft.pbft.instance import PbftInstance
from milpbft.pbft.model.strict import model_of
from milpbft.pbft.room import ROOM
from milpbft.question.files import parse_instance
from milpbft.solve import solve
from solvers import Limits
from solvers import solve as solve_problem

if TYPE_CHECKING:
    from milpbft.schedule import Schedule

RARE = {"prove", "learn", "skip", "open", "conclude", "shortcut", "switch"}
"""Acts that runs are drawn towards."""


def drawn(name: str, seed: int) -> Schedule:
    """Find a run that is good for random weights of what nodes have done by random ticks."""
    instance = parse_instance(name)
    assert isinstance(instance, PbftInstance)
    assert instance.horizon is not None
    model = model_of(instance)
    assert isinstance(model, PerNodeModel)
    random = Random(seed)
    encoded, ends = model.encode()
    weights = []
    for node, role in enumerate(encoded.nodes.roles):
        for k, edge in enumerate(role.edges):
            rare = model.table.meaning[edge.rule].what in RARE
            weight = random.randint(0, 8) if rare else random.choice([0, 0, 0, -3, 5])
            weights.append(
                weight * encoded.nodes.taken(node, k, random.randint(3, instance.horizon))
            )
    encoded.optimise(Affine.total(weights))
    problem = encoded.build()
    solution = solve_problem(problem, "cpsat", Limits(seconds=60))
    assert solution.values is not None
    # The model reads points of its own problem: this one differs in the objective alone.
    model.__dict__["_built"] = problem, encoded, ends
    return model.schedule(solution.values, "drawn")


@pytest.mark.parametrize(("name", "seed"), [
    ("sbft-n4-v2-t10-delay_last-gst4-delta1-timer4-collector3", 2),
    *(pytest.param(name, seed, marks=pytest.mark.slow) for name in (
        "sbft-n4-v2-t14-delay_last-gst5-delta1-timer5-collector3",
        "sbft-n4-v2-c1-t12-delay_last-gst4-delta2-timer5-collector2",
        "sbft-n4-v2-b1-t12-delay_last-gst3-delta1-timer5-collector3",
        "sbftfast-n4-v2-c1-t12-delay_last-gst4-delta1-timer4",
    ) for seed in range(4)),
])  # fmt: skip
def test_replicas_do_what_a_point_says(name: str, seed: int):
    """GST is late: views change as others decide, and decisions are learnt by new views."""
    schedule = drawn(name, seed)
    verdict = ROOM.replay(schedule)
    assert verdict, verdict.reason


@pytest.mark.parametrize(("name", "fewest"), [
    ("sbftfast-n4-v1-c2-t8-faults_lock-calm-reliable", 1),
    ("sbft-n4-v1-c2-t10-faults_lock-calm-gst0-delta1-collector3", 2),
    ("pbft-n4-v1-c2-t8-faults_lock-calm-reliable", 2),
])  # fmt: skip
def test_a_calm_lock_is_silent(name: str, fewest: int):
    """Nobody leaves a calm view, so that no timer expires at the end; as the counted tables say."""
    result = solve(parse_instance(name))
    assert (result.solution.status, result.solution.objective) == ("optimal", fewest)
    replayed = result.verdict("replay")
    assert replayed, replayed
