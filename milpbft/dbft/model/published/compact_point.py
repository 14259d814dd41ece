"""Points of the compact encoding to traffic, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from milpbft.dbft.model.published import normal_form
from milpbft.dbft.model.published.kinds import KINDS
from milpbft.dbft.model.published.traffic import Traffic

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from milpbft.dbft.model.published.compact_blocks import Compact
    from milpbft.dbft.model.published.sizes import Sizes


def compact_of_traffic(blocks: Compact, traffic: Traffic, variables: int) -> NDArray[np.int64]:
    """Write traffic as a point of the compact encoding; it need not satisfy the rows.

    Nodes are renamed within their class in the order in which they become primary, as the rows
    that break symmetry ask.
    """
    traffic = normal_form.normalise(traffic)
    order = _by_turn(traffic)
    x = np.zeros(variables, dtype=np.int64)
    blocks.primary.of(x)[...] = traffic.is_primary[order]
    for kind in KINDS:
        blocks.sent[kind].of(x)[...] = (traffic.sent[kind] > 0)[order]
    for kind, counter in blocks.counters().items():
        counter.of(x)[...] = traffic.heard(kind)[order]
    blocks.relayed.of(x)[...] = (traffic.relayed > 0)[order]
    blocks.block.of(x)[...] = traffic.relayed.any(axis=0)
    if blocks.early is not None and blocks.early is not blocks.sent["CV"]:
        ticks = normal_form.change_ticks(traffic.size.horizon)
        early = (traffic.sent["CV"] > 0) & (traffic.sent["CV"] <= ticks[0])
        blocks.early.of(x)[...] = early[order]
    return x


def _by_turn(traffic: Traffic) -> NDArray[np.int64]:
    """Nodes in the order in which they become primary, honest ones first, then Byzantine ones."""
    n, honest = traffic.size.n, traffic.size.quorum
    turn = np.full(n, n)
    used = np.flatnonzero(traffic.primary >= 0)
    turn[traffic.primary[used]] = used
    return np.lexsort((np.arange(n), turn, np.arange(n) >= honest))


def traffic_of_compact(
    blocks: Compact, size: Sizes, x: NDArray[np.int64], delivery: tuple[int, ...] = ()
) -> Traffic:
    """Give a compact point its instants and its senders.

    Of the messages that can arrive, those that must arrive come first, then honest ones, then
    others, until the node has received as many as the point says. The primary's response without
    its request comes last, since no replica sends that, unless `delivery` property (2) wants it of
    an honest primary.
    """
    traffic = Traffic.empty(size)
    primary = blocks.primary.of(x)
    traffic.primary[...] = np.where(primary.any(axis=0), primary.argmax(axis=0), -1)
    _send(blocks, x, traffic)
    traffic.relayed[...] = np.where(blocks.relayed.of(x) > 0, normal_form.TICK["Blk"], 0)
    for kind, counter in blocks.counters().items():
        wanted = size.quorum if 2 in delivery else 0
        _receive(traffic, kind, counter.of(x), wanted)
    return traffic


def _send(blocks: Compact, x: NDArray[np.int64], traffic: Traffic) -> None:
    ticks = normal_form.change_ticks(traffic.size.horizon)
    for kind in KINDS:
        sent = blocks.sent[kind].of(x) > 0
        if kind == "CV":
            early = blocks.early.of(x) > 0 if blocks.early is not None else np.zeros_like(sent)
            when = np.where(early, ticks[0], ticks[-1])
        elif kind == "Res":
            when = np.where(traffic.is_primary, normal_form.TICK["Req"], normal_form.TICK["Res"])
        else:
            when = np.full(sent.shape, normal_form.TICK[kind])
        traffic.sent[kind][...] = np.where(sent, when, 0)


def _receive(traffic: Traffic, kind: str, count: NDArray[np.int64], wanted: int) -> None:
    """Choose the senders of what each node receives; the first `wanted` nodes must be heard."""
    n, sent, received = traffic.size.n, traffic.sent[kind], traffic.received[kind]
    arrival = normal_form.arrivals(traffic.size.horizon)[kind]
    for i, v in np.argwhere(count > 0):
        received[i, i, v] = sent[i, v]
        with_request = (kind == "Res") & (traffic.received["Req"][i, :, v] > 0)
        alone = (kind == "Res") & traffic.is_primary[:, v] & ~with_request
        alone[:wanted] = False
        can = [j for j in range(n) if j != i and 0 < sent[j, v] < arrival]
        first = np.where(with_request, 0, 1 + alone)
        can.sort(key=first.__getitem__)
        for j in can[: count[i, v] - int(sent[i, v] > 0)]:
            received[i, j, v] = normal_form.ARRIVAL["Req"] if with_request[j] else arrival
