"""Goals of failures: the time of a block, what is lost with miners, and what is granted twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.automaton.pernode.rows import ONE, ZERO, Affine

if TYPE_CHECKING:
    from collections.abc import Sequence

    from milpbft.automaton.pernode.program import Array, Program
    from milpbft.powm.model.failures import Failures


def alone(p: Program, x: Failures) -> list[Affine]:
    """Distinct nonces that have been hashed alone by the end of t: ``L[t]``.

    All scan the same fresh nonces from the same tick on, each at its rate, so only the foremost
    counts, and who falls behind it hashes nothing new. With ``Q[t] = sum(s <= t) q[s]``:
    ``L[t] <= max r Q[t]``; ``L[t] >= L[t-1]``; ``L[t] >= r_i Q[t] - r_i (t+1)(1 - live[i,t])``.
    """
    case = x.case
    if not any(case.solo_from(k) for k in range(len(case.gaps))):
        return [ZERO] * case.ticks
    top = max(case.rates)
    block = p.integers("l", case.ticks, upper=top * case.ticks)
    scanned = ZERO
    for t in range(case.ticks):
        scanned = scanned + x.solo(t)
        p.rows.at_most("solo", block[t], top * scanned)
        if t:
            p.rows.at_most("solo", block[t - 1], block[t])
        for i, rate in enumerate(case.rates):
            spared = rate * (t + 1) * (ONE - x.live(i, t))
            p.rows.at_most("solo", rate * scanned - spared, block[t])
    return [block[t] for t in range(case.ticks)]


def time(p: Program, x: Failures, hashed: Sequence[Affine]) -> Array:
    """Maximise the block time, ``1 + sum(t) w[t]``: w says that t ends without a solution.

    ``(R (t+1) - X + 1)(1 - w[t]) >= H[t] - X + 1`` where ``R (t+1) >= X``, else ``w[t] = 1``;
    ``w[t] >= w[t+1]``. `hashed` are the nonces of sets hashed at each tick; H adds them up, and
    those hashed alone.
    """
    case = x.case
    goal, rate = case.instance.goal, sum(case.rates)
    lone = alone(p, x)
    w = p.integers("w", case.ticks)
    sets = ZERO
    for t in range(case.ticks):
        sets = sets + hashed[t]
        done = sets + lone[t]
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
