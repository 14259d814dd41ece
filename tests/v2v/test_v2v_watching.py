"""What the replicated market has after each slot, as pages show it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import milpbft
from milpbft.errors import InputError
from milpbft.registry import hosts
from milpbft.room import room_of
from milpbft.schedule import Schedule, Send
from milpbft.v2v.reference.staged import Staged
from milpbft.v2v.replay import market_in
from milpbft.v2v.replicated import NODES, Script, play

if TYPE_CHECKING:
    from milpbft.schedule.states import State


def seen(name: str) -> tuple[Schedule, list[State]]:
    """Return an optimum's schedule, and the states of its replicas."""
    schedule = milpbft.solve(name).schedule
    assert schedule is not None
    return schedule, list(room_of(schedule.protocol).watch(schedule).states)


@pytest.mark.parametrize(
    ("name", "patience", "batch"),
    [("v2vorder-p3-victim-c1", 3, 0), ("v2vorder-p0-gain-batch3-c3", 0, 3)],
)
def test_the_last_state_is_what_replicas_have(name: str, patience: int, batch: int):
    """The replicas of every protocol, driven by a steered primary, have the same pairs."""
    schedule, states = seen(name)
    data = market_in(schedule)
    by_name = {order.name: order for order in data.orders}
    staged = Staged(data, first=NODES, batch=batch)
    slots = {e.tick: by_name[e.kind] for e in schedule.events if isinstance(e, Send)}
    last = max(slots) + (-max(slots) % batch if batch else 0)
    for protocol in hosts():
        played = play(protocol, Script(staged, slots, patience, last))
        pairs = staged.names(played.market, [by_name[one] for one in played.orders])
        assert pairs
        for buy, sell, point in pairs:
            assert f"{buy} buys of {sell} at point {point}" in states[-1].words
        assert states[-1].words.count(" buys of ") == len(pairs)
    assert f"{len(slots)} orders executed" in states[-1].words


def test_states_change_with_the_slots():
    """An order is executed in the slot of its event; all four replicas say the same."""
    schedule, states = seen("v2vorder-p3-victim-c1")
    ticks = [e.tick for e in schedule.events]
    changes = sorted({state.tick for state in states} - {0})
    assert set(ticks) <= set(changes)
    assert [s.words for s in states if s.node == 0] == [s.words for s in states if s.node == 3]


@pytest.mark.parametrize("name", ["v2vworst-n3-l4-worst-k1", "v2vmatch-cost-a1"])
def test_what_is_settled_at_once_has_one_state(name: str):
    """With every pair of it."""
    schedule, states = seen(name)
    assert len(states) == NODES
    count = len(market_in(schedule).buys)
    assert states[0].words.count(" buys of ") == count


def test_pairs_that_are_none_are_refused():
    """As in a replay."""
    schedule, _ = seen("v2vmatch-cost-a1")
    broken = Schedule(
        schedule.protocol, 4, (), (0,), (), 0, settings=schedule.settings | {"matches": "b1:s1"}
    )
    with pytest.raises(InputError, match=r"settings\.matches"):
        room_of("v2vmatch").watch(broken)
