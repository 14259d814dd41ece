"""Whether an optimum is that of exhaustion, and its run is replayed; in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.solve import solve

if TYPE_CHECKING:
    from collections.abc import Callable

    from milpbft.question.part import Question


def difference(instance: Question, wanted: int | None) -> str:
    """Return what is wrong with the optimum of an instance; empty for nothing.

    Parameters
    ----------
    wanted
        What exhaustion found; None where there is nothing.
    """
    result = solve(instance)
    found = result.solution.objective
    if result.solution.status == "infeasible":
        return "" if wanted is None else f"{instance.name}: infeasible, {wanted} by exhaustion"
    if result.solution.status != "optimal" or found != wanted:
        return f"{instance.name}: {found}, {wanted} by exhaustion"
    return next((f"{instance.name}: {check}" for check in result.checks if not check), "")


def hold(wrong: Callable[[int], str | None], first: int, count: int) -> None:
    """Hold so many drawn optima, from a seed on, those that are too large not counted.

    Parameters
    ----------
    wrong
        Says by seed what is wrong with the optimum that is drawn; None where it is too large.
    """
    held, seed = 0, first
    while held < count:
        words, seed = wrong(seed), seed + 1
        assert not words, words
        held += words is not None
