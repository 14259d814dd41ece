"""Changes: the rings on which consensus goes on once a node is replaced, or contacts change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.errors import InputError
from milpbft.hgfrr.reference.build import topology_of
from milpbft.hgfrr.reference.membership import Overlay

if TYPE_CHECKING:
    from milpbft.hgfrr.sizes import Sizes
    from milpbft.hgfrr.topology import Topology
    from milpbft.hgfrr.wiring import Wiring


def without(n: int, wiring: Wiring, node: int) -> Topology:
    """Return the rings of which a node has been removed: the next contact takes its place.

    The contacts that stay move up, and who is missing is drawn, by the seed of the wiring.

    Raises
    ------
    InputError
        Where nobody would be left.
    """
    if n < 2:
        raise InputError("n", n, "two nodes or more where one is replaced")
    rings = Overlay.of(topology_of(n, wiring.limits, wiring.seed), wiring.limits, wiring.seed)
    rings.leave(node)
    return rings.topology()


def turned(n: int, wiring: Wiring, number: int) -> Topology:
    """Return the rings of a period: all contacts elected anew as often as its number says."""
    drawn = topology_of(n, wiring.limits, wiring.seed)
    return anew(drawn, wiring.limits, wiring.seed, number)


def anew(topology: Topology, limits: Sizes, seed: int, times: int = 1) -> Topology:
    """Return rings whose contacts have all been elected anew, so many times."""
    rings = Overlay.of(topology, limits, seed)
    for _ in range(times):
        rings.rotate()
    return rings.topology()
