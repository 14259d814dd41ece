"""Runs of the executable world, with dBFT in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from milpbft.check.replay import replay
from milpbft.dbft.reference.reference import DbftReference
from milpbft.dbft.reference.rules import Rules
from milpbft.errors import InputError
from milpbft.schedule import Decide, Deliver, Fault, Schedule, Send, Timeout
from milpbft.sim.adversary import RandomAdversary, ScriptedAdversary
from milpbft.sim.clock import Timers
from milpbft.sim.faults import Faults
from milpbft.sim.moves import Forgery
from milpbft.sim.network import Log
from milpbft.sim.world import World

if TYPE_CHECKING:
    from milpbft.dbft.reference.messages import Envelope


def reference(n: int = 4) -> DbftReference:
    return DbftReference(Rules.of(n))


def random_schedule(seed: int, *, n: int = 4, recovery: bool = True) -> Schedule:
    adversary = RandomAdversary(seed, expire=0.15, values=2)
    faults = Faults(frozenset({1}), {2: 12})
    return World(reference(n), adversary, 40, faults=faults, recovery=recovery).run().schedule


def test_the_same_seed_gives_the_same_schedule():
    """A run depends on its seed and on nothing else."""
    assert random_schedule(3) == random_schedule(3)
    assert random_schedule(3) != random_schedule(4)


@pytest.mark.parametrize("recovery", [True, False])
@pytest.mark.parametrize("n", [4, 7])
@pytest.mark.parametrize("seed", range(5))
def test_a_recorded_run_replays(seed: int, n: int, recovery: bool):
    """What the world recorded is confirmed by the replay, also after a trip through JSON."""
    schedule = random_schedule(seed, n=n, recovery=recovery)
    assert Schedule.from_json(schedule.to_json()) == schedule
    assert replay(schedule, reference(n))


@pytest.mark.parametrize("seed", range(20))
def test_no_run_with_f_byzantine_nodes_forks(seed: int):
    """Two values, late messages and expiring timers do not split four nodes."""
    adversary = RandomAdversary(seed, forge=0.6, values=2, expire=0.1)
    run = World(reference(), adversary, 40, faults=Faults(frozenset({0}))).run()
    assert len(run.blocks) <= 1


def test_a_prompt_network_decides_in_three_steps():
    """With every message a tick late, all nodes accept three ticks after the proposal."""
    run = World(reference(), RandomAdversary(0, deliver=1, propose=1, expire=0), 5).run()
    decides = [event for event in run.schedule.events if isinstance(event, Decide)]
    assert decides == [Decide(3, node, 0) for node in range(4)]
    assert len(run.blocks) == 1
    assert all(taken for taken in run.decisions.values())


def test_a_script_is_followed():
    """Scripted expiries, deliveries and forgeries happen; what is not under way is left out."""
    script = ScriptedAdversary(
        deliveries={1: [(2, 0, "PrepareRequest", 0), (2, 1, "Commit", 0)]},
        expiries={0: [0]},
        forgeries={1: [Forgery(3, "PrepareResponse", 0)]},
    )
    run = World(reference(), script, 1, faults=Faults(frozenset({3}))).run()
    assert list(run.schedule.events) == [
        Fault(0, 3, "byzantine"),
        Timeout(0, 0, 0),
        Send(0, 0, "PrepareRequest", 0),
        Deliver(1, 2, 0, "PrepareRequest", 0),
        Send(1, 3, "PrepareResponse", 0),
        Send(1, 2, "PrepareResponse", 0),
    ]


def test_a_forgery_of_a_correct_node_is_unusable():
    """The adversary signs with the keys of Byzantine nodes only."""
    script = ScriptedAdversary({}, {}, {0: [Forgery(1, "Commit", 0)]})
    with pytest.raises(InputError, match="a Byzantine node"):
        World(reference(), script, 1).run()


def test_timed_timers_wait_and_double():
    """With base 4, views 0 and 1 last at least 4 and 8 ticks, and primaries may still propose."""
    adversary = RandomAdversary(0, deliver=1, propose=0, expire=1)
    run = World(reference(), adversary, 20, timers=Timers(4), recovery=False).run()
    asked = [e.tick for e in run.schedule.events if isinstance(e, Send) and e.kind == "ChangeView"]
    assert min(asked) == 3
    assert Timers(4).earliest(1, 10) == 18
    assert Timers().earliest(3, 10) == 11


def test_a_crashed_node_is_silent_from_its_tick_on():
    """No event of a node follows its crash."""
    faults = Faults(crashes={0: 2})
    run = World(reference(), RandomAdversary(1, deliver=1, propose=1), 10, faults=faults).run()
    assert Fault(2, 0, "crash") in run.schedule.events
    assert all(e.tick < 2 for e in run.schedule.events if e.node == 0 and not isinstance(e, Fault))


@pytest.mark.parametrize(
    ("faults", "horizon", "field"),
    [
        (Faults(frozenset({4})), 5, "faults"),
        (Faults(crashes={7: 1}), 5, "faults"),
        (None, -1, "hor"),
    ],
)
def test_unusable_worlds_are_named(faults: Faults | None, horizon: int, field: str):
    """Nodes that do not exist and negative horizons give the one-line error."""
    with pytest.raises(InputError, match=field):
        World(reference(), RandomAdversary(0), horizon, faults=faults)


def test_a_node_has_one_kind_of_fault():
    """Byzantine and crashing at once is a contradiction."""
    with pytest.raises(InputError, match="not both"):
        Faults(frozenset({1}), {1: 3})


@pytest.mark.parametrize("field", ["deliver", "propose", "expire", "forge"])
def test_probabilities_are_checked(field: str):
    """A probability above 1 gives the one-line error."""
    with pytest.raises(InputError, match=field):
        RandomAdversary(0, **{field: 1.5})


def test_a_backup_cannot_take_the_label_of_the_primarys_other_proposal():
    """Byzantine node 2 proposes in node 0's view; what node 0 proposed keeps its name."""
    made = reference()
    log: Log[Envelope] = Log()
    other = made.forge(0, "PrepareRequest#1", 0, log)
    made.forge(2, "PrepareRequest#1", 0, log)
    assert made.label(other) == ("PrepareRequest#1", 0)
