from __future__ import annotations

import json
from typing import Any

import pytest

from milpbft.errors import InputError
from milpbft.schedule import Decide, Deliver, Fault, Schedule, Send, Timeout
from milpbft.schedule.itf import from_itf, to_itf

SCHEDULE = Schedule(
    "dbft2",
    4,
    (3,),
    (0,),
    (
        Fault(0, 3, "byzantine"),
        Send(2, 0, "PrepareRequest", 0),
        Deliver(3, 1, 0, "PrepareRequest", 0),
        Timeout(3, 2, 0),
        Decide(5, 1, 0),
    ),
    10,
    10,
    "by hand",
)


@pytest.fixture
def trace():
    return json.loads(to_itf(SCHEDULE))


def refusal(trace: dict[str, Any] | str):
    """Return the error of reading `trace`, which is text or is to be written as JSON."""
    with pytest.raises(InputError) as caught:
        from_itf(trace if isinstance(trace, str) else json.dumps(trace))
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_one_state_per_tick_at_which_something_happens(trace: dict[str, Any]):
    """States are numbered from 0, and ticks without an event have none."""
    assert [state["#meta"] for state in trace["states"]] == [{"index": i} for i in range(4)]
    assert [state["tick"] for state in trace["states"]] == [{"#bigint": t} for t in "0235"]


def test_state_lists_events_by_variable(trace: dict[str, Any]):
    """Each kind of event has a variable, whose records have integers as ITF writes them."""
    zero = {"#bigint": "0"}
    state = trace["states"][2]
    unsaid = {"msg": {"#bigint": "-1"}}
    assert state["deliveries"] == [
        {"node": {"#bigint": "1"}, "sender": zero, "kind": "PrepareRequest", "view": zero} | unsaid
    ]
    assert state["timeouts"] == [{"node": {"#bigint": "2"}, "view": zero}]
    assert state["sends"] == state["faults"] == state["decisions"] == []


def test_trace_is_what_the_standard_asks_for(trace: dict[str, Any]):
    """Every variable is set in every state, every parameter in the first, and all have types."""
    names = trace["params"] + trace["vars"]
    assert all(set(trace["vars"]) <= set(state) for state in trace["states"])
    assert set(trace["states"][0]) == {"#meta", *names}
    assert set(trace["#meta"]["varTypes"]) == set(names)
    assert trace["#meta"]["format"] == "ITF"


def test_empty_schedule_keeps_its_parameters():
    """A schedule without events has one state, for its parameters."""
    empty = Schedule("toy", 3, (1,), (0, 1), (), 7)
    assert len(json.loads(to_itf(empty))["states"]) == 1
    assert from_itf(to_itf(empty)) == empty


def test_other_spellings_of_itf_are_read():
    """Plain integers, tuples and sets, which ITF allows as well, give the same schedule."""
    text = to_itf(SCHEDULE).replace('{"#bigint": "3"}', "3")
    text = text.replace('"byzantine": [3]', '"byzantine": {"#set": [3]}')
    text = text.replace('"primaries": [{"#bigint": "0"}]', '"primaries": {"#tup": [0]}')
    assert from_itf(text) == SCHEDULE


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "JSON is expected"),
        ("[" * 100_000, "JSON is expected"),
        ("[]", "a JSON object is expected"),
        ("{}", "#meta"),
        ('{"#meta": {}}', "states"),
        ('{"#meta": {}, "states": []}', "at least one state"),
        ('{"#meta": {}, "states": [3]}', "states.0"),
        ('{"#meta": {}, "states": [{"tick": {"#bigint": "x"}}]}', "#bigint"),
        ('{"#meta": {}, "states": [{"tick": 0}]}', "states.0.faults"),
    ],
)
def test_text_that_is_no_trace_is_refused(text: str, says: str):
    """The error names what is missing, in one line."""
    assert says in refusal(text)


def test_trace_of_another_system_is_refused(trace: dict[str, Any]):
    """A trace without the parameters of a schedule is told what it lacks."""
    del trace["states"][0]["horizon"]
    assert refusal(trace).startswith("horizon: None")


def test_event_with_a_field_missing_is_refused(trace: dict[str, Any]):
    """The error says which event lacks which field."""
    del trace["states"][2]["deliveries"][0]["sender"]
    assert refusal(trace) == "events.2.deliver.sender: missing; the field is required"


def test_event_outside_the_run_is_refused(trace: dict[str, Any]):
    """What a Schedule refuses, a trace may not say either."""
    trace["states"][1]["sends"][0]["node"] = 4
    assert refusal(trace) == "node: 4 is not allowed; a node from 0 to 3"


def test_unknown_version_is_refused(trace: dict[str, Any]):
    """A trace of a later format is not read as if it were of this one."""
    trace["#meta"]["schedule-format"] = "milpbft-schedule-3"
    assert "milpbft-schedule-2" in refusal(trace)


def test_a_trace_of_the_version_before_is_read_as_this_one(trace: dict[str, Any]):
    """It has no numbers of messages and no detail, and says the same otherwise."""
    trace["#meta"]["schedule-format"] = "milpbft-schedule-1"
    del trace["#meta"]["detail"]
    for state in trace["states"]:
        for record in (*state["deliveries"], *state["sends"]):
            for name in ("msg", "id", "about", "nonce", "new_view", "reason", "carries"):
                record.pop(name, None)
    assert from_itf(json.dumps(trace)) == SCHEDULE
