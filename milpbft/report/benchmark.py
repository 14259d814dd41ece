"""Benchmark: instances and answers in MIPLIB's formats, for people who build solvers.

``.solu`` has a line per instance: ``=opt= NAME VALUE``, ``=best= NAME VALUE``, ``=inf= NAME`` or
``=unkn= NAME``. ``.sol`` has the objective, ``=obj= VALUE``, and the variables that are not zero.
Both are as MIPLIB 2017 describes them. MPS has no sense of its own: what is maximised is written
with ``OBJSENSE``, which HiGHS, SCIP and Gurobi read, and values stand in that sense.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from milpbft.errors import InputError
from milpbft.room import room_of
from milpbft.store import Store

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from milpbft.cases import Case
    from milpbft.milp.problem import Problem
    from milpbft.question.files import Expected
    from milpbft.question.part import Question
    from milpbft.store import Record


def file_name(instance: Question) -> str:
    """Return what the file of an instance's problem is called, without its suffix."""
    return f"{instance.name}-{instance.encoding}"


def solu_line(record: Record) -> str:
    """Return the line of a result; of a failed one, nothing is known."""
    name = f"{record.instance}-{record.encoding}"
    match record.outcome:
        case "optimal":
            return f"=opt=  {name} {record.value}"
        case "infeasible":
            return f"=inf=  {name}"
        case "feasible" if record.value is not None:
            return f"=best= {name} {record.value}"
    return f"=unkn= {name}"


def expected_solu_line(instance: Question, expected: Expected | None) -> str:
    """Return the line of what an instance file expects."""
    name = file_name(instance)
    if expected is None or (expected.status == "open" and expected.objective is None):
        return f"=unkn= {name}"
    if expected.status == "infeasible":
        return f"=inf=  {name}"
    word = "=opt= " if expected.status == "optimal" else "=best="
    return f"{word} {name} {expected.objective}"


@dataclass(frozen=True)
class Answers:
    """What is known of instances: from a store, else from their own files.

    Parameters
    ----------
    records
        Results that are believed, by instance and encoding; proven ones before others.
    """

    records: Mapping[tuple[str, str], Record]

    @classmethod
    def read(cls, path: Path | None) -> Answers:
        """Read a store; None for none.

        Raises
        ------
        InputError
            Where it is none.
        """
        found: dict[tuple[str, str], Record] = {}
        if path is not None:
            with Store(path) as store:
                for one in store.records(blobs=True):
                    before = found.get((one.instance, one.encoding))
                    if one.outcome != "failed" and not (before and before.proven):
                        found[one.instance, one.encoding] = one
        return cls(found)

    def of(self, case: Case) -> Record | None:
        """Return the result of an instance; None where there is none."""
        return self.records.get((case.instance.name, case.instance.encoding))

    def line(self, case: Case) -> str:
        """Return the line of an instance in ``.solu``."""
        record = self.of(case)
        if record is None:
            return expected_solu_line(case.instance, case.expected)
        return solu_line(record)

    def write_point(self, case: Case, out: Path) -> dict[str, str]:
        """Write the ``.sol`` file of an instance; return its path, or nothing without a point.

        The point is tested against every row, and must be worth the stored value.
        """
        record = self.of(case)
        if record is None or record.point is None:
            return {}
        problem = room_of(case.instance.protocol).model(case.instance).problem
        point = record.point_of(problem.size.variables)
        if point is None or problem.violations(point, 1) or problem.value(point) != record.value:
            raise InputError("store", f"the point of {record.instance}", "a point of its model")
        path = out / f"{file_name(case.instance)}.sol"
        path.write_text(sol_text(problem, point), encoding="utf-8")
        return {"solution": str(path)}


def sol_text(problem: Problem, values: NDArray[np.int64]) -> str:
    """Return the text of a ``.sol`` file.

    Raises
    ------
    ValueError
        Where the point breaks a row: nobody is given a wrong one.
    """
    if broken := problem.violations(values, limit=1):
        raise ValueError(f"the point breaks {broken[0]}")
    lines = [f"{problem.variable_name(k)} {values[k]}" for k in values.nonzero()[0].tolist()]
    return "\n".join([f"=obj= {problem.value(values)}", *lines]) + "\n"
