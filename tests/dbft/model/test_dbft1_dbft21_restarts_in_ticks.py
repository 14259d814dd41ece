"""Nodes of dBFT 1.0 and 2.1 that start again, node by node and tick by tick."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import pytest

from milpbft.dbft.reference.rules import Rules
from milpbft.dbft.reference.v1.reference import Dbft1Reference
from milpbft.dbft.reference.v21.reference import Dbft21Reference
from milpbft.sim.seals import Seals
from tests.latest_runs import delay
from tests.proven import proven

if TYPE_CHECKING:
    from milpbft.dbft.reference.reference import DbftReference
    from milpbft.question.strict import StrictInstance

FAMILIES = {"dbft1": Dbft1Reference, "dbft21": Dbft21Reference}
NETWORK = "gst0-delta1-timer"


def reference(instance: StrictInstance) -> DbftReference:
    return FAMILIES[instance.protocol](Rules.of(instance.n, agreement=False), keys=Seals())


SLOW = pytest.mark.slow


@pytest.mark.parametrize(
    ("protocol", "what", "word", "latest"),
    [
        ("dbft1", "last", "amnesia1", 4),
        pytest.param("dbft1", "first", "amnesia1", 4, marks=SLOW),
        # Who reloads its log has lost what was under way to it, here and below.
        ("dbft1", "last", "reload1", 9),
        pytest.param("dbft1", "first", "reload1", 4, marks=SLOW),
        pytest.param("dbft21", "last", "amnesia1", 5, marks=SLOW),
        pytest.param("dbft21", "first", "amnesia1", 5, marks=SLOW),
        pytest.param("dbft21", "last", "reload1", 9, marks=SLOW),
        pytest.param("dbft21", "first", "reload1", 5, marks=SLOW),
    ],
)
def test_a_restart_costs_a_tick_or_the_block(protocol: str, what: str, word: str, latest: int):
    """All runs of the replicas say so too; 9 is one past the horizon."""
    name = f"{protocol}-strict-n4-v2-t8-delay_{what}-{NETWORK}8-{word}"
    assert delay(name, reference) == latest


CASES = (("", 10, 6, 1), ("", 8, 8, 2), ("-c1", 12, 6, 1))
"""Crashes, the horizon, the timer and most restarts."""
GRID = [
    f"{protocol}-strict-n4-v2{crash}-t{horizon}-delay_{what}-{NETWORK}{timer}-{word}{most}"
    for protocol, (crash, horizon, timer, most), what, word in product(
        FAMILIES, CASES, ("first", "last"), ("amnesia", "reload")
    )
]


@pytest.mark.slow
@pytest.mark.parametrize("name", GRID)
def test_delays_are_those_of_all_runs(name: str):
    """One restart or two, beside a crash too."""
    delay(name, reference)


@pytest.mark.slow
def test_timers_that_expire_early_are_those_of_all_runs():
    """Timers of three ticks expire again and again before a view is through."""
    assert delay(f"dbft21-strict-n4-v2-t14-delay_first-{NETWORK}3", reference) == 10


@pytest.mark.slow
@pytest.mark.parametrize(("word", "latest"), [("", 12), ("-amnesia1", 14), ("-reload1", 14)])
def test_a_timer_that_expires_again_starts_anew_with_its_node(word: str, latest: int):
    """Beside a crash a restart keeps all of dBFT 2.1 from a block in two views: 14 is never.

    One that went on from the life before would bring a block by tick 12.
    """
    name = f"dbft21-strict-n4-v2-c1-t13-delay_first-{NETWORK}6{word}"
    assert delay(name, reference) == latest


@pytest.mark.slow
@pytest.mark.parametrize(
    ("ticks", "counted"),
    [
        ("n4-v1-t5-undecided-reload1", "n4-v1-undecided-reload1"),
        ("n4-v1-t5-undecided-amnesia1", "n4-v1-undecided-amnesia1"),
        ("n4-v1-t6-steps_lock-amnesia1", "n4-v1-steps_lock-amnesia1"),
    ],
)
@pytest.mark.parametrize("protocol", FAMILIES)
def test_locks_are_those_of_the_counted_table(protocol: str, ticks: str, counted: str):
    """Where delays do not matter both encodings say the same."""
    one, other = (proven(f"{protocol}-strict-{name}", "cpsat") for name in (ticks, counted))
    assert one == other
