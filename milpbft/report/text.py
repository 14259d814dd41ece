"""The timeline of a schedule as text: who sent what when, for a terminal or a log."""

from __future__ import annotations

from dataclasses import dataclass, replace
from textwrap import fill
from typing import TYPE_CHECKING

from milpbft.report.ends import ends_of
from milpbft.report.lanes import lane_name, lanes_of
from milpbft.report.naming import listed, names_of
from milpbft.report.outcome import blocks_of, heading, told_apart, watched
from milpbft.report.spacetime import lay_out
from milpbft.report.style import BLOCK, FAULT, FAULTS, RESTART, TIMEOUT, TURNS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from milpbft.report.diagram import Band, Mark, SpaceTime
    from milpbft.schedule import Schedule

LOST, EARLIER = "~", "<"
# So many ticks or more in which nothing happens become one column.
_SILENCE = 4
# How ends begin that say what one node does.
_VERBS = ("waits", "holds", "has", "mines")


@dataclass(frozen=True, slots=True)
class _Block:
    """Columns that are printed side by side: a view, or a piece of a wide one.

    `ticks` is the heading of the columns; `lanes` has the cells of each lane, of the same widths.
    """

    name: str
    primary: int | None
    ticks: str
    lanes: tuple[str, ...]

    @property
    def width(self) -> int:
        return len(self.ticks)


def text(
    schedule: Schedule, width: int = 80, value: int | None = None, bound: int | None = None
) -> str:
    """Draw `schedule` in lines of at most `width` characters, without colours.

    Each node has a lane, from 13 nodes on all that do the same, and each tick a column with the
    letters of what they sent or did; where one is the view's primary, the lane begins with ``>``.
    Views that do not fit beside each other follow below. Nodes may leave a view later than others:
    what they do meanwhile has a ``<``. The title says how the run ended, with `value` and `bound`
    of its question; where blocks differ, a decision says which it is: ``B=A``. Below stands what
    nodes that lack a block wait for, where they say it.
    """
    watch = watched(schedule)
    blocks = blocks_of(schedule, watch)
    diagram = lay_out(schedule, told_apart(blocks))
    lanes = lanes_of(diagram)
    named, liars = names_of(schedule), set(schedule.byzantine)
    names = [lane_name(nodes, named, liars, "byz") for nodes in lanes]
    label = max(map(len, ["tick", *names])) + 1
    bands = list(diagram.bands)
    if bands:
        # What happened before the first view is printed with it.
        bands[0] = replace(bands[0], begin=diagram.span[0])
    pieces = [one for band in bands for one in _blocks(diagram, band, lanes, width - label)]
    heads = list(zip(names, lanes, strict=True))
    rows = [_row(row, heads, label) for row in _wrap(pieces, width - label)]
    title = diagram.headed(heading(schedule, blocks, value, bound))
    title = _fold(title.split(" · "), " - ", width)
    ends = _ends(schedule, ends_of(schedule, watch, blocks), width)
    return "\n\n".join([title, *rows, _fold(_legend(diagram), ", ", width), *ends]) + "\n"


def _ends(schedule: Schedule, ends: dict[int, str], width: int) -> list[str]:
    """Say who ended how, those alike together; not of Byzantine nodes, nor of those with a block.

    The paragraph, where there is something to say.
    """
    names, alike = names_of(schedule), dict[str, list[str]]()
    for node, end in ends.items():
        if end and not end.startswith(("block", "Byzantine")):
            alike.setdefault(end, []).append(names[node])
    lines = [
        f"{listed(who)}: {'each ' * (len(who) > 1 and end.startswith(_VERBS))}{end}"
        for end, who in alike.items()
    ]
    lines = [fill(line, width, subsequent_indent="  ") for line in lines]
    return ["\n".join(["at the end", *lines])] if lines else []


def _blocks(
    diagram: SpaceTime, band: Band, lanes: Sequence[Sequence[int]], room: int
) -> Iterator[_Block]:
    """Yield a view as one block, or as several where it is wider than `room`."""
    cells = _cells(diagram)
    view = f"{diagram.words[0]} {band.view}"
    role = diagram.role(band).replace(": node ", " ")
    name = view + (f", {role}" if role else "")
    columns: list[list[str]] = []
    for tick in _columns(diagram, band):
        heading = ".." if tick is None else str(diagram.clock(tick))
        column = [heading, *(cells.get((tick, nodes[0]), ".") for nodes in lanes)]
        if columns and sum(_wide(c) for c in columns) + _wide(column) + 1 > room:
            yield _block(name, band, columns)
            name, columns = f"{view}, on", []
        columns.append(column)
    yield _block(name, band, columns)


def _wide(column: list[str]) -> int:
    return max(map(len, column)) + 1


def _block(name: str, band: Band, columns: list[list[str]]) -> _Block:
    widths = [max(map(len, column)) for column in columns]
    lines = [
        " ".join(cell.ljust(wide) for cell, wide in zip(line, widths, strict=True))
        for line in zip(*columns, strict=True)
    ]
    # A short view is as wide as its name.
    ticks, *lanes = (line.ljust(len(name)) for line in lines)
    return _Block(name, band.primary, ticks, tuple(lanes))


def _cells(diagram: SpaceTime) -> dict[tuple[int | None, int], str]:
    """Return the letters of each tick and node."""
    cells: dict[tuple[int | None, int], str] = {}
    for mark in diagram.marks:
        place = mark.tick, mark.node
        cells[place] = (
            cells.get(place, "") + _letter(diagram, mark) + EARLIER * _late(diagram, mark)
        )
    return cells


def _late(diagram: SpaceTime, mark: Mark) -> bool:
    """Whether a node acts in an earlier view than the one whose column it is.

    A timer that expires is no such act: with it the node leaves its view.
    """
    if mark.what == "timeout":
        return False
    shown = [band.view for band in diagram.bands if band.begin <= mark.tick < band.end]
    return mark.view is not None and any(mark.view < view for view in shown)


def _letter(diagram: SpaceTime, mark: Mark) -> str:
    if mark.what == "send":
        return diagram.styles[mark.kind].letter + (LOST if mark.lost else "")
    if mark.what == "decide":
        return _block_letter(mark.kind)
    return TIMEOUT if mark.what == "timeout" else _fault_letter(mark.kind)


def _fault_letter(fault: str) -> str:
    return RESTART if fault in TURNS else FAULT


def _block_letter(block: str) -> str:
    """Return the letter of a decision; with the name of the block where there are several."""
    return f"{BLOCK}={block}" if block else BLOCK


def _columns(diagram: SpaceTime, band: Band) -> Iterator[int | None]:
    """Yield the ticks of a view that have a column; None stands for a long silence."""
    busy = {mark.tick for mark in diagram.marks}
    silence: list[int | None] = []
    for tick in range(round(band.begin + 0.5), round(band.end + 0.5)):
        if tick not in busy:
            silence.append(tick)
            continue
        yield from _shorten(silence)
        silence = []
        yield tick
    yield from _shorten(silence)


def _shorten(silence: list[int | None]) -> list[int | None]:
    return [None] if len(silence) >= _SILENCE else silence


def _wrap(blocks: list[_Block], room: int) -> list[list[_Block]]:
    """Put as many blocks beside each other as there is room for."""
    rows: list[list[_Block]] = []
    used = room
    for block in blocks:
        # Each block begins with a bar and a space.
        if not rows or used + block.width + 2 > room:
            rows.append([])
            used = 0
        rows[-1].append(block)
        used += block.width + 3
    return rows


def _row(blocks: list[_Block], heads: Sequence[tuple[str, Sequence[int]]], label: int) -> str:
    lines = ["".ljust(label) + " ".join(f"| {b.name.ljust(b.width)}" for b in blocks)]
    lines.append("tick".ljust(label) + " ".join(f"| {block.ticks}" for block in blocks))
    for place, (name, nodes) in enumerate(heads):
        lanes = (f"{'>' if b.primary in nodes else '|'} {b.lanes[place]}" for b in blocks)
        lines.append(name.ljust(label) + " ".join(lanes))
    return "\n".join(line.rstrip() for line in lines)


def _legend(diagram: SpaceTime) -> list[str]:
    """Return what the letters that occur mean."""
    entries = [f"{style.letter} {diagram.kind_name(k)}" for k, style in diagram.styles.items()]
    whats = {mark.what for mark in diagram.marks}
    blocks = sorted({mark.kind for mark in diagram.marks if mark.what == "decide"})
    entries += [f"{_block_letter(block)} block {block}".rstrip() for block in blocks]
    entries += [f"{TIMEOUT} timeout"] * ("timeout" in whats)
    faults = {mark.kind for mark in diagram.marks if mark.what == "fault"}
    entries += [f"{_fault_letter(f)} {name}" for f, name in FAULTS.items() if f in faults]
    if any(mark.lost for mark in diagram.marks):
        entries.append(f"{LOST} reached nobody")
    if any(_late(diagram, mark) for mark in diagram.marks):
        entries.append(f"{EARLIER} of an earlier {diagram.words[0]}")
    if any(band.primary is not None for band in diagram.bands):
        entries.append(f"> {diagram.words[1]}")
    return entries


def _fold(entries: list[str], separator: str, width: int) -> str:
    """Join entries, in lines of at most `width` where an entry allows it."""
    lines: list[str] = []
    for entry in entries:
        if lines and len(lines[-1]) + len(separator) + len(entry) <= width:
            lines[-1] += separator + entry
        else:
            lines.append(entry)
    return "\n".join(lines)
