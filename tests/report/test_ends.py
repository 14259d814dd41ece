"""What nodes have at the end, or wait for, and what things are called, in every picture."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

import milpbft
from milpbft.report.ends import Lack, end_of, ends_of, lacks
from milpbft.report.explorer.data import run_data
from milpbft.report.naming import called, listed, names_of
from milpbft.report.spacetime import lay_out
from milpbft.report.svg import svg
from milpbft.report.text import text
from milpbft.report.tikz import tikz
from milpbft.report.timeline import timeline
from milpbft.schedule import Fault, Schedule, Send
from milpbft.schedule.states import State, Watch
from milpbft.sim.telling import quota

if TYPE_CHECKING:
    from collections.abc import Callable

LOCK = "dbft2-strict-n4-v2-b1-undecided"
WAITS = "waits for 3 commits (has 1), 3 change views (has 2)"


def quiet(n: int, *liars: int) -> Schedule:
    """Return a run in which nothing happens."""
    return Schedule("toy", n, liars, (), (), 2)


def ended(*words: str) -> Watch:
    """Watch nodes whose last states are these."""
    return Watch(tuple(State(1, node, 0, said) for node, said in enumerate(words)))


def test_who_has_more_than_it_needs_is_said_to():
    """Never "4 of 3"."""
    assert quota(1, 3, "commits") == "1 of 3 commits"
    assert quota(3, 3, "commits") == "3 of 3 commits"
    assert quota(4, 3, "commits") == "4 commits (3 suffice)"


def test_only_what_is_short_is_waited_for():
    """A quorum that is there is no reason to wait."""
    words = "in view 0, 3 of 3 preparations, 1 of 3 commits, 4 change views (3 suffice)"
    assert lacks(words) == [Lack(3, "commits", 1, 1)]
    assert str(lacks(words)[0]) == "3 commits (has 1)"


@pytest.mark.parametrize(
    ("words", "blocks", "end"),
    [
        (("1 of 3 commits", "1 of 3 commits"), {}, "waits for 3 commits (has 1)"),
        (("1 of 3 commits", "2 of 3 commits"), {}, "waits for 3 commits (has 1 to 2)"),
        (("1 of 3 commits", "2 of 3 prepares"), {}, "they differ"),
        (("1 of 3 commits", "in view 0"), {1: "A"}, "1 of 2 have a block"),
        (("in view 0", "in view 0"), {0: "A", 1: "A"}, "block A"),
        (("crashed", "crashed"), {}, "crashed"),
        (("in view 0, has no request", "in view 0, has no request"), {}, ""),
    ],
)
def test_a_lane_of_several_has_one_end(words: tuple[str, ...], blocks: dict[int, str], end: str):
    """Who has more than another is on the same lane; the numbers say from what to what."""
    assert end_of([0, 1], quiet(2), ended(*words), blocks) == end


def test_what_a_node_never_gets_is_said():
    """Where the network lost messages on their way to it; a few of them by name."""
    kinds = ("Commit:0", "Commit:1", "ChangeView:0", "ChangeView:1")
    lost = replace(quiet(2), settings={"lost": ",".join(f"1>0:{kind}" for kind in kinds)})
    ends = ends_of(lost, ended("1 of 3 commits", "1 of 3 commits"), {})
    assert ends[1] == "waits for 3 commits (has 1)"
    assert ends[0] == (
        "waits for 3 commits (has 1); lost ChangeView of view 0 from node 1, "
        "ChangeView of view 1 from node 1, Commit of view 0 from node 1, 1 more"
    )


def test_a_replay_that_ended_early_says_nothing_of_the_end():
    """Its states are those before the difference."""
    watch = ended("1 of 3 commits", "1 of 3 commits")._replace(ended="tick 2: node 0 sends")
    assert ends_of(quiet(2), watch, {}) == {0: "", 1: ""}
    assert ends_of(quiet(2, 1), watch, {}) == {0: "", 1: "Byzantine"}


@pytest.mark.parametrize("draw", [text, svg, tikz])
def test_every_picture_says_what_a_lock_waits_for(draw: Callable[[Schedule], str]):
    """In the words of the page, too."""
    schedule = milpbft.solve(LOCK).schedule
    assert schedule is not None
    assert WAITS in draw(schedule)
    assert [lane["end"] for lane in run_data(schedule)["lanes"]] == ["Byzantine", *[WAITS] * 3]


def test_text_says_alike_ends_once():
    """Three nodes that wait for the same have a line."""
    schedule = milpbft.solve(LOCK).schedule
    assert schedule is not None
    assert f"\nat the end\nnodes 1-3: each {WAITS}\n" in text(schedule)


def test_a_restart_is_no_crash_in_any_picture():
    """A mark and a name of its own, beside that of a crash."""
    events = (Send(1, 0, "Vote", 0), Fault(2, 1, "restart"), Fault(3, 2, "crash"))
    schedule = Schedule("toy", 3, (), (0,), events, 4)
    shown = text(schedule)
    assert "@ restart, X crash" in shown
    assert "| . .  @ . ." in shown
    assert "| . .  . X ." in shown
    latex = tikz(schedule)
    assert r"\draw[restart] (2,1.000)" in latex
    assert r"\node[fault] at (3,2.000)" in latex
    assert "↻" in svg(schedule)
    assert ">restart<" in svg(schedule)
    assert ">crash<" in svg(schedule)
    names = [trace.name for trace in timeline(schedule).data]
    assert names.count("restart") == names.count("crash") == 1


@pytest.mark.parametrize(
    ("protocol", "kind", "words"),
    [
        ("dbft2", "PrepareRequest#1", "PrepareRequest no. 2"),
        ("pbft", "Commit", "Commit"),
        ("povround", "Block{0,2}", "Block, signers 0, 2"),
        ("povround", "Proposal#1!", "Forged proposal 1"),
        ("povround", "Timestamp#1{0}~1+2@3",
         "Timestamp of proposal 1, signers 0, repetition 1, clock +2, height 3"),
        ("povelection", "Ballot{7,9}", "Ballot, for 7, 9"),
        ("povround", "Nothing like it", "Nothing like it"),
        ("powmfail", "Grant#4-6", "Grant of nonces 4 to 5"),
        ("v2vorder", "s1", "order s1"),
        ("toy", "Vote#1", "Vote#1"),
    ],
)  # fmt: skip
def test_kinds_are_called_in_words(protocol: str, kind: str, words: str):
    """Suffixes of labels are for machines."""
    assert called(protocol, kind) == words


@pytest.mark.parametrize(
    ("protocol", "kind", "lost"),
    [("v2vorder", "s1", False), ("powmfail", "Elected", False), ("povchain", "Block", False),
     ("hgfrr", "Up", True)],
)  # fmt: skip
def test_what_schedules_do_not_deliver_is_not_lost(protocol: str, kind: str, lost: bool):
    """A broadcast that nobody gets is; orders and elections have no deliveries at all."""
    schedule = Schedule(protocol, 4, (), (0,), (Send(1, 0, kind, 0),), 2)
    (mark,) = lay_out(schedule).marks
    assert mark.lost is lost


def test_nodes_have_the_names_of_their_protocol():
    """In titles, lanes, roles and text; Byzantine ones of many are counted."""
    schedule = milpbft.solve("povround-nc4-nb3-tb5-t15-bb1-blocks-delta1").schedule
    assert schedule is not None
    diagram = lay_out(schedule)
    assert "Byzantine: butler 0" in diagram.title
    assert diagram.node_name(4) == "butler 0 (Byzantine)"
    assert [diagram.role(band) for band in diagram.bands[:2]] == [
        "butler 0 on duty", "butler 1 on duty"]  # fmt: skip
    assert [diagram.short_role(band) for band in diagram.bands[:2]] == ["B 0", "B 1"]
    shown = text(schedule)
    assert "| cycle 0, butler 0 on duty" in shown
    assert "\nbutler 0 byz   >" in shown
    assert "view" not in shown
    takeover = Schedule("powmfail", 4, (), (0, 1), (), 2, settings={"supports": "1"})
    assert names_of(takeover) == ["manager 0", "manager 1", "miner 2", "miner 3"]


def test_equal_byzantine_nodes_are_said_to_be():
    """A lane of several is not told by its colour alone."""
    schedule = replace(quiet(20, *range(15, 20)), events=(Send(1, 0, "Vote", 0),))
    names = [lane["name"] for lane in run_data(schedule)["lanes"]]
    assert names == ["node 0", "14 nodes: 1-14", "5 Byzantine nodes: 15-19"]
    assert "Byzantine: nodes 15-19" in run_data(schedule)["title"]


def test_lists_of_names_share_their_word():
    """Those that differ in more than their number do not."""
    assert listed(["node 1", "node 2", "node 3", "node 7"]) == "nodes 1-3, 7"
    assert listed(["butler 0", "time server"]) == "butler 0, time server"
    assert listed(["node 4"]) == "node 4"
