"""How a run ended, and where nodes leave views, in every picture."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

import milpbft
from milpbft.report.borders import borders
from milpbft.report.diagram import Border
from milpbft.report.explorer.data import run_data
from milpbft.report.keep import keep
from milpbft.report.lanes import folded
from milpbft.report.outcome import accepted, heading, outcome
from milpbft.report.spacetime import lay_out
from milpbft.report.svg import svg
from milpbft.report.text import text
from milpbft.report.tikz import tikz
from milpbft.report.timeline import timeline
from milpbft.schedule import Decide, Fault, Schedule, Send, Timeout
from milpbft.schedule.states import State

if TYPE_CHECKING:
    from pathlib import Path

LOCK = "dbft2-strict-n4-v2-b1-undecided"
FORK = "pbft-n4-v2-e2-steps_fork-blind"


def straddling(n: int = 4) -> Schedule:
    """Return a run in which 1 leads view 1 at tick 3, 2 follows at tick 6, the others never."""
    events = (
        Send(1, 0, "Vote", 0),
        Send(3, 1, "New", 1),
        Send(4, 2, "Vote", 0),
        Timeout(5, 2, 0),
        Send(6, 2, "Ask", 1),
    )
    return Schedule("toy", n, (), (0, 1), events, 8)


@pytest.mark.parametrize(("name", "word"), [(LOCK, "LOCK"), (FORK, "FORK")])
def test_titles_say_how_it_ended_and_what_it_is_worth(name: str, word: str, tmp_path: Path):
    """In text, TikZ, figure and page, with value and bound."""
    result = milpbft.solve(name)
    assert result.schedule is not None
    head = f"{word} · value {result.value} · bound {result.value}"
    blocks = accepted(result.schedule)
    assert heading(result.schedule, blocks, result.value, result.bound) == head
    shown = text(result.schedule, 80, result.value, result.bound)
    assert shown.startswith(f"{word} - value {result.value} - bound")
    assert result.draw().layout.title.text.startswith(head)
    keep(result.schedule, tmp_path, value=result.value, bound=result.bound)
    latex = (tmp_path / "timeline.tex").read_text()
    assert rf"{{\normalsize {word} $\cdot$ value {result.value} $\cdot$ bound" in latex
    page = (tmp_path / "timeline.html").read_text()
    ends = f"· value {result.value} · bound {result.value} - milpbft</title>"
    assert re.search(rf"<title>{word}: .* {ends}", page)


def test_a_run_that_is_neither_has_no_word(good: Schedule):
    """All decide, on one block: nothing heads the picture."""
    assert heading(good, {}) == ""
    assert heading(good, {}, 4) == "value 4"


def test_who_has_crashed_neither_waits_nor_decided():
    """Node 1 crashes with its block, node 2 without; a node that starts again is correct."""
    decisions = (Decide(1, 1, 0), Decide(2, 3, 0))
    events = (*decisions, Fault(3, 1, "crash"), Fault(3, 2, "crash"), Fault(3, 0, "restart"))
    run = Schedule("toy", 4, (), (0,), events, 4, settings={"rest": "alone"})
    assert outcome(run, {}) == "LOCK"
    assert lay_out(run).title == "toy · 4 nodes · 1 of 2 correct nodes decided"
    done = replace(run, events=(Decide(2, 0, 0), *events))
    assert outcome(done, {}) == ""
    assert lay_out(done).title == "toy · 4 nodes · 2 of 2 correct nodes decided"


def test_a_fork_says_who_accepted_which_block():
    """A letter and a colour of its own in text, TikZ, SVG, page and figure; none in other runs."""
    fork = milpbft.solve(FORK)
    assert fork.schedule is not None
    assert sorted(set(accepted(fork.schedule).values())) == ["A", "B"]
    shown, latex, drawn = text(fork.schedule), tikz(fork.schedule), svg(fork.schedule)
    stars = [trace for trace in fork.draw().data if trace.marker.symbol == "star"]
    for block, colour in (("A", "F0E442"), ("B", "56B4E9")):
        assert f"B={block} block {block}" in shown
        assert rf"\definecolor{{block{block}}}{{HTML}}{{{colour}}}" in latex
        assert rf"{{\tiny {block}}}" in latex
        assert f'fill="#{colour}"' in drawn
    assert [(s.name, s.text, s.marker.color) for s in stars] == [
        ("block A", "A", "#F0E442"), ("block B", "B", "#56B4E9")]  # fmt: skip
    kinds = {mark[1] for mark in run_data(fork.schedule)["marks"] if mark[0] == "decide"}
    assert kinds == {"A", "B"}


def test_who_accepted_another_block_has_a_lane_of_his_own():
    """Fourteen nodes that act alike, and half of them accept another block."""
    events = tuple(Decide(3, node, 0) for node in range(14))
    schedule = Schedule("toy", 14, (), (), events, 5)
    blocks = {node: "A" if node < 7 else "B" for node in range(14)}
    assert len(folded(schedule).names) == 1
    assert folded(schedule, blocks).names == ("7 nodes: 0-6", "7 nodes: 7-13")


def test_each_node_has_its_own_border():
    """From the band's begin until it acts in the view a node is in the one before."""
    schedule = straddling()
    diagram = lay_out(schedule)
    assert [band.begin for band in diagram.bands] == [-0.5, 2.5]
    assert diagram.borders == (Border(2, 0, 2.5, 5.5, 5.5),)


def test_states_say_more_than_acts():
    """Who never left, who was there earlier than anybody acted, and who skipped a view."""
    schedule = straddling()
    bands = lay_out(schedule).bands
    states = [
        State(0, 0, 0, ""),
        State(0, 1, 0, ""),
        State(2, 1, 1, ""),
        State(0, 3, 0, ""),
        State(7, 3, 2, ""),
    ]
    assert borders(schedule, bands, states) == (
        Border(0, 0, 2.5, 8.5, None),
        Border(1, 1, 1.5, 2.5, 1.5),
        Border(2, 0, 2.5, 5.5, 5.5),
        Border(3, 0, 2.5, 6.5, 6.5),
    )


def test_byzantine_nodes_and_clocks_of_views_have_no_borders():
    """Byzantine nodes are in no view; where views have clocks of their own, all change at once."""
    schedule = straddling()
    assert lay_out(replace(schedule, byzantine=(2,))).borders == ()
    assert lay_out(replace(schedule, view_ticks=4)).borders == ()


def test_who_crashed_is_in_no_view_any_more():
    """A node that stopped before the next view began is not drawn as staying behind."""
    schedule = straddling()
    bands, states = lay_out(schedule).bands, [State(0, 3, 0, ""), State(1, 3, 0, "crashed")]
    stayed = Border(3, 0, 2.5, 8.5, None)
    assert stayed in borders(schedule, bands, states)
    stopped = replace(schedule, events=(*schedule.events, Fault(1, 3, "crash")))
    assert stayed not in borders(stopped, bands, states)


def test_lanes_of_many_keep_their_border():
    """Twelve alike leave view 0 late: their lane has one border."""
    base = straddling()
    later = tuple(Send(6, node, "Ask", 1) for node in range(2, 14))
    diagram = folded(replace(base, n=14, events=(*base.events[:2], *later)))
    lane = diagram.names.index("12 nodes: 2-13")
    assert diagram.borders == (Border(lane, 0, 2.5, 5.5, 5.5),)


def test_every_picture_draws_borders():
    """Text marks what is of an earlier view, TikZ and pages draw the node's own border."""
    schedule = straddling()
    assert "V~<" in text(schedule)
    assert "< of an earlier view" in text(schedule)
    assert "t<" not in text(schedule)
    assert r"\draw[edge, thick] (5.5,1.55) -- (5.5,2.45);" in tikz(schedule)
    lines = [s for s in timeline(schedule).layout.shapes if s.x0 == s.x1 == 5.5]
    assert [(line.y0, line.y1) for line in lines] == [(1.55, 2.45)]
    assert run_data(schedule)["borders"] == [[2, 0, 2.5, 5.5, 5.5]]


def test_a_fork_shows_who_stayed_behind():
    """One node decides in view 0, which it never left; two change later than the first."""
    schedule = milpbft.solve(FORK).schedule
    assert schedule is not None
    data = run_data(schedule)
    stayed = [node for node, *_, at in data["borders"] if at is None]
    decided = {e.node: e.view for e in schedule.events if isinstance(e, Decide)}
    assert [decided[node] for node in stayed] == [0]
    last = {node: view for _, node, view, _ in data["states"]}
    assert all(last[node] == 0 for node in stayed)
