"""CBC, the default solver: its own program, from the package ``cbcbox``.

Its library, which python-mip calls, cannot be stopped while it branches and tells nobody what it
has found; with an incumbent or progress callback it crashed (SIGSEGV, cbcbox 2.935). The program
ends on SIGINT within a tenth of a second with its best point, and its log says how far it is.

The model goes over as an MPS file that HiGHS writes: 0.1 s for 20 000 rows. What is maximised is
written as its negative: MPS readers do not agree on the sense.
"""

from __future__ import annotations

import re
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import cbcbox
import numpy as np

from .task import GAP, Claim, Note

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from .task import ClaimStatus, Task, Tell

# How CBC's log and its solution file say what came of a search. Neither is enough: a search that
# is cut short before it branches leaves a relaxation's point, called optimal, and no result.
_RESULT = "Result - "
_OPTIMAL, _EMPTY = "Optimal", ("Integer infeasible", "Infeasible")
_PROVEN_EMPTY = ("Problem proven infeasible", "Linear relaxation infeasible")
_NO_POINT = "no integer solution"
_WHOLE = 1e-6  # how far an integer may be off
_BOUND = re.compile(r"Lower bound:\s+(\S+)")
_NODES = re.compile(r"Enumerated nodes:\s+(\d+)")
# A line of the search: nodes, on tree, depth, best value, perhaps how it was found, bound.
_LINE = re.compile(
    r"^\s*★?\s*(\d+)\s+\d+\s+\d+\s+(-?[\d.e+]+)?\s.*?(-?[\d.e+]+)\s+[\d.]+%\s+[\d.]+$"
)
_HUGE = 1e30
_NEAR = 0.9  # share of a time limit from which it may have been reached


def run(task: Task, tell: Tell) -> Claim:
    """Solve a task with CBC."""
    with TemporaryDirectory() as directory:
        place = Path(directory)
        write(task, place)
        began = time.monotonic()
        log = _search(task, place, tell)
        claim = read(task, place / "out.sol", log)
    return replace(claim, seconds=time.monotonic() - began)


def write(task: Task, place: Path) -> None:
    """Write the files that CBC reads: ``in.mps``, and ``in.mst`` where there is a start."""
    # Imported here: it takes a while, and reading needs none of it.
    import highspy  # noqa: PLC0415

    from .highs import fill  # noqa: PLC0415

    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    sign = -1 if task.maximise else 1
    least = replace(task, objective=sign * task.objective, maximise=False)
    bad = highspy.HighsStatus.kError
    if bad in (fill(highs, least), highs.writeModel(str(place / "in.mps"))):
        raise RuntimeError("HiGHS could not write the problem for CBC")
    if task.start is not None:
        # CBC takes a start only if every variable has a value, zeros too.
        lines = (f"{k} c{k} {value}\n" for k, value in enumerate(task.start.tolist()))
        (place / "in.mst").write_text(
            "Stopped on iterations - objective value 0\n" + "".join(lines)
        )


def _search(task: Task, place: Path, tell: Tell) -> list[str]:
    """Run CBC; return its log. An interrupt is handed on, and ends it with what it has."""
    remaining = task.remaining()
    command = [
        cbcbox.cbc_bin_path(), "in.mps", "-threads", str(task.threads),
        # Objectives are integral: see GAP.
        "-ratioGap", "0", "-allowableGap", str(GAP),
        *([] if remaining is None else ["-seconds", f"{remaining:.2f}"]),
        *([] if task.start is None else ["-mipstart", "in.mst"]),
        "-solve", "-solution", "out.sol", "-quit",
    ]  # fmt: skip
    process = subprocess.Popen(
        command, cwd=place, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, encoding="utf-8", errors="replace",
    )  # fmt: skip
    assert process.stdout is not None, "it is a pipe"
    with suppress(ValueError):  # outside of a main thread there is nobody to interrupt
        signal.signal(signal.SIGINT, lambda *_: process.send_signal(signal.SIGINT))
    log = _hear(process.stdout, task, tell)
    code = process.wait()
    if code != 0:
        how = signal.Signals(-code).name if code < 0 else f"exit code {code}"
        last = next((line.strip() for line in reversed(log) if line.strip()), "")
        raise RuntimeError(f"CBC died ({how}){': ' + last if last else ''}")
    return log


def _hear(lines: Iterable[str], task: Task, tell: Tell) -> list[str]:
    """Keep the log, hand it on where one is kept, and tell how far the search is."""
    sign = -1.0 if task.maximise else 1.0
    log = []
    for line in lines:
        log.append(line)
        if task.chatty:
            sys.stderr.write(line)
            sys.stderr.flush()
        if found := _LINE.match(line):
            nodes, value, bound = found.groups()
            with suppress(ValueError):
                known = None if value is None or abs(float(value)) >= _HUGE else sign * float(value)
                limit = float(bound)
                best = None if abs(limit) >= _HUGE else sign * limit
                tell(Note(bound=best, nodes=int(nodes), value=known))
    return log


def read(task: Task, path: Path, log: list[str]) -> Claim:
    """Read what CBC claims from its solution file and its log."""
    text = "".join(log)
    results = [line.removeprefix(_RESULT).strip() for line in log if line.startswith(_RESULT)]
    if not path.exists():
        return Claim("error", message=f"CBC wrote no solution: {(results or ['no result'])[-1]}")
    head = path.open(encoding="utf-8").readline()
    found = point(path, task.variables)
    status = _status(head, results[-1] if results else "", found, _late(task))
    nodes = _NODES.search(text)
    claim = Claim(status, nodes=int(nodes.group(1)) if nodes else None)
    if status == "error":
        claim.message = f"CBC ended with: {' '.join(head.split())}"
    if status in ("optimal", "feasible"):
        claim.point = found
    bound = _BOUND.search(text)
    if status == "optimal":
        claim.bound = float(task.objective @ found)
    elif bound and status != "infeasible" and abs(float(bound.group(1))) < _HUGE:
        claim.bound = (-1.0 if task.maximise else 1.0) * float(bound.group(1))
    return claim


def _late(task: Task) -> bool:
    """Whether the time limit may have cut the search short."""
    return task.seconds is not None and time.monotonic() - task.began > _NEAR * task.seconds


def _status(head: str, result: str, found: NDArray[np.float64], late: bool) -> ClaimStatus:
    whole = bool(np.all(np.abs(found - np.rint(found)) < _WHOLE))
    if head.startswith(_EMPTY):
        if result.startswith(_PROVEN_EMPTY) or not (result or late):
            return "infeasible"
        return "limit" if late else "error"
    if head.startswith(_OPTIMAL) and not whole and not result:
        return "limit"
    if head.startswith(_OPTIMAL) and (result.startswith("Optimal") or not (result or late)):
        return "optimal"
    if head.startswith((_OPTIMAL, "Stopped")):
        return "limit" if _NO_POINT in head or not whole else "feasible"
    return "error"


def point(path: Path, variables: int) -> NDArray[np.float64]:
    """Read a solution file: number, name, value and reduced cost of what is not zero."""
    found = np.zeros(variables)
    with path.open(encoding="utf-8") as file:
        next(file)
        for line in file:
            words = line.removeprefix("**").split()
            found[int(words[0])] = float(words[2])
    return found
