"""The page of a plan: beside it the messages of the run that performs it."""

from __future__ import annotations

import json
import re

import pytest

import milpbft
from milpbft.report.explorer import Run
from milpbft.report.explorer.page import page
from milpbft.report.naming import messages_of
from milpbft.schedule import Deliver, Schedule
from milpbft.solve import replay_schedule


def plan(name: str) -> Schedule:
    """Return the plan of an optimum."""
    schedule = milpbft.solve(name).schedule
    assert schedule is not None
    return schedule


@pytest.mark.parametrize(
    ("name", "verdict"),
    [
        ("povchain-nc3-nb3-h2-bb1-branches", "FORK"),
        ("povchain-nc3-nb3-h2-duties-fetch", ""),
        ("povchain-nc3-nb3-h2-bb1-halt", "FORK"),
    ],
)
def test_a_plan_is_followed_by_its_messages(name: str, verdict: str):
    """Both are on one page; blocks of several heights are no fork, two of one height are."""
    schedule = plan(name)
    text = page([Run(schedule, answer="An answer.", facts=[("value", "2")])])
    found = re.search(r'<script[^>]*id="data"[^>]*>(.*?)</script>', text, re.DOTALL)
    assert found is not None
    first, second = json.loads(found[1])
    assert (first["name"], first["answer"]) == ("plan", "An answer.")
    assert first["arrows"] == []
    assert second["name"] == "messages"
    assert len(second["arrows"]) > 50
    assert second["verdict"] == verdict
    assert {"Proposal", "Signature", "Block"} <= {kind["name"] for kind in second["kinds"]}


def test_the_messages_are_a_run_that_replay_confirms():
    """What is drawn is what nodes do; nodes that decide at several heights are counted once."""
    messages = messages_of(plan("povchain-nc3-nb3-h2-bb1-branches"))
    assert messages is not None
    assert replay_schedule(messages)
    assert any(isinstance(event, Deliver) for event in messages.events)
    assert "5 of 6 correct nodes decided" in page([Run(messages)])


def test_other_schedules_are_no_plans():
    """They have messages of their own."""
    for protocol in ("pov", "dbft2", "hgfrr", "unknown"):
        assert messages_of(Schedule(protocol, 4, (), (), (), 0)) is None
