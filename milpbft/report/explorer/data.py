"""What the explorer knows of a run: plain numbers and texts, which its script draws."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from milpbft.registry import PROTOCOLS
from milpbft.report.borders import borders
from milpbft.report.ends import end_of
from milpbft.report.lanes import lane_name, lanes_of
from milpbft.report.naming import names_of
from milpbft.report.outcome import blocks_of, outcome, told_apart, watched
from milpbft.report.spacetime import lay_out
from milpbft.report.style import FAULTS
from milpbft.room import room_of

if TYPE_CHECKING:
    from milpbft.report.diagram import SpaceTime
    from milpbft.schedule import Schedule

Json = dict[str, Any]


def run_data(schedule: Schedule) -> Json:
    """Return the diagram of a schedule, and what its replicas knew, as far as they say."""
    watch = watched(schedule)
    blocks = blocks_of(schedule, watch)
    diagram = lay_out(schedule, told_apart(blocks))
    lanes = lanes_of(diagram)
    names, liars = names_of(schedule), set(schedule.byzantine)
    kinds = list(diagram.styles)
    first, last = diagram.span
    return {
        "title": diagram.title,
        "verdict": outcome(schedule, blocks),
        "source": schedule.source,
        "protocol": schedule.protocol,
        "n": schedule.n,
        "span": [first, last],
        "viewTicks": schedule.view_ticks,
        "words": diagram.words,
        "rules": {what: _rule(schedule.protocol, what) for what in ("decide", "timeout", "fault")},
        "names": [lane_name([node], names, liars) for node in range(schedule.n)],
        "byzantine": list(schedule.byzantine),
        "lanes": [
            {
                "name": lane_name(nodes, names, liars),
                "nodes": nodes,
                "end": end_of(nodes, schedule, watch, blocks),
            }
            for nodes in lanes
        ],
        "ends": [end_of([node], schedule, watch, blocks) for node in range(schedule.n)],
        "faults": FAULTS,
        "bands": [
            [band.view, band.primary, band.begin, band.end, diagram.role(band)]
            for band in diagram.bands
        ],
        "borders": [list(one) for one in borders(schedule, diagram.bands, watch.states)],
        "kinds": [_kind(schedule, diagram, kind) for kind in kinds],
        "marks": [
            [mark.what, kinds.index(mark.kind) if mark.what == "send" else mark.kind, mark.tick,
             mark.node, mark.view, int(mark.lost)]
            for mark in diagram.marks
        ],
        "arrows": [
            [kinds.index(a.kind), a.view, a.sender, a.receiver, a.sent, a.delivered]
            for a in diagram.arrows
        ],
        "ended": watch.ended,
        "states": [list(state) for state in watch.states],
        "blocks": {str(node): names for node, names in blocks.items()},
    }  # fmt: skip


def _kind(schedule: Schedule, diagram: SpaceTime, kind: str) -> Json:
    style = diagram.styles[kind]
    return {
        "name": diagram.kind_name(kind),
        "colour": f"#{style.colour}",
        "symbol": style.symbol,
        "letter": style.letter,
        "ink": style.ink,
        "rule": _rule(schedule.protocol, kind),
    }


def _rule(protocol: str, kind: str) -> str:
    """Return the rule by which nodes send a kind of message, where the protocol's room says so."""
    base = kind.partition("#")[0].partition("{")[0]
    return room_of(protocol).rules.get(base, "") if protocol in PROTOCOLS else ""
