"""Traffic: everything that happened in a run of the published model, view by view.

The hub between encodings: a direct point, a compact point and a schedule all turn into traffic,
and traffic turns into each of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from milpbft.dbft.model.published.kinds import KINDS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from milpbft.dbft.model.published.sizes import Sizes

NEVER = 0


@dataclass
class Traffic:
    """Instants at which things happen, from 2 on; 0 is never. N nodes, V = N views, from 0.

    Parameters
    ----------
    size
        Sizes of the instance.
    primary
        (V,): the primary of each view, -1 where the view is not used.
    sent
        Per kind, (N,V): when a node sends its message.
    received
        Per kind, (N,N,V) by receiver and sender: when the message arrives, own ones as sent.
    relayed
        (N,V): when a node relays a block.
    """

    size: Sizes
    primary: NDArray[np.int64]
    sent: dict[str, NDArray[np.int64]]
    received: dict[str, NDArray[np.int64]]
    relayed: NDArray[np.int64]

    @classmethod
    def empty(cls, size: Sizes) -> Traffic:
        """Traffic in which nothing happens."""
        n = size.n
        return cls(
            size=size,
            primary=np.full(n, -1, dtype=np.int64),
            sent={kind: np.full((n, n), NEVER, dtype=np.int64) for kind in KINDS},
            received={kind: np.full((n, n, n), NEVER, dtype=np.int64) for kind in KINDS},
            relayed=np.full((n, n), NEVER, dtype=np.int64),
        )

    @property
    def is_primary(self) -> NDArray[np.bool_]:
        """(N,V): whether a node is a view's primary."""
        return np.equal.outer(np.arange(self.size.n), self.primary)

    @property
    def blocks(self) -> int:
        """Number of views in which a block is relayed."""
        return int(np.count_nonzero(self.relayed.any(axis=0)))

    @property
    def views(self) -> int:
        """Number of views used."""
        return int(np.count_nonzero(self.primary >= 0))

    @property
    def messages(self) -> int:
        """Messages sent and received, own receptions included."""
        arrays = (*self.sent.values(), *self.received.values())
        return sum(int(np.count_nonzero(array)) for array in arrays)

    def heard(self, kind: str) -> NDArray[np.int64]:
        """(N,V): how many messages of a kind each node received, its own included."""
        return np.asarray(np.count_nonzero(self.received[kind], axis=1), dtype=np.int64)
