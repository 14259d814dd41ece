"""Joins that skip views, and new views that are resent, per node and tick as counted."""

from __future__ import annotations

from dataclasses import replace

import pytest

from milpbft.errors import InputError
from milpbft.pbft.model.strict import table_of
from milpbft.question.files import parse_instance
from milpbft.solve import replay_schedule, solve

# Two liars of seven and a node in view 2 take others past view 1: that was missed, and said 0.
PAST = {
    ("pbft-n7-v2-b2-undecided-asked", "pbft-n7-v2-b2-t6-undecided-asked"): 5,
    ("linear-n7-v2-b2-undecided-asked", "linear-n7-v2-b2-t7-undecided-asked"): 5,
    ("pbft-n7-v2-b2-steps_lock-asked", "pbft-n7-v2-b2-t6-steps_lock-asked"): 6,
    ("pbft-n7-v2-b2-undecided-status", "pbft-n7-v2-b2-t7-undecided-status"): 5,
}
NONE = {
    ("pbft-n4-v2-b1-undecided-asked", "pbft-n4-v2-b1-t6-undecided-asked"): 0,
    ("pbft-n4-v2-b1-undecided-status", "pbft-n4-v2-b1-t5-undecided-status"): 0,
}


def test_joins_read_the_latest_view_change_of_each_sender():
    """To view 1 where somebody's latest is for it, past it where nobody's is."""
    table = table_of(parse_instance("pbft-n7-v2-b2-t6-undecided-asked"))
    joins = {
        rule.target: {str(atom.linear) for atom in rule.guard if "last_1" in atom.names}
        for rule in table.automaton.rules
        if rule.source == "b_0PA" and table.meaning[rule.name].what == "join"
    }
    assert joins.keys() == {"b_1W", "b_2W"}
    assert all(len(guards) == 1 for guards in joins.values())
    stepwise = table_of(parse_instance("pbft-n7-v2-b2-t6-undecided-asked-stepwise"))
    assert "last_1" not in stepwise.automaton.counters


def test_resent_new_views_are_promised():
    """A schedule says which kinds are passed on, and its replay holds it to them."""
    instance = parse_instance("pbft-n4-v2-b1-t6-undecided-status-gst0-delta1-timer3")
    assert instance.promises()["relayed"] == "DecidedNewView,NewView"
    with pytest.raises(InputError, match=r"^status"):
        parse_instance("pbft-n4-v2-b1-t6-undecided-gossip-status")


@pytest.mark.slow
@pytest.mark.parametrize(("names", "value"), [*PAST.items(), *NONE.items()])
def test_encodings_agree(names: tuple[str, str], value: int):
    """Counted, and per node with ticks enough; both replayed."""
    for name in names:
        result = solve(parse_instance(name), solver="cpsat")
        assert (result.solution.status, result.solution.objective) == ("optimal", value)
        assert all(result.checks), [check.reason for check in result.checks]


@pytest.mark.slow
def test_other_readings_have_other_runs():
    """The run that skips a view is none of replicas that join the next one."""
    result = solve(parse_instance("pbft-n7-v2-b2-t6-undecided-asked"), solver="cpsat")
    assert result.schedule is not None
    settings = result.schedule.settings | {"joins": "next"}
    assert replay_schedule(replace(result.schedule, settings=settings)).status == "refuted"
