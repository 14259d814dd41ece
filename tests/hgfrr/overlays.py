"""Random overlays for property tests, and hand-made ones whose numbers can be followed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from hypothesis import strategies as st

from milpbft.hgfrr.reference.build import build, uniform
from milpbft.hgfrr.reference.membership import Overlay
from milpbft.hgfrr.sizes import Sizes
from milpbft.hgfrr.spread import Spread
from milpbft.hgfrr.topology import Ring, Topology


@dataclass(frozen=True)
class Case:
    """A network, a broadcast over it, and the limits that its rings keep to."""

    topology: Topology
    sizes: Sizes
    spread: Spread
    source: int


@st.composite
def limits(draw: st.DrawFn, contacts: int = 3) -> Sizes:
    """Draw limits of rings, with up to so many contacts."""
    c = draw(st.integers(1, contacts))
    most = draw(st.integers(max(4, 3 * c), 14))
    return Sizes(most, c, draw(st.integers(1, most // 2)))


@st.composite
def cases(draw: st.DrawFn, contacts: int = 3, nodes: int = 70) -> Case:
    """Draw a network, built at once or joined node by node, and a broadcast."""
    sizes = draw(limits(contacts))
    n, seed = draw(st.integers(1, nodes)), draw(st.integers(0, 10**6))
    positions = uniform(n, seed)
    if draw(st.booleans()):
        topology = build(positions, sizes, seed)
    else:
        overlay = Overlay(sizes, seed)
        for position in positions:
            overlay.join(position)
        topology = overlay.topology()
    k = draw(st.integers(2, 5))
    serving = draw(st.integers(1, sizes.contacts))
    spread = Spread(k, draw(st.integers(k, 7)), serving, seed)
    return Case(topology, sizes, spread, draw(st.integers(0, n - 1)))


def flat(size: int) -> Topology:
    """Return one ring, 0, 1, 2 and so on, of which node 0 is the contact."""
    return Topology(np.zeros((size, 2)), (Ring(0, tuple(range(size)), (0,), -1),))


def two_levels() -> Topology:
    """Return three rings of three, contacts 0, 3 and 6, and a ring of those with contact 3."""
    below = tuple(Ring(0, (i, i + 1, i + 2), (i,), 3) for i in (0, 3, 6))
    return Topology(np.zeros((9, 2)), (*below, Ring(1, (0, 3, 6), (3,), -1)))
