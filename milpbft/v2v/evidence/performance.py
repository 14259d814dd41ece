"""Evidence on chapter 7, in simulated time; see :mod:`milpbft.v2v.clock`."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Literal

from milpbft.claims import Measured
from milpbft.v2v.clock import measure
from milpbft.v2v.load import Costs, Load, Timing

NODES = (4, 8, 16, 32, 64)
SIZES = (8, 1000, 10_000)
REQUESTS = 20
"""Per client; the thesis has 200, which changes no mean here by a percent."""
Protocol = Literal["pbft", "linear", "sbft"]
Placement = Literal["shared", "separate"]
PROTOCOLS: tuple[Protocol, ...] = ("pbft", "linear", "sbft")
MS = 1000


@cache
def timing(
    protocol: Protocol,
    n: int,
    size: int = 8,
    placement: Placement = "shared",
    costs: Costs | None = None,
) -> Timing:
    """Return what a load comes to."""
    return measure(Load(protocol, n, size, placement, requests=REQUESTS), costs)


def latencies(
    protocol: Protocol,
    size: int = 8,
    placement: Placement = "shared",
    costs: Costs | None = None,
) -> list[float]:
    """Return mean latencies in ms, by the numbers of nodes of chapter 7."""
    return [timing(protocol, n, size, placement, costs).latency * MS for n in NODES]


def _list(values: list[float]) -> str:
    return ", ".join(f"{value:.1f}" for value in values)


def sizes_matter(*, byte: float) -> Measured:
    """Compare latencies of 1 kB and of 10 kB with those of 8 B, at a cost per byte."""
    costs = replace(Costs(), byte=byte)
    ratios: dict[int, float] = {}
    for size in SIZES[1:]:
        ratios[size] = max(
            timing(p, n, size, "shared", costs).latency / timing(p, n, 8, "shared", costs).latency
            for p in PROTOCOLS
            for n in NODES[:4]
        )
    words = (
        f"at {byte * 1e9:g} ns per byte and end, 1 kB takes up to {ratios[1000]:.2f} times as long "
        f"as 8 B, 10 kB {ratios[10_000]:.2f} times"
    )
    return Measured(ratios[1000] <= 1.2 and ratios[10_000] >= 1.7, words)


def throughput_stays() -> Measured:
    """Compare throughput at 10 kB and 8 B where latency grows most; 10 clients that wait."""
    worst, growth = PROTOCOLS[0], 0.0
    for protocol in PROTOCOLS:
        one = timing(protocol, 16, 10_000).latency / timing(protocol, 16).latency
        worst, growth = (protocol, one) if one > growth else (worst, growth)
    kept = timing(worst, 16, 10_000).throughput / timing(worst, 16).throughput
    clients = timing(worst, 16).throughput * timing(worst, 16).latency
    words = (
        f"{worst}, 16 nodes: latency x {growth:.2f}, throughput x {kept:.2f}; "
        f"throughput x latency = {clients:.1f}, the number of clients"
    )
    return Measured(kept > 0.9, words)


ALONE = Costs(signed=False)
"""A share authenticates the message that it comes in."""
PAIRINGS = Costs(signed=False, share=0.7e-3, combine=1e-3, certificate=1e-3)
"""Threshold signatures over pairings, at the lower end of what one takes."""


def outperform(
    protocol: Protocol, placement: Placement = "shared", costs: Costs | None = None
) -> Measured:
    """Compare latencies with those of BFT at 8 nodes and more."""
    mine = latencies(protocol, 8, placement, costs)
    bft = latencies("pbft", 8, placement, costs)
    words = f"ms at {', '.join(map(str, NODES))} nodes: {_list(mine)}; BFT {_list(bft)}"
    return Measured(all(m < b for m, b in zip(mine[1:], bft[1:], strict=True)), words)


def widest_gap(*, ratio: bool) -> Measured:
    """Look for the number of nodes at which Linear BFT is ahead of BFT by most requests."""
    linear = [timing("linear", n).throughput for n in NODES]
    bft = [timing("pbft", n).throughput for n in NODES]
    gaps = [a / b if ratio else a - b for a, b in zip(linear, bft, strict=True)]
    best = NODES[gaps.index(max(gaps))]
    shown = ", ".join(f"{gap:.2f}" if ratio else f"{gap:.0f}" for gap in gaps)
    return Measured(best in (8, 16, 32), f"Linear BFT against BFT: {shown}; most at n = {best}")


def negligible_at_four() -> Measured:
    """Compare the spread of latencies at 4 nodes with that at 64."""
    spread = []
    for place in (0, -1):
        found = [latencies(protocol)[place] for protocol in PROTOCOLS]
        spread.append(max(found) - min(found))
    words = f"latencies differ by {spread[0]:.1f} ms at 4 nodes, by {spread[1]:.1f} at 64"
    return Measured(spread[0] < spread[1] / 20, words)


def falls_with_nodes() -> Measured:
    """Look at throughput from 4 to 64 nodes."""
    falls, words = True, []
    for protocol in PROTOCOLS:
        found = [timing(protocol, n).throughput for n in NODES]
        falls &= found == sorted(found, reverse=True)
        words.append(f"{protocol} {', '.join(f'{value:.0f}' for value in found)}")
    return Measured(falls, f"requests per second: {'; '.join(words)}")


def alike() -> Measured:
    """Compare the throughput of SBFT's fast path with that of Linear BFT."""
    ratios = [timing("sbft", n).throughput / timing("linear", n).throughput for n in NODES]
    words = ", ".join(f"{ratio:.2f}" for ratio in ratios)
    return Measured(max(ratios) < 1.1, f"SBFT has {words} times the throughput")
