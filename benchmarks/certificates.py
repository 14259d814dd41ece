"""Certificates: what finding a proof takes, and what verifying it."""

from __future__ import annotations

import gzip
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from benchmarks.table import Table
from milpbft.certify import certify
from milpbft.question.files import parse_instance
from milpbft.room import room_of
from milpbft.solve import solver_for
from solvers import Limits, solve

if TYPE_CHECKING:
    from collections.abc import Iterable


def compare_times(names: Iterable[str], seconds: float) -> Table:
    """Prove optima in files and verify these, each in processor time.

    Parameters
    ----------
    seconds
        Time limit of each solve and of each search for a proof.
    """
    columns = ("instance", "nodes", "derivations", "bytes", "find_seconds", "verify_seconds",
               "verify_per_find", "verify_seconds_per_MB")  # fmt: skip
    table = Table("Certificates: seconds to find, and to verify", columns)
    with TemporaryDirectory() as scratch:
        for name in names:
            instance = parse_instance(name)
            problem = room_of(instance.protocol).model(instance).problem
            solution = solve(problem, solver_for(instance), Limits(seconds))
            path = Path(scratch) / f"{name}.vipr.gz"
            found = certify(instance, solution, path, Limits(seconds))
            if found.path is None:
                table.add(
                    name, found.nodes, None, None, round(found.find_seconds, 2), None, None, None
                )
                continue
            with gzip.open(path) as file:
                size = sum(map(len, file))
            ratio = found.verify_seconds / max(found.find_seconds, 1e-9)
            table.add(name, found.nodes, found.steps, size, round(found.find_seconds, 2),
                      round(found.verify_seconds, 2), round(ratio, 2),
                      round(found.verify_seconds / size * 10**6, 2))  # fmt: skip
    return table
