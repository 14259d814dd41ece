"""Walks through the specification of dBFT 2.1: what they reach is what there is, and no more."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from random import Random

import pytest

from milpbft.dbft.enumerate.pool21.plain import Node, Pool, State
from milpbft.dbft.enumerate.pool21.spec import CV1, PREPARED, Spec
from milpbft.dbft.enumerate.pool21.walk import Walk, walk
from milpbft.dbft.instance import DbftInstance
from milpbft.question.files import parse_instance

INSTANCES = Path(__file__).parents[3] / "instances"


def states(pool: Pool) -> set[State]:
    """Return all states, node by node."""
    seen, stack = {pool.start}, [pool.start]
    while stack:
        state = stack.pop()
        for i, after in pool.acts(state):
            if after.view < pool.views and (new := pool.put(state, i, after)) not in seen:
                seen.add(new)
                stack.append(new)
    return seen


def seen_in(run: Walk) -> State:
    """Write where a walk of one view is as a state of the enumeration."""
    ((*sent,),) = run.sent
    nodes = [Node(run.phases.get(i, "dead"), 0, sent[i]) for i in range(run.spec.n)]
    primary, *others = nodes
    return State((primary, *sorted(others)), ((),), (bool(sent[0] & PREPARED),))


@pytest.mark.parametrize(
    ("spec", "dead"), [(Spec(4), 0), (Spec(4), 1), (Spec(4, quorum=2), 0), (Spec(4, mute=CV1), 0)]
)
def test_walks_go_where_nodes_can_and_to_many_places(spec: Spec, dead: int) -> None:
    """Of one view: each state is one of the enumeration, and a quarter of them is seen at least."""
    everything, dice, seen = states(Pool(spec, 1, dead)), Random(3), set[State]()
    for _ in range(400):
        dying = {dice.randrange(4): dice.randrange(9)} if dead else {}
        run = Walk(spec, 1, frozenset(), dying, dice)
        while run.step() and not run.left:
            seen.add(seen_in(run))
    assert seen <= everything
    assert len(seen) > len(everything) / 4


def acts(name: str, walks: int, spec: Spec | None = None) -> list[int]:
    """Return what walks of an instance take that lock or fork."""
    instance = parse_instance(name)
    assert isinstance(instance, DbftInstance)
    i, fork = instance, instance.objective.name.endswith("fork")
    made, dice = spec or Spec(i.n), Random(name)
    found = (walk(made, i.views, i.crashes, i.byzantine, dice, fork=fork) for _ in range(walks))
    return [value for value in found if value is not None]


@pytest.mark.parametrize(
    ("name", "best", "most"),
    [
        ("dbft21-strict-n4-v1-c2-steps_lock-pool", 4, 4),
        ("dbft21-strict-n4-v1-b1-steps_lock-pool", 4, 6),
        ("dbft21-strict-n4-v2-b1-c1-steps_lock-pool", 3, 6),
        ("dbft21-strict-n7-v1-c3-steps_lock-pool", 7, 7),
    ],
)
def test_no_walk_takes_fewer_acts_than_the_fewest(name: str, best: int, most: int) -> None:
    """Lies and deaths are counted as acts, and some walk comes near the optimum."""
    assert best <= min(acts(name, 600)) <= most


@pytest.mark.parametrize(
    ("name", "spec"),
    [
        ("dbft21-strict-n4-v2-c1-steps_lock-pool", Spec(4, deaf=True)),
        ("dbft21-strict-n4-v2-steps_fork-pool", Spec(4, quorum=2)),
    ],
)
def test_subtle_faults_are_met_by_walks_that_sound_nodes_withstand(name: str, spec: Spec) -> None:
    """One guard that is not asked, or a quorum of half the nodes; all else is the same."""
    assert acts(name, 300, spec)
    assert acts(name, 300) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "spec"),
    [
        ("dbft21-strict-n4-v2-c1-steps_lock-pool", Spec(4, bears=0)),
        ("dbft21-strict-n4-v2-steps_fork-pool", Spec(4, eager=True)),
        ("dbft21-strict-n7-v2-steps_lock-pool", Spec(7, deaf=True)),
    ],
)
def test_rarer_runs_take_more_walks(name: str, spec: Spec) -> None:
    """Nodes that bear no commit, or commit at once after a ChangeView2, or among more others."""
    assert acts(name, 1500, spec)
    assert acts(name, 1500) == []


def test_pool_questions_are_attacked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Acts are counted, and nothing else is; each kind of fault is tried."""
    monkeypatch.syspath_prepend(str(INSTANCES))
    attacking, mutating = import_module("attacking"), import_module("mutating")
    lock = parse_instance("dbft21-strict-n4-v1-b1-steps_lock-pool")
    assert min(attacking.attacked(lock, range(10))) >= 4
    assert min(mutating.mutated(lock, range(10))) < 4
    for name in ("dbft21-strict-n7-v2-c1-steps_lock-pool", "dbft21-strict-n7-v2-steps_fork-pool"):
        assert attacking.attacked(parse_instance(name), range(3)) == []
        assert any(mutating.mutated(parse_instance(name), range(3)))
    for name in ("dbft21-strict-n4-v1-undecided-pool", "dbft21-strict-n4-v1-faults_lock-pool"):
        with pytest.raises(attacking.NotAttackedError):
            attacking.attacked(parse_instance(name), range(1))
