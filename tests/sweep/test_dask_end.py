"""Ctrl-C on a sweep with Dask ends in seconds, with all that was found by then in the store."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from milpbft.store import Store

ROOT = Path(__file__).parents[2]
FAMILY = """
[[instances]]
protocol = "dbft2"
n = 4
horizon = 3
objective = ["p1", "p2"]
[[instances]]
protocol = "dbft2"
n = 10
horizon = 14
objective = ["p1", "p3"]
encoding = "direct"
"""


@pytest.mark.slow
def test_ctrl_c_ends_a_sweep_on_dask(tmp_path: Path):
    """Small ones are stored, large ones run: those hand in what they have, and these are kept."""
    pytest.importorskip("distributed")
    family, out = tmp_path / "family.toml", tmp_path / "out.db"
    family.write_text(FAMILY)
    command = [sys.executable, "cli.py", "sweep", str(family), "--out", str(out)]
    process = subprocess.Popen(
        [*command, "--dask-local", "2"], cwd=ROOT, stdout=subprocess.PIPE, text=True,
        stderr=subprocess.STDOUT, start_new_session=True,
    )  # fmt: skip
    end = time.monotonic() + 120
    while _stored(out) < 2:
        assert time.monotonic() < end, "waited in vain"
        assert process.poll() is None, "it ended by itself"
        time.sleep(0.2)
    time.sleep(8)  # a large one has its start by then
    began = time.monotonic()
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    said, _ = process.communicate(timeout=60)
    seconds = time.monotonic() - began
    assert process.returncode == 130, said
    assert "interrupted: run it again to go on" in said
    assert "Traceback" not in said
    assert seconds < 6, f"{seconds:.1f} s"  # two, and as much again on a machine that is busy
    with Store(out) as store:
        outcomes = sorted(one.outcome for one in store.records())
    assert outcomes == ["feasible", "feasible", "optimal", "optimal"], said


def _stored(out: Path) -> int:
    if not out.exists() or not out.stat().st_size:
        return 0
    with Store(out) as store:
        return len(list(store.records()))
