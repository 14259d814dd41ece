"""What managers and miners have in the course of a run, as pages show it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import milpbft
from milpbft.room import room_of
from milpbft.schedule import Fault, Schedule, Send

if TYPE_CHECKING:
    from milpbft.schedule.states import State


FAIL = "powmfail-g2-d1-e1-x8-m1-b1-time-managers-rates-1x2"
CUT = "powmcut-g2-d1-e1-t12-w6-twice-rates-1x2"
SOLO = "powmfail-g3-d1-e1-x12-ec3-m0-b1-time-managers-solo-rates-1x4"


def seen(name: str) -> tuple[Schedule, list[State]]:
    """Return an optimum's schedule, and the states of its nodes."""
    schedule = milpbft.solve(name).schedule
    assert schedule is not None
    return schedule, list(room_of(schedule.protocol).watch(schedule).states)


def test_a_takeover_is_seen():
    """Who manages, who crashed and when, and from which tick on the support manages."""
    schedule, states = seen(FAIL)
    crashes = {(e.tick, e.node) for e in schedule.events if isinstance(e, Fault)}
    assert {(s.tick, s.node) for s in states if s.words == "crashed"} == crashes
    elected = {
        (e.tick, e.node, e.view)
        for e in schedule.events
        if isinstance(e, Send) and e.kind == "Elected"
    }
    took = {(s.tick, s.node, s.view) for s in states if s.words.startswith("manages term 1")}
    assert min(took) in elected
    assert (2, 0, 0, "crashed") in states
    assert states[0] == (0, 0, 0, "manages term 0, grants from nonce 4 on")


def test_miners_say_what_is_left_and_whom_they_follow():
    """Two grants of two nonces: one each is left after the first tick, none after the second."""
    _, states = seen(FAIL)
    of_two = [s.words for s in states if s.node == 2]
    assert of_two[:2] == ["has 1 nonce to hash, of manager 0", "waits for a grant of manager 0"]
    assert "of manager 1" in of_two[2]


def test_a_cut_has_two_managers():
    """Some tick has both, each of its own term."""
    _, states = seen(CUT)
    now: dict[int, str] = {}
    both = False
    for state in states:
        now[state.node] = state.words
        both |= sum(words.startswith("manages") for words in now.values()) > 1
    assert both


def test_who_mines_alone_says_so():
    """Without a support, all mine alone once the manager is known to have failed."""
    _, states = seen(SOLO)
    assert any(s.words.startswith("mines alone") for s in states)


def test_plans_have_no_states():
    """Nonce sets are dealt out, and elections counted: no node knows anything."""
    assert seen("powmassign-u6-p2-ticks-costs-1_10")[1] == []
