"""Measurements behind claims that no instance decides: formulas, and runs in simulated time."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from statistics import mean

import numpy as np

from milpbft.claims import Measured
from milpbft.powm.formulas import election, table3, work
from milpbft.powm.reference.baselines import solo_one_record, solo_own_records
from milpbft.powm.reference.coalition import reign
from milpbft.powm.reference.engine import Engine, run_chain
from milpbft.powm.reference.pay import shares
from milpbft.powm.reference.puzzle import Drawn
from milpbft.powm.reference.rules import Rules
from milpbft.powm.reference.tickets import Tickets

NODES = (1, 2, 4, 8)
CHANCE, RATE, SEEDS = 1 / 1000, 10, 300
RULES = Rules((1,), set_ticks=4)


def _times(function: str, n: int) -> float:
    """Mean ticks of a block of n equal nodes, over many records."""
    solve = {"one": solo_one_record, "own": solo_own_records}[function]
    return mean(solve([RATE] * n, CHANCE, seed) for seed in range(SEEDS))


@cache
def _parallel(n: int) -> float:
    """Mean ticks with a manager that does not hash."""
    engine = Engine(np.full(n - 1, RATE), RULES, CHANCE)
    return mean(engine.block(seed).ticks for seed in range(SEEDS))


def _listed(found: dict[int, float]) -> str:
    return ", ".join(f"{n}: {value:.4g}" for n, value in found.items())


def solo_is_flat() -> Measured:
    """All scan one record from one nonce."""
    found = {n: _times("one", n) for n in NODES}
    return Measured(
        len(set(found.values())) == 1, f"mean ticks of {SEEDS} blocks by nodes, {_listed(found)}"
    )


def solo_is_flat_with_own_records() -> Measured:
    """Each node has a record of its own; within a tenth counts as flat."""
    found = {n: _times("own", n) for n in NODES}
    holds = max(found.values()) < 1.1 * min(found.values())
    return Measured(holds, f"mean ticks of {SEEDS} blocks by nodes, {_listed(found)}")


def managers_help_from_three() -> Measured:
    """Compare with solo mining of one record: 2 nodes gain nothing, 3 and more do."""
    alone, together = _times("one", 8), {n: _parallel(n) for n in (2, 3, 4, 8)}
    holds = together[2] >= alone and all(together[n] < alone for n in (3, 4, 8))
    return Measured(holds, f"mean ticks alone {alone:.4g}, with a manager {_listed(together)}")


def managers_help_against_own_records() -> Measured:
    """Compare with solo mining of own records, by the formula and by runs."""
    ratios = {n: work.parallel(1, [1.0] * (n - 1)) / work.solo_own_records(1, [1.0] * n)
              for n in (3, 4, 8, 100)}  # fmt: skip
    runs = {n: _parallel(n) / _times("own", n) for n in (3, 8)}
    holds = any(ratio < 1 for ratio in ratios.values())
    return Measured(
        holds, f"time by that alone, n/(n-1): {_listed(ratios)}; in {SEEDS} runs {_listed(runs)}"
    )


def fewer_hashes() -> Measured:
    """Hashes per block against solo mining of one record."""
    n = 8
    engine = Engine(np.full(n, RATE), RULES, CHANCE)
    together = mean(engine.block(seed).hashed for seed in range(SEEDS))
    alone = n * RATE * _times("one", n)
    words = f"{n} nodes, mean hashes per block: {together:.4g} together, {alone:.4g} alone"
    return Measured(together < alone, words)


def fewer_hashes_than_own_records() -> Measured:
    """Likewise, against own records: both are 1/p; within a tenth counts as equal."""
    n = 8
    engine = Engine(np.full(n, RATE), RULES, CHANCE)
    together = mean(engine.block(seed).hashed for seed in range(SEEDS))
    alone = n * RATE * _times("own", n)
    words = f"{n} nodes, mean hashes per block: {together:.4g} together, {alone:.4g} alone"
    return Measured(together < 0.9 * alone, words)


def doubling_never_doubles() -> Measured:
    """Look at Table III: 1 to 2, 2 to 4, 4 to 8 nodes."""
    rates = table3.TABLE3
    found = {n: rates[2 * n - 1] / rates[n - 1] for n in (1, 2, 4)}
    return Measured(all(x < 2 for x in found.values()), f"rate of 2n nodes by n: {_listed(found)}")


def overhead_grows() -> Measured:
    """Look at Table III: efficiency must not rise from 2 nodes on."""
    found = dict(enumerate(table3.efficiencies(), start=1))
    falls = all(found[n + 1] <= found[n] for n in range(2, 8))
    fits = ", ".join(f"{name} rmse {table3.fit(name).rmse:.2f} H/s" for name in table3.CURVES)
    return Measured(falls, f"efficiency by nodes, {_listed(found)}; fits: {fits}")


def bitcoin_equation() -> Measured:
    """Equation 1 at the maximum difficulty that the paper names, 2^(256-1)."""
    most = work.bitcoin_hashes(2.0**255)
    edge = 2.0 ** (256 - 32)
    words = (
        f"2^255 2^32 = {most:.3g} hashes, {most / 2.0**256:.3g} times all outputs; the edge is "
        f"D = {edge:.3g}; the factor is {work.BITCOIN:.1f}, not {2**32}"
    )
    return Measured(most <= 2.0**256, words)


def _contributions() -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Nonces handed out to ten nodes of rates 1 to 10 in a run of twenty epochs."""
    rates = np.arange(1, 11)
    chain = run_chain(Engine(rates, RULES, 1 / 2000), 20, supports=1)
    return chain.paid


def unpredictable() -> Measured:
    """Guess the node of the largest weight; and read 60 block hashes, where they are the beacon."""
    paid = _contributions()
    guess = election.best_guess(paid.tolist())
    run = reign(10, 3, 60)
    foretold = [
        Tickets.shared(10, 3).draw(int.from_bytes(block.hash, "big")) == "coalition"
        for block in run.blocks
    ]
    right = sum(one == other for one, other in zip(foretold, run.managed, strict=True))
    words = f"best guess {guess:.3f}, 1/n = {1 / len(paid):.3f}"
    return Measured(
        guess <= 1 / len(paid), f"{words}; from the hash of the last block {right} of 60 are known"
    )


def equal_opportunity() -> Measured:
    """Chances to be elected by contribution, of the fastest and the slowest of ten nodes."""
    paid = _contributions()
    high, low = paid.max() / paid.sum(), paid.min() / paid.sum()
    return Measured(bool(high == low), f"chances from {low:.3f} to {high:.3f}")


def never_outhashed() -> Measured:
    """Eight equal nodes, two idle supports: the fewest that out-hash the rest."""
    n, idle = 8, 2
    few = election.outhash(n, idle)
    return Measured(2 * few >= n, f"{few} of {n} nodes out-hash {n - few - 1 - idle}, {idle} idle")


def scales() -> Measured:
    """Messages per block with a share of a tenth of supports, block times held; manager's limit."""
    found = {n: work.messages(n, n // 10, n * 1000.0, 100.0) for n in (100, 1000, 10_000)}
    growth = found[10_000] / found[1000]
    cap = work.most_rate(1e6, 1e-4)
    words = (
        f"messages per block by nodes {_listed(found)}, {growth:.0f} times for 10 times the nodes; "
        f"one manager serves {cap:.3g} H/s at 0.1 ms per request of a million nonces"
    )
    return Measured(growth <= 11, words)


def faster_with_nodes() -> Measured:
    """Block times at one difficulty."""
    found = {n: _parallel(n) for n in (2, 3, 5, 9)}
    times = list(found.values())
    return Measured(times == sorted(times, reverse=True), f"mean ticks by nodes, {_listed(found)}")


def faster_where_difficulty_follows() -> Measured:
    """Block times where p is 1/(R target): difficulty follows the network (IV-B)."""
    target = 40
    found = {}
    for n in (2, 3, 5, 9):
        engine = Engine(np.full(n - 1, RATE), RULES, 1 / (RATE * (n - 1) * target))
        found[n] = mean(engine.block(seed).ticks for seed in range(SEEDS))
    falls = found[9] < 0.9 * found[2]
    return Measured(falls, f"mean ticks by nodes, {_listed(found)}; the target is {target}")


def fee_is_low() -> Measured:
    """A fee of 1 % with bounds of 0.01 and 1000, for amounts from a cent on."""
    low, high = Fraction(1, 100), Fraction(1000)
    amounts = [Fraction(1, 100), Fraction(1, 2), Fraction(100), Fraction(10**8)]
    found = [election.fee_share(a, Fraction(1, 100), low, high) for a in amounts]
    words = ", ".join(
        f"{float(a):.10g}: {float(f):.3g}" for a, f in zip(amounts, found, strict=True)
    )
    return Measured(
        all(share <= Fraction(2, 100) for share in found),
        f"fee by amount with low = 0.01: {words}; above 2 % below {float(low / Fraction(2, 100))}",
    )


def shares_are_fair() -> Measured:
    """Credit by hashes below an easier target, of three nodes that hash 1, 2 and 4 parts."""
    nonces, easy = 70_000, Drawn(1 / 20, "shares").golden(70_000)
    ends = {1: (0, 10_000), 2: (10_000, 30_000), 3: (30_000, nonces)}
    credit = shares({node: range(lo, hi) for node, (lo, hi) in ends.items()}, easy)
    total = sum(credit.values())
    off = {n: credit[n] / total * nonces / (hi - lo) for n, (lo, hi) in ends.items()}
    holds = all(abs(ratio - 1) < 0.1 for ratio in off.values())
    return Measured(holds, f"share of credit by share of work: {_listed(off)}")
