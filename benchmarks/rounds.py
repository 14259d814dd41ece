"""Rounds of Proof of Vote: commissioners counted against commissioners named."""

from __future__ import annotations

from time import perf_counter
from typing import TYPE_CHECKING

from benchmarks.table import Table
from milpbft.question.files import parse_instance
from milpbft.room import room_of
from milpbft.solvers import Limits, solve

if TYPE_CHECKING:
    from collections.abc import Iterable


def compare_counting(names: Iterable[str], seconds: float) -> Table:
    """Solve rounds in both encodings with CBC and CP-SAT; the ratio is of both encodings.

    Parameters
    ----------
    seconds
        Time limit of each solve. Where it is reached with names, the ratio is a lower bound.
    """
    columns = ("instance", "solver", "encoding", "variables", "rows", "value", "status",
               "build_seconds", "solve_seconds", "times_faster")  # fmt: skip
    table = Table("Rounds of Proof of Vote, commissioners named and counted", columns)
    for name in names:
        for solver in ("cbc", "cpsat"):
            took: dict[str, float] = {}
            for encoding in ("compact", "counted"):
                begin = perf_counter()
                instance = parse_instance(name, encoding=encoding)
                problem = room_of(instance.protocol).model(instance).problem
                built = perf_counter() - begin
                solution = solve(problem, solver, Limits(seconds))
                took[encoding] = built + solution.seconds
                ratio = round(took["compact"] / took["counted"], 1) if len(took) > 1 else None
                table.add(name, solver, encoding, problem.size.variables, problem.size.rows,
                          solution.objective, solution.status, round(built, 3),
                          round(solution.seconds, 3), ratio)  # fmt: skip
    return table
