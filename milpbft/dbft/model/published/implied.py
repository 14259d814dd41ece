"""Rows that every solution of the published model satisfies and its linear relaxation does not.

Each is proven implied by a test that maximises its violation over the direct encoding at N = 4.
They are written in acts per node and view, which both encodings have: sums over instants in the
direct encoding, single variables in the compact one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from milpbft.milp.builder import Sum
from milpbft.milp.problem import LE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from milpbft.dbft.model.published.sizes import Sizes
    from milpbft.milp.builder import Builder


@dataclass(frozen=True)
class Acts:
    """Sums with rows (N,V): is primary, sends, relays, receives; and rows (V,): has a block."""

    primary: Sum
    sent: dict[str, Sum]
    relayed: Sum
    block: Sum
    heard: dict[str, Sum]


def imply(m: Builder, acts: Acts, size: Sizes) -> None:
    """Add every family of implied rows but :func:`change_or_commit`, which compact always has."""
    block_quorum(m, acts, size)
    one_block(m, acts, size)
    view_quorum(m, acts, size)
    used_view(m, acts, size)


def block_quorum(m: Builder, acts: Acts, size: Sizes) -> None:
    """A block needs M commits, f+1 of them honest.

    ``M blk[v] <= sum(i) Com[i,v]`` and ``(M - b) blk[v] <= sum(i honest) Com[i,v]``, b = N - M.
    """
    commits = acts.sent["Com"].index
    for least, voters in ((size.quorum, size.n), (size.margin, size.quorum)):
        if least:
            m.add("block_quorum", least * acts.block, -_over_nodes(commits[:voters]), relation=LE)


def one_block(m: Builder, acts: Acts, size: Sizes) -> None:
    """Honest nodes commit once: ``sum(v) blk[v] <= floor(M / (M - b))``, 1 where N = 3f+1."""
    if size.margin:
        every = Sum(acts.block.index.reshape(-1))
        m.add("one_block", every, relation=LE, rhs=size.quorum // size.margin)


def view_quorum(m: Builder, acts: Acts, size: Sizes) -> None:
    """A view v > 1 needs M change views in v-1, f+1 of them honest.

    ``M sum(i) P[i,v] <= sum(i) CV[i,v-1]`` and
    ``(M - b) sum(i) P[i,v] <= sum(i honest) CV[i,v-1]``.
    """
    changes = acts.sent["CV"].index[:, :-1]
    active = _over_nodes(acts.primary.index[:, 1:])
    for least, voters in ((size.quorum, size.n), (size.margin, size.quorum)):
        if least:
            m.add("view_quorum", least * active, -_over_nodes(changes[:voters]), relation=LE)


def change_or_commit(m: Builder, acts: Acts, size: Sizes) -> None:
    """``CV[i,v] + sum(u<=v) Com[i,u] <= 1`` for honest i: a committed node changes no view."""
    change, commit = acts.sent["CV"].index, acts.sent["Com"].index
    for v in range(size.n):
        h = size.quorum
        before = Sum(commit[:h, : v + 1].reshape(h, -1))
        m.add("change_or_commit", Sum(change[:h, v]), before, relation=LE, rhs=1)


def used_view(m: Builder, acts: Acts, size: Sizes) -> None:
    """``X[i,v] <= sum(k) P[k,v]`` for honest i and X in Res, Com, CV: no act in an unused view.

    A commit needs M > 1 responses, a response a request, and a request a primary. A change view in
    v > 1 needs M change views of v-1 at an honest node, and with these v has a primary.
    """
    h = size.quorum
    active = Sum(_over_nodes(acts.primary.index).index[None])
    for kind in ("Res", "Com", "CV"):
        m.add("used_view", Sum(acts.sent[kind].index[:h]), -active, relation=LE)


def _over_nodes(index: NDArray[np.int32]) -> Sum:
    """Sum over nodes and terms of an (N,V,terms) array: rows (V,)."""
    nodes, views, terms = index.shape
    return Sum(index.transpose(1, 0, 2).reshape(views, nodes * terms))
