"""What the explorer knows of a run: plain numbers and texts, which its script draws."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from milpbft.registry import PROTOCOLS
from milpbft.report.borders import borders
from milpbft.report.lanes import lane_name, lanes_of
from milpbft.report.outcome import blocks_of, outcome, told_apart, watched
from milpbft.report.spacetime import lay_out
from milpbft.room import room_of

if TYPE_CHECKING:
    from milpbft.report.diagram import Band, SpaceTime
    from milpbft.schedule import Schedule

Json = dict[str, Any]


def run_data(schedule: Schedule) -> Json:
    """Return the diagram of a schedule, and what its replicas knew, as far as they say."""
    watch = watched(schedule)
    blocks = blocks_of(schedule, watch)
    diagram = lay_out(schedule, told_apart(blocks))
    lanes = lanes_of(diagram)
    words = _words(schedule.protocol)
    names = _names(schedule)
    kinds = list(diagram.styles)
    first, last = diagram.span
    return {
        "title": _title(schedule, diagram),
        "verdict": outcome(schedule, blocks),
        "source": schedule.source,
        "protocol": schedule.protocol,
        "n": schedule.n,
        "span": [first, last],
        "viewTicks": schedule.view_ticks,
        "words": words,
        "rules": {what: _rule(schedule.protocol, what) for what in ("decide", "timeout", "fault")},
        "names": names,
        "byzantine": list(schedule.byzantine),
        "lanes": [{"name": lane_name(nodes, names), "nodes": nodes} for nodes in lanes],
        "bands": [
            [band.view, band.primary, band.begin, band.end, _role(band, words[1], names)]
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
        "states": [list(state) for state in watch.states],
        "blocks": {str(node): names for node, names in blocks.items()},
    }  # fmt: skip


def _role(band: Band, leader: str, names: list[str]) -> str:
    """Say who leads a view, where somebody does."""
    return band.role if band.primary is None else f"{leader}: {names[band.primary]}"


def _names(schedule: Schedule) -> list[str]:
    """Name every node, and say who is Byzantine."""
    known = schedule.protocol in PROTOCOLS
    names = room_of(schedule.protocol).names(schedule) if known else []
    names = names or [f"node {node}" for node in range(schedule.n)]
    liars = set(schedule.byzantine)
    return [f"{name} (Byzantine)" if i in liars else name for i, name in enumerate(names)]


def _title(schedule: Schedule, diagram: SpaceTime) -> str:
    """Return the title of the diagram, with the protocol's own name."""
    known = PROTOCOLS.get(schedule.protocol)
    title = known.title if known else schedule.protocol
    return title + diagram.title.removeprefix(schedule.protocol)


def _words(protocol: str) -> tuple[str, str]:
    """Return what the protocol calls a view, and who leads it."""
    return PROTOCOLS[protocol].words if protocol in PROTOCOLS else ("view", "primary")


def _kind(schedule: Schedule, diagram: SpaceTime, kind: str) -> Json:
    style = diagram.styles[kind]
    return {
        "name": kind,
        "colour": f"#{style.colour}",
        "symbol": style.symbol,
        "letter": style.letter,
        "rule": _rule(schedule.protocol, kind),
    }


def _rule(protocol: str, kind: str) -> str:
    """Return the rule by which nodes send a kind of message, where the protocol's room says so."""
    base = kind.partition("#")[0].partition("{")[0]
    return room_of(protocol).rules.get(base, "") if protocol in PROTOCOLS else ""
