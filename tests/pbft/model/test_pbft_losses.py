"""Messages that are lost for good: the standstill of fabric issue 1917, by every way that we have.

References
----------
.. [1] hyperledger/fabric, issue 1917: four correct PBFT replicas, a transient disconnection, and
   no progress ever after.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from milpbft.errors import InputError
from milpbft.pbft.enumerate.asked import ask
from milpbft.pbft.instance import PbftInstance
from milpbft.question.files import parse_instance
from milpbft.schedule.losses import lost_in
from milpbft.solve import replay_schedule, solve

PROTOCOLS = ("pbft", "linear", "sbft", "sbftfast")
OBJECTIVES = ("undecided", "steps_lock", "losses_lock")
OPTIONS = ("", "-nofetch", "-asked")
GRID = [
    f"{protocol}-n4-v{views}{faults}-{goal}{word}-lossy{most}"
    for protocol, views, faults, goal, word, most in product(
        PROTOCOLS, (1, 2), ("", "-c1", "-b1"), OBJECTIVES, OPTIONS, (1, 3, 4, 6)
    )
]
QUICK = {
    "pbft-n4-v2-steps_lock-lossy4": 5,
    "pbft-n4-v2-steps_lock-lossy3": None,
    "pbft-n4-v2-losses_lock-lossy6": 4,
    "pbft-n4-v1-steps_lock-lossy5": 4,
    "pbft-n4-v1-losses_lock-lossy6": 5,
    "pbft-n4-v1-undecided-lossy5": 4,
    "pbft-n4-v1-undecided-lossy4": 0,
}


@pytest.mark.parametrize(("name", "value"), QUICK.items())
def test_four_correct_replicas_stand_still(name: str, value: int | None):
    """With four lost messages in two views, with five in one, and with no fewer."""
    result = solve(parse_instance(name))
    assert result.solution.objective == value
    assert all(result.checks), [check.reason for check in result.checks]


def test_the_standstill_is_enumerated_and_replayed():
    """Five acts and four lost messages, found by running replicas; the run is one of theirs."""
    instance = parse_instance("pbft-n4-v2-steps_lock-lossy4")
    assert isinstance(instance, PbftInstance)
    answer = ask(instance, 3000)
    found = answer.enumeration.lock
    assert found is not None
    assert (answer.value, len(lost_in(found.schedule))) == (5, 4)
    assert replay_schedule(found.schedule)


@pytest.mark.parametrize(
    "name", ["pbft-n4-v1-t4-steps_lock-lossy5", "pbft-n4-v2-t5-losses_lock-lossy6"]
)
def test_encodings_agree(name: str):
    """Per node and tick, as counted: four acts in one view, four lost messages in two."""
    result = solve(parse_instance(name))
    assert result.solution.objective == 4
    assert all(result.checks), [check.reason for check in result.checks]


def test_what_is_not_lost_is_owed():
    """A schedule that loses one message more or less than it says, or a delivered one, is none."""
    result = solve(parse_instance("pbft-n4-v2-steps_lock-lossy4"))
    schedule = result.schedule
    assert schedule is not None
    lost = schedule.settings["lost"].split(",")
    for wrong, reason in (
        ({"lost": ",".join(lost[1:])}, "not at rest"),
        ({"lossy": "3"}, "4 messages are lost, 3 may be"),
        ({"lost": ",".join([*lost[1:], "0>1:PrePrepare:7"])}, "was not sent"),
    ):
        verdict = replay_schedule(replace(schedule, settings=schedule.settings | wrong))
        assert verdict.status == "refuted"
        assert reason in verdict.reason
    given = next(e for e in schedule.events if e.event == "deliver")
    text = f"{given.sender}>{given.node}:{given.kind}:{given.view}"
    wrong = schedule.settings | {"lost": ",".join([*lost, text]), "lossy": "5"}
    assert "was delivered" in replay_schedule(replace(schedule, settings=wrong)).reason


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("dbft2-strict-n4-v2-undecided-lossy2", "losses"),
        ("pbft-n4-v2-t5-undecided-reliable-lossy2", "losses"),
    ],
)
def test_losses_that_mean_nothing_are_refused(name: str, field: str):
    """Where the network delivers all, and where no table has them."""
    with pytest.raises(InputError, match=f"^{field}"):
        parse_instance(name)


@pytest.mark.slow
@pytest.mark.parametrize("name", GRID[::5])
def test_losses_are_as_enumerated(name: str):
    """A fifth of the grid: proven, replayed, and as enumerated where that has an end."""
    result = solve(parse_instance(name))
    assert result.solution.status in ("optimal", "infeasible")
    assert all(result.checks), [check.reason for check in result.checks]
    instance = parse_instance(name)
    assert isinstance(instance, PbftInstance)
    answer = ask(instance, 20_000)
    if not answer.enumeration.capped:
        assert answer.value == result.solution.objective
