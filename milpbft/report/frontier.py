"""The resilience frontier as a picture: how many faulty nodes break what, in which size."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import plotly.graph_objects as go

if TYPE_CHECKING:
    from collections.abc import Mapping

# Colours by Okabe and Ito, which people with any colour blindness tell apart.
_LOOKS = (
    ("#D55E00", "diamond"),
    ("#0072B2", "square"),
    ("#009E73", "circle"),
    ("#CC79A7", "triangle-up"),
    ("#E69F00", "triangle-down"),
    ("#56B4E9", "pentagon"),
)


def draw_frontier(minima: Mapping[str, Mapping[str, int]], subtitle: str = "") -> go.Figure:
    """Draw where each property breaks: a line through the numbers of faulty nodes that it bears.

    Parameters
    ----------
    minima
        By size, from top to bottom, and by property: the fewest faulty nodes that break it, where
        the line ends in a mark. A size may lack properties; beyond six they share their looks.
    subtitle
        What the title does not say.
    """
    kinds = tuple(dict.fromkeys(what for found in minima.values() for what in found))
    figure = go.Figure()
    for number, what in enumerate(kinds):
        colour, symbol = _LOOKS[number % len(_LOOKS)]
        # Lines of one size stand apart, and away from those of the next.
        offset = (number + 1) / (len(kinds) + 1) - 0.5
        look = {"color": colour, "symbol": symbol, "size": 11}
        figure.add_traces(_bars(minima, what, offset, look))
    below = f"<br><sup>{subtitle}</sup>" if subtitle else ""
    title = f"Fewest faulty nodes that break it{below}"
    most = max((value for found in minima.values() for value in found.values()), default=1)
    figure.update_layout(
        title={"text": title, "x": 0.01, "y": 1, "yanchor": "top", "pad": {"t": 16}},
        template="plotly_white",
        height=150 + 56 * len(minima),
        margin={"l": 20, "r": 20, "t": 88, "b": 60},
        legend={"orientation": "h", "x": 0, "y": 1, "yanchor": "bottom"},
        hovermode="closest",
    )
    figure.update_xaxes(title="faulty nodes", range=[-0.05, most + 0.5], dtick=1)
    figure.update_yaxes(
        tickvals=list(range(len(minima))),
        ticktext=list(minima),
        range=[len(minima) - 0.5, -0.5],
        showgrid=False,
        zeroline=False,
    )
    return figure


def _bars(
    minima: Mapping[str, Mapping[str, int]], what: str, offset: float, look: dict[str, Any]
) -> tuple[go.Scatter, go.Scatter]:
    """Return the lines of a property, with a None between each two, and the marks at their ends."""
    found = [(k, *item) for k, item in enumerate(minima.items()) if what in item[1]]
    lines = go.Scatter(
        x=[x for _, _, values in found for x in (0, values[what], None)],
        y=[y for k, _, _ in found for y in (k + offset, k + offset, None)],
        name=what,
        legendgroup=what,
        showlegend=False,
        mode="lines",
        line={"color": look["color"], "width": 2},
        hoverinfo="skip",
    )
    marks = go.Scatter(
        x=[values[what] for _, _, values in found],
        y=[k + offset for k, _, _ in found],
        name=what,
        legendgroup=what,
        mode="markers",
        marker=look,
        hovertext=[f"<b>{size}</b><br>{what}: {values[what]}" for _, size, values in found],
        hoverinfo="text",
    )
    return lines, marks
