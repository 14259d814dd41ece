"""Build: an overlay of many nodes at once, without joining them one by one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from milpbft.errors import InputError
from milpbft.hgfrr.reference.hilbert import keys
from milpbft.hgfrr.topology import Ring, Topology

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from milpbft.hgfrr.sizes import Sizes


def uniform(n: int, seed: int) -> NDArray[np.float64]:
    """Draw the positions of `n` nodes, uniform in the unit square: shape (n, 2).

    Raises
    ------
    InputError
        Where `n` is not from 1 to ten million or the seed is negative.
    """
    if not 1 <= n <= 10_000_000:
        raise InputError("n", n, "from 1 to 10000000 nodes")
    if seed < 0:
        raise InputError("seed", seed, "0 or more")
    return np.random.default_rng(seed).random((n, 2))


def topology_of(n: int, sizes: Sizes, seed: int) -> Topology:
    """Return the rings that a seed stands for: positions, and elections.

    Raises
    ------
    InputError
        As :func:`uniform` does.
    """
    return build(uniform(n, seed), sizes, seed)


def build(positions: NDArray[np.float64], sizes: Sizes, seed: int = 0) -> Topology:
    """Build rings of nearly equal size from nodes that are neighbours on a Hilbert curve.

    Joining nodes one by one (:class:`milpbft.hgfrr.reference.overlay.Overlay`) gives rings that
    depend on the order; this is what a network comes close to that is rebuilt from scratch. The
    limits of `sizes` hold wherever there is more than one ring on a level.

    Parameters
    ----------
    positions
        Shape (n, 2), n >= 1; node i is at row i.
    sizes
        Limits of the rings.
    seed
        Of the elections.

    Raises
    ------
    InputError
        Where positions are not finite pairs.
    """
    if positions.ndim != 2 or positions.shape[1:] != (2,) or not len(positions):
        raise InputError("positions", positions.shape, "shape (n, 2), n from 1 on")
    if not np.isfinite(positions).all():
        raise InputError("positions", "not finite", "finite coordinates")
    random = np.random.default_rng(seed)
    groups = list(_cut(np.argsort(keys(positions), kind="stable"), sizes.most))
    levels: list[list[tuple[NDArray[np.int64], NDArray[np.int64]]]] = []
    sub_rings: list[list[int]] = []
    while True:
        elected = [random.permutation(ring)[: sizes.contacts] for ring in groups]
        levels.append(list(zip(groups, elected, strict=True)))
        if len(groups) == 1:
            return Topology(positions, tuple(_rings(levels, sub_rings)))
        cut = list(_cut(np.arange(len(groups)), sizes.most_rings))
        sub_rings.append([above for above, part in enumerate(cut) for _ in part])
        groups = [np.concatenate([elected[i] for i in part]) for part in cut]


def _cut(items: NDArray[np.int64], most: int) -> Iterator[NDArray[np.int64]]:
    """Cut into as few parts of at most `most` items as there can be, of nearly equal length."""
    yield from np.array_split(items, -(-len(items) // most))


def _rings(
    levels: list[list[tuple[NDArray[np.int64], NDArray[np.int64]]]], sub_rings: list[list[int]]
) -> Iterator[Ring]:
    """Number the rings from the lowest level up."""
    first = 0
    for level, rings in enumerate(levels):
        first += len(rings)
        for i, (members, contacts) in enumerate(rings):
            parent = first + sub_rings[level][i] if level < len(sub_rings) else -1
            yield Ring(level, tuple(members.tolist()), tuple(contacts.tolist()), parent)
