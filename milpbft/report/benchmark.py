"""Benchmark: instances and answers in MIPLIB's formats, for people who build solvers.

``.solu`` has a line per instance: ``=opt= NAME VALUE``, ``=best= NAME VALUE``, ``=inf= NAME`` or
``=unkn= NAME``. ``.sol`` has the objective, ``=obj= VALUE``, and the variables that are not zero.
Both are as MIPLIB 2017 describes them. MPS has no sense of its own: what is maximised is written
with ``OBJSENSE``, which HiGHS, SCIP and Gurobi read, and values stand in that sense.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

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
