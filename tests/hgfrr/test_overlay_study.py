"""Series of the study: what they contain, and that measurements keep to bounds."""

from __future__ import annotations

import pytest

from milpbft.errors import InputError
from milpbft.hgfrr.reference.build import build, uniform
from milpbft.hgfrr.sizes import Sizes
from milpbft.hgfrr.spread import Spread
from milpbft.hgfrr.study import baseline_coverages, coverages, scale

NS = (10, 100, 1000)


def test_scale_keeps_to_bounds():
    """HGFRR takes fewer messages than flooding and gossip, and never more than its bounds."""
    found = scale(Sizes(16), Spread(), ns=NS, runs=3)
    for lines in (found.ticks, found.messages):
        overlay, *others, bound = lines
        assert (overlay.name, bound.name, bound.bound) == ("HGFRR", "HGFRR, bound", True)
        assert all(line.x == NS for line in lines)
        assert all(y <= most for y, most in zip(overlay.y, bound.y, strict=True))
        assert [other.name.partition(",")[0] for other in others] == [
            "flooding",
            "gossip",
            "Kademlia",
        ]
    overlay, flooding, gossip, kademlia, _ = found.messages
    assert kademlia.y == tuple(n - 1 for n in NS)
    assert all(mine < theirs for mine, theirs in zip(overlay.y, flooding.y, strict=True))
    assert gossip.y[-1] == pytest.approx(8 * 1000, rel=0.01)
    assert found == scale(Sizes(16), Spread(), ns=NS, runs=3)


def test_coverage_falls_with_failures():
    """Silent contacts cost more than silent nodes of any kind, and more of them cost more."""
    topology = build(uniform(300, 0), Sizes(10))
    contacts = coverages(topology, Spread(), (0, 2, 8), runs=60)
    anyone = coverages(topology, Spread(), (0, 2, 8), runs=60, among="nodes")
    assert contacts.y[0] == anyone.y[0] == 1
    assert contacts.y[0] > contacts.y[1] > contacts.y[2]
    assert contacts.y[2] < anyone.y[2]
    assert (contacts.name, anyone.name) == ("HGFRR, contacts silent", "HGFRR, any nodes silent")
    assert len(contacts.error) == 3
    gossip = baseline_coverages("gossip", 300, (0, 8), runs=20)
    assert gossip.name == "gossip, fanout 8"
    assert min(gossip.y) > 0.95


def test_three_broadcasting_contacts_cover_more():
    """With three contacts that all broadcast, the loss of two contacts hardly shows."""
    one = coverages(build(uniform(300, 0), Sizes(12)), Spread(), (2,), runs=60)
    three = coverages(build(uniform(300, 0), Sizes(12, 3)), Spread(serving=3), (2,), runs=60)
    assert three.y[0] > 0.99 > one.y[0]


def test_unusable_sizes():
    """A network of one node has nobody to reach."""
    with pytest.raises(InputError, match="ns"):
        scale(Sizes(16), Spread(), ns=(1, 10))
