"""The pictures of the market, made by command: chapter 7 again, and what it leaves out."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from milpbft.question.files import parse_instance
from milpbft.solve import solve
from milpbft.v2v.catalogue import market_of, random_market
from milpbft.v2v.clock import measure
from milpbft.v2v.evidence.performance import MS, NODES, PROTOCOLS, Placement
from milpbft.v2v.load import Load
from milpbft.v2v.pictures import draw_bars, draw_lines, draw_matches
from milpbft.v2v.reference.staged import Staged

if TYPE_CHECKING:
    from collections.abc import Callable

    import plotly.graph_objects as go

TITLES = {"pbft": "BFT", "linear": "Linear BFT", "sbft": "SBFT"}
PRINTED = (("1", 8, "8 B"), ("3", 1000, "1 kB"), ("5", 10_000, "10 kB"))
"""Figures 7.1 to 7.6: latency, and one number on, throughput."""


def _lines(
    requests: int, size: int, *, rate: bool = False, **facts: Any  # noqa: ANN401
) -> dict[str, list[tuple[float, float]]]:  # fmt: skip
    """Return latency in ms, or requests per second, by protocol and number of nodes."""
    lines: dict[str, list[tuple[float, float]]] = {}
    for protocol in PROTOCOLS:
        for n in NODES:
            found = measure(Load(protocol, n, size, requests=requests, **facts))
            value = found.throughput if rate else found.latency * MS
            lines.setdefault(TITLES[protocol], []).append((n, value))
    return lines


def _latency(requests: int, size: int, title: str, place: Placement = "shared") -> go.Figure:
    lines = _lines(requests, size, placement=place)
    return draw_lines(title, lines, "nodes", "mean latency, ms", log=True)


def _throughput(requests: int, size: int, title: str) -> go.Figure:
    lines = _lines(requests, size, rate=True)
    return draw_lines(title, lines, "nodes", "requests per second", log=True)


def faulty(requests: int) -> go.Figure:
    """Draw latency with f silent nodes, f that lie to clients, and a silent first primary."""
    lines: dict[str, list[tuple[float, float]]] = {}
    kinds: dict[str, Callable[[int], dict[str, Any]]] = {
        "none": lambda _: {},
        "f silent": lambda f: {"silent": f},
        "f lying": lambda f: {"lying": f},
        "primary silent": lambda _: {"down": True},
    }
    for name, facts in kinds.items():
        for protocol in PROTOCOLS:
            for n in NODES:
                load = Load(protocol, n, requests=requests, **facts((n - 1) // 3))
                key = f"{TITLES[protocol]}, {name}"
                lines.setdefault(key, []).append((n, measure(load).latency * MS))
    title = f"Faulty nodes, {requests} requests per client of 8 B"
    return draw_lines(title, lines, "nodes", "mean latency, ms", log=True)


def slow_path(requests: int) -> go.Figure:
    """Draw SBFT with 0 to 3 silent nodes of 16, by redundant nodes c."""
    lines: dict[str, list[tuple[float, float]]] = {}
    for c in range(4):
        for silent in range(4):
            load = Load("sbft", 16, requests=requests, redundant=c, silent=silent)
            lines.setdefault(f"c = {c}", []).append((silent, measure(load).latency * MS))
    return draw_lines("SBFT of 16 nodes: the slow path", lines, "silent nodes", "mean latency, ms")


def patience(most: int = 5) -> go.Figure:
    """Draw what b of C1 pays at most, by P and defence."""
    words = {
        "served in turn": None, "timer of the oldest": "", "timer of each": "-each",
        "the view may be lost": "-seat", "batches of 2": "-batch2", "batches of 3": "-batch3",
        "batches of 5": "-batch5",
    }  # fmt: skip
    lines: dict[str, list[tuple[float, float]]] = {}
    for name, word in words.items():
        for p in range(most + 1):
            wanted = "v2vorder-p0-victim-c1" if word is None else f"v2vorder-p{p}-victim{word}-c1"
            lines.setdefault(name, []).append((p, _value(wanted)))
    return draw_lines("C1: what b pays at most", lines, "P, slots", "minor units")


def _value(name: str) -> int:
    result = solve(parse_instance(name))
    value = result.solution.objective
    assert value is not None, f"{name}: {result.solution.status}"
    assert result.solution.status == "optimal", f"{name}: no optimum"
    return value


def worst_markets() -> go.Figure:
    """Draw the worst ratio by n beside 2^n - 1, and the largest gap on L = 4."""
    sizes = ((1, 1), (2, 2), (3, 4))
    lines: dict[str, list[tuple[float, float]]] = {
        "2^n - 1": [(n, 2**n - 1) for n, _ in sizes],
        "travel where 1 would do": [(n, _value(f"v2vworst-n{n}-l{k}-worst-k1")) for n, k in sizes],
        "gap, sites 0 to 4": [(n, _value(f"v2vworst-n{n}-l4-gap")) for n in (1, 2, 3)],
    }
    return draw_lines("The worst market in turn", lines, "pairs n", "km")


def blocking_pairs() -> go.Figure:
    """Draw how many pairs block what the market makes of 100 random markets."""
    counts: dict[int, int] = {}
    for seed in range(100):
        staged = Staged(random_market(6, 6, 3, seed))
        market = staged.run()
        found = len(staged.measures(market, staged.data.orders).blocking())
        counts[found] = counts.get(found, 0) + 1
    return draw_bars("Pairs that would leave for each other, 100 random markets of 6 + 6",
                     sorted(counts.items()), "blocking pairs", "markets")  # fmt: skip


def map_of_matches(name: str = "r6x6x3s0") -> go.Figure:
    """Draw what the market does as orders arrive, beside the best matching."""
    data = market_of(name)
    staged = Staged(data)
    greedy = staged.names(staged.run(), data.orders)
    result = solve(parse_instance(f"v2vmatch-cost-{name}"))
    assert result.solution.status == "optimal"
    assert result.schedule is not None
    best = []
    for item in filter(None, result.schedule.settings["matches"].split(",")):
        buy, sell, point = item.split(":")
        best.append((buy, sell, int(point)))
    plans = {f"in turn: {len(greedy)} pairs": greedy, f"best: {len(best)} pairs": best}
    return draw_matches(data, plans)


def makers(requests: int) -> dict[str, Callable[[], go.Figure]]:
    """Return what draws each figure, by name.

    Parameters
    ----------
    requests
        Of each of ten clients; the thesis has 200.
    """
    found: dict[str, Callable[[], go.Figure]] = {}
    for number, size, words in PRINTED:
        after = int(number) + 1
        title = f"Figure 7.{number}: latency at {words}"
        found[f"7.{number}-latency-{size}"] = partial(_latency, requests, size, title)
        title = f"Figure 7.{after}: throughput at {words}"
        found[f"7.{after}-throughput-{size}"] = partial(_throughput, requests, size, title)
    title = "Latency at 8 B, a processor per node"
    found["separate"] = partial(_latency, requests, 8, title, "separate")
    return found | {
        "faulty": partial(faulty, requests), "slow-path": partial(slow_path, requests),
        "patience": patience, "worst": worst_markets, "blocking": blocking_pairs,
        "map": map_of_matches,
    }  # fmt: skip
