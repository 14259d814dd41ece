"""Memory is measured over a process and all below it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING

from solvers import usage

if TYPE_CHECKING:
    import pytest

HOARD = "hoard = bytearray(80 * 2**20); print(flush=True); input()"


def test_descendants_count():
    """A child's child of 80 MiB is seen from the top, as PuLP's solvers must be."""
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {HOARD!r}])"
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(
        [sys.executable, "-c", parent], start_new_session=True, **pipes
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        assert 80 < usage.resident_mb(process.pid) < 200
        process.communicate(b"\n")
    assert usage.resident_mb(process.pid) == 0


def test_ps_stands_in_for_proc(monkeypatch: pytest.MonkeyPatch):
    """Where there is no /proc, the sizes that ps lists for the process group are added."""
    listed = subprocess.CompletedProcess("ps", 0, stdout="  7 1024\n 42 2048\n  7  512\n")
    monkeypatch.setattr(usage.subprocess, "run", lambda *_, **__: listed)
    assert usage._from_ps(7) == 1.5


def test_measuring_is_cheap():
    """A look costs less than to start a process that does nothing."""
    began = time.perf_counter()
    for _ in range(20):
        usage.resident_mb(os.getpid())
    looks, began = time.perf_counter() - began, time.perf_counter()
    for _ in range(20):
        subprocess.run([sys.executable, "-S", "-c", ""], check=True)
    assert looks < time.perf_counter() - began
