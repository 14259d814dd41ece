"""Generation: arrays against expressions, for the same rows of the direct encoding."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

from benchmarks.table import Table


def measure(sizes: list[tuple[int, int]]) -> Table:
    """Build P1 of each size both ways, each in a process of its own.

    Raises
    ------
    RuntimeError
        Where the two are not of the same dimensions, and so not the same model.
    """
    table = Table("Generation of direct P1, arrays against python-mip expressions",
                  ("n", "horizon", "nonzeros", "seconds", "expressions", "times_faster", "MB",
                   "expressions_MB", "times_less_memory"))  # fmt: skip
    for n, horizon in sizes:
        ours, theirs = _build("vectorised", n, horizon), _build("expressions", n, horizon)
        for field in ("variables", "rows", "nonzeros"):
            if ours[field] != theirs[field]:
                raise RuntimeError(f"{n}/{horizon}: {ours[field]} and {theirs[field]} {field}")
        table.add(
            n,
            horizon,
            ours["nonzeros"],
            round(ours["seconds"], 3),
            round(theirs["seconds"], 3),
            round(theirs["seconds"] / ours["seconds"], 1),
            round(ours["megabytes"]),
            round(theirs["megabytes"]),
            round(theirs["megabytes"] / ours["megabytes"], 1),
        )
    return table


def _build(builder: str, n: int, horizon: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.build", builder, str(n), str(horizon)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout)
    return found
