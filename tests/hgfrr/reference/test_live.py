"""The reference while rings change: cases by hand, and what it shares with rings that stay."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from milpbft.hgfrr.reference.build import topology_of
from milpbft.hgfrr.reference.live import LiveRun, Plan, live
from milpbft.hgfrr.reference.membership import Overlay
from milpbft.hgfrr.reference.world import Failures, broadcast
from milpbft.hgfrr.scripted import in_turn
from milpbft.hgfrr.sizes import Sizes
from milpbft.hgfrr.spread import Spread
from milpbft.hgfrr.topology import Topology
from tests.hgfrr.overlays import two_levels

SIZES = Sizes(4, 1, 1)


def run(source: int, plan: Plan, elected: tuple[int, ...] = (), horizon: int = 9) -> LiveRun:
    """Broadcast over three rings of three, whose contacts 0, 3 and 6 have contact 3."""
    overlay = in_turn(elected)
    return live(
        two_levels(), source, Spread(2), plan, sizes=SIZES, horizon=horizon, overlay=overlay
    )


@given(st.integers(1, 3), st.integers(3, 30), st.integers(0, 99), st.data())
def test_rings_that_stay_have_the_same_broadcasts(
    contacts: int, n: int, seed: int, data: st.DataObject
):
    """Without changes all is as in the reference for rings that stay, whoever is faulty."""
    sizes = Sizes(9, contacts)
    topology, source = topology_of(n, sizes, seed), data.draw(st.integers(0, n - 1))
    spread = Spread(3, 0, data.draw(st.integers(1, contacts)))
    others = [node for node in range(n) if node != source]
    faulty = data.draw(st.lists(st.sampled_from(others), unique=True, max_size=3))
    crashes = {node: data.draw(st.integers(0, 6)) for node in faulty[:1]}
    failures = Failures(crashes, frozenset(faulty[1:]))
    plan = Plan(failures, handover=data.draw(st.booleans()))
    found = live(topology, source, spread, plan, sizes=sizes, horizon=60)
    wanted = broadcast(topology, source, spread, failures=failures)
    assert dict(found.first) == dict(wanted.first)
    pairs = [(one.tick, one.sender, one.receiver) for one in found.sent]
    assert sorted(pairs) == sorted(
        (one.sent, one.sender, one.receiver) for one in wanted.transmissions
    )


def test_who_leaves_is_asked_no_more():
    """Contact 0 leaves at tick 0, node 2 is elected, and node 1 asks it: all are reached."""
    found = run(1, Plan(Failures({0: 0}), 0), (2,))
    assert set(found.held) == {1, 2, 3, 4, 5, 6, 7, 8}


def test_what_is_under_way_to_who_leaves_is_lost():
    """Contact 0 leaves as the message comes to it: nobody repeats it."""
    found = run(1, Plan(Failures({0: 1}), 0), (2,))
    assert set(found.held) == {1}


def test_a_crash_that_is_found_helps_who_acts_later():
    """As above with a crash that is found at tick 2: the repetition at tick 3 reaches all."""
    lost = run(1, Plan(Failures({0: 1}), 1), (2,))
    repeated = run(1, Plan(Failures({0: 1}), 1, starts=(0, 3)), (2,))
    assert set(lost.held) == {1}
    assert set(repeated.held) == {1, 2, 3, 4, 5, 6, 7, 8}


def test_a_repetition_before_a_crash_is_found_is_lost_too():
    """Heartbeats take three ticks more than the source waits."""
    found = run(1, Plan(Failures({0: 1}), 5, starts=(0, 3)), (2,))
    assert set(found.held) == {1}


class _Turning(Overlay):
    """Rings of which at each change the contacts are 1, 4 and 7, and the one above is 4."""

    def rotate(self) -> None:
        for ring in {id(ring): ring for ring in self._homes.values()}.values():
            ring.contacts = [ring.members[1]]
        assert self._top is not None
        self._renew(self._top)
        self._top.contacts = [4]


@pytest.mark.parametrize("handover", [False, True])
def test_who_is_no_contact_any_more_keeps_the_message_or_hands_it_on(handover: bool):
    """Contacts 0, 3 and 6 become 1, 4 and 7 as the message comes to 6, whose ring is missed.

    Node 0 has it at tick 0, node 3 at tick 1, and 6 at tick 2, when it is no contact any more. It
    may hand it on to node 7, who tells its ring.
    """
    plan = Plan(period=2, handover=handover)
    found = live(two_levels(), 0, Spread(2), plan, sizes=SIZES, horizon=9, drawn=_Turning)
    assert (set(found.held) == set(range(9))) == handover
    if not handover:
        assert {7, 8}.isdisjoint(found.held)


def test_a_tree_goes_on_as_it_was_begun():
    """On a ring of five, 0 tells 1, 2 and 4, and 1 tells 3: 1 leaves before, so 3 is missed."""
    flat = topology_of(5, Sizes(6), 0)
    ring = flat.rings[0]
    root = ring.contacts[0]
    around = [ring.members[(ring.members.index(root) + step) % 5] for step in range(5)]
    plan = Plan(Failures({around[1]: 1}), 0)
    found = live(flat, root, Spread(2), plan, sizes=Sizes(6), horizon=9, overlay=in_turn(()))
    assert set(found.held) == {around[0], around[2], around[4]}


def test_a_newcomer_is_in_the_trees_that_begin_after_it_joined():
    """It joins the source's ring at tick 0, or a tick after the contact began its tree."""
    early, late = Plan(joins=((0, 0, 1),)), Plan(joins=((1, 0, 1),))
    assert 9 in run(0, early).first
    assert 9 not in run(0, late).first
    assert set(run(0, late).held) == set(range(9))


def test_the_newcomer_is_where_it_was_put():
    """Before the second member of the first ring, of whom nobody else moves."""
    rings = Overlay.of(two_levels(), SIZES)
    assert rings.insert(0, 1) == 9
    assert [ring.members for ring in rings.topology().rings][:2] == [(0, 9, 1, 2), (3, 4, 5)]
    assert isinstance(rings.topology(), Topology)
    assert np.isfinite(rings.topology().positions).all()


def test_who_has_left_is_in_no_contact_of_a_later_period():
    """Node 4 leaves before the contacts become 1, 4 and 7: node 5 is elected in its place."""
    plan = Plan(Failures({4: 0}), 0, period=9, starts=(9,))
    found = live(
        two_levels(), 0, Spread(2), plan, sizes=SIZES, horizon=15, overlay=in_turn((5, 5)),
        drawn=_Turning,
    )  # fmt: skip
    assert 4 not in found.first
    assert [(one.sender, one.receiver) for one in found.sent if one.message.kind == "Up"] == [
        (0, 1), (1, 5),
    ]  # fmt: skip
    assert set(found.held) == {0, 1, 2, 3, 5, 6, 7, 8}
