"""The space-time diagram of a schedule as an interactive page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import plotly.graph_objects as go

from milpbft.report.frame import draw_frame
from milpbft.report.lanes import folded
from milpbft.report.outcome import accepted, heading
from milpbft.report.style import FAULTS, TURNS, Style, block_colour

if TYPE_CHECKING:
    from milpbft.report.diagram import Arrow, Mark, SpaceTime
    from milpbft.schedule import Schedule

# Above this many arrows a browser needs WebGL, which cannot turn heads into the arrow's direction.
_MANY = 3000


def timeline(schedule: Schedule, value: int | None = None, bound: int | None = None) -> go.Figure:
    """Draw `schedule`: one trace of arrows and one of sends per message kind, then the marks.

    The title says how the run ended, with `value` and `bound` of its question.

    A click on a kind in the legend hides its messages; a double click shows them alone.
    """
    blocks = accepted(schedule)
    diagram = folded(schedule, blocks)
    figure = go.Figure()
    draw_frame(figure, diagram, diagram.headed(heading(schedule, blocks, value, bound)))
    for kind, style in diagram.styles.items():
        arrows = [arrow for arrow in diagram.arrows if arrow.kind == kind]
        sends = [mark for mark in diagram.marks if mark.what == "send" and mark.kind == kind]
        figure.add_trace(_legend_entry(diagram.kind_name(kind), style, group=kind))
        figure.add_trace(_arrow_trace(diagram, kind, arrows))
        for lost in (False, True):
            figure.add_trace(_send_trace(diagram, kind, [m for m in sends if m.lost is lost], lost))
    if any(mark.lost for mark in diagram.marks):
        empty = Style("444444", "circle", "")
        figure.add_trace(_legend_entry("reached nobody", empty, empty=True))
    for trace in _event_traces(diagram):
        figure.add_trace(trace)
    return figure


def _legend_entry(name: str, style: Style, *, group: str = "", empty: bool = False) -> go.Scatter:
    """Return a trace that only the legend shows."""
    return go.Scatter(
        x=[None],
        y=[None],
        name=name,
        legendgroup=group or name,
        mode="markers" if empty else "lines+markers",
        line={"color": f"#{style.colour}", "width": 1.5},
        marker=_marker(style, lost=empty),
        hoverinfo="skip",
    )


def _arrow_trace(diagram: SpaceTime, kind: str, arrows: list[Arrow]) -> go.Scatter | go.Scattergl:
    """Return one trace of many segments, with a None between each two."""
    many = len(diagram.arrows) > _MANY
    colour = f"#{diagram.styles[kind].colour}"
    heads: dict[str, Any] = {"color": colour, "line": {"width": 0}, "opacity": 1}
    if many:
        heads |= {"symbol": "circle", "size": [0, 4, 0] * len(arrows)}
    else:
        heads |= {"symbol": "arrow", "size": [0, 10, 0] * len(arrows), "angleref": "previous"}
    return (go.Scattergl if many else go.Scatter)(
        x=[x for arrow in arrows for x in (arrow.sent, arrow.head_x, None)],
        y=[y for arrow in arrows for y in (arrow.y, arrow.head_y, None)],
        name=kind,
        legendgroup=kind,
        showlegend=False,
        mode="lines+markers",
        line={"color": colour, "width": 0.6 if many else 1.3},
        opacity=0.3 if many else 0.85,
        marker=heads,
        hovertext=[text for arrow in arrows for text in ("", _hover_arrow(diagram, arrow), "")],
        hoverinfo="text",
    )


def _hover_arrow(diagram: SpaceTime, arrow: Arrow) -> str:
    sent, delivered = diagram.clock(arrow.sent), diagram.clock(arrow.delivered)
    per_view = diagram.schedule.view_ticks
    # A message may arrive in a later view, whose clock started anew.
    view = (arrow.delivered - 1) // per_view if per_view else arrow.view
    later = "" if view == arrow.view else f" of {diagram.words[0]} {view}"
    return (
        f"<b>{diagram.kind_name(arrow.kind)}</b>, {diagram.words[0]} {arrow.view}"
        f"<br>{diagram.node_name(arrow.sender)} → {diagram.node_name(arrow.receiver)}"
        f"<br>sent at tick {sent}, delivered at {delivered}{later}"
    )


def _send_trace(diagram: SpaceTime, kind: str, sends: list[Mark], lost: bool) -> go.Scatter:
    style = diagram.styles[kind]
    return _mark_trace(diagram, sends, kind, _marker(style, lost=lost), showlegend=False)


def _marker(style: Style, *, lost: bool) -> dict[str, Any]:
    colour = f"#{style.colour}"
    if lost:
        return {"symbol": "circle-open", "size": 11, "color": colour, "line": {"width": 2}}
    return {
        "symbol": style.symbol,
        "size": 9,
        "color": colour,
        "line": {"width": 1, "color": "white"},
    }


def _event_traces(diagram: SpaceTime) -> list[go.Scatter]:
    """Return timeouts, faults, and decisions, those on another block apart."""
    bar = {"symbol": "line-ns", "size": 13, "line": {"width": 2.5, "color": "#444444"}}
    traces = []
    cross = {"symbol": "x", "size": 11, "color": "#000"}
    turn = {"symbol": "circle-x-open", "size": 13, "line": {"width": 2}, "color": "#000"}
    named = [("timeout", "timeout", bar)]
    named += [(f, name, turn if f in TURNS else cross) for f, name in FAULTS.items()]
    for kind, name, marker in named:
        marks = [m for m in diagram.marks if (m.kind if m.what == "fault" else m.what) == kind]
        if marks:
            traces.append(_mark_trace(diagram, marks, name, marker, showlegend=True))
    decisions = [mark for mark in diagram.marks if mark.what == "decide"]
    for block in sorted({mark.kind for mark in decisions}):
        marks = [mark for mark in decisions if mark.kind == block]
        star = {"symbol": "star", "size": 18, "color": block_colour(block)}
        star |= {"line": {"width": 1.5, "color": "#000000"}}
        trace = _mark_trace(diagram, marks, f"block {block}".rstrip(), star, showlegend=True)
        trace.update(
            mode="markers+text" if block else "markers", text=block, textposition="top center"
        )
        traces.append(trace)
    return traces


def _mark_trace(
    diagram: SpaceTime, marks: list[Mark], name: str, marker: dict[str, Any], *, showlegend: bool
) -> go.Scatter:
    return go.Scatter(
        x=[mark.tick for mark in marks],
        y=[mark.y for mark in marks],
        name=name,
        legendgroup=name,
        showlegend=showlegend,
        mode="markers",
        marker=marker,
        hovertext=[_hover_mark(diagram, mark, name) for mark in marks],
        hoverinfo="text",
    )


def _hover_mark(diagram: SpaceTime, mark: Mark, name: str) -> str:
    view = "" if mark.view is None else f", {diagram.words[0]} {mark.view}"
    text = f"<b>{diagram.kind_name(name)}</b>{view}<br>{diagram.node_name(mark.node)}"
    text += f"<br>at tick {diagram.clock(mark.tick)}"
    return text + ("<br>reached nobody" if mark.lost else "")
