"""The space-time diagram of a schedule as a standalone LaTeX document for papers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.report.ends import end_of
from milpbft.report.lanes import folded, lanes_of
from milpbft.report.outcome import blocks_of, heading, told_apart, watched
from milpbft.report.spacetime import lay_out
from milpbft.report.style import FAULTS, OTHER, TURNS, block_colour

if TYPE_CHECKING:
    from collections.abc import Iterator

    from milpbft.report.diagram import Arrow, Band, Border, Mark, SpaceTime
    from milpbft.schedule import Schedule

# A lane, and the room that the ticks of a picture share, in cm; at most so much for one tick.
_LANE = 1.3
_WIDTH, _LEAST_TICK, _MOST_TICK = 22.0, 0.45, 1.4
# A view narrower than this, in cm, has no room for the words "primary node 0".
_WIDE = 2.4
# What a letter of the ends takes, in pt.
_LETTER = 4.6

_SHAPES = {
    "square": "rectangle, minimum size=4.5pt",
    "circle": "circle, minimum size=5pt",
    "diamond": "diamond, minimum size=6.5pt",
    "triangle-up": "regular polygon, regular polygon sides=3, minimum size=6.5pt",
    "triangle-down": "regular polygon, regular polygon sides=3, rotate=180, minimum size=6.5pt",
    "triangle-left": "regular polygon, regular polygon sides=3, rotate=90, minimum size=6.5pt",
    "triangle-right": "regular polygon, regular polygon sides=3, rotate=270, minimum size=6.5pt",
    "pentagon": "regular polygon, regular polygon sides=5, minimum size=6.5pt",
}

_HEAD = r"""\documentclass[tikz,border=6pt]{standalone}
\usetikzlibrary{arrows.meta,shapes.geometric,shapes.misc}
\definecolor{band}{HTML}{F4F6F9}
\definecolor{edge}{HTML}{B8C0CC}
\definecolor{byzantine}{HTML}{FBE3D6}
\definecolor{primary}{HTML}{FFD98A}
\definecolor{block}{HTML}{F0E442}
"""
_STYLES = r"""    font=\sffamily\footnotesize,
    message/.style={-{Stealth[length=4pt,width=3pt]}, line width=0.45pt},
    sent/.style={inner sep=0pt, draw=white, line width=0.3pt},
    lost/.style={circle, minimum size=6pt, inner sep=0pt, line width=0.9pt},
    decide/.style={star, star points=5, star point ratio=2.2, minimum size=11pt,
      inner sep=0pt, draw=black, fill=block, line width=0.6pt},
    timeout/.style={rectangle, minimum width=1.2pt, minimum height=7pt, inner sep=0pt,
      fill=black!75},
    restart/.style={-{Stealth[length=3pt]}, line width=1.2pt, draw=black},
    fault/.style={cross out, minimum size=6pt, inner sep=0pt, draw=black, line width=1.6pt},
"""


def tikz(schedule: Schedule, value: int | None = None, bound: int | None = None) -> str:
    r"""Draw `schedule` as a LaTeX document, one ``\draw`` per message and one node per mark.

    It needs the `standalone` class and TikZ alone, and compiles with pdflatex. Some ten thousand
    messages are more than pdflatex has memory for; lualatex has no such limit. The title says
    how the run ended, with `value` and `bound` of its question.
    """
    watch = watched(schedule)
    taken = blocks_of(schedule, watch)
    blocks = told_apart(taken)
    diagram = folded(schedule, blocks)
    lanes = lanes_of(lay_out(schedule, blocks))
    ends = [end_of(nodes, schedule, watch, taken) for nodes in lanes]
    first, last = diagram.span
    tick = max(_LEAST_TICK, min(_MOST_TICK, _WIDTH / (last - first)))
    colours = "".join(
        rf"\definecolor{{{_colour(diagram, kind)}}}{{HTML}}{{{style.colour}}}" + "\n"
        for kind, style in diagram.styles.items()
    )
    colours += "".join(
        rf"\definecolor{{block{block}}}{{HTML}}{{{block_colour(block)[1:]}}}" + "\n"
        for block in sorted(set(blocks.values()))
    )
    picture = [
        *_frame(diagram, tick, diagram.headed(heading(schedule, blocks, value, bound))),
        *(_arrow(diagram, arrow) for arrow in diagram.arrows),
        *(_mark(diagram, mark) for mark in diagram.marks),
        *_ends(diagram, ends),
        *_legend(diagram, shift=max((len(end) for end in ends), default=0) * _LETTER),
    ]
    return (
        f"{_HEAD}{colours}\\begin{{document}}\n"
        f"\\begin{{tikzpicture}}[x={tick:.3f}cm, y=-{_LANE}cm,\n{_STYLES}  ]\n"
        + "".join(f"  {line}\n" for line in picture)
        + "\\end{tikzpicture}\n\\end{document}\n"
    )


def _colour(diagram: SpaceTime, kind: str) -> str:
    return f"kind{list(diagram.styles).index(kind)}"


def _frame(diagram: SpaceTime, tick: float, title: str) -> Iterator[str]:
    """Yield bands, lanes and their names."""
    n = diagram.schedule.n
    first, last = diagram.span
    for band in diagram.bands:
        fill = ", fill=band" if band.view % 2 else ""
        yield rf"\draw[edge{fill}] ({band.begin},-0.6) rectangle ({band.end},{n - 0.4});"
    for one in diagram.borders:
        yield from _border(one)
    for node in diagram.schedule.byzantine:
        yield rf"\fill[byzantine] ({first},{node - 0.32}) rectangle ({last},{node + 0.32});"
    for band in diagram.bands:
        yield from _view(diagram, band, tick)
    for node in range(n):
        yield rf"\draw[black!45] ({first},{node}) -- ({last},{node});"
        yield rf"\node[left] at ({first},{node}) {{{_escape(diagram.node_name(node))}}};"
    for time in range(round(first + 0.5), round(last - 0.5) + 1):
        yield rf"\node[below] at ({time},{n - 0.4}) {{\scriptsize {diagram.clock(time)}}};"
    axis = f"tick within the {diagram.words[0]}" if diagram.schedule.view_ticks else "tick"
    yield rf"\node[below] at ({(first + last) / 2},{n - 0.15}) {{{axis}}};"
    words = rf"\normalsize {_escape(title)}"
    yield rf"\node[above right, inner xsep=0pt] at ({first},-1.25) {{{words}}};"


def _border(one: Border) -> Iterator[str]:
    """Yield a node's stay in another view than the band says, and its own border."""
    fill, top, bottom = "band" if one.view % 2 else "white", one.node - 0.45, one.node + 0.45
    yield rf"\fill[{fill}] ({one.begin},{top:.2f}) rectangle ({one.end},{bottom:.2f});"
    if one.at is not None:
        yield rf"\draw[edge, thick] ({one.at},{top:.2f}) -- ({one.at},{bottom:.2f});"


def _view(diagram: SpaceTime, band: Band, tick: float) -> Iterator[str]:
    word, leader = diagram.words
    name = rf"\textbf{{{word} {band.view}}}"
    wide = (band.end - band.begin) * tick >= _WIDE
    if band.primary is not None:
        top, bottom = band.primary - 0.1, band.primary + 0.1
        yield rf"\fill[primary] ({band.begin},{top:.1f}) rectangle ({band.end},{bottom:.1f});"
        letter = rf"\textbf{{{leader[0].upper()}}}"
        yield rf"\node[above right, inner sep=1pt] at ({band.begin},{top:.1f}) {{{letter}}};"
    if role := diagram.role(band) if wide else diagram.short_role(band):
        name += rf"\\{_escape(role)}"
    yield rf"\node[above, align=center] at ({(band.begin + band.end) / 2},-0.6) {{{name}}};"


def _arrow(diagram: SpaceTime, arrow: Arrow) -> str:
    colour = _colour(diagram, arrow.kind)
    head = f"({arrow.head_x:.2f},{arrow.head_y:.2f})"
    return rf"\draw[message, {colour}] ({arrow.sent},{arrow.y:.3f}) -- {head};"


def _mark(diagram: SpaceTime, mark: Mark) -> str:
    if mark.kind in TURNS:
        return _restart(f"({mark.tick},{mark.y:.3f})") + _comment(mark)
    style = mark.what if mark.what != "send" else _send(diagram, mark.kind, mark.lost)
    block = ""
    if mark.what == "decide" and mark.kind:
        block, style = rf"\tiny {mark.kind}", f"decide, fill=block{mark.kind}"
    return rf"\node[{style}] at ({mark.tick},{mark.y:.3f}) {{{block}}};" + _comment(mark)


def _restart(at: str) -> str:
    """Draw an arrow that turns back."""
    return rf"\draw[restart] {at} ++(60:4pt) arc[start angle=60, end angle=350, radius=4pt];"


def _comment(mark: Mark) -> str:
    """Say in the source what a mark is, for who edits the picture by hand."""
    what = f"{mark.what} {mark.kind}".strip()
    view = "" if mark.view is None else f" view {mark.view}"
    return f" % {_escape(what)} node {mark.node}{view}"


def _send(diagram: SpaceTime, kind: str, lost: bool) -> str:
    colour = _colour(diagram, kind)
    if lost:
        return f"lost, draw={colour}"
    symbol = diagram.styles[kind].symbol
    other = ", double, draw=black" if symbol.endswith(OTHER) else ""
    return f"sent, {_SHAPES[symbol.removesuffix(OTHER)]}, fill={colour}{other}"


def _ends(diagram: SpaceTime, ends: list[str]) -> Iterator[str]:
    """Yield what each lane ends with, right of it."""
    right = diagram.span[1]
    for lane, end in enumerate(ends):
        if end:
            yield rf"\node[right] at ({right},{lane}) {{\scriptsize {_escape(end)}}};"


def _legend(diagram: SpaceTime, shift: float) -> Iterator[str]:
    """Yield the legend, one entry below the other, `shift` pt right of the picture."""
    entries = [(_send(diagram, k, lost=False), diagram.kind_name(k)) for k in diagram.styles]
    if any(mark.lost for mark in diagram.marks):
        entries.append(("lost, draw=black!75", "reached nobody"))
    whats = {mark.what for mark in diagram.marks}
    entries += [("timeout", "timeout")] * ("timeout" in whats)
    faults = {mark.kind for mark in diagram.marks if mark.what == "fault"}
    entries += [("restart" if f in TURNS else "fault", name)
                for f, name in FAULTS.items() if f in faults]  # fmt: skip
    entries += [("decide", "block")] * ("decide" in whats)
    right = diagram.span[1]
    for row, (style, name) in enumerate(entries):
        at = f"([xshift={14 + shift:.0f}pt,yshift={-14 * row}pt] {right},-0.4)"
        yield _restart(at) if style == "restart" else rf"\node[{style}] at {at} {{}};"
        yield rf"\node[right, xshift=6pt] at {at} {{{_escape(name)}}};"


_SPECIAL = {char: f"\\{char}" for char in "&%$#_{}"} | {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "·": r"$\cdot$",
}


def _escape(text: str) -> str:
    """Write `text` so that LaTeX prints it, on one line; "?" for what pdflatex has no glyph for."""
    line = " ".join(text.split())
    return "".join(_SPECIAL.get(char, char if " " <= char <= "~" else "?") for char in line)
