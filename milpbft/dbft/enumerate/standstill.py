"""The run in which production nodes stand still though none of them failed, of any size.

With n = 3f + 1 nodes, node 0 the primary of view 0, and M = 2f + 1: 2f - 1 *early* nodes respond to
the request at once. M nodes, f of them early ones and all f + 1 *late* ones, hear of each other and
want view 1. The primary and the f early ones among them enter it. The late ones get the request,
respond in view change as they are, and have with the early responses M preparations: they commit,
and the f - 1 early ones that never asked do as well. So 2f nodes have committed in view 0 and f + 1
are in view 1: ``2c0.2v1`` of 4 nodes, ``4c0.3v1`` of 7.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.dbft.reference.messages import (
    ChangeView,
    PrepareRequest,
    PrepareResponse,
    RecoveryRequest,
)
from milpbft.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from milpbft.dbft.enumerate.hunt import Act


def standstill(n: int) -> list[Act]:
    """Return the acts, for `Hunt.replay`.

    Raises
    ------
    InputError
        Where n is not 3f + 1 with f > 0.
    """
    f = (n - 1) // 3
    if n != 3 * f + 1 or not f:
        raise InputError("n", n, "4, 7, 10, ...")
    early, late = range(1, 2 * f), range(2 * f, n)
    asking = [*early[:f], *late]
    leaving = [0, *early[:f]]
    staying = early[f:]
    acts: list[Act] = [("timeout", node, None) for node in asking]
    acts += _give(RecoveryRequest.kind, asking, asking)
    acts.append(("timeout", 0, None))
    acts += _give(PrepareRequest.kind, [0], early)
    acts += _give(PrepareResponse.kind, early, [*late, *staying])
    acts += [("timeout", node, None) for node in asking]
    acts += _give(ChangeView.kind, asking, leaving)
    acts += _give(PrepareRequest.kind, [0], late)
    return acts + _give(PrepareResponse.kind, late[:1], staying)


def _give(kind: str, senders: Iterable[int], receivers: Iterable[int]) -> list[Act]:
    return [
        ("deliver", node, (sender, kind, 0, 0))
        for node in receivers
        for sender in senders
        if node != sender
    ]
