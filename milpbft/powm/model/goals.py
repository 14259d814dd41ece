"""Goals of failures: the time of a block, what is lost with miners, and what is granted twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.automaton.pernode.rows import ONE, Affine

if TYPE_CHECKING:
    from collections.abc import Sequence

    from milpbft.automaton.pernode.program import Array, Program
    from milpbft.powm.model.failures import Case, Failures


def alone(p: Program, x: Failures) -> list[Affine]:
    """``l[t] <= max r q; l >= r_i (live[i,t] + q[t] - 1)``: what the fastest hashes alone."""
    case = x.case
    if not any(case.solo_from(k) for k in range(len(case.gaps))):
        return []
    top = max(case.rates)
    block = p.integers("l", case.ticks, upper=top)
    for t in range(case.ticks):
        q = x.solo(t)
        p.rows.at_most("solo", block[t], top * q)
        for i, rate in enumerate(case.rates):
            p.rows.at_most("solo", rate * (x.live(i, t) + q - 1), block[t])
    return [block[t] for t in range(case.ticks)]


def time(p: Program, case: Case, hashed: Sequence[Affine]) -> Array:
    """Maximise the block time, ``1 + sum(t) w[t]``: w says that t ends without a solution.

    ``(R (t+1) - X + 1)(1 - w[t]) >= H[t] - X + 1`` where ``R (t+1) >= X``, else ``w[t] = 1``;
    ``w[t] >= w[t+1]``. `hashed` are the distinct nonces hashed at each tick.
    """
    goal, rate = case.instance.goal, sum(case.rates)
    w = p.integers("w", case.ticks)
    done = Affine()
    for t in range(case.ticks):
        done = done + hashed[t]
        if rate * (t + 1) >= goal:
            p.rows.at_most("time", done - (goal - 1), (rate * (t + 1) - goal + 1) * (ONE - w[t]))
        else:
            p.rows.equal("time", w[t], ONE)
        if t:
            p.rows.at_most("unsolved", w[t], w[t - 1])
    p.optimise(w.total() + 1)
    return w


def twice(p: Program, x: Failures, issued: Sequence[Affine]) -> None:
    """Maximise ``sum iss - peak``: nonces granted, without those that are distinct.

    With ``sigma(t) = S floor(t/S)``: ``rho[t] <= sum(sigma(t) <= s <= t) iss[s] -
    sum(sigma(t) <= s < t) rho[s]``; ``rho[t] <= M sum(k) A[k,t]``, M all that
    S ticks can grant; ``A[k,t] <= up[t]``;
    ``peak >= sum(s <= t) iss[s] - sum(s < t) rho[s]``. With ``before`` or ``stride`` rho is 0.
    """
    case, i = x.case, x.case.instance
    every, ticks = i.every, case.ticks
    most = sum(case.rates) * i.set_ticks * min(every, -(-every // i.set_ticks) + i.ahead + 1)
    if i.sync != "after":
        most = 0
    back = p.integers("rho", ticks, upper=most)
    peak = p.integers("peak", upper=sum(case.rates) * i.set_ticks * ticks)[()]
    for t in range(ticks):
        since = every * (t // every)
        unheard = Affine.total(issued[since : t + 1]) - back.total(slice(since, t))
        p.rows.at_most("back", back[t], unheard)
        crashes = Affine.total(x.failed(k, t, t) for k in range(len(case.gaps)))
        p.rows.at_most("back", back[t], most * crashes)
        for k in range(len(case.gaps)):
            p.rows.at_most("crash", x.failed(k, t, t), x.up(t))
        cursor = Affine.total(issued[: t + 1]) - back.total(slice(0, t))
        p.rows.at_most("peak", cursor, peak)
    p.optimise(Affine.total(issued) - peak)
