"""Figures: Table III, block times, a failure, sets, stock, a takeover, and captured elections."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from milpbft.powm.formulas import election, table3, work
from milpbft.powm.reference.replay import run
from milpbft.powm.study import MODELS, Figure5, time_by_stock
from milpbft.schedule import Fault, Send

if TYPE_CHECKING:
    from milpbft.powm.reference.world import World
    from milpbft.schedule import Schedule

# Okabe and Ito, as everywhere in milpbft.
_BLUE, _ORANGE, _GREEN, _GREY, _RED = "#0072B2", "#E69F00", "#009E73", "#7F7F7F", "#D55E00"
_COLOURS = (_BLUE, _ORANGE, _GREEN, "#CC79A7", "#56B4E9", _RED)


def _line(figure: go.Figure, x: object, y: object, name: str, colour: str, **line: object) -> None:
    figure.add_trace(go.Scatter(x=x, y=y, name=name, mode="lines", line={"color": colour, **line}))


def _lay_out(figure: go.Figure, title: str, x: str, y: str) -> go.Figure:
    figure.update_layout(title={"text": title, "x": 0.01}, template="plotly_white", height=430)
    figure.update_xaxes(title_text=x)
    figure.update_yaxes(title_text=y)
    return figure


def draw_table3() -> go.Figure:
    """Draw Table III with three fits, and what each of them leaves."""
    figure = make_subplots(cols=2, subplot_titles=("hashes per second", "measured less fitted"))
    nodes = table3.NODES
    measured = go.Scatter(x=nodes, y=table3.TABLE3, name="Table III", mode="markers")
    figure.add_trace(measured.update(marker={"color": "black", "size": 9}), row=1, col=1)
    for colour, (name, curve) in zip(_COLOURS, table3.CURVES.items(), strict=False):
        fit = table3.fit(name)
        words = f"{name}, {fit.value:.5g}, rmse {fit.rmse:.2f}"
        y = curve(nodes.astype(float), fit.value)
        style = {"mode": "lines", "line": {"color": colour}, "legendgroup": name}
        figure.add_trace(go.Scatter(x=nodes, y=y, name=words, **style), row=1, col=1)
        left = go.Scatter(x=nodes, y=fit.residuals, name=words, showlegend=False, **style)
        figure.add_trace(left.update(mode="lines+markers"), row=1, col=2)
    return _lay_out(figure, "Table III and three fits", "nodes that hash", "hashes per second")


def draw_times(zeros: range = range(1, 11), digit_bits: int = 4, rate: float = 339) -> go.Figure:
    """Draw mean block times against leading zeros, with both ways to mine alone (Figs 1, 2, 4)."""
    figure = go.Figure()
    chances = [work.chance(z, digit_bits) for z in zeros]
    for colour, n in zip(_COLOURS, (2, 4, 8), strict=False):
        times = [work.parallel(p, [rate] * (n - 1)) for p in chances]
        _line(figure, list(zeros), times, f"{n} nodes, one manages", colour)
    alone = [work.solo_one_record(p, [rate] * 8) for p in chances]
    _line(figure, list(zeros), alone, "any number alone, one record", _RED, dash="dash")
    own = [work.solo_own_records(p, [rate] * 8) for p in chances]
    _line(figure, list(zeros), own, "8 nodes alone, own records", _GREY, dash="dot")
    figure.update_yaxes(type="log", exponentformat="power")
    title = f"Mean block time at {rate:g} hashes per second and node, zeros of {digit_bits} bits"
    return _lay_out(figure, title, "leading zeros", "seconds")


def draw_figure5(study: Figure5 | None = None) -> go.Figure:
    """Draw block times with a failure of the manager in one block (Fig. 5)."""
    study = study or Figure5()
    figure = go.Figure()
    blocks = list(range(1, study.blocks + 1))
    for colour, model in zip((_BLUE, _ORANGE, _GREEN), MODELS, strict=True):
        figure.add_trace(
            go.Bar(x=blocks, y=study.times(model), name=model, marker={"color": colour})
        )
    figure.update_xaxes(dtick=1)
    title = f"{study.nodes} nodes, the manager fails in block {study.failing}"
    return _lay_out(figure, title, "block", "ticks")


def draw_sets(rate: float = 339, overhead: float = 0.1, nodes: tuple[int, ...] = (2, 4, 8)
              ) -> go.Figure:  # fmt: skip
    """Draw efficiency against the size of a set, with the break-even of n nodes that hash."""
    figure = go.Figure()
    sizes = np.geomspace(1, 10_000, 200)
    _line(figure, sizes, sizes / (sizes + rate * overhead), "s/(s + rc)", _BLUE)
    for n in nodes:
        edge = work.break_even(rate, overhead, n)
        figure.add_vline(x=edge, line={"dash": "dot", "color": _GREY})
        # On a logarithmic axis annotations stand at exponents, and lines at values.
        figure.add_annotation(x=np.log10(edge), y=1.0, yref="paper", yanchor="bottom",
                              text=f"n = {n}", showarrow=False)  # fmt: skip
    figure.update_xaxes(type="log", range=[0, 4])
    title = f"Share of time that nodes hash, {rate:g} H/s, {overhead:g} s per set; break-even of n"
    return _lay_out(figure, title, "nonces of a set", "efficiency")


def draw_stock(most: int = 7, failures: tuple[int, ...] = (0, 1, 2, 3)) -> go.Figure:
    """Draw the worst block time against the stock a, for b failures of managers and m = b."""
    figure = go.Figure()
    stocks = list(range(most + 1))
    for colour, b in zip(_COLOURS, failures, strict=False):
        times = [time_by_stock(b, a) for a in stocks]
        _line(figure, stocks, times, f"b = {b}", colour, shape="hv")
    figure.update_xaxes(dtick=1)
    title = "Worst block time by stock: harmless from a = b(D+E) on, D + E = 2, G = 8"
    return _lay_out(figure, title, "a, outstanding ticks at which a miner asks", "ticks")


def draw_takeover(schedule: Schedule) -> go.Figure:
    """Draw who is granted which nonces when; nonces granted before are marked.

    Where two managers grant at one tick, the old one's grants stand on the left.
    """
    world = run(schedule)
    figure = go.Figure()
    sent = [e for e in world.events if isinstance(e, Send) and e.kind.startswith("Grant")]
    at = {(event.tick, event.node) for event in sent}
    seen: set[int] = set()
    for k, (event, (node, lo, hi)) in enumerate(zip(sent, world.granted, strict=True)):
        tick, again = event.tick, bool(seen & set(range(lo, hi)))
        seen |= set(range(lo, hi))
        both = len([one for one in at if one[0] == tick]) > 1
        left, right = (tick - 0.4, tick + 0.4) if not both else (
            (tick + 0.01, tick + 0.4) if event.view else (tick - 0.4, tick - 0.01)
        )  # fmt: skip
        place = {"x0": left, "x1": right, "y0": lo, "y1": hi}
        colour = _COLOURS[node % 3]
        figure.add_shape(type="rect", fillcolor=colour, opacity=0.8, line={"width": 1}, **place)
        if again:
            figure.add_shape(type="rect", line={"color": _RED, "width": 3}, **place)
        middle = {"x": (left + right) / 2, "y": (lo + hi) / 2}
        figure.add_annotation(text=f"{node}", showarrow=False, font={"color": "black"}, **middle)
        words = f"grant {k} of node {event.node}, to node {node}, {lo} to {hi}"
        figure.add_trace(
            go.Scatter(x=[middle["x"]], y=[lo], mode="markers", showlegend=False,
                       hovertext=f"{words}{', again' if again else ''}", marker={"opacity": 0})
        )  # fmt: skip
    for tick, words in _turns(world):
        figure.add_vline(x=tick, line={"dash": "dash", "color": _GREY}, layer="below")
        figure.add_annotation(x=tick, y=1, yref="paper", yanchor="bottom", text=words,
                              showarrow=False)  # fmt: skip
    top = max((hi for _, _, hi in world.granted), default=1)
    figure.update_xaxes(range=[-0.6, schedule.horizon - 0.4])
    figure.update_yaxes(range=[-0.5, top + 0.5])
    title = "Nonces by tick of their grant, with the node that they are for; granted again in red"
    return _lay_out(figure, title, "tick", "nonce")


def _turns(world: World) -> list[tuple[int, str]]:
    """Return when something happens to managers, and what."""
    found: dict[int, list[str]] = {}
    for event in world.events:
        if isinstance(event, Fault):
            found.setdefault(event.tick, []).append(f"node {event.node} crashes")
        elif isinstance(event, Send) and event.kind == "Elected":
            found.setdefault(event.tick, []).append(f"node {event.node} takes over")
    cut = world.script.cut
    if cut is not None:
        found.setdefault(cut.begin, []).append("eclipse" if cut.eclipse else "cut")
        if not cut.eclipse:
            found.setdefault(cut.begin + cut.width, []).append("heal")
    return [(tick, ", ".join(words)) for tick, words in sorted(found.items())]


def draw_captured() -> go.Figure:
    """Draw the share of epochs that a coalition manages against its share of hashes."""
    figure = go.Figure()
    alphas = np.linspace(0, 1, 201)
    _line(figure, alphas, alphas, "its share of the work", _GREY, dash="dot")
    drops = [election.captured(a) for a in alphas]
    _line(figure, alphas, drops, "it drops what elects others", _BLUE)
    for colour, moved in ((_ORANGE, 0.25), (_GREEN, 0.5)):
        lies = [election.lying(a, moved) for a in alphas]
        _line(figure, alphas, lies, f"its manager moves {moved:.0%} of the others' tickets", colour)
    seats = [election.committed(a, 1) for a in alphas]
    _line(figure, alphas, seats, "commit and reveal, one seat, at most", "#CC79A7", dash="dash")
    figure.add_hline(y=0.5, line={"color": _GREY, "width": 1})
    figure.add_vline(x=election.HALF, line={"dash": "dash", "color": _RED},
                     annotation_text=f"{election.HALF:.3f}")  # fmt: skip
    title = "Share of epochs that a coalition manages"
    return _lay_out(figure, title, "its share of hashes and tickets", "of all epochs")
