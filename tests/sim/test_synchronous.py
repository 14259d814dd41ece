"""The adversary of a partially synchronous network; its deadlines are checked in tests/check."""

from __future__ import annotations

import pytest

from milpbft.dbft.reference.reference import DbftReference
from milpbft.dbft.reference.rules import Rules
from milpbft.errors import InputError
from milpbft.schedule import Deliver, Schedule, Send, Timeout
from milpbft.sim.clock import Timers
from milpbft.sim.synchronous import SynchronousAdversary
from milpbft.sim.world import World


def ran(seed: int, gst: int, delta: int, timeout: int = 0) -> Schedule:
    adversary = SynchronousAdversary(seed, gst=gst, delta=delta, timed=timeout > 0)
    world = World(DbftReference(Rules.of(4)), adversary, 20, timers=Timers(timeout), recovery=False)
    return world.run().schedule


def test_a_seed_says_everything():
    """The same seed runs the same, another one does not."""
    assert ran(1, 4, 3) == ran(1, 4, 3)
    assert ran(1, 4, 3).events != ran(2, 4, 3).events


def test_a_delay_bound_of_one_leaves_no_choice():
    """From the start, with a tick per message, all that is sent arrives at the next tick."""
    schedule = ran(5, 0, 1, timeout=50)
    sent = {(e.node, e.kind): e.tick for e in schedule.events if isinstance(e, Send)}
    delivered = [e for e in schedule.events if isinstance(e, Deliver)]
    assert len(delivered) == 3 * len(sent) == 24
    assert all(e.tick == sent[e.sender, e.kind] + 1 for e in delivered)


@pytest.mark.parametrize("timeout", [3, 5])
def test_timers_with_durations_wait(timeout: int):
    """No timer of view 0 but the primary's expires before the last tick of the timeout."""
    ticks = [
        event.tick
        for seed in range(20)
        for event in ran(seed, 6, 4, timeout).events
        if isinstance(event, Timeout) and event.view == 0 and event.node != 0
    ]
    assert min(ticks) == timeout - 1


@pytest.mark.parametrize(("gst", "delta", "field"), [(-1, 1, "gst"), (0, 0, "delta")])
def test_impossible_networks_are_refused(gst: int, delta: int, field: str):
    """Time does not run backwards, and a message takes a tick."""
    with pytest.raises(InputError, match=field):
        SynchronousAdversary(0, gst=gst, delta=delta)
