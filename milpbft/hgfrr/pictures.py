"""Pictures of overlays: rings on the plane, coverage, completion time and messages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import plotly.graph_objects as go

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from milpbft.hgfrr.relays import Relays
    from milpbft.hgfrr.study import Series
    from milpbft.hgfrr.topology import Topology

# Colours by Okabe and Ito, which people with any colour blindness tell apart.
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#7F7F7F")
# What a line's name begins with, up to a comma, and its colour and symbol in every picture.
_FIXED = {
    "HGFRR": ("#0072B2", "circle"),
    "flooding": ("#D55E00", "square"),
    "gossip": ("#009E73", "diamond"),
    "Kademlia": ("#CC79A7", "triangle-up"),
}
_FURTHER = (
    ("#E69F00", "triangle-down"),
    ("#56B4E9", "x"),
    ("#7F7F7F", "cross"),
    ("#8C564B", "pentagon"),
)
_GREY = "#B8BEC6"


def draw_coverage(series: Sequence[Series], subtitle: str = "") -> go.Figure:
    """Draw the share of correct nodes that hold the message, against silent nodes.

    Error bars are two standard errors to each side.
    """
    figure = _lines(series)
    _frame(figure, "Coverage against silent nodes", subtitle)
    figure.update_xaxes(title="silent nodes", rangemode="tozero")
    figure.update_yaxes(title="correct nodes reached", tickformat=".0%", range=[0, 1.03])
    return figure


def draw_ticks(series: Sequence[Series], subtitle: str = "") -> go.Figure:
    """Draw the tick of the last receipt, against the number of nodes."""
    figure = _lines(series)
    _frame(figure, "Completion time against the number of nodes", subtitle)
    figure.update_xaxes(title="nodes", type="log", dtick=1)
    figure.update_yaxes(title="ticks until the last node is reached", rangemode="tozero")
    return figure


def draw_messages(series: Sequence[Series], subtitle: str = "") -> go.Figure:
    """Draw the messages of a broadcast, against the number of nodes."""
    figure = _lines(series)
    _frame(figure, "Messages of a broadcast against the number of nodes", subtitle)
    figure.update_xaxes(title="nodes", type="log", dtick=1)
    figure.update_yaxes(title="messages", type="log", dtick=1)
    return figure


def draw_topology(
    topology: Topology, relays: Relays | None = None, silent: Collection[int] = ()
) -> go.Figure:
    """Draw the rings where their nodes are; upper levels in other colours and wider.

    Parameters
    ----------
    topology
        The rings; up to some thousand nodes can be told apart.
    relays
        A broadcast: its source is marked, and hovering tells when a node is reached.
    silent
        Nodes that do not relay; with `relays`, whoever is not reached for that is drawn empty.
    """
    figure = go.Figure()
    for level in range(topology.levels):
        figure.add_trace(_rings(topology, level))
    reached = relays.reached(silent) if relays else None
    lost = {n for n in topology.nodes.tolist() if reached is not None and not reached[n]}
    for level in range(topology.levels):
        on = [n for n in topology.nodes.tolist() if len(topology.places(n)) - 1 == level]
        figure.add_trace(_nodes(topology, relays, [n for n in on if n not in lost], level))
    empty = {"symbol": "circle-open", "size": 8, "color": "#444444", "line": {"width": 1.5}}
    marks: list[tuple[str, list[int], dict[str, Any]]] = [
        ("not reached", sorted(lost), empty),
        ("silent", sorted(silent), {"symbol": "x", "size": 11, "color": "#000000"}),
    ]
    if relays:
        star = {"symbol": "star", "size": 18, "color": "#F0E442"}
        marks.append(
            ("source", [relays.source], star | {"line": {"width": 1.5, "color": "#000000"}})
        )
    for name, nodes, marker in marks:
        if nodes:
            figure.add_trace(_points(topology, relays, nodes, name, marker))
    share = f", {1 - len(lost) / topology.n:.0%} of nodes reached" if relays else ""
    count = f"{topology.n} nodes, {len(topology.rings)} rings on {topology.levels} levels{share}"
    _frame(figure, "Rings of the overlay", count, height=760)
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False, scaleanchor="x")
    return figure


def _frame(figure: go.Figure, title: str, subtitle: str, height: int = 520) -> None:
    below = f"<br><sup>{subtitle}</sup>" if subtitle else ""
    figure.update_layout(
        title={"text": f"{title}{below}", "x": 0.01, "y": 1, "yanchor": "top", "pad": {"t": 16}},
        template="plotly_white",
        height=height,
        margin={"l": 20, "r": 20, "t": 100, "b": 60},
        legend={"tracegroupgap": 2},
        hovermode="closest",
    )


def _lines(series: Sequence[Series]) -> go.Figure:
    """Return a line per series; bounds lie below what they bound."""
    figure = go.Figure()
    looks = _looks(series)
    for line in sorted(series, key=lambda each: not each.bound):
        colour, symbol = (_GREY, "circle") if line.bound else looks[line.name]
        error = {
            "type": "data",
            "array": [2 * e for e in line.error],
            "visible": bool(line.error),
            "thickness": 1,
            "width": 3,
        }
        figure.add_trace(
            go.Scatter(
                x=line.x,
                y=line.y,
                name=line.name,
                error_y=error,
                legendrank=1001 if line.bound else 1000,
                mode="lines" if line.bound else "lines+markers",
                line={
                    "color": colour,
                    "width": 3 if line.bound else 2,
                    "dash": "dash" if line.bound else "solid",
                },
                marker={"symbol": symbol, "size": 8, "color": colour},
            )
        )
    return figure


def _looks(series: Sequence[Series]) -> dict[str, tuple[str, str]]:
    """Give each line a colour and a symbol: the first of a method has its own, others follow."""
    looks: dict[str, tuple[str, str]] = {}
    fixed, further = dict(_FIXED), list(_FURTHER)
    for line in series:
        if not line.bound:
            look = fixed.pop(line.name.partition(",")[0], None)
            looks[line.name] = look or further[0]
            # The last look is used again where there are more lines than looks.
            further = further if look else further[1:] or further
    return looks


def _rings(topology: Topology, level: int) -> go.Scatter:
    """Return one trace of all rings of a level, with a None between each two."""
    x: list[float | None] = []
    y: list[float | None] = []
    for ring in topology.level(level):
        closed = (*ring.members, ring.members[0])
        x += [*(float(topology.positions[node, 0]) for node in closed), None]
        y += [*(float(topology.positions[node, 1]) for node in closed), None]
    return go.Scatter(
        x=x,
        y=y,
        name=f"rings of level {level}",
        mode="lines",
        line={"color": _level_colour(level), "width": 1.2 + 0.9 * level},
        opacity=0.75,
        hoverinfo="skip",
    )


def _nodes(topology: Topology, relays: Relays | None, nodes: list[int], level: int) -> go.Scatter:
    marker = {
        "size": 5 + 4 * level,
        "color": _level_colour(level),
        "line": {"width": 1, "color": "white"},
    }
    name = "nodes" if level == 0 else f"contact nodes up to level {level}"
    return _points(topology, relays, nodes, name, marker)


def _points(
    topology: Topology, relays: Relays | None, nodes: list[int], name: str, marker: dict[str, Any]
) -> go.Scatter:
    return go.Scatter(
        x=[float(topology.positions[node, 0]) for node in nodes],
        y=[float(topology.positions[node, 1]) for node in nodes],
        name=name,
        mode="markers",
        marker=marker,
        hovertext=[_hover(topology, relays, node) for node in nodes],
        hoverinfo="text",
    )


def _hover(topology: Topology, relays: Relays | None, node: int) -> str:
    places = topology.places(node)
    text = f"<b>node {node}</b>, on rings {', '.join(map(str, places))}"
    contact = [str(i) for i in places if node in topology.rings[i].contacts]
    if contact:
        text += f"<br>contact of {', '.join(contact)}"
    if relays:
        text += f"<br>reached at tick {int(relays.hops[node])} where nobody is silent"
    return text


def _level_colour(level: int) -> str:
    return (_GREY, *_COLOURS)[level % (1 + len(_COLOURS))]
