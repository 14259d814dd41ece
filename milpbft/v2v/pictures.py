"""Pictures of the market: who meets where, what the order of requests is worth, and the clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

import plotly.graph_objects as go
from plotly.subplots import make_subplots

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from milpbft.v2v.market import MarketData

# Okabe and Ito, as everywhere in milpbft.
_BLUE, _ORANGE, _GREEN, _GREY = "#0072B2", "#D55E00", "#009E73", "#7F7F7F"
_COLOURS = (_BLUE, _ORANGE, _GREEN, "#CC79A7", "#E69F00", "#56B4E9", _GREY)
Names = tuple[str, str, int]


def draw_matches(data: MarketData, plans: Mapping[str, Sequence[Names]]) -> go.Figure:
    """Draw vehicles, meeting points, and the ways of matched pairs, a map per plan.

    Parameters
    ----------
    plans
        By title: names of buys and sells, and points.
    """
    figure = make_subplots(cols=len(plans), subplot_titles=tuple(plans), horizontal_spacing=0.06)
    for column, matches in enumerate(plans.values(), start=1):
        for line in _ways(data, matches):
            figure.add_trace(line.update(showlegend=False), row=1, col=column)
        for trace in _places(data):
            figure.add_trace(trace.update(showlegend=column == 1), row=1, col=column)
        figure.update_xaxes(title_text="km", row=1, col=column)
        figure.update_yaxes(scaleanchor=f"x{column}", row=1, col=column)
    figure.update_yaxes(title_text="km", col=1)
    figure.update_layout(
        template="plotly_white", width=520 * len(plans), height=520, title="Who meets where",
        legend={"orientation": "h", "y": -0.15},
    )  # fmt: skip
    return figure


def _ways(data: MarketData, matches: Sequence[Names]) -> list[go.Scatter]:
    by_name = {order.name: order for order in data.orders}
    lines = []
    for buy, sell, point in matches:
        for name, colour in ((buy, _BLUE), (sell, _ORANGE)):
            order, (x, y) = by_name[name], data.points[point]
            lines.append(go.Scatter(
                x=[order.x / 1000, x / 1000], y=[order.y / 1000, y / 1000], mode="lines",
                line={"color": colour, "width": 1.5}, hoverinfo="skip",
            ))  # fmt: skip
    return lines


def _places(data: MarketData) -> list[go.Scatter]:
    groups = (
        ("buys", _BLUE, "circle", [(o.x, o.y, o.name) for o in data.buys]),
        ("sells", _ORANGE, "square", [(o.x, o.y, o.name) for o in data.sells]),
        ("meeting points", _GREEN, "x",
         [(x, y, f"point {k}") for k, (x, y) in enumerate(data.points)]),
    )  # fmt: skip
    return [
        go.Scatter(
            x=[x / 1000 for x, _, _ in places], y=[y / 1000 for _, y, _ in places], name=name,
            mode="markers+text", text=[text for _, _, text in places], textposition="top center",
            marker={"color": colour, "symbol": symbol, "size": 9},
        )
        for name, colour, symbol, places in groups
    ]  # fmt: skip


def draw_lines(
    title: str, lines: Mapping[str, Sequence[tuple[float, float]]], x: str, y: str, *,
    log: bool = False,
) -> go.Figure:  # fmt: skip
    """Draw lines by name over a common axis.

    Parameters
    ----------
    log
        Whether both axes are logarithmic; ticks are then at the points that there are.
    """
    figure = go.Figure()
    for place, (name, points) in enumerate(lines.items()):
        figure.add_trace(go.Scatter(
            x=[a for a, _ in points], y=[b for _, b in points], name=name, mode="lines+markers",
            line={"color": _COLOURS[place % len(_COLOURS)],
                  "dash": ("solid", "dash", "dot")[place // len(_COLOURS)]},
        ))  # fmt: skip
    figure.update_layout(template="plotly_white", title=title, width=760, height=440)
    figure.update_xaxes(title=x)
    figure.update_yaxes(title=y)
    ticks = sorted({a for points in lines.values() for a, _ in points})
    if not log:
        figure.update_xaxes(tickvals=ticks)
    else:
        figure.update_xaxes(type="log", tickvals=ticks)
        figure.update_yaxes(type="log", dtick="D2")
    return figure


def draw_bars(title: str, bars: Sequence[tuple[int, int]], x: str, y: str) -> go.Figure:
    """Draw how often each number comes."""
    figure = go.Figure(go.Bar(x=[a for a, _ in bars], y=[b for _, b in bars], marker_color=_BLUE))
    figure.update_layout(template="plotly_white", title=title, width=760, height=440)
    figure.update_xaxes(title=x, dtick=1)
    figure.update_yaxes(title=y)
    return figure
