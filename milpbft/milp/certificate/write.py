"""Write: a proof as a certificate in VIPR 1.0 format, the open standard that other checkers read.

Constraints are numbered as in the file: the lower and upper bound of each variable, the rows, and
then the derivations. Cheung, Gleixner and Steffy, "Verifying Integer Programming Results" (2017).
"""

from __future__ import annotations

import gzip
import io
from typing import TYPE_CHECKING

from milpbft.milp.certificate.steps import (
    Assumed,
    Combined,
    Given,
    Implied,
    Split,
    Step,
    proof,
    reduced,
    sources,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from milpbft.milp.problem import Problem

SUFFIXES = (".vipr", ".vipr.gz")
_LETTER = {-1: "L", 0: "E", 1: "G"}


def write_certificate(
    path: Path, problem: Problem, point: NDArray[np.int64] | None, final: Step
) -> int:
    """Write what proves the optimum of a problem, or that it has no point.

    Parameters
    ----------
    path
        Overwritten; a name that ends in ``.gz`` is written compressed.
    problem
        The problem.
    point
        An optimal point; None where the problem is infeasible.
    final
        The bound of the objective that `point` reaches, or an absurdity; it rests on no assumption.

    Returns
    -------
    int
        Number of derivations.
    """
    steps = proof(final)
    with path.open("wb") as raw:
        # No name and no time in the header: one proof, one file.
        file = gzip.GzipFile("", "wb", 6, raw, 0) if path.name.endswith(".gz") else raw
        with io.TextIOWrapper(file, encoding="ascii", newline="\n") as text:
            text.writelines(_problem(problem))
            text.writelines(_claim(problem, point))
            text.writelines(_derivations(problem, steps))
    return len(steps)


def _problem(problem: Problem) -> Iterator[str]:
    names = problem.variable_names()
    count, rows = len(names), len(problem.rhs)
    yield f"% {problem.name}\nVER 1.0\nVAR {count}\n"
    yield from (f"{name}\n" for name in names)
    yield f"INT {count}\n{' '.join(map(str, range(count)))}\n"
    costs = [(k, c) for k, c in enumerate(problem.objective.tolist()) if c]
    yield f"OBJ {problem.sense}\n{_terms(costs)}\nCON {2 * count + rows} {2 * count}\n"
    for k, box in enumerate(zip(problem.lower.tolist(), problem.upper.tolist(), strict=True)):
        yield f"l{k} G {box[0]} 1 {k} 1\nu{k} L {box[1]} 1 {k} 1\n"
    ends, columns = problem.matrix.indptr.tolist(), problem.matrix.indices.tolist()
    data = problem.matrix.data.tolist()
    sides = zip(problem.row_names(), problem.relation.tolist(), problem.rhs.tolist(), strict=True)
    for k, (name, relation, side) in enumerate(sides):
        span = slice(ends[k], ends[k + 1])
        row = list(zip(columns[span], data[span], strict=True))
        yield f"{name} {_LETTER[relation]} {side} {_terms(row)}\n"


def _terms(terms: list[tuple[int, int]] | tuple[tuple[int, int], ...]) -> str:
    return " ".join([str(len(terms)), *(f"{column} {value}" for column, value in terms)])


def _claim(problem: Problem, point: NDArray[np.int64] | None) -> Iterator[str]:
    if point is None:
        yield "RTP infeas\nSOL 0\n"
        return
    value = problem.value(point)
    values = [(k, v) for k, v in enumerate(point.tolist()) if v]
    yield f"RTP range {value} {value}\nSOL 1\nbest {_terms(values)}\n"


def _derivations(problem: Problem, steps: list[Step]) -> Iterator[str]:
    first = 2 * len(problem.lower) + len(problem.rhs)
    numbers = {id(step): first + k for k, step in enumerate(steps)}
    last: dict[int, int] = {}
    for k, step in enumerate(steps):
        for source in sources(step):
            last[id(source)] = first + k

    def number(step: Step) -> int:
        reason = step.reason
        return reason.number if isinstance(reason, Given) else numbers[id(step)]

    yield f"DER {len(steps)}\n"
    for k, step in enumerate(steps):
        reason = step.reason
        if isinstance(reason, Implied):
            reason = reason.combined()
        match reason:
            case Assumed():
                why = "asm"
            case Combined(parts, divisor, rounded):
                listed = (f"{number(part)} {reduced(by, divisor)}" for part, by in parts)
                why = " ".join(["rnd" if rounded else "lin", str(len(parts)), *listed])
            case Split(one, low, two, high):
                why = f"uns {number(one)} {number(low)} {number(two)} {number(high)}"
        end = last.get(id(step), -1)
        yield f"d{k} {_LETTER[step.sense]} {step.side} {_terms(step.terms)} {{ {why} }} {end}\n"
