"""Rows that every execution of dBFT 2.0 replicas satisfies and the published model does not ask.

A published optimum may be an artefact of the model. With these rows added, its schedules are those
that replicas can produce once view clocks are laid end to end; where the optimum stays, it is
attained by a real execution, and where it gets worse, the published optimum is refuted.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.dbft.model.published.normal_form import TICK
from milpbft.milp.builder import Sum, each, total
from milpbft.milp.problem import LE

if TYPE_CHECKING:
    from milpbft.dbft.model.published.compact_blocks import Compact
    from milpbft.dbft.model.published.sizes import Sizes
    from milpbft.milp.builder import Builder


def require_executable(m: Builder, x: Compact, size: Sizes, delivery: tuple[int, ...]) -> None:
    """Add every family of this module."""
    request_known(m, x, size)
    response_rides(m, x, size, responses_arrive=2 in delivery)
    silent_when_done(m, x, size)


def request_known(m: Builder, x: Compact, size: Sizes) -> None:
    """Nobody honest commits to, or assembles, a block without its request.

    ``Com[i,v] <= nReq[i,v]`` and ``Blk[i,v] <= nReq[i,v]``. Who has the request has answered it, so
    a node relays a block only in a view that it has entered, and not once it is locked in another.
    """
    request = each(x.request.index[: size.quorum])
    for act in (x.sent["Com"], x.relayed):
        m.add("request_known", each(act.index[: size.quorum]), -request, relation=LE)


def response_rides(m: Builder, x: Compact, size: Sizes, *, responses_arrive: bool) -> None:
    """The primary's response is its request, so nobody receives it without.

    ``nRes[i,v] <= sum(j) Res[j,v] - sum(j) Req[j,v] + nReq[i,v]``; and where the responses of all
    honest nodes arrive (delivery property 2) ``nReq[i,v] >= sum(j honest) Req[j,v]``, i honest.
    With 3 instants only the primary's response reaches others: ``nRes <= Res + nReq - Req``.
    """
    h, request = size.quorum, x.request.index
    responses = Sum(total(x.sent["Res"].index).index[None])
    requests = Sum(total(x.sent["Req"].index).index[None])
    heard = each(x.heard["Res"].index)
    m.add("response_rides", heard, -responses, requests, -each(request), relation=LE)
    if size.horizon == TICK["Res"]:
        own = (-each(x.sent["Res"].index), each(x.sent["Req"].index))
        m.add("response_rides", heard, *own, -each(request), relation=LE)
    if responses_arrive:
        honest = Sum(total(x.sent["Req"].index[:h]).index[None])
        m.add("response_rides", honest, -each(request[:h]), relation=LE)


def silent_when_done(m: Builder, x: Compact, size: Sizes) -> None:
    """``CV[i,v] + sum(u<v) Blk[i,u] <= 1`` for honest i, v > 1: with a block, no wish."""
    h = size.quorum
    change, relayed = x.sent["CV"].index[:h], x.relayed.index[:h]
    for v in range(1, size.n):
        m.add("silent_when_done", each(change[:, v]), Sum(relayed[:, :v]), relation=LE, rhs=1)
