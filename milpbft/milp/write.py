"""Write a problem as a file that other solvers read: LP, MPS or gzipped MPS.

MPS is written by HiGHS. Its LP files are not: CBC takes their section heads `bin` and `gen` for
variables and reads a continuous problem. So LP has a writer of its own, in the words that CBC and
HiGHS share.
"""

from __future__ import annotations

import gzip
import os
import shutil
import sys
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np

from milpbft.errors import InputError
from milpbft.milp.problem import GE, LE, SYMBOL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from milpbft.milp.problem import Problem

SUFFIXES = (".lp", ".mps", ".mps.gz")
_TERMS = 8  # terms in a line: readers have fixed line buffers
_CHUNK = 10_000  # rows whose text is held at a time


def write(problem: Problem, path: Path) -> None:
    """Write a problem; the suffix of the path chooses the format.

    Parameters
    ----------
    problem
        What to write, with the names of its variables and rows.
    path
        A file ending in ``.lp``, ``.mps`` or ``.mps.gz``; overwritten.

    Raises
    ------
    InputError
        Where the suffix is another one.
    OSError
        Where the file cannot be written.
    """
    if not path.name.endswith(SUFFIXES):
        raise InputError("format", path.name, f"it must end in {', '.join(SUFFIXES)}")
    if path.name.endswith(".lp"):
        with path.open("w", encoding="ascii") as file:
            file.writelines(_lp(problem))
    else:
        _write_mps(problem, path)


def _lp(problem: Problem) -> Iterator[str]:
    names = problem.variable_names()
    yield f"\\ {problem.name}\n{'Maximize' if problem.sense == 'max' else 'Minimize'}\n obj:"
    # Every variable, zeros too: one that is in no row would else be lost, and the order with it.
    yield _sum(problem.objective.tolist(), names)
    yield "\nSubject To\n"
    yield from _rows(problem, names)
    yield "Bounds\n"
    boxes = zip(problem.lower.tolist(), problem.upper.tolist(), names, strict=True)
    yield from (f" {low} <= {name} <= {high}\n" for low, high, name in boxes)
    yield "General\n"
    yield from (f" {name}\n" for name in names)
    yield "End\n"


def _rows(problem: Problem, names: list[str]) -> Iterator[str]:
    ends = problem.matrix.indptr.tolist()
    labels = problem.row_names()
    for first in range(0, len(labels), _CHUNK):
        stop = min(first + _CHUNK, len(labels))
        part = slice(ends[first], ends[stop])
        columns = [names[k] for k in problem.matrix.indices[part].tolist()]
        data = problem.matrix.data[part].tolist()
        lines = []
        for k in range(first, stop):
            row = slice(ends[k] - part.start, ends[k + 1] - part.start)
            # A row without terms needs one: readers do not agree on an empty left-hand side.
            left = _sum(data[row], columns[row]) or f" 0 {names[0]}"
            symbol = SYMBOL[int(problem.relation[k])]
            lines.append(f" {labels[k]}:{left} {symbol} {problem.rhs[k]}\n")
        yield "".join(lines)


def _sum(coefficients: list[int], names: list[str]) -> str:
    terms = [f"{a:+d} {name}" for a, name in zip(coefficients, names, strict=True)]
    if len(terms) <= _TERMS:
        return "".join(f" {term}" for term in terms)
    lines = (" ".join(terms[k : k + _TERMS]) for k in range(0, len(terms), _TERMS))
    return " " + "\n  ".join(lines)


def _write_mps(problem: Problem, path: Path) -> None:
    # A path in nobody's reach is a "warning" to HiGHS, so open it first: that raises.
    with path.open("wb") as file:
        if not path.name.endswith(".gz"):
            _write_plain(problem, path)
            return
        # HiGHS built without zlib writes plain text under this name too.
        with TemporaryDirectory() as directory, gzip.GzipFile("", "wb", 6, file, 0) as target:
            plain = Path(directory) / "model.mps"
            _write_plain(problem, plain)
            with plain.open("rb") as source:
                shutil.copyfileobj(source, target)


def _write_plain(problem: Problem, path: Path) -> None:
    # Imported here: who builds problems does not pay for a solver.
    import highspy  # noqa: PLC0415

    with _banner_dropped():
        highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    if highs.passModel(_highs_lp(problem)) == highspy.HighsStatus.kError:
        raise OSError(f"HiGHS refused {problem.name}")
    if highs.writeModel(str(path)) == highspy.HighsStatus.kError:
        raise OSError(f"HiGHS could not write {path}")


@contextmanager
def _banner_dropped() -> Iterator[None]:
    """Drop what HiGHS prints on standard output as it starts, before an option can forbid it."""
    sys.stdout.flush()
    saved = os.dup(1)
    try:
        with open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), 1)
        yield
    finally:
        os.dup2(saved, 1)
        os.close(saved)


def _highs_lp(problem: Problem) -> Any:  # noqa: ANN401
    import highspy  # noqa: PLC0415

    lp = highspy.HighsLp()
    matrix, rhs = problem.matrix, problem.rhs.astype(np.float64)
    rows, variables = matrix.shape
    lp.model_name_ = problem.name
    lp.num_row_, lp.num_col_ = rows, variables
    lp.row_names_, lp.col_names_ = problem.row_names(), problem.variable_names()
    lp.col_cost_ = problem.objective.astype(np.float64)
    lp.col_lower_ = problem.lower.astype(np.float64)
    lp.col_upper_ = problem.upper.astype(np.float64)
    lp.row_lower_ = np.where(problem.relation == LE, -np.inf, rhs)
    lp.row_upper_ = np.where(problem.relation == GE, np.inf, rhs)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.num_row_, lp.a_matrix_.num_col_ = rows, variables
    lp.a_matrix_.start_ = matrix.indptr.astype(np.int32)
    lp.a_matrix_.index_ = matrix.indices.astype(np.int32)
    lp.a_matrix_.value_ = matrix.data.astype(np.float64)
    lp.integrality_ = [highspy.HighsVarType.kInteger] * variables
    maximise = problem.sense == "max"
    lp.sense_ = highspy.ObjSense.kMaximize if maximise else highspy.ObjSense.kMinimize
    return lp
