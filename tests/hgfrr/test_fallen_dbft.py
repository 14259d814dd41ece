"""dBFT over an overlay whose relays crash, decided or not: every objective against all runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from milpbft.dbft.instance import DbftInstance
from milpbft.dbft.reference.reference import DbftReference
from milpbft.dbft.reference.rules import Rules
from milpbft.dbft.reference.v1.reference import Dbft1Reference
from milpbft.dbft.returns import ReturnRule
from milpbft.question.files import parse_instance
from milpbft.question.objective import Goal
from milpbft.sim.seals import Seals
from tests.agreeing import difference
from tests.hgfrr.hopping import Ran, runs

if TYPE_CHECKING:
    from collections.abc import Iterator

REFERENCES = {"dbft1": Dbft1Reference, "dbft2": DbftReference}


def instance_of(name: str) -> DbftInstance:
    """Read an instance of dBFT."""
    instance = parse_instance(name)
    assert isinstance(instance, DbftInstance)
    return instance


def every(i: DbftInstance) -> Iterator[Ran]:
    """Yield every run of at most one crash.

    Where rest is asked for, they are long enough for all timers of modelled views.
    """
    assert i.horizon is not None
    rules = Rules.of(i.n, returns=ReturnRule(i.returns), agreement=i.agreement)
    aim, until = i.objective, i.horizon
    if not isinstance(aim, Goal) or aim.kind == "undecided" or aim.of == "lock":
        until += (i.timeout << (i.views - 1)) + 8

    def reference() -> DbftReference:
        return REFERENCES[i.protocol](rules, keys=Seals())

    yield from runs(i, reference, 0, until, nobody=True)
    for crash in range(i.horizon + 1):
        yield from runs(i, reference, crash, until)


def worth(i: DbftInstance, run: Ran) -> int | None:
    """Return what a run is worth; None for one that is none of the question."""
    assert i.horizon is not None
    last, aim = i.horizon, i.objective
    up, blocks = run.up(last), run.blocks(last)
    stays = not any(view >= i.views for tick, view in run.entered if tick <= last)
    rests = stays and max(run.acts, default=0) <= last
    correct = i.n - (run.node is not None)
    if not isinstance(aim, Goal):
        at_rest = stays and (rests or (i.fetch and bool(up)))
        views = 1 + max((view for tick, view in run.entered if tick <= last), default=0)
        sent = sum(tick <= last for tick in run.sent)
        return aim.value(len(blocks), views, sent) if at_rest else None
    locked, forked = rests and not up, len(blocks) >= 2
    if (aim.of == "lock" and not locked) or (aim.of == "fork" and not forked):
        return None
    acts = [tick for tick in run.acts if tick <= last]
    values = {
        "undecided": correct if locked else 0,
        "forks": len(blocks),
        "delay_first": min(up.values(), default=last + 1),
        "delay_last": max(up.values()) if len(up) == correct else last + 1,
        "ticks_fork": blocks[1] if forked else None,
        "ticks_lock": max(acts, default=0),
        "steps_lock": len(acts),
        "steps_fork": len(acts),
        "faults_lock": int(run.node is not None),
        "faults_fork": int(run.node is not None),
    }
    return values[aim.name]


def exhausted(i: DbftInstance) -> int | None:
    """Return the optimum of all runs; None where there is none."""
    worths = [value for run in every(i) if (value := worth(i, run)) is not None]
    return {"max": max, "min": min}[i.objective.sense](worths) if worths else None


def agrees(name: str) -> str:
    """Return what is wrong with an optimum; empty for nothing."""
    instance = instance_of(name)
    return difference(instance, exhausted(instance))


def names() -> Iterator[str]:
    """Yield questions of every objective: of one view, of two, and of forks without commits."""
    locks = ("undecided", "faults_lock", "ticks_lock", "steps_lock")
    weighed = ("p1", "p3", "p7", "max_0_0_1", "min_0_0_1")
    for word in ("r4k2s0", "r4k2s1", "r4k2s0h2", "r4k2s0o3", "g2s0"):
        for goal in (*locks, *weighed, "forks", "delay_first", "delay_last"):
            yield f"dbft2-strict-n4-v1-c1-t10-{goal}-gst0-delta1-timer5-overlay-{word}"
        for goal in (*locks, "forks", "p1", "p3", "max_0_0_1"):
            yield f"dbft2-strict-n4-v2-c1-t11-{goal}-gst0-delta1-timer3-overlay-{word}"
        for goal in ("forks", "ticks_fork", "steps_fork", "faults_fork", "steps_lock", "p1", "p3"):
            yield f"dbft1-strict-n4-v2-c1-t11-{goal}-gst0-delta1-timer3-overlay-{word}"


QUICK = "dbft2-strict-n4-v1-c1-t8-steps_lock-gst0-delta1-timer4-overlay-r4k2s0"


@pytest.mark.parametrize(
    "name", [QUICK, *(pytest.param(name, marks=pytest.mark.slow) for name in names())]
)
def test_every_objective_is_that_of_all_runs(name: str):
    """Whoever crashes at whichever tick, decided or not, and every timer at every tick."""
    assert agrees(name) == ""
