"""Measurements for the claims of the HGFRR report, on its reference and on baselines."""

from __future__ import annotations

from math import ceil, log2
from typing import TYPE_CHECKING

from milpbft.claims import Measured
from milpbft.hgfrr.coverage import average, baseline
from milpbft.hgfrr.formulas import (
    largest_base,
    levels_most,
    mean_tree_depth,
    messages_most,
    ticks_most,
)
from milpbft.hgfrr.reference.build import topology_of
from milpbft.hgfrr.reference.engine import Engine
from milpbft.hgfrr.reference.repair import repair
from milpbft.hgfrr.reference.world import silence
from milpbft.hgfrr.sizes import Sizes
from milpbft.hgfrr.spread import Spread

if TYPE_CHECKING:
    from collections.abc import Callable

    from milpbft.hgfrr.reference.engine import Reach

SIZES = Sizes(16)
SPREAD = Spread(2)
NS = (100, 1000, 10_000, 100_000)
RUNS = 200
TWO_THIRDS = 2 / 3


def messages_are_linear() -> Measured:
    """Broadcast from node 0 in networks of up to 100 000 nodes, without failures."""
    found = {n: Engine(topology_of(n, SIZES, 0), SPREAD).run(0).messages for n in NS}
    holds = all(n - 1 <= count <= messages_most(n, SIZES) for n, count in found.items())
    words = ", ".join(f"{n}: {count} ({count / n:.3f} n)" for n, count in found.items())
    return Measured(holds, f"messages per broadcast, {words}")


def ticks_are_logarithmic() -> Measured:
    """Likewise; the bound per level is one tick up and floor(log2 16) + 1 down."""
    found, holds = {}, True
    for n in NS:
        found[n] = Engine(topology_of(n, SIZES, 0), SPREAD).run(0).ticks
        holds &= found[n] <= ticks_most(levels_most(n, SIZES), SIZES.most, 2)
    words = ", ".join(f"{n}: {ticks} ({ticks / log2(n):.2f} log2 n)" for n, ticks in found.items())
    return Measured(holds, f"ticks per broadcast with k = 2, {words}")


def any_base_will_do() -> Measured:
    """Look for the largest k such that no tree of a base up to it is deeper than 2 log2 N."""
    found = {size: largest_base(size, 2 * ceil(log2(size))) for size in (16, 64, 256, 1024)}
    words = ", ".join(f"{size}: k <= {k}" for size, k in found.items())
    return Measured(
        all(k is None for k in found.values()),
        f"depth at most 2 log2 N in a ring of N for bases up to, {words}",
    )


def _average(n: int, failures: int, least: float) -> Measured:
    found = average(topology_of(n, SIZES, 0), SPREAD, failures, runs=RUNS)
    words = (
        f"n = {n}, {failures} of its contact nodes silent: {found.coverage:.3f} of the correct "
        f"nodes hold the message, standard error {found.error:.3f}, {RUNS} runs"
    )
    return Measured(found.coverage >= least, words)


def one_failure_on_average() -> Measured:
    """Silence one contact node of 1000 nodes, drawn by chance."""
    return _average(1000, 1, 2 / 3)


def a_third_fails_on_average() -> Measured:
    """Silence a third of the contact nodes of 1000 nodes, drawn by chance."""
    return _average(1000, 21, 2 / 3)


def rotation(contacts: int, serving: int) -> Callable[[], Measured]:
    """Silence as many contacts of the source's ring as broadcast; change all, and broadcast again.

    The silent contacts are those that cut the source off: without the change nobody else has it.
    """

    def measure() -> Measured:
        sizes, spread, source = Sizes(16, contacts), Spread(2, serving=serving), 0
        topology = topology_of(100, sizes, 0)
        silent = topology.rings[topology.home(source)].contacts[:serving]
        found = [
            repair(
                topology, source, spread,
                failures=silence(silent), tick=30, sizes=sizes, seed=seed, rotate=True,
            ).coverage
            for seed in range(RUNS)
        ]  # fmt: skip
        share = sum(coverage >= TWO_THIRDS for coverage in found) / len(found)
        words = (
            f"n = 100, contacts {', '.join(map(str, silent))} silent: after {share:.1%} of {RUNS} "
            f"elections two thirds are reached, {sum(found) / len(found):.3f} on average, "
            f"{min(found):.3f} at worst"
        )
        return Measured(sum(found) / len(found) >= TWO_THIRDS, words)

    return measure


def rotation_never_fails() -> Measured:
    """Likewise with three contacts who all broadcast: the worst of the elections counts."""
    sizes, spread = Sizes(16, 3), Spread(2, serving=3)
    topology = topology_of(100, sizes, 0)
    silent = silence(topology.rings[topology.home(0)].contacts)
    found = (
        repair(topology, 0, spread, failures=silent, tick=30, sizes=sizes, seed=s, rotate=True)
        for s in range(RUNS)
    )
    seed, worst = min(enumerate(one.coverage for one in found), key=lambda pair: pair[1])
    words = f"n = 100: {worst:.3f} of the correct nodes after the election of seed {seed}"
    return Measured(worst >= TWO_THIRDS, words)


def tree_with_any_base(most: Callable[[int], int], words: str) -> Callable[[], Measured]:
    """Draw k evenly from 2 to `most`, given N, and compare the mean depth with 2 log2 N."""

    def measure() -> Measured:
        found = {size: mean_tree_depth(size, 2, most(size)) for size in (16, 64, 256, 1024)}
        said = ", ".join(f"{size}: {depth:.1f}" for size, depth in found.items())
        holds = all(depth <= 2 * log2(size) for size, depth in found.items())
        return Measured(holds, f"mean depth in a ring of N, {words}, {said}")

    return measure


def _beside(n: int) -> tuple[Reach, Reach]:
    """Broadcast over the overlay, and over Kademlia's buckets, from node 0 without failures."""
    overlay = Engine(topology_of(n, SIZES, 0), SPREAD).run(0)
    return overlay, baseline("kademlia", n, degree=8, seed=0)(0, [], 0)


def nobody_takes_fewer() -> Measured:
    """Compare with a broadcast that hands buckets over, which takes n - 1 messages."""
    found = {n: _beside(n) for n in NS}
    words = ", ".join(
        f"{n}: {ours.messages} messages and {ours.ticks} ticks, {theirs.messages} and "
        f"{theirs.ticks} there"
        for n, (ours, theirs) in found.items()
    )
    holds = all(
        ours.messages <= theirs.messages and ours.ticks <= theirs.ticks
        for ours, theirs in found.values()
    )
    return Measured(holds, words)


def nobody_is_of_lower_order() -> Measured:
    """Compare with what no broadcast can do without: n - 1 messages, and log2 n ticks on a port.

    Twice as much is of the same order.
    """
    holds, words = True, []
    for n in NS:
        ours = _beside(n)[0]
        holds &= ours.messages <= 2 * (n - 1) and ours.ticks <= 2 * log2(n)
        words.append(
            f"{n}: {ours.messages / (n - 1):.3f} (n - 1), {ours.ticks / log2(n):.2f} log2 n"
        )
    return Measured(holds, ", ".join(words))
