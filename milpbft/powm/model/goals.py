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

    Where supports forget see :func:`forgetting`.
    """
    case, i = x.case, x.case.instance
    every, ticks = i.every, case.ticks
    most = sum(case.rates) * i.set_ticks * min(every, -(-every // i.set_ticks) + i.ahead + 1)
    if i.sync != "after":
        most = 0
    forgets = x.forgetful is not None and i.sync != "stride"
    total = sum(case.rates) * i.set_ticks * ticks
    back = p.integers("rho", ticks, upper=total if forgets else most)
    peak = p.integers("peak", upper=total)[()]
    if forgets:
        forgetting(p, x, issued, (back, peak))
        return
    for t in range(ticks):
        since = every * (t // every)
        unheard = Affine.total(issued[since : t + 1]) - back.total(slice(since, t))
        p.rows.at_most("back", back[t], unheard)
        p.rows.at_most("back", back[t], most * crashes(x, t))
        once_up(p, x, t)
        cursor = Affine.total(issued[: t + 1]) - back.total(slice(0, t))
        p.rows.at_most("peak", cursor, peak)
    p.optimise(Affine.total(issued) - peak)


def crashes(x: Failures, t: int) -> Affine:
    """``sum(k) A[k,t]``: 1 where a manager crashes at t."""
    return Affine.total(x.failed(k, t, t) for k in range(len(x.case.gaps)))


def once_up(p: Program, x: Failures, t: int) -> None:
    """``A[k,t] <= up[t]``."""
    for k in range(len(x.case.gaps)):
        p.rows.at_most("crash", x.failed(k, t, t), x.up(t))


def forgetting(
    p: Program, x: Failures, issued: Sequence[Affine], blocks: tuple[Array, Affine]
) -> None:
    """Likewise where supports may forget: who takes over goes on from what it was told, or from 0.

    ``cursor[t] = sum(s <= t) iss[s] - sum(s < t) (rho[s] - jump[s])``, before what t rolls back.
    What supports were told never falls: ``told[t] >= told[t-1]``; ``told[t] >= cursor[t-1] -
    rho[t-1] + jump[t-1]`` where t is a multiple of S; ``told[t] >= cursor[t]`` with ``before``. A
    support that remembers may so have been told more than one that forgot has granted, and jumps:
    ``cursor[t] - rho[t] + jump[t] >= told[t] - M z[t] - M (1 - sum(k) A[k,t])``, where z[t] says
    that it has forgotten, ``sum z <= R``; ``rho[t] <= cursor[t]``; all three only after a crash,
    ``rho, jump <= M sum(k) A[k,t]``, ``z <= sum(k) A[k,t]``; M is all that is ever granted.
    """
    case, i = x.case, x.case.instance
    ticks, total = case.ticks, sum(case.rates) * i.set_ticks * case.ticks
    back, peak = blocks
    assert x.forgetful is not None
    jump, told = (p.integers(name, ticks, upper=total) for name in ("jump", "told"))
    p.rows.at_most("restarts", x.forgetful.total(), i.amnesia)
    for t in range(ticks):
        given = Affine.total(issued[: t + 1])
        cursor = given - back.total(slice(0, t)) + jump.total(slice(0, t))
        crash = crashes(x, t)
        if t:
            p.rows.at_most("told", told[t - 1], told[t])
            if t % i.every == 0:
                p.rows.at_most("told", cursor - issued[t], told[t])
        if i.sync == "before":
            p.rows.at_most("told", cursor, told[t])
        spared = total * x.forgetful[t] + total * (ONE - crash)
        p.rows.at_most("back", told[t], cursor - back[t] + jump[t] + spared)
        p.rows.at_most("back", back[t], cursor)
        for block in (back, jump):
            p.rows.at_most("back", block[t], total * crash)
        p.rows.at_most("forgets", x.forgetful[t], crash)
        once_up(p, x, t)
        p.rows.at_most("peak", cursor, peak)
    p.optimise(Affine.total(issued) - peak)
