"""Figures of the HGFRR report, from the reference: topology, a broadcast, a tree of a ring."""

from __future__ import annotations

from typing import TYPE_CHECKING

import plotly.graph_objects as go

from milpbft.hgfrr.pictures import draw_topology
from milpbft.hgfrr.reference.build import topology_of
from milpbft.hgfrr.reference.forwarding import relays
from milpbft.hgfrr.reference.tree import parents
from milpbft.hgfrr.sizes import Sizes
from milpbft.hgfrr.spread import Spread

if TYPE_CHECKING:
    from collections.abc import Mapping

LAYERS = 40, Sizes(4), 0
"""Nodes, rings and seed of a network of three layers, as in figure 3.2."""


def figures() -> Mapping[str, go.Figure]:
    """Draw figures 3.1, 3.2 and 3.3 by the names of their files."""
    n, sizes, seed = LAYERS
    topology = topology_of(n, sizes, seed)
    return {
        "figure-3-1": draw_topology(topology),
        "figure-3-2": draw_topology(topology, relays(topology, 0, Spread(2))),
        "figure-3-3": draw_tree(10, 2),
    }


def draw_tree(size: int, k: int) -> go.Figure:
    """Draw the k-ary spanning tree of a ring: node i is sent to by its parent, a tick per row.

    Parameters
    ----------
    size
        Members of the ring, 1 or more.
    k
        Base, 2 or more.
    """
    above = parents(size, k)
    below = [[i for i in range(size) if above[i] == node] for node in range(size)]
    depth, places = [0] * size, [0.0] * size
    for node in range(1, size):
        depth[node] = depth[above[node]] + 1
    _spread_out(0, 0, below, places)
    figure = go.Figure()
    figure.add_trace(
        go.Scatter(
            x=[x for i in range(1, size) for x in (places[above[i]], places[i], None)],
            y=[y for i in range(1, size) for y in (-depth[above[i]], -depth[i], None)],
            mode="lines",
            line={"color": "#B8BEC6", "width": 2},
            hoverinfo="skip",
        )
    )
    figure.add_trace(
        go.Scatter(
            x=places,
            y=[-row for row in depth],
            mode="markers+text",
            marker={"size": 30, "color": "#0072B2"},
            text=list(map(str, range(size))),
            textfont={"color": "white"},
            hovertext=[f"node {i}, reached at tick {row}" for i, row in enumerate(depth)],
            hoverinfo="text",
        )
    )
    title = f"Spanning tree of a ring of {size}, base {k}"
    figure.update_layout(title=title, template="plotly_white", showlegend=False, height=440)
    figure.update_xaxes(visible=False)
    ticks = list(range(max(depth) + 1))
    labels = {"tickvals": [-tick for tick in ticks], "ticktext": list(map(str, ticks))}
    figure.update_yaxes(title="tick", showgrid=False, zeroline=False, **labels)
    return figure


def _spread_out(node: int, left: int, below: list[list[int]], places: list[float]) -> int:
    """Place a node over its children, from column `left` on; return the next free column."""
    if not below[node]:
        places[node] = left
        return left + 1
    for child in below[node]:
        left = _spread_out(child, left, below, places)
    places[node] = (places[below[node][0]] + places[below[node][-1]]) / 2
    return left
