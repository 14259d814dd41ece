"""What stands behind an interactive timeline: lanes, views, primaries, axes and title."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from milpbft.report.diagram import Band, Border, SpaceTime

_BYZANTINE = "#FBE3D6"
_PRIMARY = "#FFD98A"
_BANDS = ("#FFFFFF", "#F4F6F9")
# Tick numbers that a page can show without overlap.
_MOST_TICKS = 60
# Shares of the width that the narrowest view needs for long and for short names of views.
_LONG_NAMES, _SHORT_NAMES = 0.09, 0.06


def draw_frame(figure: go.Figure, diagram: SpaceTime, title: str) -> None:
    """Set up lanes, bands, axes and title of an empty figure."""
    schedule = diagram.schedule
    first, last = diagram.span
    shapes = [_band(band, schedule.n) for band in diagram.bands]
    shapes += [shape for one in diagram.borders for shape in _border(one)]
    shapes += [_byzantine(node, first, last) for node in schedule.byzantine]
    shapes += [_primary(band) for band in diagram.bands if band.primary is not None]
    shapes += [_line(node, first, last) for node in range(schedule.n)]
    source = f"<br><sup>{schedule.source}</sup>" if schedule.source else ""
    figure.update_layout(
        title={
            "text": f"{title}{source}",
            "x": 0.01,
            "y": 1,
            "yanchor": "top",
            "pad": {"t": 16},
        },
        template="plotly_white",
        height=200 + _lane_height(schedule.n) * schedule.n,
        margin={"l": 20, "r": 20, "t": 100, "b": 60},
        legend={"title": {"text": "click to hide"}, "tracegroupgap": 2},
        shapes=shapes,
        annotations=_names(diagram),
        dragmode="pan",
        hovermode="closest",
        xaxis=_time_axis(diagram, first, last),
        yaxis=_node_axis(diagram),
    )


def _lane_height(n: int) -> int:
    return max(36, min(90, 600 // n))


def _band(band: Band, n: int) -> dict[str, Any]:
    return {
        "type": "rect",
        "layer": "below",
        "x0": band.begin,
        "x1": band.end,
        "y0": -0.6,
        "y1": n - 0.4,
        "fillcolor": _BANDS[band.view % 2],
        "line": {"width": 1, "color": "#B8C0CC"},
    }


def _border(one: Border) -> list[dict[str, Any]]:
    """Show a node's stay in another view than the band says, and its own border."""
    shown = [_bar(one.begin, one.end, one.node, 0.45, _BANDS[one.view % 2])]
    if one.at is not None:
        line = _line(one.node, one.at, one.at) | {"y0": one.node - 0.45, "y1": one.node + 0.45}
        shown.append(line)
    return shown


def _byzantine(node: int, first: float, last: float) -> dict[str, Any]:
    return _bar(first, last, node, 0.32, _BYZANTINE)


def _primary(band: Band) -> dict[str, Any]:
    assert band.primary is not None
    return _bar(band.begin, band.end, band.primary, 0.1, _PRIMARY)


def _bar(x0: float, x1: float, node: int, half: float, colour: str) -> dict[str, Any]:
    return {
        "type": "rect",
        "layer": "below",
        "x0": x0,
        "x1": x1,
        "y0": node - half,
        "y1": node + half,
        "fillcolor": colour,
        "line": {"width": 0},
    }


def _line(node: int, first: float, last: float) -> dict[str, Any]:
    return {
        "type": "line",
        "layer": "below",
        "x0": first,
        "x1": last,
        "y0": node,
        "y1": node,
        "line": {"width": 1, "color": "#8A93A0"},
    }


def _names(diagram: SpaceTime) -> list[dict[str, Any]]:
    """Name each view above its band, and mark its primary at the begin of the primary's lane."""
    first, last = diagram.span
    share = min((band.end - band.begin for band in diagram.bands), default=0) / (last - first)
    names = []
    for band in diagram.bands:
        middle = (band.begin + band.end) / 2
        names.append(
            _text(middle, 1.0, _name(diagram, band, share), yref="paper", yanchor="bottom")
        )
        if band.primary is not None and share >= _SHORT_NAMES:
            top = band.primary - 0.1
            names.append(
                _text(
                    band.begin,
                    top,
                    f"<b>{diagram.words[1][0].upper()}</b>",
                    xanchor="left",
                    yanchor="bottom",
                )
            )
    return names


def _name(diagram: SpaceTime, band: Band, share: float) -> str:
    word = diagram.words[0]
    name = f"{word} {band.view}" if share >= _SHORT_NAMES else f"{word[0]}{band.view}"
    role = diagram.role(band) if share >= _LONG_NAMES else diagram.short_role(band)
    return f"<b>{name}</b><br>{role}"


def _text(x: float, y: float, text: str, **place: str) -> dict[str, Any]:
    font = {"size": 12, "color": "#333333"}
    return {"x": x, "y": y, "text": text, "showarrow": False, "font": font, **place}


def _time_axis(diagram: SpaceTime, first: float, last: float) -> dict[str, Any]:
    per_view = diagram.schedule.view_ticks
    ticks = range(round(first + 0.5), round(last - 0.5) + 1)
    sizes = (digit * 10**power for power in range(12) for digit in (1, 2, 5))
    step = next(size for size in sizes if len(ticks) <= _MOST_TICKS * size)
    shown = [tick for tick in ticks if diagram.clock(tick) % step == 0]
    return {
        "title": {"text": f"tick within the {diagram.words[0]}" if per_view else "tick"},
        "range": [first, last],
        "tickvals": shown,
        "ticktext": [str(diagram.clock(tick)) for tick in shown],
        "showgrid": False,
        "zeroline": False,
    }


def _node_axis(diagram: SpaceTime) -> dict[str, Any]:
    n = diagram.schedule.n
    return {
        "range": [n - 0.4, -0.6],
        "tickvals": list(range(n)),
        "ticktext": [diagram.node_name(node) for node in range(n)],
        "ticks": "outside",
        "tickcolor": "white",
        "showgrid": False,
        "zeroline": False,
        "fixedrange": True,
        "automargin": True,
    }
