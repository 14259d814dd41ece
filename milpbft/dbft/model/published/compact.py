"""The published dBFT 2.0 model in normal form: the same optimum, without instants and senders.

Three reductions of the direct encoding, none of which changes the optimum:

1. *Instants.* In normal form (:mod:`milpbft.dbft.model.published.normal_form`) every kind of act
   has one instant, so a cumulative variable "sent by t" is one variable per node and view: X[i,v]
   says that i sends X in v. Only ChangeView keeps two instants where the horizon is below 5.
2. *Senders.* All rows but the delivery properties read how many messages a node received, not from
   whom. ``nX[i,v]`` counts them; any count between what must arrive and what was sent can be
   given senders, because all of them arrive at the same instant.
3. *Implied rows* (:mod:`milpbft.dbft.model.published.implied`) close the gap of the linear
   relaxation.

Here i, j, v count from 1; honest nodes are 1..M. Names of families are those of the direct
encoding where the row is the same sum.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from milpbft.dbft.model.published import normal_form
from milpbft.dbft.model.published.compact_blocks import Compact
from milpbft.dbft.model.published.executable import require_executable
from milpbft.dbft.model.published.implied import change_or_commit, imply
from milpbft.dbft.model.published.kinds import KINDS
from milpbft.dbft.model.published.sizes import Sizes
from milpbft.dbft.model.published.symmetry import break_symmetry
from milpbft.milp.builder import Builder, Sum, each, total
from milpbft.milp.problem import EQ, GE, LE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from milpbft.dbft.instance import PublishedInstance
    from milpbft.milp.problem import Problem


def build_compact(
    instance: PublishedInstance,
    *,
    implied: bool = True,
    symmetry: bool = True,
    executable: bool = False,
) -> tuple[Problem, Compact]:
    """Build the compact encoding of a published dBFT instance.

    Parameters
    ----------
    instance
        A published dBFT instance.
    implied
        Add the implied rows.
    symmetry
        Add the rows that keep one of several interchangeable orders of primaries.
    executable
        Add the rows that replicas satisfy and the published model does not ask.
    """
    size = Sizes(instance.n, instance.horizon)
    m = Builder(f"{instance.name}-compact", instance.objective.sense)
    x = _variables(m, size)
    possible(m, x, size)
    primaries(m, x, size)
    needs(m, x, size)
    receipts(m, x, size)
    block_relayed(m, x, size)
    view_starts(m, x, size)
    duty(m, x, size)
    proven_view(m, x, size)
    change_duty(m, x, size)
    order_in_view(m, x, size)
    order_across_views(m, x, size)
    delivery(m, x, size, instance.delivery)
    if implied:
        imply(m, x.acts(), size)
    if executable:
        require_executable(m, x, size, instance.delivery)
    if symmetry:
        break_symmetry(m, x.primary, size)
    _objective(m, x, instance)
    return m.build(), x


def _variables(m: Builder, size: Sizes) -> Compact:
    n = size.n
    primary = m.variables("P", n, n)
    sent = {kind: m.variables(kind, n, n) for kind in KINDS}
    ticks = normal_form.change_ticks(size.horizon)
    early = m.variables("CVearly", n, n) if len(ticks) > 1 else None
    if ticks[-1] < size.horizon:
        early = sent["CV"]
    return Compact(
        primary=primary,
        sent=sent,
        early=early,
        relayed=m.variables("Blk", n, n),
        request=m.variables("nReq", n, n),
        heard={kind: m.variables(f"n{kind}", n, n, upper=n) for kind in KINDS[1:]},
        block=m.variables("blk", n),
    )


def _objective(m: Builder, x: Compact, instance: PublishedInstance) -> None:
    """Blocks, views and messages, with their weights."""
    weights = instance.objective
    m.optimise(weights.blocks * each(x.block.index), weights.views * each(x.primary.index))
    for block in (*x.sent.values(), *x.counters().values()):
        m.optimise(weights.messages * each(block.index))


def possible(m: Builder, x: Compact, size: Sizes) -> None:
    """``X[i,v] = 0`` for acts whose instant is past the horizon; ``early <= CV``."""
    acts = x.sent | {"Blk": x.relayed}
    for kind, tick in normal_form.TICK.items():
        if tick > size.horizon and kind != "Res":
            m.add("possible", each(acts[kind].index), relation=EQ)
    if size.horizon < normal_form.TICK["Res"]:
        m.add("possible", each(x.sent["Res"].index), -each(x.sent["Req"].index), relation=LE)
    if x.early is not None and x.early is not x.sent["CV"]:
        m.add("possible", each(x.early.index), -each(x.sent["CV"].index), relation=LE)


def primaries(m: Builder, x: Compact, size: Sizes) -> None:
    """Primaries, and their requests.

    ``sum(i) P[i,1] = 1``; ``sum(i) P[i,v] <= 1``; ``sum(v) P[i,v] <= 1``;
    ``sum(i) P[i,v] <= sum(i) P[i,v-1]`` and ``M P[i,v] <= nCV[i,v-1]`` for v > 1;
    ``Req[i,v] <= P[i,v]``, with equality for honest i.
    """
    p, h = x.primary.index, size.quorum
    m.add("first_primary", total(p[:, 0]), relation=EQ, rhs=1)
    m.add("one_primary", total(p), relation=LE, rhs=1)
    m.add("primary_once", total(p.T), relation=LE, rhs=1)
    m.add("no_jump", total(p[:, 1:]), -total(p[:, :-1]), relation=LE)
    m.add("certificate", h * each(p[:, 1:]), -each(x.heard["CV"].index[:, :-1]), relation=LE)
    request = x.sent["Req"].index
    m.add("sent_once", each(request[h:]), -each(p[h:]), relation=LE)
    m.add("duty", each(request[:h]), -each(p[:h]), relation=EQ)


def needs(m: Builder, x: Compact, size: Sizes) -> None:
    """``Res[i,v] <= nReq[i,v]``; ``M Com[i,v] <= nRes[i,v]``; ``M Blk[i,v] <= nCom[i,v]``."""
    m.add("needs", each(x.sent["Res"].index), -each(x.request.index), relation=LE)
    for act, heard in ((x.sent["Com"], "Res"), (x.relayed, "Com")):
        m.add("needs", size.quorum * each(act.index), -each(x.heard[heard].index), relation=LE)


def receipts(m: Builder, x: Compact, size: Sizes) -> None:
    """What can arrive and what must: a node's own messages, and a response with each request.

    ``X[i,v] <= nX[i,v] <= X[i,v] + sum(j != i) (X[j,v], if sent in time)``;
    ``Res[i,v] >= Req[i,v]`` and ``nRes[i,v] >= Res[i,v] + nReq[i,v] - Req[i,v]``.
    """
    for kind, counter in x.counters().items():
        sent = x.sent[kind].index
        m.add("own_receipt", each(sent), -each(counter.index), relation=LE)
        arriving = [-each(sent)]
        timely = _timely(x, kind, size)
        if timely is not None:
            arriving.append(-_others(timely))
        m.add("lag", each(counter.index), *arriving, relation=LE)
    request, response = each(x.sent["Req"].index), each(x.sent["Res"].index)
    m.add("request_responds", request, -response, relation=LE)
    m.add("request_responds", response, each(x.request.index), -request,
          -each(x.heard["Res"].index), relation=LE)  # fmt: skip


def _timely(x: Compact, kind: str, size: Sizes) -> NDArray[np.int32] | None:
    """Variables of the messages that others can still receive; None if there are none."""
    if kind == "CV":
        return None if x.early is None else x.early.index
    if kind == "Res" and size.horizon == normal_form.TICK["Res"]:
        return x.sent["Req"].index  # only the primary's, which comes with its request
    late = normal_form.TICK[kind] >= size.horizon
    return None if late else x.sent[kind].index


def _others(index: NDArray[np.int32]) -> Sum:
    """``sum(j != i) X[j,v]``: rows (N,V)."""
    n = index.shape[0]
    grid = np.broadcast_to(index.T[None], (n, *index.T.shape))
    kept = ~np.eye(n, dtype=bool)[:, None, :]
    return Sum(np.where(kept, grid, np.int32(-1)))


def block_relayed(m: Builder, x: Compact, size: Sizes) -> None:
    """``Blk[i,v] <= blk[v] <= sum(i) Blk[i,v]``; ``sum(v) Blk[i,v] <= 1`` for honest i."""
    relayed = x.relayed.index
    m.add("block_relayed", each(x.block.index), -total(relayed), relation=LE)
    m.add("block_relayed", each(relayed), -Sum(x.block.index[None, :, None]), relation=LE)
    m.add("one_block", total(relayed[: size.quorum].T), relation=LE, rhs=1)


def view_starts(m: Builder, x: Compact, size: Sizes) -> None:
    """``2 sum(k) P[k,v] >= nCV[i,v-1] - M + 1`` for honest i, v > 1."""
    active = Sum(total(x.primary.index).index[None, 1:])
    shown = each(x.heard["CV"].index[: size.quorum, :-1])
    m.add("view_starts", 2 * active, -shown, relation=GE, rhs=1 - size.quorum)


def duty(m: Builder, x: Compact, size: Sizes) -> None:
    """``Res >= nReq``; ``2 Com >= nRes - M + 1``; ``2 Blk >= nCom - M + 1``; honest i, all v."""
    h = size.quorum
    m.add("duty", each(x.sent["Res"].index[:h]), -each(x.request.index[:h]), relation=GE)
    for act, heard in ((x.sent["Com"], "Res"), (x.relayed, "Com")):
        m.add("duty", 2 * each(act.index[:h]), -each(x.heard[heard].index[:h]),
              relation=GE, rhs=1 - h)  # fmt: skip


def proven_view(m: Builder, x: Compact, size: Sizes) -> None:
    """``M X[i,v] <= nCV[i,v-1]`` for honest i, v > 1, X in Req, Res, Com, CV."""
    h = size.quorum
    shown = each(x.heard["CV"].index[:h, :-1])
    for kind in KINDS:
        m.add("proven_view", h * each(x.sent[kind].index[:h, 1:]), -shown, relation=LE)


def change_duty(m: Builder, x: Compact, size: Sizes) -> None:
    """``CV[i,v] + sum(u<=v) Com[i,u] >= 1``, for v > 1 only if view v-1 is used; honest i."""
    h = size.quorum
    change, commit = x.sent["CV"].index[:h], x.sent["Com"].index[:h]
    m.add("change_duty", each(change[:, 0]), each(commit[:, 0]), relation=GE, rhs=1)
    for v in range(1, size.n):
        active = Sum(x.primary.index[None, :, v - 1])
        m.add("change_duty", each(change[:, v]), Sum(commit[:, : v + 1]), -active, relation=GE)


def order_in_view(m: Builder, x: Compact, size: Sizes) -> None:
    """No commit before or with a change view; no act at or after a change view; honest i.

    The implied row ``change_or_commit``, and with fewer than 5 instants, for each instant c of a
    ChangeView that is not after an act A: ``CV[<=c,i,v] + A[i,v] <= 1``, A the request or the
    response of a backup, ``Res - Req``.
    """
    h = size.quorum
    change_or_commit(m, x.acts(), size)
    request = each(x.sent["Req"].index[:h])
    response = each(x.sent["Res"].index[:h])
    for tick in normal_form.change_ticks(size.horizon):
        last = tick == normal_form.change_ticks(size.horizon)[-1]
        by_then = x.sent["CV"] if last or x.early is None else x.early
        if tick <= normal_form.TICK["Req"]:
            m.add("order_in_view", each(by_then.index[:h]), request, relation=LE, rhs=1)
        if tick <= normal_form.TICK["Res"]:
            m.add("order_in_view", each(by_then.index[:h]), response, -request, relation=LE, rhs=1)


def order_across_views(m: Builder, x: Compact, size: Sizes) -> None:
    """Nothing after a block, no act after a commit of an earlier view; honest i, v > 1.

    ``A[i,v] + sum(u<v) Blk[i,u] <= 1`` for A in P, Res, Com;
    ``A[i,v] + sum(u<v) Com[i,u] <= 1`` for A in Req, Res; ``sum(v) Com[i,v] <= 1``.
    """
    h = size.quorum
    acts = {kind: block.index[:h] for kind, block in x.sent.items()}
    acts |= {"P": x.primary.index[:h], "Blk": x.relayed.index[:h]}
    m.add("one_commit", Sum(acts["Com"]), relation=LE, rhs=1)
    pairs = (("P", "Blk"), ("Res", "Blk"), ("Com", "Blk"), ("Req", "Com"), ("Res", "Com"))
    for v in range(1, size.n):
        for later, earlier in pairs:
            before = Sum(acts[earlier][:, :v])
            m.add("order_across", each(acts[later][:, v]), before, relation=LE, rhs=1)


def delivery(m: Builder, x: Compact, size: Sizes, properties: tuple[int, ...]) -> None:
    """What honest nodes send arrives: ``nX[i,v] >= sum(j honest) X[j,v]`` for honest i.

    Responses arrive besides that of a Byzantine primary whose request arrives:
    ``nRes[i,v] >= sum(j honest) Res[j,v] + nReq[i,v] - sum(j honest) Req[j,v]``. What is sent too
    late to reach anybody must not be sent.
    """
    h = size.quorum
    for number in properties:
        kind = KINDS[number - 1]
        sent = x.sent[kind].index[:h]
        arrived = each(x.counters()[kind].index[:h])
        everyone = Sum(total(sent).index[None])
        m.add("delivery", arrived, -everyone, relation=GE)
        if kind == "Res":
            requests = Sum(total(x.sent["Req"].index[:h]).index[None])
            request = each(x.request.index[:h])
            m.add("delivery", arrived, -everyone, -request, requests, relation=GE)
        timely = _timely(x, kind, size)
        if timely is None:
            m.add("delivery", each(sent), relation=EQ)
        elif timely is not x.sent[kind].index:
            m.add("delivery", each(sent), -each(timely[:h]), relation=LE)
