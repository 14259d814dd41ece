"""The view change timer of PBFT: when it is started, goes on, is stopped, and is started anew.

Castro and Liskov, OSDI 1999, sections 4.4 and 4.5.2. Four nodes; view v lasts T 2^v ticks at least.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from milpbft.check.network import keeps
from milpbft.pbft.formulas import latency
from milpbft.pbft.reference.messages import Commit, NewView, Prepare, PrePrepare, ViewChange, seal
from milpbft.pbft.reference.pbft import PbftReplica
from milpbft.pbft.reference.pbft_reference import PbftReference
from milpbft.pbft.reference.rules import Rules
from milpbft.pbft.reference.threshold import ShareSets
from milpbft.schedule import Decide, Deliver, Schedule, Send, Timeout
from milpbft.sim.adversary import RandomAdversary, ScriptedAdversary
from milpbft.sim.clock import Timers
from milpbft.sim.faults import Faults
from milpbft.sim.synchronous import SynchronousAdversary
from milpbft.sim.world import World
from tests.pbft.reference.hearing import KEYS, give, request

if TYPE_CHECKING:
    from milpbft.sim.adversary import Adversary

NODES = range(4)


def replica(node: int = 2) -> PbftReplica:
    return PbftReplica(node, Rules.of(4), KEYS, ShareSets(KEYS, {}))


def order(backup: PbftReplica, sequence: int, value: int) -> None:
    """Let a backup execute a request."""
    about = 0, sequence, request(value).payload.fingerprint
    give(backup, PrePrepare(0, *about, request(value)))
    give(backup, *(made(node, *about) for made in (Prepare, Commit) for node in (1, 3)))


# ---- one replica


def test_a_request_starts_the_timer_and_another_does_not_start_it_anew():
    """It is for the oldest that waits, and runs for the next one once that is executed."""
    backup = replica()
    assert backup.timer is None
    give(backup, request())
    started = backup.timer
    assert started == (0, request().payload.fingerprint)
    give(backup, request(1))
    assert backup.timer == started
    order(backup, 1, 0)
    assert backup.timer == (0, request(1).payload.fingerprint)
    order(backup, 2, 1)
    assert backup.timer is None


def test_what_else_is_executed_does_not_give_the_primary_more_time():
    """A primary that leaves out one request has the timer run out, however busy it is."""
    backup = replica()
    give(backup, request(2))
    started = backup.timer
    for sequence in (1, 2):
        order(backup, sequence, sequence - 1)
    assert len(backup.decisions) == 2
    assert backup.timer == started


def test_a_primary_has_no_timer():
    """Of its own view; of the views of others it has one."""
    primary = replica(0)
    give(primary, request())
    assert primary.timer is None
    give(primary, *(ViewChange(node, 1, 0, (), ()) for node in (1, 3)))
    assert primary.view == 1
    assert primary.timer is not None


def test_between_views_it_waits_for_a_quorum_and_goes_on_in_the_new_view():
    """It is stopped at leaving, started at n - f view changes, and not started anew at the end."""
    backup = replica()
    give(backup, request())
    backup.on_timer()
    assert give(backup) == ["ViewChange"]
    assert backup.timer is None
    view_changes = [ViewChange(node, 1, 0, (), ()) for node in (1, 3)]
    give(backup, view_changes[0])
    assert backup.timer is None
    give(backup, view_changes[1])
    started = backup.timer
    assert started == (1, request().payload.fingerprint)
    sealed = tuple(
        seal(view_change, KEYS) for view_change in (*view_changes, ViewChange(0, 1, 0, (), ()))
    )
    give(backup, NewView(1, 1, sealed, ()))
    assert backup.active
    assert backup.timer == started


# ---- in the executable world


def timeouts(schedule: Schedule) -> list[tuple[int, int, int]]:
    """Return tick, node and view of every timer that expired."""
    return [(e.tick, e.node, e.view) for e in schedule.events if isinstance(e, Timeout)]


def run(adversary: Adversary, ticks: int, base: int) -> Schedule:
    return World(PbftReference(Rules.of(4)), adversary, ticks, timers=Timers(base)).run().schedule


def eager(deliveries: dict[int, list[tuple[int, int, str, int]]], ticks: int) -> ScriptedAdversary:
    """Return an adversary that lets every timer expire as soon as it may."""
    return ScriptedAdversary(deliveries, {tick: list(NODES) for tick in range(ticks + 1)})


def view_change(view: int, receivers: tuple[int, ...], senders: tuple[int, ...]):
    return [(i, j, "ViewChange", view) for i in receivers for j in senders if i != j]


def test_views_last_twice_as_long_each_from_when_a_quorum_left():
    """View 0 from before the first tick on, view 1 from tick 7, view 2 from 16 and 20; T = 4.

    Node 1 does not leave view 1 on its own account: it would be its primary, and follows two others
    at tick 16. Node 2 hears of no quorum for view 2.
    """
    script = {7: view_change(1, (2, 3), (1, 2, 3))}
    script |= {16: view_change(2, (1,), (2, 3)), 20: view_change(2, (3,), (1, 2))}
    found = timeouts(run(eager(script, 40), 40, 4))
    assert found[:3] == [(-1 + 4, 1, 0), (-1 + 4, 2, 0), (-1 + 4, 3, 0)]
    assert found[3:5] == [(7 + 8, 2, 1), (7 + 8, 3, 1)]
    assert found[5:] == [(16 + 16, 1, 2), (20 + 16, 3, 2)]


def test_without_a_quorum_no_timer_expires_between_views():
    """Node 2 hears of two view changes, its own included, and waits for ever."""
    found = timeouts(run(eager({7: view_change(1, (2,), (3,))}, 60), 60, 4))
    assert found == [(3, 1, 0), (3, 2, 0), (3, 3, 0)]


def test_a_new_view_starts_the_timer_of_who_had_none():
    """Node 0 never left view 0, where it was primary; nodes 2 and 3 go on with theirs."""
    script = {7: view_change(1, (1, 2, 3), (1, 2, 3))}
    script[10] = [(node, 1, "NewView", 1) for node in (0, 2)]
    found = timeouts(run(eager(script, 20), 20, 4))
    assert found[3:] == [(15, 2, 1), (15, 3, 1), (18, 0, 1)]


def test_a_decision_stops_the_timer():
    """With every message a tick late, all decide at tick 3, and timers are due at tick 4."""
    schedule = run(RandomAdversary(0, deliver=1, expire=1), 40, 5)
    assert [e.tick for e in schedule.events if isinstance(e, Decide)] == [3] * 4
    assert timeouts(schedule) == []


@pytest.mark.parametrize(("tick", "kept"), [(7, True), (8, False)])
def test_a_schedule_in_which_a_timer_between_views_is_early_is_refused(tick: int, kept: bool):
    """Node 2 leaves view 1 at tick 15: it may 8 ticks after it had a quorum, with T = 4."""
    script = ScriptedAdversary({tick: view_change(1, (2,), (1, 3))}, {3: [1, 2, 3], 15: [2]})
    schedule = replace(run(script, 20, 0), settings={"timeout": "4"})
    assert timeouts(schedule)[-1] == (15, 2, 1)
    verdict = keeps(schedule, PbftReference(Rules.of(4)))
    assert bool(verdict) is kept
    assert kept or verdict.reason.endswith("which it may from tick 16 on")


def heard(schedule: Schedule, node: int, view: int, quorum: int) -> int:
    """Return the tick at which a node has so many view changes for a view, its own among them."""
    about = [e for e in schedule.events if e.node == node and isinstance(e, Send | Deliver)]
    view_changes = [e for e in about if (e.kind, e.view) == ("ViewChange", view)]
    own = next(e.tick for e in view_changes if isinstance(e, Send))
    return max(own, sorted(e.tick for e in view_changes if isinstance(e, Deliver))[quorum - 2])


@pytest.mark.parametrize("seed", range(8))
def test_timers_that_are_due_expire_by_the_delay_bound(seed: int):
    """Seven nodes, the primaries of views 0 and 1 silent: two views are waited for in full."""
    delta, base, silent = 1, 5, Faults(crashes={0: 0, 1: 0})
    adversary = SynchronousAdversary(seed, delta=delta)
    world = World(PbftReference(Rules.of(7)), adversary, 60, faults=silent, timers=Timers(base))
    schedule = world.run().schedule
    found = timeouts(schedule)
    assert {(node, view) for _, node, view in found} >= {
        (i, v) for i in range(2, 7) for v in (0, 1)
    }
    for tick, node, view in found:
        started = heard(schedule, node, view, 5) if view else -1
        assert 0 <= tick - started - (base << view) <= delta
    decides = {e.node: e.tick for e in schedule.events if isinstance(e, Decide)}
    assert len(decides) == 5
    assert max(decides.values()) <= latency("pbft", 2, base, 0, delta).last
