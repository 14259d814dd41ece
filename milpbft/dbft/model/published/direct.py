"""The published dBFT 2.0 model, one variable per event and instant.

Coelho et al., "A MILP Model for a Byzantine Fault Tolerant Blockchain Consensus", Future Internet
12 (2020) 185, section 3. The dimensions agree with all twelve lines of its Table 1.

Known faults of the model, kept because this is the published semantics:

- The multiplier 2 in the families ``view_starts`` and ``duty`` is too small from f = 2 on: an
  honest node can receive at most M+1 responses, commits or change views of a view.
- Nodes 1 to M are honest whatever n is, so n other than 3f+1 has more than f Byzantine nodes.
- Honest duties bind although the node may have timed out, so a block can be forced where dBFT 2.0
  itself can lock.
- Each view has a clock of its own; only replay tells which optima can happen.
- A node may commit, and relay a block, without the request, and a locked node may relay a block of
  a later view.

Here t, i, j, v count from 1 as in the paper. ``S(X,i,v)`` is the sum of ``X[t,i,v]`` over t > 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from milpbft.dbft.model.published.kinds import KINDS
from milpbft.dbft.model.published.sizes import Sizes
from milpbft.milp.builder import Builder, Sum, each, total, upto
from milpbft.milp.problem import EQ, GE, LE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from milpbft.dbft.instance import PublishedInstance
    from milpbft.milp.block import Block
    from milpbft.milp.problem import Problem


@dataclass(frozen=True)
class Direct:
    """Blocks of the direct encoding: T instants, N nodes, V = N views.

    ``primary`` (N,V); ``sent[kind]`` and ``relayed`` (T,N,V); ``received[kind]`` (T,N,N,V) by
    receiver and sender; ``block`` (V); ``change_views`` (N,V), received per node and view.
    """

    primary: Block
    sent: dict[str, Block]
    relayed: Block
    received: dict[str, Block]
    block: Block
    change_views: Block
    totals: dict[str, Block]

    def send(self, kind: str) -> NDArray[np.int32]:
        """Send variables at t > 1, (T-1,N,V); ``Blk`` gives the relays."""
        return (self.relayed if kind == "Blk" else self.sent[kind]).index[1:]

    def receipt(self, kind: str) -> NDArray[np.int32]:
        """Reception variables at t > 1, (T-1,N,N,V)."""
        return self.received[kind].index[1:]

    def once(self, kind: str) -> Sum:
        """``S(X,i,v)``: rows (N,V)."""
        return total(self.send(kind))

    def heard(self, kind: str) -> Sum:
        """``sum(j) S(r,i,j,v)``: rows (N,V)."""
        return total(np.moveaxis(self.receipt(kind), 2, 1), axes=2)


def build_direct(instance: PublishedInstance) -> tuple[Problem, Direct]:
    """Build the direct encoding of a published dBFT instance."""
    size = Sizes(instance.n, instance.horizon)
    m = Builder(f"{instance.name}-direct", instance.objective.sense)
    x = _variables(m, size)
    start_empty(m, x)
    primaries(m, x, size)
    needs(m, x, size)
    sent_once(m, x)
    own_receipt(m, x)
    lag(m, x)
    request_responds(m, x)
    received_once(m, x)
    block_relayed(m, x, size)
    one_block(m, x, size)
    view_starts(m, x, size)
    duty(m, x, size)
    proven_view(m, x, size)
    change_duty(m, x, size)
    order_in_view(m, x, size)
    order_across_views(m, x, size)
    totals(m, x, size, weighted=instance.objective.messages != 0)
    delivery(m, x, size, instance.delivery)
    weights = instance.objective
    for name in ("blocks", "views", "messages"):
        if weight := getattr(weights, name):
            m.optimise(weight * each(x.totals[name].index))
    return m.build(), x


def _variables(m: Builder, size: Sizes) -> Direct:
    n, t = size.n, size.horizon
    return Direct(
        primary=m.variables("P", n, n),
        sent={kind: m.variables(kind, t, n, n) for kind in KINDS},
        relayed=m.variables("Blk", t, n, n),
        received={kind: m.variables(f"r{kind}", t, n, n, n) for kind in KINDS},
        block=m.variables("blk", n),
        change_views=m.variables("cv", n, n, upper=n),
        totals={
            "blocks": m.variables("blocks", upper=n),
            "last": m.variables("last_relay", upper=n * t),
            "views": m.variables("views", upper=n),
            "sent": m.variables("messages_sent", upper=4 * n * n),
            "received": m.variables("messages_received", upper=4 * n**3),
            "messages": m.variables("messages", upper=4 * n * n * (n + 1)),
        },
    )


def start_empty(m: Builder, x: Direct) -> None:
    """``X[1,i,v] = 0`` and ``r[1,i,j,v] = 0`` (family 1)."""
    for block in (*x.sent.values(), x.relayed, *x.received.values()):
        m.add("start_empty", each(block.index[0]), relation=EQ)


def primaries(m: Builder, x: Direct, size: Sizes) -> None:
    """Primaries (families 2a to 2d).

    ``sum(i) P[i,1] = 1``; ``sum(i) P[i,v] <= 1``; ``sum(v) P[i,v] <= 1``;
    ``(v-1) sum(i) P[i,v] <= sum(i) sum(u<v) P[i,u]`` and ``M P[i,v] <= cv[i,v-1]`` for v > 1.
    """
    p = x.primary.index
    m.add("first_primary", total(p[:, 0]), relation=EQ, rhs=1)
    m.add("one_primary", total(p), relation=LE, rhs=1)
    m.add("primary_once", total(p.T), relation=LE, rhs=1)
    for v in range(1, size.n):
        m.add("no_jump", v * total(p[:, v]), -total(p[:, :v].reshape(-1)), relation=LE)
    certificate = -each(x.change_views.index[:, :-1])
    m.add("certificate", size.quorum * each(p[:, 1:]), certificate, relation=LE)


def needs(m: Builder, x: Direct, size: Sizes) -> None:
    """Quorums before acts, for t > 1 (family 3).

    ``Res[t,i,v] <= sum(s<=t) sum(j) rReq[s,i,j,v]``;
    ``M Com[t,i,v] <= sum(s<=t) sum(j) rRes[s,i,j,v]``;
    ``M Blk[t,i,v] <= sum(s<=t) sum(j) rCom[s,i,j,v]``.
    """
    for act, heard, least in (
        ("Res", "Req", 1),
        ("Com", "Res", size.quorum),
        ("Blk", "Com", size.quorum),
    ):
        past = upto(x.received[heard].index).index[1:]
        by_sender = np.moveaxis(past, 2, -1)
        flat = by_sender.reshape((*by_sender.shape[:3], -1))
        m.add("needs", least * each(x.send(act)), -Sum(flat), relation=LE)


def sent_once(m: Builder, x: Direct) -> None:
    """``S(Req,i,v) <= P[i,v]``; ``S(X,i,v) <= 1`` for Res, Com, CV, Blk (family 4)."""
    m.add("sent_once", x.once("Req"), -each(x.primary.index), relation=LE)
    for kind in ("Res", "Com", "CV", "Blk"):
        m.add("sent_once", x.once(kind), relation=LE, rhs=1)


def own_receipt(m: Builder, x: Direct) -> None:
    """``r[t,i,i,v] = X[t,i,v]`` for t > 1 (family 5)."""
    for kind in KINDS:
        own = np.moveaxis(np.diagonal(x.receipt(kind), axis1=1, axis2=2), -1, 1)
        m.add("own_receipt", each(own), -each(x.send(kind)), relation=EQ)


def lag(m: Builder, x: Direct) -> None:
    """``r[t,i,j,v] <= sum(1<s<t) X[s,j,v]`` for t > 1, i != j (family 6)."""
    for kind in KINDS:
        receipt = x.receipt(kind)
        others = ~np.eye(receipt.shape[1], dtype=bool)[None, :, :, None]
        before = Sum(upto(x.send(kind), strict=True).index[:, None])
        m.add("lag", each(receipt), -before, relation=LE, where=others)


def request_responds(m: Builder, x: Direct) -> None:
    """``rRes[t,i,j,v] >= rReq[t,i,j,v]`` for t > 1 (family 7)."""
    m.add("request_responds", each(x.receipt("Res")), -each(x.receipt("Req")), relation=GE)


def received_once(m: Builder, x: Direct) -> None:
    """``S(r,i,j,v) <= 1`` (family 8)."""
    for kind in KINDS:
        m.add("received_once", total(x.receipt(kind)), relation=LE, rhs=1)


def block_relayed(m: Builder, x: Direct, size: Sizes) -> None:
    """``blk[v] <= sum(i) S(Blk,i,v)`` and ``N blk[v] >= sum(i) S(Blk,i,v)`` (family 9)."""
    relays = total(x.send("Blk"), axes=2)
    m.add("block_relayed", each(x.block.index), -relays, relation=LE)
    m.add("block_relayed", size.n * each(x.block.index), -relays, relation=GE)


def one_block(m: Builder, x: Direct, size: Sizes) -> None:
    """``sum(v) S(Blk,i,v) <= 1`` for honest i (family 10)."""
    relays = x.send("Blk")[:, : size.quorum]
    m.add("one_block", total(np.moveaxis(relays, 2, 1), axes=2), relation=LE, rhs=1)


def view_starts(m: Builder, x: Direct, size: Sizes) -> None:
    """``2 sum(k) P[k,v] >= cv[i,v-1] - M + 1`` for honest i, v > 1 (family 11)."""
    active = total(x.primary.index)
    shown = each(x.change_views.index[: size.quorum, :-1])
    m.add("view_starts", 2 * Sum(active.index[None, 1:]), -shown, relation=GE, rhs=1 - size.quorum)


def duty(m: Builder, x: Direct, size: Sizes) -> None:
    """Honest duties within a view (family 12).

    ``S(Req,i,v) >= P[i,v]``; ``S(Res,i,v) >= sum(j) S(rReq,i,j,v)``;
    ``2 S(Com,i,v) >= sum(j) S(rRes,i,j,v) - M + 1``;
    ``2 S(Blk,i,v) >= sum(j) S(rCom,i,j,v) - M + 1``.
    """
    h = size.quorum
    m.add("duty", Sum(x.once("Req").index[:h]), -each(x.primary.index[:h]), relation=GE)
    for act, heard, factor, rhs in (
        ("Res", "Req", 1, 0),
        ("Com", "Res", 2, 1 - h),
        ("Blk", "Com", 2, 1 - h),
    ):
        did = factor * Sum(x.once(act).index[:h])
        m.add("duty", did, -Sum(x.heard(heard).index[:h]), relation=GE, rhs=rhs)


def proven_view(m: Builder, x: Direct, size: Sizes) -> None:
    """``M S(X,i,v) <= cv[i,v-1]`` for honest i, v > 1, X in Req, Res, Com, CV (family 13)."""
    h = size.quorum
    shown = each(x.change_views.index[:h, :-1])
    for kind in KINDS:
        m.add("proven_view", h * Sum(x.once(kind).index[:h, 1:]), -shown, relation=LE)


def change_duty(m: Builder, x: Direct, size: Sizes) -> None:
    """An honest node that has not committed asks for a view change (families 14a, 14b).

    ``S(CV,i,1) >= 1 - S(Com,i,1)``;
    ``S(CV,i,v) >= 1 - sum(u<=v) S(Com,i,u) - (1 - sum(k) P[k,v-1])`` for v > 1.
    """
    h = size.quorum
    change, commit = x.once("CV").index[:h], x.once("Com").index[:h]
    m.add("change_duty", Sum(change[:, 0]), Sum(commit[:, 0]), relation=GE, rhs=1)
    for v in range(1, size.n):
        commits = Sum(commit[:, : v + 1].reshape(h, -1))
        active = Sum(x.primary.index[None, :, v - 1])
        m.add("change_duty", Sum(change[:, v]), commits, -active, relation=GE)


IN_VIEW = (("Req", "CV"), ("Res", "CV"), ("Com", "CV"), ("CV", "Com"),
           ("Req", "Blk"), ("Res", "Blk"), ("Com", "Blk"), ("CV", "Blk"))  # fmt: skip


def order_in_view(m: Builder, x: Direct, size: Sizes) -> None:
    """``A[t,i,v] <= 1 - sum(1<s<=t) B[s,i,v]`` for honest i, t > 1 (family 15)."""
    h = size.quorum
    for later, earlier in IN_VIEW:
        done = upto(x.send(earlier)[:, :h])
        m.add("order_in_view", each(x.send(later)[:, :h]), done, relation=LE, rhs=1)


ACROSS = (("Req", "Blk"), ("Res", "Blk"), ("Com", "Blk"),
          ("Req", "Com"), ("Res", "Com"), ("Com", "Com"), ("CV", "Com"))  # fmt: skip


def order_across_views(m: Builder, x: Direct, size: Sizes) -> None:
    """Nothing after a block, no act after a commit of an earlier view (family 16).

    ``P[i,v] <= 1 - sum(u<v) S(Blk,i,u)`` and ``S(A,i,v) <= 1 - sum(u<v) S(B,i,u)`` for honest i,
    v > 1 and (A,B) in :data:`ACROSS`.
    """
    h = size.quorum
    acts = {kind: x.once(kind).index[:h] for kind in (*KINDS, "Blk")}
    acts["P"] = x.primary.index[:h, :, None]
    for v in range(1, size.n):
        for later, earlier in (("P", "Blk"), *ACROSS):
            before = Sum(acts[earlier][:, :v].reshape(h, -1))
            m.add("order_across", Sum(acts[later][:, v]), before, relation=LE, rhs=1)


def totals(m: Builder, x: Direct, size: Sizes, *, weighted: bool) -> None:
    """Totals (families 17 and 18).

    ``blocks = sum(v) blk[v]``; ``views = sum(i,v) P[i,v]``; ``cv[i,v] = sum(t,j) rCV[t,i,j,v]``;
    ``last >= ((v-1) T + t) Blk[t,i,v]``; and only where messages have a weight ``sent = sum X``,
    ``received = sum r``, ``messages = sent + received``.
    """
    one = {name: each(block.index) for name, block in x.totals.items()}
    m.add("blocks", one["blocks"], -total(x.block.index), relation=EQ)
    m.add("views", one["views"], -total(x.primary.index.reshape(-1)), relation=EQ)
    heard = total(np.moveaxis(x.received["CV"].index, 2, 1), axes=2)
    m.add("change_views", each(x.change_views.index), -heard, relation=EQ)
    t, _, v = np.ogrid[1 : size.horizon + 1, :1, : size.n]
    when = (v * size.horizon + t)[..., None]
    last = Sum(x.totals["last"].index.reshape(1, 1, 1, 1))
    m.add("last_relay", last, -(when * each(x.relayed.index)), relation=GE)
    if weighted:
        for name, blocks in (("sent", x.sent), ("received", x.received)):
            every = np.concatenate([block.index.reshape(-1) for block in blocks.values()])
            m.add(name, one[name], -total(every), relation=EQ)
        m.add("messages", one["messages"], -one["sent"], -one["received"], relation=EQ)


def delivery(m: Builder, x: Direct, size: Sizes, properties: Iterable[int]) -> None:
    """``S(r,i,j,v) >= S(X,j,v)`` for honest i != j, X the kind of each property (equation 31)."""
    h = size.quorum
    others = ~np.eye(h, dtype=bool)[:, :, None]
    for number in properties:
        kind = KINDS[number - 1]
        arrived = total(x.receipt(kind)[:, :h, :h])
        m.add("delivery", arrived, -Sum(x.once(kind).index[None, :h]), relation=GE, where=others)
