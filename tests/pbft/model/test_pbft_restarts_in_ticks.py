"""Nodes of the PBFT family that start again, node by node and tick by tick."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

import pytest

from milpbft.errors import InputError
from milpbft.pbft.room import REFERENCES, rules_of
from milpbft.question.files import parse_instance
from milpbft.sim.seals import Seals
from tests.latest_runs import delay
from tests.proven import proven

if TYPE_CHECKING:
    from milpbft.pbft.reference.reference import FamilyReference
    from milpbft.question.strict import StrictInstance

NETWORK = "gst0-delta1-timer"


def reference(instance: StrictInstance) -> FamilyReference[Any]:
    rules = rules_of(instance.protocol, instance.n, 0, execution=False)
    return REFERENCES[instance.protocol](rules, keys=Seals())


@pytest.mark.parametrize(
    ("name", "latest"),
    [
        (f"pbft-n4-v1-t5-delay_last-{NETWORK}6-amnesia1", 4),
        (f"sbftfast-n4-v1-t5-delay_last-{NETWORK}6-amnesia1", 4),
        # A collector decides by shares that answer a certificate which it has forgotten.
        (f"linear-n4-v1-t6-delay_last-{NETWORK}8-amnesia1", 6),
        # One that misses shares is lost to its view.
        (f"linear-n4-v1-t6-delay_first-{NETWORK}8-reload1", 7),
    ],
)
def test_delays_are_those_of_all_runs(name: str, latest: int):
    assert delay(name, reference) == latest


GRID = [
    f"{protocol}-n4-v2{crash}-t{horizon}-delay_{what}-{NETWORK}{timer}-{word}{most}"
    for protocol, (crash, horizon, most), what, timer, word in product(
        ("pbft", "linear", "sbft", "sbftfast"),
        (("", 12, 1), ("", 12, 2), ("-c1", 18, 1)),
        ("first", "last"),
        (6, 8),
        ("amnesia", "reload"),
    )
    # Timers that expire before the last decision of a collector that forgets: too many nets.
    if (protocol, what, timer, word) not in {(p, "last", 6, "amnesia") for p in ("linear", "sbft")}
]


@pytest.mark.slow
@pytest.mark.parametrize("name", GRID)
def test_delays_are_those_of_all_runs_with_two_restarts_and_crashes(name: str):
    delay(name, reference)


@pytest.mark.parametrize(
    ("ticks", "counted"),
    [
        pytest.param(
            "pbft-n4-v1-t6-undecided-amnesia2",
            "pbft-n4-v1-undecided-amnesia2",
            marks=pytest.mark.slow,
        ),
        ("pbft-n4-v1-t5-faults_lock-reload2", "pbft-n4-v1-faults_lock-reload2"),
    ],
)
def test_locks_are_those_of_the_counted_table(ticks: str, counted: str):
    assert proven(ticks, "cpsat") == proven(counted, "cpsat")


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("pbft-n4-v2-t9-delay_last-gst0-delta1-timer6-amnesia1-status", "status"),
        ("pbft-n4-v2-b1-t9-delay_last-gst0-delta1-timer6-amnesia1", "byzantine"),
        ("pbft-n4-v2-t9-losses_lock-lossy2-amnesia1", "losses"),
    ],
)
def test_what_is_not_modelled_is_refused(name: str, field: str):
    with pytest.raises(InputError) as caught:
        parse_instance(name)
    assert caught.value.field == field
