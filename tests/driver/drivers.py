"""Drivers that tests start, as commands."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

HERE = Path(__file__).parent


def ours(*words: str) -> str:
    """Return the command of our own references."""
    return shlex.join([sys.executable, "-m", "milpbft.driver", *words])


def script(text: str) -> str:
    """Return the command of a driver that is a few lines of Python."""
    return shlex.join([sys.executable, "-c", text])
