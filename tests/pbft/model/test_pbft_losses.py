"""Messages that are lost for good: the standstill of fabric issue 1917, by every way that we have.

References
----------
.. [1] hyperledger/fabric, issue 1917: four correct PBFT replicas, a transient disconnection, and
   no progress ever after.
"""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from milpbft.errors import InputError
from milpbft.pbft.enumerate.asked import ask
from milpbft.pbft.instance import PbftInstance
from milpbft.question.files import parse_instance
from milpbft.schedule.losses import lost_in
from milpbft.solve import replay_schedule, solve
from tests.covering import covering
from tests.pbft.asking import agrees

LIMIT = 20_000
PROTOCOLS = ("pbft", "linear", "sbft", "sbftfast")
OBJECTIVES = ("undecided", "steps_lock", "losses_lock")
OPTIONS = ("", "-asked", "-stepwise", "-nofetch", "-resent", "-nofetch-resent")
FAULTS = ("", "-c1", "-b1", "-b1-e2", "-c1-b1", "-c2")


def named(protocol: str, views: int, *words: str) -> str:
    """Name an instance of the grid."""
    return f"{protocol}-n4-v{views}{''.join(words)}"


GRID = covering(
    (
        *(PROTOCOLS, (1, 2), FAULTS, [f"-{goal}" for goal in OBJECTIVES], OPTIONS),
        [f"-lossy{most}" for most in (1, 3, 4, 6)],
    ),
    named,
    3,
)
"""Every three option values occur together."""
TICKS = covering(
    (
        *(
            PROTOCOLS,
            (1,),
            ("", "-c1", "-b1", "-c1-b1", "-c2"),
            [f"-{goal}" for goal in OBJECTIVES],
        ),
        *(OPTIONS, [f"-lossy{most}" for most in (1, 3, 4, 6)]),
    ),
    named,
    2,
)
"""Every two option values occur together: of one view, and what the per-node encoding has."""
# Of two views per node and tick: ticks that are enough for the value without any.
TWO_VIEWS = {
    "pbft-n4-v2-c1-losses_lock-resent-lossy2": 5,
    "pbft-n4-v2-b1-losses_lock-asked-resent-lossy2": 6,
    "linear-n4-v2-c1-losses_lock-resent-lossy4": 6,
}
QUICK = {
    "pbft-n4-v2-steps_lock-lossy4": 5,
    "pbft-n4-v2-steps_lock-lossy3": None,
    "pbft-n4-v2-losses_lock-lossy6": 4,
    "pbft-n4-v1-steps_lock-lossy5": 4,
    "pbft-n4-v1-losses_lock-lossy6": 5,
    "pbft-n4-v1-undecided-lossy5": 4,
    "pbft-n4-v1-undecided-lossy4": 0,
}
# A collector that takes the slow path says nothing then: the recount missed that act.
SWITCHED = {
    "sbft-n4-v1-b1-steps_lock-lossy1": 4,
    "sbft-n4-v1-steps_lock-lossy5": 5,
    "sbft-n4-v1-c1-steps_lock-lossy1": 5,
}
# With liars, without block fetch, and where nodes say again what they said in their view.
OTHERS = {
    "pbft-n4-v1-b1-losses_lock-lossy4": 1,
    "linear-n4-v1-losses_lock-nofetch-lossy4": 2,
    "pbft-n4-v1-losses_lock-resent-lossy8": None,
    "pbft-n4-v1-c1-losses_lock-resent-lossy4": None,
    "sbftfast-n4-v1-c2-steps_lock-resent-lossy1": 4,
    "pbft-n4-v2-c1-steps_lock-resent-lossy2": 5,
    "linear-n4-v1-b2-losses_lock": 0,
    "linear-n4-v1-c1-losses_lock-nofetch": 0,
}
# Per node and tick, with retransmission: values as enumerated above.
IN_TICKS = (
    "pbft-n4-v1-t4-losses_lock-resent-lossy8",
    "pbft-n4-v1-c1-t4-losses_lock-resent-lossy4",
    "sbftfast-n4-v1-c2-t4-steps_lock-resent-lossy1",
)


@pytest.mark.parametrize(("name", "value"), [*SWITCHED.items(), *OTHERS.items()])
def test_values_are_as_enumerated(name: str, value: int | None):
    """What was wrong or refused once: proven, replayed, and by all runs of the replicas."""
    assert agrees(name, LIMIT) == (value, True)


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


@pytest.mark.parametrize("name", IN_TICKS)
def test_what_is_sent_again_is_not_lost_per_node(name: str):
    """Proven and replayed, and the value of the instance without ticks."""
    value = OTHERS[re.sub(r"-t\d+", "", name)]
    result = solve(parse_instance(name))
    assert result.solution.status == ("infeasible" if value is None else "optimal")
    assert result.solution.objective == value
    assert all(result.checks), [check.reason for check in result.checks]


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
        ("dbft2-strict-n4-v3-undecided-lossy2", "views"),
        ("pbft-n4-v2-b1-undecided-status-lossy2", "losses"),
        ("linear-n4-v2-steps_lock-resent", "resent"),
        ("linear-n4-v2-t5-steps_lock-resent", "resent"),
        ("pbft-n4-v2-t5-undecided-reliable-lossy2", "losses"),
    ],
)
def test_losses_that_mean_nothing_are_refused(name: str, field: str):
    """Where the network delivers all, or what is lost is resent, and resending without losses."""
    with pytest.raises(InputError, match=f"^{field}"):
        parse_instance(name)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "ticks"), [*TWO_VIEWS.items(), *((name, 7) for name in TICKS)])
def test_ticks_change_nothing(name: str, ticks: int):
    """Per node and tick, the value of the counted table; both proven and replayed."""
    at = re.sub(r"(-v\d(-[cb]\d)*)", rf"\1-t{ticks}", name)
    here, counted = solve(parse_instance(at)), solve(parse_instance(name))
    assert here.solution.status == counted.solution.status
    assert here.solution.status in ("optimal", "infeasible")
    assert here.solution.objective == counted.solution.objective
    for result in (here, counted):
        assert all(result.checks), [check.reason for check in result.checks]


@pytest.mark.slow
@pytest.mark.parametrize("name", GRID)
def test_losses_are_as_enumerated(name: str):
    """The whole grid: proven, replayed, and as enumerated where that has an end."""
    agrees(name, LIMIT)
