"""Resident memory of a process and its descendants."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

_PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096


def resident_mb(pid: int) -> float:
    """Resident memory in MiB of the process `pid` and all below it; 0 once it is gone."""
    if Path("/proc/self/statm").exists():
        return _from_proc(pid)
    return _from_ps(pid)


def _from_proc(pid: int) -> float:
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except (OSError, IndexError):
        return 0.0
    return pages * _PAGE / 2**20 + sum(_from_proc(int(child)) for child in children)


def _from_ps(pid: int) -> float:
    # macOS has no /proc. The solver's process leads a group of its own, whose number is its pid.
    try:
        found = subprocess.run(
            ["ps", "-A", "-o", "pgid=,rss="], capture_output=True, text=True, check=False
        )
    except OSError:
        return 0.0
    lines = (line.split() for line in found.stdout.splitlines())
    return sum(int(rss) for group, rss in lines if int(group) == pid) / 1024
