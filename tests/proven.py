"""Proven values, and what the enumeration of the replicas says of the fewest faults."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

from milpbft.question.files import parse_instance
from milpbft.solve import solve

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def proven(name: str, solver: str | None = None) -> int | None:
    """Return the proven optimum of an instance, its run replayed; None where no run fits it."""
    result = solve(parse_instance(name), solver)
    assert result.solution.status in ("optimal", "infeasible"), result.solution
    assert all(result.checks), [check.reason for check in result.checks]
    return result.solution.objective


def fewest(
    value: int | None, most: Sequence[int], enumerated: Callable[..., tuple[int | None, bool]]
) -> bool:
    """Hold the fewest faults against enumeration; return whether that saw all that matters.

    Parameters
    ----------
    value
        How many faults are said to be enough, and no fewer; None where none in the budget are.
    most
        The budget of each kind of fault.
    enumerated
        Takes a number of each kind, and returns what a run with at most these is worth, None where
        no run is one, and whether not all runs were seen.
    """
    ended, enough = True, value is None
    for ways in product(*(range(high + 1) for high in most)):
        worth, capped = enumerated(*ways)
        ended &= not capped or worth is not None
        if worth is not None:
            assert value is not None, ways
            assert value <= sum(ways)
            enough |= value == sum(ways)
    assert enough or not ended
    return ended
