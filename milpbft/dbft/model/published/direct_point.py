"""Points of the direct encoding to traffic, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from milpbft.dbft.model.published.kinds import KINDS
from milpbft.dbft.model.published.traffic import Traffic

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from milpbft.dbft.model.published.direct import Direct
    from milpbft.dbft.model.published.sizes import Sizes
    from milpbft.milp.block import Block


def traffic_of_direct(blocks: Direct, size: Sizes, x: NDArray[np.int64]) -> Traffic:
    """Read the traffic off a point that satisfies the direct rows."""
    primary = blocks.primary.of(x)
    return Traffic(
        size=size,
        primary=np.where(primary.any(axis=0), primary.argmax(axis=0), -1),
        sent={kind: _when(blocks.sent[kind].of(x)) for kind in KINDS},
        received={kind: _when(blocks.received[kind].of(x)) for kind in KINDS},
        relayed=_when(blocks.relayed.of(x)),
    )


def direct_of_traffic(
    blocks: Direct, traffic: Traffic, variables: int, *, weighted: bool
) -> NDArray[np.int64]:
    """Write traffic as a point of the direct encoding; it need not satisfy the rows.

    Parameters
    ----------
    blocks
        Blocks of the direct encoding.
    traffic
        What happened; its instants must not pass the horizon.
    variables
        Number of variables of the problem.
    weighted
        Whether messages have a weight, so that their totals are bound by rows; otherwise they
        stay 0.
    """
    x = np.zeros(variables, dtype=np.int64)
    horizon = traffic.size.horizon

    def put(block: Block, values: NDArray[np.int64] | NDArray[np.bool_] | int) -> None:
        block.of(x)[...] = values

    put(blocks.primary, traffic.is_primary)
    for kind in KINDS:
        put(blocks.sent[kind], _spread(traffic.sent[kind], horizon))
        put(blocks.received[kind], _spread(traffic.received[kind], horizon))
    put(blocks.relayed, _spread(traffic.relayed, horizon))
    put(blocks.block, np.any(traffic.relayed > 0, axis=0))
    put(blocks.change_views, traffic.heard("CV"))
    view = np.arange(traffic.size.n, dtype=np.int64)
    last = np.where(traffic.relayed > 0, view * horizon + traffic.relayed, 0)
    put(blocks.totals["blocks"], traffic.blocks)
    put(blocks.totals["views"], traffic.views)
    put(blocks.totals["last"], int(last.max()))
    if weighted:
        sent = sum(int(np.count_nonzero(array)) for array in traffic.sent.values())
        put(blocks.totals["sent"], sent)
        put(blocks.totals["received"], traffic.messages - sent)
        put(blocks.totals["messages"], traffic.messages)
    return x


def _when(values: NDArray[np.int64]) -> NDArray[np.int64]:
    """Instant, from 1, of the first 1 along the first axis; 0 where there is none."""
    return np.where(values.any(axis=0), values.argmax(axis=0) + 1, 0)


def _spread(when: NDArray[np.int64], horizon: int) -> NDArray[np.int64]:
    """One entry per instant: 1 at the instant of the event."""
    instants = np.arange(1, horizon + 1).reshape((-1, *(1,) * when.ndim))
    return np.equal(instants, when[None]).astype(np.int64)
