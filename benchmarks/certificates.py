"""Certificates: what finding a proof takes, and what verifying it."""

from __future__ import annotations

import gzip
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from benchmarks.table import Table
from milpbft.cases import shipped
from milpbft.certify import certify_value
from milpbft.solvers import Limits
from milpbft.suite import find

if TYPE_CHECKING:
    from collections.abc import Iterable

    from milpbft.solvers import Kind


def compare_times(names: Iterable[tuple[str, Kind]], seconds: float) -> Table:
    """Prove the values of shipped files, and verify the proofs, each in processor time.

    Parameters
    ----------
    names
        Of the files' instances, each with the kind of search.
    seconds
        Time limit of each search for a proof.
    """
    columns = ("instance", "search", "nodes", "derivations", "bytes", "find_seconds",
               "verify_seconds", "verify_per_find", "verify_seconds_per_MB")  # fmt: skip
    table = Table("Certificates: seconds to find, and to verify", columns)
    with TemporaryDirectory() as scratch:
        for name, kind in names:
            (case,) = find([*shipped().rglob(f"{name}.toml")])
            value = case.expected.objective if case.expected else None
            path = Path(scratch) / f"{name}.vipr.gz"
            found = certify_value(case.instance, value, path, Limits(seconds), search=kind)
            cells = name, kind, found.nodes
            if found.path is None:
                table.add(*cells, None, None, round(found.find_seconds, 2), None, None, None)
                continue
            with gzip.open(path) as file:
                size = sum(map(len, file))
            ratio = found.verify_seconds / max(found.find_seconds, 1e-9)
            table.add(*cells, found.steps, size, round(found.find_seconds, 2),
                      round(found.verify_seconds, 2), round(ratio, 2),
                      round(found.verify_seconds / size * 10**6, 2))  # fmt: skip
    return table
