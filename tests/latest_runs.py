"""Delays with restarts: the per-node models against all runs of replicas, tick by tick."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from milpbft.check.latest import Adversary, Runs
from milpbft.question.strict import StrictInstance
from tests.proven import solved

if TYPE_CHECKING:
    from collections.abc import Callable

    from milpbft.sim.replica import Reference


def latest(instance: StrictInstance, reference: Reference[Any, Any]) -> int:
    """Return the latest first or last decision of all runs of an instance's network."""
    runs = Runs(reference, Adversary.of(instance))
    found = runs.latest("first" if instance.objective.name == "delay_first" else "last")
    assert not runs.left, "the answer needs more views"
    return found


def delay(name: str, reference: Callable[[StrictInstance], Reference[Any, Any]]) -> int:
    """Return the proven delay of an instance, which is that of all runs; its run is replayed."""
    result = solved(name, "cpsat")
    instance, value = result.instance, result.solution.objective
    assert isinstance(instance, StrictInstance)
    assert value is not None
    assert value == latest(instance, reference(instance))
    return value
