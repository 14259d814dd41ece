"""The space-time diagram of a schedule as one SVG file, readable on dark and on light pages."""

from __future__ import annotations

import math
from html import escape
from typing import TYPE_CHECKING

from milpbft.report.ends import end_of
from milpbft.report.lanes import folded, lanes_of
from milpbft.report.outcome import blocks_of, heading, told_apart, watched
from milpbft.report.spacetime import lay_out
from milpbft.report.style import FAULTS, OTHER, TURNS, block_colour

if TYPE_CHECKING:
    from collections.abc import Iterator

    from milpbft.report.diagram import Mark, SpaceTime
    from milpbft.report.style import Style
    from milpbft.schedule import Schedule

_LEFT, _TOP, _STEP, _GAP, _ROW = 130, 72, 62, 46, 22
_STYLE = """
svg { font: 12px system-ui, sans-serif }
.ink { fill: #1b2430 } .faint { fill: #5b6675 } .paper { fill: #fff } .panel { fill: #f4f6f9 }
.byz { fill: #fbe3d6 } .lead { fill: #ffd98a } .line { stroke: #8a93a0 } .edge { stroke: #1b2430 }
.hollow { fill: none; stroke: #5b6675; stroke-width: 2 }
.b { font-weight: 700 } .in { fill: #fff; font: 700 9px system-ui, sans-serif } .dark { fill: #000 }
@media (prefers-color-scheme: dark) {
.ink { fill: #e6eaf0 } .faint { fill: #a3aebd } .paper { fill: #14181e } .panel { fill: #1e242d }
.byz { fill: #4a2b1c } .lead { fill: #6b5413 } .edge { stroke: #e6eaf0 }
.hollow { stroke: #a3aebd } }
"""
_POINTS = {
    "diamond": ((0, -1.3), (1.3, 0), (0, 1.3), (-1.3, 0)),
    "triangle-up": ((0, -1.3), (1.2, 1), (-1.2, 1)),
    "triangle-down": ((0, 1.3), (1.2, -1), (-1.2, -1)),
    "triangle-left": ((-1.3, 0), (1, 1.2), (1, -1.2)),
    "triangle-right": ((1.3, 0), (-1, 1.2), (-1, -1.2)),
    "square": ((-1, -1), (1, -1), (1, 1), (-1, 1)),
    "pentagon": ((0, -1.3), (1.2, -0.3), (0.8, 1.1), (-0.8, 1.1), (-1.2, -0.3)),
    "star": tuple(
        (r * math.cos(a), r * math.sin(a))
        for i in range(10)
        for r, a in [(0.75 if i % 2 else 1.7, -math.pi / 2 + i * math.pi / 5)]
    ),
}


def svg(schedule: Schedule, value: int | None = None, bound: int | None = None) -> str:
    """Draw `schedule`; the same schedule gives the same bytes.

    Parameters
    ----------
    value, bound
        Of the question that it answers, for its title.
    """
    watch = watched(schedule)
    blocks = blocks_of(schedule, watch)
    diagram = folded(schedule, told_apart(blocks))
    first, last = diagram.span
    lanes = lanes_of(lay_out(schedule, told_apart(blocks)))
    ends = [end_of(nodes, schedule, watch, blocks) for nodes in lanes]
    longest = max(map(len, ends), default=0)
    title = diagram.headed(heading(schedule, blocks, value, bound))
    width = round(_x(diagram, last)) + 14 + max(7 * longest, 20)
    width = max(width, 20 + 7 * len(title))
    legend = _legend(diagram, width)
    height = _TOP + diagram.schedule.n * _GAP + 38 + _ROW * len(legend)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}" role="img" aria-label="{escape(title)}">',
        f"<title>{escape(title)}</title><style>{_STYLE}</style>",
        f'<rect class="paper" width="{width}" height="{height}" rx="6"/>',
        _text(10, 20, title, "ink b"),
        *_bands(diagram),
        *_lanes(diagram, first, last),
        *_arrows(diagram),
        *(part for mark in diagram.marks for part in _mark(diagram, mark)),
        *(_text(_x(diagram, last) + 8, _y(k) + 4, end, "ink") for k, end in enumerate(ends) if end),
        *_keys(diagram, legend, height - 14 - (len(legend) - 1) * _ROW),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _x(diagram: SpaceTime, tick: float) -> float:
    return _left(diagram) + (tick - diagram.edge) * _STEP


def _left(diagram: SpaceTime) -> float:
    """Return where lanes begin: behind their names."""
    return max(_LEFT, 20 + 6.6 * diagram.longest)


def _y(lane: float) -> float:
    return _TOP + 24 + lane * _GAP


def _text(x: float, y: float, words: str, kind: str, anchor: str = "start") -> str:
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
    return f'<text {place} class="{kind}">{escape(words)}</text>'


def _rect(x: float, y: float, width: float, height: float, kind: str) -> str:
    size = f'width="{width:.1f}" height="{height:.1f}"'
    return f'<rect x="{x:.1f}" y="{y:.1f}" {size} class="{kind}"/>'


def _line(x1: float, y1: float, x2: float, y2: float, rest: str) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" {rest}/>'


def _fill(view: int) -> str:
    return "panel" if view % 2 else "paper"


def _bands(diagram: SpaceTime) -> Iterator[str]:
    """Yield views with their leaders, ticks, and the borders of nodes that change elsewhere."""
    word, bottom = diagram.words[0], _y(diagram.schedule.n) - 18
    for band in diagram.bands:
        x, width = _x(diagram, band.begin), (band.end - band.begin) * _STEP
        yield _rect(x, _TOP - 4, width, bottom - _TOP + 4, _fill(band.view))
        role = diagram.role(band)
        name = f"{word} {band.view}"
        name += f", {role}" if role and width > 7 * len(f"{name}, {role}") else ""
        yield _text(x + 4, _TOP - 12, name, "ink b")
        yield _line(x, _TOP - 4, x, bottom, 'class="line"')
    for one in diagram.borders:
        x, y, width = _x(diagram, one.begin), _y(one.node) - 20, (one.end - one.begin) * _STEP
        yield _rect(x, y, width, 40, _fill(one.view))
        if one.at is not None:
            at = _x(diagram, one.at)
            yield _line(at, y, at, y + 40, 'class="edge"')
    first, last = diagram.span
    for tick in range(math.ceil(first), math.floor(last) + 1):
        yield _text(_x(diagram, tick), bottom + 16, str(diagram.clock(tick)), "faint", "middle")
    yield _text(10, bottom + 16, "tick", "faint")


def _lanes(diagram: SpaceTime, first: float, last: float) -> Iterator[str]:
    left, right = _x(diagram, first), _x(diagram, last)
    for node in range(diagram.schedule.n):
        if node in diagram.schedule.byzantine:
            yield _rect(left, _y(node) - 15, right - left, 30, "byz")
        for band in diagram.bands:
            if band.primary == node:
                width = (band.end - band.begin) * _STEP
                yield _rect(_x(diagram, band.begin), _y(node) - 4, width, 8, "lead")
        yield _line(left, _y(node), right, _y(node), 'class="line"')
        yield _text(10, _y(node) + 4, diagram.node_name(node), "ink")


def _arrows(diagram: SpaceTime) -> Iterator[str]:
    """Yield the arrows, those of another proposal dashed, and a head for each colour."""
    for colour in dict.fromkeys(style.colour for style in diagram.styles.values()):
        yield (
            f'<marker id="h{colour}" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" '
            f'markerHeight="7" orient="auto"><path d="M0,0L8,4L0,8z" fill="#{colour}"/></marker>'
        )
    for arrow in diagram.arrows:
        style = diagram.styles[arrow.kind]
        dash = ' stroke-dasharray="5 3"' if style.symbol.endswith(OTHER) else ""
        rest = f'stroke="#{style.colour}" stroke-width="1.4" marker-end="url(#h{style.colour})"'
        yield _line(
            _x(diagram, arrow.sent), _y(arrow.y), _x(diagram, arrow.head_x), _y(arrow.head_y),
            rest + dash,
        )  # fmt: skip


def _mark(diagram: SpaceTime, mark: Mark) -> Iterator[str]:
    x, y = _x(diagram, mark.tick), _y(mark.y)
    if mark.what == "send":
        yield from _symbol(diagram.styles[mark.kind], x, y, lost=mark.lost)
    elif mark.what == "decide":
        yield from _star(mark.kind, x, y)
    elif mark.what == "timeout":
        yield _line(x, y - 8, x, y + 8, 'class="edge" stroke-width="3"')
    else:
        yield from _fault(mark.kind, x, y)


def _star(block: str, x: float, y: float) -> Iterator[str]:
    """Yield a decision; with the name and the colour of its block where there are several."""
    fill = block_colour(block)
    yield _shape("star", x, y, f'fill="{fill}" stroke="#000"')
    if block:
        yield _text(x, y + 3.5, block, "ink b dark", "middle")


def _symbol(style: Style, x: float, y: float, *, lost: bool = False) -> Iterator[str]:
    """Yield the marker of a kind with its letter; hollow where it reached nobody."""
    fill = 'class="paper"' if lost else f'fill="#{style.colour}"'
    symbol = style.symbol.removesuffix(OTHER)
    yield _shape(symbol, x, y, f'{fill} stroke="#{style.colour}" stroke-width="{1 + lost}"')
    if style.symbol.endswith(OTHER):
        yield f'<circle cx="{x:.1f}" cy="{y:.1f}" r="10" fill="none" class="edge"/>'
    inside = "in" if style.ink == "#fff" else "in dark"
    yield _text(x, y + 3.5, style.letter, "ink b" if lost else inside, "middle")


def _shape(symbol: str, x: float, y: float, rest: str) -> str:
    if symbol == "circle":
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="6" {rest}/>'
    points = " ".join(f"{x + 6 * a:.1f},{y + 6 * b:.1f}" for a, b in _POINTS[symbol])
    return f'<polygon points="{points}" {rest}/>'


def _legend(diagram: SpaceTime, width: float) -> list[list[tuple[float, str, str]]]:
    """Return rows of the legend's entries: where each begins, its mark or kind, and its name."""
    entries = [(kind, diagram.kind_name(kind)) for kind in diagram.styles]
    whats = {mark.what for mark in diagram.marks}
    faults = {mark.kind for mark in diagram.marks if mark.what == "fault"}
    entries += [("reached nobody", "reached nobody")] * any(mark.lost for mark in diagram.marks)
    entries += [("timeout", "timer expires")] * ("timeout" in whats)
    entries += [(fault, name) for fault, name in FAULTS.items() if fault in faults]
    entries += [("decide", "block")] * ("decide" in whats)
    led = any(band.primary is not None for band in diagram.bands)
    entries += [("lead", diagram.words[1])] * led
    rows: list[list[tuple[float, str, str]]] = []
    x = width
    for what, name in entries:
        room = 40 + 6.6 * len(name)
        if not rows or x + room > width:
            rows.append([])
            x = 18.0
        rows[-1].append((x, what, name))
        x += room
    return rows


def _keys(
    diagram: SpaceTime, rows: list[list[tuple[float, str, str]]], top: float
) -> Iterator[str]:
    """Yield the legend: the mark of each entry, and its name."""
    for k, row in enumerate(rows):
        y = top + k * _ROW
        for x, what, name in row:
            yield from _key(diagram, what, x, y)
            yield _text(x + 12, y, name, "ink")


def _key(diagram: SpaceTime, what: str, x: float, y: float) -> Iterator[str]:
    if what in diagram.styles:
        yield from _symbol(diagram.styles[what], x, y - 4)
    elif what == "reached nobody":
        yield f'<circle cx="{x:.1f}" cy="{y - 4:.1f}" r="6" class="hollow"/>'
    elif what == "lead":
        yield _rect(x - 8, y - 8, 16, 8, "lead")
    elif what == "timeout":
        yield _line(x, y - 11, x, y + 3, 'class="edge" stroke-width="3"')
    elif what == "decide":
        yield _shape("star", x, y - 4, 'fill="#f0e442" stroke="#000"')
    else:
        yield from _fault(what, x, y - 4)


def _fault(fault: str, x: float, y: float) -> Iterator[str]:
    if fault in TURNS:
        yield _text(x, y + 5, "↻", "ink b", "middle")
        return
    cross = f"M{x - 6:.1f},{y - 6:.1f}l12,12m0,-12l-12,12"
    yield f'<path d="{cross}" class="edge" stroke-width="3"/>'
