"""Proven values, and what the enumeration of the replicas says of them."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import pytest

from milpbft.errors import InputError
from milpbft.question.files import parse_instance
from milpbft.solve import solve

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from milpbft.question.part import Question
    from milpbft.result import Result

    Enumerated = Callable[..., tuple[int | None, bool]]


def solved(name: str, solver: str | None = None) -> Result:
    """Solve an instance to the end, its run replayed if it has one."""
    result = solve(parse_instance(name), solver)
    assert result.solution.status in ("optimal", "infeasible"), result.solution
    assert all(result.checks), [check.reason for check in result.checks]
    return result


def proven(name: str, solver: str | None = None) -> int | None:
    """Return the proven optimum of an instance, its run replayed; None where no run fits it."""
    return solved(name, solver).solution.objective


def refused(name: str) -> str:
    """Return the field for which a name is refused."""
    with pytest.raises(InputError) as error:
        parse_instance(name)
    return error.value.field


def same(name: str, ticks: int) -> None:
    """Hold a value with so many ticks, which do not matter to it, to the one without.

    Parameters
    ----------
    name
        Of the instance, with ``{}`` where its horizon stands.
    """
    assert proven(name.format(f"t{ticks}-"), "cpsat") == proven(name.format(""), "cpsat")


def as_enumerated(
    instance: Question, value: int | None, most: Sequence[int], enumerated: Enumerated
) -> bool:
    """Hold a value against enumeration; return whether that saw all that matters.

    Where it did not, none of the runs that it saw may be better.

    Parameters
    ----------
    instance
        Whose value it is.
    value
        The optimum; None where no run fits the instance.
    most
        The budget of each kind of fault.
    enumerated
        Takes a number of each kind. Returns what the best run with at most these is worth, of the
        fewest faults whatever it is, None where there is no run; and whether not all runs were
        seen.
    """
    if instance.objective.name.startswith("faults"):
        return _fewest(value, most, enumerated)
    worth, capped = enumerated(*most)
    if not capped:
        assert worth == value
    elif worth is not None:
        assert value is not None
        assert (min if instance.objective.sense == "min" else max)(worth, value) == value
    return not capped


def _fewest(value: int | None, most: Sequence[int], enumerated: Enumerated) -> bool:
    """Hold a number of faults: so many are enough, and no fewer, however they are made up."""
    ended, enough = True, value is None
    for ways in sorted(product(*(range(high + 1) for high in most)), key=sum):
        if value is not None and (enough or sum(ways) > value):
            break
        worth, capped = enumerated(*ways)
        ended &= not capped or worth is not None
        if worth is not None:
            assert value == sum(ways), ways
            enough = True
    assert enough or not ended
    return ended
