"""Normal form of the published model: when things happen within a view.

Rows of the published model compare instants of one view only, and only their order matters. So
every solution can be moved, without changing a total, to the instants

    PrepareRequest 2, PrepareResponse 2 (primary) and 3 (others), Commit 4, ChangeView 4, block 5,

with PrepareRequests of others received at 3, PrepareResponses at 4 (the primary's at 3 where its
request arrives too), Commits and ChangeViews at 5. Proof: a request is the first act of a view
(families 3 and 6), a response needs it a tick before (the primary's comes with its request, by
family 7 and the primary's own reception), a commit needs M > 2 responses, of which at most two can
have been there before tick 4 of the normal form, a block needs M commits. Moving each act to the
instant above keeps all of these orders, the sums over t in the other families do not change, and
family 15 asks of an honest node only that no Req, Res or CV comes at or after a CV, commit or block
that it must precede (commit and change view exclude each other at any instants). Request and
response stand before change view and block, commit and change view before the block. Hence the
optimum is the same for every horizon from 5 on, and the compact encoding has no use for more.

Below 5 instants the same instants hold as far as they exist; what is sent at the last instant
reaches nobody else. A ChangeView may then have to come early, to be received, or late, to follow
a response, so two instants are kept for it: the last two.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from milpbft.dbft.model.published.kinds import KINDS
from milpbft.dbft.model.published.traffic import Traffic

if TYPE_CHECKING:
    from numpy.typing import NDArray

TICK = {"Req": 2, "Res": 3, "Com": 4, "Blk": 5}
"""Instant of each act but ChangeView; a primary's response comes with its request."""

ARRIVAL = {"Req": 3, "Res": 4, "Com": 5, "CV": 5}
"""Instant at which others receive each kind."""

COMPLETE = 5
"""The horizon beyond which nothing is gained."""


def change_ticks(horizon: int) -> tuple[int, ...]:
    """Instants at which a ChangeView may be sent, early to late."""
    if horizon >= COMPLETE:
        return (COMPLETE - 1,)
    return tuple(range(max(2, horizon - 1), horizon + 1))


def arrivals(horizon: int) -> dict[str, int]:
    """Instant at which others receive each kind, within the horizon."""
    return {kind: min(tick, horizon) for kind, tick in ARRIVAL.items()}


def normalise(traffic: Traffic) -> Traffic:
    """Move everything to its instant of the normal form; every total stays as it is."""
    horizon = traffic.size.horizon
    own = np.eye(traffic.size.n, dtype=bool)[:, :, None]
    primary = traffic.is_primary
    sent = {kind: _at(traffic.sent[kind], TICK[kind]) for kind in KINDS if kind != "CV"}
    sent["Res"] = np.where(primary & (sent["Res"] > 0), TICK["Req"], sent["Res"])
    sent["CV"] = _change(traffic, change_ticks(horizon))
    received = {
        kind: _at(traffic.received[kind], arrival) for kind, arrival in arrivals(horizon).items()
    }
    with_request = (received["Req"] > 0) & (received["Res"] > 0)
    received["Res"] = np.where(with_request, ARRIVAL["Req"], received["Res"])
    for kind in KINDS:
        received[kind] = np.where(own, sent[kind][None], received[kind])
    relayed = _at(traffic.relayed, TICK["Blk"])
    return Traffic(traffic.size, traffic.primary.copy(), sent, received, relayed)


def _at(when: NDArray[np.int64], tick: int) -> NDArray[np.int64]:
    return np.where(when > 0, tick, 0)


def _change(traffic: Traffic, ticks: tuple[int, ...]) -> NDArray[np.int64]:
    """Early where another node receives the ChangeView, late otherwise."""
    n = traffic.size.n
    others = traffic.received["CV"] * ~np.eye(n, dtype=bool)[:, :, None]
    moved = np.where(others.any(axis=0), ticks[0], ticks[-1])
    return np.where(traffic.sent["CV"] > 0, moved, 0)
