"""Long solves: what is known by now is shown, logged, and kept when Ctrl-C ends them."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from milpbft.commands.console import Display, Teller
from milpbft.solvers import Progress

ROOT = Path(__file__).parents[2]


def test_progress_is_told_in_words(capsys: pytest.CaptureFixture[str]):
    """Value, bound, gap and nodes, those that are known; lines come where there is no terminal."""
    assert str(Progress("cbc")) == "cbc: nothing yet"
    far = Progress("cbc", 1.0, 3, 5, 120)
    assert str(far) == "cbc: value 3, bound 5, gap 2, nodes 120"
    with Display("solving x") as display:
        Teller(display, "solving x", often=0.0).tell(far)
        Teller(display, "solving x").tell(far)
    assert capsys.readouterr().err == "solving x: cbc: value 3, bound 5, gap 2, nodes 120\n"


@pytest.mark.slow
@pytest.mark.parametrize("solver", ["cbc", "highs", "cpsat"])
def test_ctrl_c_ends_within_two_seconds(tmp_path: Path, solver: str):
    """With the incumbent, its schedule, and the solver's log."""
    log = tmp_path / "log"
    command = [sys.executable, "cli.py", "solve", "dbft2-n10-t9-p5", "--encoding", "direct",
               "--solver", solver, "--log", str(log), "--json"]  # fmt: skip
    process = subprocess.Popen(
        command, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    deadline = time.monotonic() + 120
    while not (log.exists() and log.stat().st_size > 200):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    time.sleep(4)
    process.send_signal(signal.SIGINT)
    began = time.monotonic()
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130, err
    # The checks of what was found come after it, and a machine may be busy.
    assert time.monotonic() - began < 10
    found = json.loads(out)
    assert (found["status"], found["message"]) == ("feasible", "interrupted")
    assert found["objective"] is not None
    assert {"cbc": "CBC", "highs": "HiGHS", "cpsat": "CP-SAT"}[solver] in log.read_text()


@pytest.mark.slow
def test_a_branching_cbc_hands_over_its_best(tmp_path: Path):
    """While it branches too, on Ctrl-C; and its log says how far it is."""
    code = (
        f"import sys; sys.path[:0] = [{str(ROOT)!r}]\n"
        "import numpy as np, threading, signal, time\n"
        "from tests.solvers.handmade import problem\nfrom milpbft.errors import Interrupted\n"
        "from solvers import solve, watching\n"
        "rng = np.random.default_rng(1); demand = rng.integers(0, 100, (5, 40))\n"
        "slack = np.eye(5, dtype=np.int64)\n"
        "hard = problem(np.hstack([demand, slack, -slack]), [0] * 5, demand.sum(axis=1) // 2,\n"
        "    [1] * 40 + [5000] * 10, [0] * 40 + [1] * 10, sense='min')\n"
        "told = []\n"
        "stop = threading.get_ident(), signal.SIGINT\n"
        "def tell(progress):\n"
        "    told.append(progress)\n"
        "    if (progress.nodes or 0) > 2000 and len(told) > 2:\n"
        "        began.append(time.monotonic()); signal.pthread_kill(*stop)\n"
        "began = []\n"
        "try:\n    with watching(tell=tell): solve(hard, 'cbc')\n"
        "except Interrupted as error: found = error.found\n"
        "print(time.monotonic() - began[0], found.status, found.objective, told[-1])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    said = re.fullmatch(
        r"(\S+) feasible (\d+) cbc: value (\d+), bound 0, gap \d+, nodes \d+\n", done.stdout
    )
    assert said, done.stderr
    assert float(said[1]) < 2
    assert int(said[2]) <= int(said[3])
