"""Who knows of which change when: the model's rule against the reference's, and small cases."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from milpbft.errors import InputError
from milpbft.hgfrr.model.histories import History
from milpbft.hgfrr.model.knowledge import known, sees
from milpbft.hgfrr.model.rings import State
from milpbft.hgfrr.reference.build import topology_of
from milpbft.hgfrr.reference.news import News, witnesses
from milpbft.hgfrr.sizes import Sizes
from milpbft.hgfrr.topology import Ring, Topology

POSITIONS = np.zeros((9, 2))


@st.composite
def states(draw: st.DrawFn) -> State:
    """One ring of up to seven of nine nodes, in any order, with up to three contacts."""
    members = draw(st.lists(st.integers(0, 8), min_size=1, max_size=7, unique=True))
    contacts = draw(st.permutations(members))[: draw(st.integers(1, 3))]
    return State(tuple(members), tuple(contacts))


def ring_of(state: State) -> Ring:
    """Return the same ring in the words of the reference."""
    return Ring(0, state.members, state.contacts, -1)


@given(states(), states())
def test_the_same_nodes_see_a_change(before: State, after: State):
    """Whatever a ring is, and becomes."""
    assert sees(before, after) == witnesses(ring_of(before), ring_of(after))


@settings(deadline=None)
@given(st.lists(states(), min_size=2, max_size=6), st.integers(0, 3), st.data())
def test_nodes_know_the_same(several: list[State], news: int, data: st.DataObject):
    """Over all ticks, where any of these states follow each other."""
    start, *rest = several
    ticks = [data.draw(st.sampled_from(several)) for _ in range(6)]
    history = History((), (), (), (start,), tuple((state,) for state in [*rest, *ticks]))
    reference = News(Topology(POSITIONS, (ring_of(start),)), news)
    found: dict[int, list[bool]] = {node: [] for node in range(9)}
    for tick, (state,) in enumerate(history.rings):
        reference.note(tick, Topology(POSITIONS, (ring_of(state),)))
        for node in range(9):
            took = known(history, 0, node, news)[tick]
            ring = reference.rings(node, tick).get(0)
            found[node].append(ring == (ring_of(took) if node in took.members else None))
    assert all(all(agree) for agree in found.values())


def test_a_ring_that_splits_is_refused():
    """A schedule that was edited may let rings grow past what they hold."""
    reference = News(topology_of(6, Sizes(8, 1), 0), 0)
    with pytest.raises(InputError, match="none is split or merged"):
        reference.note(1, topology_of(9, Sizes(4, 1), 0))


def test_neighbours_know_first():
    """Node 2 of a ring of six leaves: 1 and 3 see it, 5 hears of it two ticks later."""
    before = State((0, 1, 2, 3, 4, 5), (0,))
    after = State((0, 1, 3, 4, 5), (0,))
    assert sees(before, after) == {1, 3}
    history = History((), (), (), (before,), ((before,), (after,), (after,), (after,)))
    assert known(history, 0, 1, 2) == (before, after, after, after)
    assert known(history, 0, 5, 2) == (before, before, before, after)


def test_a_newcomer_and_the_elected_know_at_once():
    """Node 9 comes between 1 and 3, and 4 is the contact now."""
    before, after = State((0, 1, 3, 4), (0,)), State((0, 1, 9, 3, 4), (4,))
    assert sees(before, after) == {1, 9, 3, 4}
