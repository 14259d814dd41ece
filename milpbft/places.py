"""Places: what stands where a user points, without an error where the system refuses to look.

A name may be too long for a file, or stand in a directory that must not be read: `Path.exists` and
its like raise then, and a name of an instance may be longer than a file's.
"""

from __future__ import annotations

import os.path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def stands(path: Path | str) -> bool:
    """Whether a file or directory stands there."""
    return os.path.exists(path)


def is_file(path: Path | str) -> bool:
    """Whether a file stands there."""
    return os.path.isfile(path)


def is_directory(path: Path | str) -> bool:
    """Whether a directory stands there."""
    return os.path.isdir(path)
