from __future__ import annotations

import re

import pytest

from milpbft.report.tikz import tikz
from milpbft.schedule import Decide, Deliver, Schedule, Send

NAMES = ["good", "views", "one_clock"]


@pytest.mark.parametrize("name", NAMES)
def test_groups_and_environments_are_balanced(name: str, request: pytest.FixtureRequest):
    """Braces and brackets close, and what begins ends, so that LaTeX reads the document."""
    document = tikz(request.getfixturevalue(name))
    depth = 0
    for brace in re.findall(r"(?<!\\)[{}]", document):
        depth += 1 if brace == "{" else -1
        assert depth >= 0
    assert depth == 0
    assert document.count("[") == document.count("]")
    begun = re.findall(r"\\begin\{(\w+)\}", document)
    assert begun == re.findall(r"\\end\{(\w+)\}", document)[::-1]
    assert begun == ["document", "tikzpicture"]


@pytest.mark.parametrize("name", NAMES)
def test_each_event_is_drawn(name: str, request: pytest.FixtureRequest):
    """There is one message per delivery, and one node per send and decision at its tick."""
    schedule = request.getfixturevalue(name)
    document = tikz(schedule)
    deliveries = sum(isinstance(event, Deliver) for event in schedule.events)
    assert document.count(r"\draw[message, ") == deliveries
    for event in schedule.events:
        if isinstance(event, Send):
            what = f"send {event.kind} node {event.node} view {event.view}"
            assert re.search(rf"at \({event.tick},[-.0-9]+\) {{}}; % {what}$", document, re.M)
    decisions = sum(isinstance(event, Decide) for event in schedule.events)
    assert document.count("% decide ") == decisions


def test_byzantine_lane_primary_and_lost_message_are_marked(views: Schedule):
    """What a reader must see at once has a form of its own."""
    document = tikz(views)
    assert document.count(r"\fill[byzantine]") == 1
    assert document.count(r"\fill[primary]") == 4
    assert len(re.findall(r"\\node\[lost, draw=kind\d\]", document)) == 3
    assert r"\textbf{view 3}\\primary: node 3" in document


def test_what_latex_would_read_as_a_command_is_escaped():
    r"""A name with TeX's special characters is printed, not run."""
    events = (Send(1, 0, "a_b%\\x{\n", 0),)
    document = tikz(Schedule("p&v #1 é", 1, (), (0,), events, 2))
    assert r"{a\_b\%\textbackslash{}x\{};" in document
    assert r"p\&v \#1 ?" in document
    assert r"% send a\_b\%\textbackslash{}x\{ node 0 view 0" in document


def test_empty_schedule_is_drawn():
    """A run in which nothing happens is an empty picture, not an error."""
    assert r"\node[left]" in tikz(Schedule("toy", 1, (), (), (), 3))
