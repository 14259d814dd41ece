"""Proofs: encodings against each other, the printed sizes, and solvers on strict instances."""

from __future__ import annotations

from itertools import product
from time import perf_counter
from typing import TYPE_CHECKING
from unittest.mock import patch

from benchmarks.table import Table
from milpbft.automaton.counted.dependence import complete_slots
from milpbft.dbft.instance import DbftInstance, PublishedInstance
from milpbft.dbft.model.strict import strict_model, table_of
from milpbft.question.files import parse_instance
from milpbft.room import room_of
from milpbft.solve import with_runs
from solvers import Limits, available, solve

if TYPE_CHECKING:
    from collections.abc import Iterable

    from milpbft.milp.solution import Solution

COMPARED = "dbft2-n4-t5-p1"


def compare_encodings(seconds: float) -> Table:
    """Solve P1 for N = 4 and horizon 5 in both encodings, each with the same MIP starts.

    Parameters
    ----------
    seconds
        Time limit of the direct encoding. Where it is reached, the ratio is a lower bound.
    """
    table = Table(f"{COMPARED}: CBC on direct against compact",
                  ("encoding", "variables", "rows", "value", "bound", "status", "build_seconds",
                   "solve_seconds", "times_faster"))  # fmt: skip
    took: dict[str, float] = {}
    for encoding in ("direct", "compact"):
        variables, rows, built, solution = _solve(COMPARED, encoding, seconds)
        took[encoding] = built + solution.seconds
        ratio = round(took["direct"] / took["compact"], 1) if encoding == "compact" else None
        table.add(encoding, variables, rows, solution.objective, solution.bound, solution.status,
                  round(built, 3), round(solution.seconds, 3), ratio)  # fmt: skip
    return table


def prove(sizes: list[tuple[int, int]], objectives: Iterable[str], seconds: float) -> Table:
    """Solve every size and objective in the compact encoding, with a time limit for each."""
    columns = ("instance", "value", "bound", "status", "build_seconds", "solve_seconds")
    table = Table("Compact, CBC with MIP starts", columns)
    for objective in objectives:
        for n, horizon in sizes:
            name = f"dbft2-n{n}-t{horizon}-{objective}"
            _, _, built, solution = _solve(name, "compact", seconds)
            table.add(name, solution.objective, solution.bound, solution.status,
                      round(built, 3), round(solution.seconds, 3))  # fmt: skip
    return table


def compare_solvers(names: Iterable[str], seconds: float) -> Table:
    """Solve strict instances with each solver; the ratio is to CP-SAT, the default.

    Parameters
    ----------
    seconds
        Time limit of each solve. Where it is reached, the ratio is a lower bound.
    """
    columns = ("instance", "solver", "value", "status", "solve_seconds", "times_slower")
    table = Table("Strict, counted encoding", columns)
    for name in names:
        first = None
        for solver in ("cpsat", "highs", "cbc"):
            if solver not in available():
                continue
            instance = parse_instance(name)
            problem = room_of(instance.protocol).model(instance).problem
            solution = solve(problem, solver, Limits(seconds))
            first = first or solution.seconds
            ratio = round(solution.seconds / first, 1)
            took = round(solution.seconds, 3)
            table.add(name, solver, solution.objective, solution.status, took, ratio)
    return table


def compare_slots(names: Iterable[str], seconds: float) -> Table:
    """Solve strict instances with every guard a cut, and with as few cuts as needed.

    Parameters
    ----------
    seconds
        Time limit of each solve. Where it is reached, the ratio is a lower bound.
    """
    columns = ("instance", "solver", "slots", "variables", "rows", "value", "status",
               "solve_seconds", "times_faster")  # fmt: skip
    table = Table("Strict, every guard a cut against as few cuts as needed", columns)
    for name, solver in product(names, ("cpsat", "cbc")):
        if solver not in available():
            continue
        guards = len(table_of(DbftInstance.parse(name)).automaton.guards)
        cuts = "milpbft.automaton.counted.encoding.cuts"
        with patch(cuts, lambda automaton, pauses: frozenset(automaton.guards)):
            every = strict_model(DbftInstance.parse(name, slots=guards + 1)).problem
        few = DbftInstance.parse(name)
        slots = complete_slots(table_of(few).automaton)
        first = None
        for count, problem in ((guards + 1, every), (slots, strict_model(few).problem)):
            solution = solve(problem, solver, Limits(seconds))
            first = first or solution.seconds
            ratio, took = round(first / solution.seconds, 1), round(solution.seconds, 3)
            table.add(name, solver, count, problem.size.variables, problem.size.rows,
                      solution.objective, solution.status, took, ratio)  # fmt: skip
    return table


def _solve(name: str, encoding: str, seconds: float) -> tuple[int, int, float, Solution]:
    instance = PublishedInstance.parse(name, encoding=encoding)
    room = room_of(instance.protocol)
    begin = perf_counter()
    problem = with_runs(room.model(instance), room, instance)
    built = perf_counter() - begin
    solution = solve(problem, "cbc", Limits(seconds))
    return problem.size.variables, problem.size.rows, built, solution
