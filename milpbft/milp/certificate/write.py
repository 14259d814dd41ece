"""Write: a proof as a certificate in VIPR 1.0 format, the open standard that other checkers read.

Constraints are numbered as in the file: the lower and upper bound of each variable, the rows, and
then the derivations. Cheung, Gleixner and Steffy, "Verifying Integer Programming Results" (2017).
"""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING, BinaryIO, cast

from milpbft.errors import InputError
from milpbft.milp.certificate.proof import LETTER, written

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from milpbft.milp.certificate.proof import Proof
    from milpbft.milp.problem import Problem

SUFFIXES = (".vipr", ".vipr.gz")


def write_certificate(
    path: Path, problem: Problem, point: NDArray[np.int64] | None, proof: Proof
) -> None:
    """Write what proves the optimum of a problem, or that it has no point.

    Parameters
    ----------
    path
        Overwritten; it ends in ``.vipr``, or in ``.vipr.gz`` and is written compressed.
    problem
        The problem.
    point
        An optimal point; None where the problem is infeasible.
    proof
        That nothing is better than `point`, or that there is none.

    Raises
    ------
    InputError
        Where the suffix is another one.
    OSError
        Where the file cannot be written.
    """
    if not path.name.endswith(SUFFIXES):
        raise InputError("certificate", path.name, f"it must end in {' or '.join(SUFFIXES)}")
    with path.open("wb") as raw:
        if path.name.endswith(".gz"):
            # No name and no time in the header: one proof, one file.
            with gzip.GzipFile("", "wb", 6, raw, 0) as packed:
                _write(cast("BinaryIO", packed), problem, point, proof)
        else:
            _write(raw, problem, point, proof)


def _write(file: BinaryIO, problem: Problem, point: NDArray[np.int64] | None, proof: Proof) -> None:
    file.write("".join(_problem(problem)).encode("ascii"))
    file.write("".join(_claim(problem, point)).encode("ascii"))
    file.write(proof.derivations)


def _problem(problem: Problem) -> Iterator[str]:
    names = problem.variable_names()
    count, rows = len(names), len(problem.rhs)
    yield f"% {problem.name}\nVER 1.0\nVAR {count}\n"
    yield from (f"{name}\n" for name in names)
    yield f"INT {count}\n{' '.join(map(str, range(count)))}\n"
    costs = [(k, c) for k, c in enumerate(problem.objective.tolist()) if c]
    yield f"OBJ {problem.sense}\n{written(costs)}\nCON {2 * count + rows} {2 * count}\n"
    for k, box in enumerate(zip(problem.lower.tolist(), problem.upper.tolist(), strict=True)):
        yield f"l{k} G {box[0]} 1 {k} 1\nu{k} L {box[1]} 1 {k} 1\n"
    ends, columns = problem.matrix.indptr.tolist(), problem.matrix.indices.tolist()
    data = problem.matrix.data.tolist()
    sides = zip(problem.row_names(), problem.relation.tolist(), problem.rhs.tolist(), strict=True)
    for k, (name, relation, side) in enumerate(sides):
        span = slice(ends[k], ends[k + 1])
        row = [term for term in zip(columns[span], data[span], strict=True) if term[1]]
        yield f"{name} {LETTER[relation]} {side} {written(row)}\n"


def _claim(problem: Problem, point: NDArray[np.int64] | None) -> Iterator[str]:
    if point is None:
        yield "RTP infeas\nSOL 0\n"
        return
    value = problem.value(point)
    values = [(k, v) for k, v in enumerate(point.tolist()) if v]
    yield f"RTP range {value} {value}\nSOL 1\nbest {written(values)}\n"
