"""Build one model in a process of its own and print time, peak memory and dimensions as JSON.

``python -m benchmarks.build vectorised 10 15``, or ``expressions``.
"""

from __future__ import annotations

import json
import resource
import sys
from pathlib import Path
from time import perf_counter
from typing import Any


def peak_mb() -> float:
    """Peak resident memory of this process in MiB."""
    status = Path("/proc/self/status")
    # A process that was just forked inherits its parent's peak in rusage, not in VmHWM.
    if status.exists():
        lines = dict(line.split(":", 1) for line in status.read_text().splitlines())
        return int(lines["VmHWM"].split()[0]) / 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 1024


def vectorised(n: int, horizon: int) -> dict[str, Any]:
    """Build P1 with milpbft's builder."""
    # Each process imports what it builds with, before the clock starts.
    from milpbft.dbft.instance import PublishedInstance  # noqa: PLC0415
    from milpbft.dbft.model.published.direct import build_direct  # noqa: PLC0415

    instance = PublishedInstance.parse(f"dbft2-n{n}-t{horizon}-p1", encoding="direct")
    begin = perf_counter()
    problem, _ = build_direct(instance)
    seconds = perf_counter() - begin
    size = problem.size
    return {"seconds": seconds, "variables": size.variables, "rows": size.rows,
            "nonzeros": size.nonzeros}  # fmt: skip


def expressions(n: int, horizon: int) -> dict[str, Any]:
    """Build P1 with python-mip, expression by expression."""
    from benchmarks.expressions import build  # noqa: PLC0415

    begin = perf_counter()
    model = build(n, horizon)
    # python-mip hands rows to CBC in batches; asking for their number hands over the last.
    rows = model.num_rows
    seconds = perf_counter() - begin
    return {"seconds": seconds, "variables": model.num_cols, "rows": rows,
            "nonzeros": model.num_nz}  # fmt: skip


def main() -> None:
    """Read builder, nodes and horizon from the command line."""
    builder, n, horizon = sys.argv[1:]
    build = {"vectorised": vectorised, "expressions": expressions}[builder]
    found = build(int(n), int(horizon))
    print(json.dumps({**found, "megabytes": peak_mb()}))


if __name__ == "__main__":
    main()
