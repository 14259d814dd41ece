"""Threshold automata for all sizes: ``python -m benchmarks.automata DIRECTORY [--json]``.

Per file: CPU seconds of a whole process that decides every specification, and of the prover alone.
Published seconds stand beside, of other machines; see `benchmarks/README.md` for which.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
from pathlib import Path
from time import process_time
from unittest.mock import patch

from benchmarks.table import Table
from milpbft.automaton.ta.assume import assuming
from milpbft.automaton.ta.reader import readings, text_of
from milpbft.check import allsizes
from milpbft.check.allsizes import decide_all
from milpbft.errors import InputError
from milpbft.solvers import Smt
from milpbft.solvers import SmtAnswer as Answer

ROOT = Path(__file__).parents[1]
# TACO's SMT model checker, as published; seconds on the machine of its authors.
TACO = {"aba": 0.07, "bosco": 1.03, "c1cs": 0.72, "cc": 0.26}
LARGE = 1_000_000


class _Timed(Smt):
    """Counts the seconds that the prover itself takes."""

    seconds = 0.0

    def _check(self) -> Answer:
        begin = process_time()
        try:
            return super()._check()
        finally:
            _Timed.seconds += process_time() - begin


def measure(path: Path) -> tuple[int, int, float]:
    """Decide all specifications of a file in this process.

    Returns
    -------
    tuple
        Specifications, those that are violated, and CPU seconds of the prover.
    """
    _Timed.seconds = 0.0
    verdicts = []
    with patch.object(allsizes, "Smt", _Timed):
        for automaton in readings(text_of(path)).values():
            verdicts += [decide_all(automaton, one).status for one in automaton.specifications]
    return len(verdicts), verdicts.count("violated"), _Timed.seconds


def whole(path: Path) -> float:
    """Return the CPU seconds of ``milpbft automaton check FILE --all``, Python's start included."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    words = [sys.executable, str(ROOT / "cli.py"), "automaton", "check", str(path), "--all"]
    subprocess.run(words, capture_output=True, check=False)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def files(directory: Path) -> Table:
    """Measure every file of a directory that has no unknowns."""
    table = Table(
        "Threshold automata for all parameters, CPU seconds",
        ("file", "specifications", "violated", "process", "prover", "TACO, published"),
    )
    for path in sorted(directory.glob("*.ta")):
        try:
            count, violated, prover = measure(path)
        except InputError:
            continue
        published = TACO.get(path.stem)
        row = (path.stem, count, violated, round(whole(path), 2), round(prover, 3), published)
        table.add(*row)
    return table


def large() -> Table:
    """Compare one size of a million nodes with all sizes."""
    table = Table(
        "A million nodes beside all sizes, CPU seconds",
        ("file", "specification", "N = 10^6", "all N"),
    )
    for name, spec in (("srikanth-toueg-1987", "relay"), ("bracha-1987", "agreement")):
        row: list[float] = []
        automaton = next(iter(readings(text_of(_own(name))).values()))
        for one in (assuming(automaton, [f"N == {LARGE}"]), automaton):
            begin = process_time()
            status = decide_all(one, one.specification(spec)).status
            assert status == "holds", status
            row.append(round(process_time() - begin, 3))
        table.add(name, spec, *row)
    return table


def _own(name: str) -> Path:
    return ROOT / "instances" / "automata" / f"{name}.ta"


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", type=Path, nargs="?", default=ROOT / "instances" / "automata")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    tables = [files(given.directory), large()]
    if given.json:
        print(json.dumps({table.title: table.records() for table in tables}, indent=1))
    else:
        print("\n\n".join(table.text() for table in tables))


if __name__ == "__main__":
    main()
