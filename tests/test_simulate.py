"""Simulations: seeds, faults, forks, and unusable plans."""

from __future__ import annotations

from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest

from milpbft.check.replay import replay
from milpbft.errors import InputError
from milpbft.registry import PROTOCOLS
from milpbft.room import room_of
from milpbft.sim.clock import Timers
from milpbft.sim.faults import Faults
from milpbft.sim.world import World
from milpbft.simulate import Plan, parse_crash, simulate


def test_a_run_decides_and_replays():
    """Without faults everybody accepts one block, and the replay confirms the schedule."""
    run = simulate(Plan("dbft2"), seed=0)
    assert run.decided == (0, 1, 2, 3)
    assert (run.undecided, run.blocks, run.fork) == ((), 1, False)
    assert replay(run.schedule, room_of("dbft2").reference(run.schedule))


def test_a_seed_says_everything():
    """Equal seeds give equal runs, others do not."""
    plan = Plan("dbft2", faults=Faults(frozenset({1})), values=2)
    assert simulate(plan, 5) == simulate(plan, 5)
    assert simulate(plan, 5) != simulate(plan, 6)


def test_faulty_nodes_are_neither_decided_nor_undecided():
    """A crashed node is not one that waits for a block, and a Byzantine one is not counted."""
    plan = Plan("dbft2", ticks=30, faults=Faults(frozenset({3}), {2: 0}))
    run = simulate(plan, 0)
    assert set(run.decided) | set(run.undecided) == {0, 1}


def test_a_network_that_delivers_nothing_decides_nothing():
    """The chances of the plan reach the adversary."""
    run = simulate(Plan("dbft2", chances={"deliver": 0.0, "expire": 0.0}), 0)
    assert run.undecided == (0, 1, 2, 3)
    assert run.summary()["delivered"] == 0


def test_summary_counts_messages_by_kind():
    """The totals are the sums of the kinds."""
    summary = simulate(Plan("dbft2", recovery=False, timers=Timers(20)), 1).summary()
    assert summary["sent"] == sum(summary["sent_by_kind"].values())
    assert "RecoveryMessage" not in summary["sent_by_kind"]
    assert str(simulate(Plan("dbft2"), 1)).startswith("seed 1 ")


def test_two_blocks_are_a_fork(monkeypatch: pytest.MonkeyPatch):
    """Correct nodes with different blocks make the run a fork."""

    class Forked(World[Any, Any]):
        def run(self) -> Any:
            run = super().run()
            blocks = {0: (SimpleNamespace(block=b"a"),), 1: (SimpleNamespace(block=b"b"),)}
            decisions = {**blocks, 2: (), 3: ()}
            return SimpleNamespace(schedule=run.schedule, decisions=decisions, blocks={b"a", b"b"})

    monkeypatch.setattr(import_module("milpbft.simulate"), "World", Forked)
    run = simulate(Plan("dbft2"), 0)
    assert (run.fork, run.decided, run.undecided) == (True, (0, 1), (2, 3))
    assert str(run).endswith("FORK")


@pytest.mark.parametrize(
    ("fields", "line"),
    [
        ({"protocol": "raft"}, f"protocol: 'raft' is not allowed; one of {', '.join(PROTOCOLS)}"),
        ({"n": 3}, "n: 3 is not allowed; a number from 4 to 100"),
        ({"ticks": 0}, "ticks: 0 is not allowed; a number from 1 to 1000000"),
        ({"values": 0}, "values: 0 is not allowed; a number from 1 to 100"),
        ({"timers": Timers(-1)}, "timer: -1 is not allowed; a number from 0 to 1000000"),
        ({"faults": Faults(frozenset({4}))}, "byzantine: 4 is not allowed; a node from 0 to 3"),
        ({"faults": Faults(crashes={7: 1})}, "crash: 7 is not allowed; a node from 0 to 3"),
        ({"faults": Faults(crashes={1: 99})}, "crash: 99 is not allowed; a tick from 0 to 60"),
    ],
)
def test_unusable_plans_are_named(fields: dict[str, Any], line: str):
    """A plan is checked before it runs, with the option's name."""
    with pytest.raises(InputError) as error:
        Plan(**{"protocol": "dbft2", **fields})
    assert str(error.value) == line


def test_crashes_are_read():
    """A crash is a node and a tick."""
    assert parse_crash("2@10") == (2, 10)
    for text in ("2", "@", "a@1", "1@-1", "1@2@3", "²@1"):
        with pytest.raises(InputError, match="NODE@TICK"):
            parse_crash(text)


@pytest.mark.parametrize("protocol", ["povround", "hgfrr"])
def test_a_protocol_without_replicas_is_refused(protocol: str):
    """Its nodes have roles, and a world and commands of their own."""
    with pytest.raises(InputError, match="replicas that are all alike"):
        simulate(Plan(protocol), 0)
