"""Code version: which milpbft found a value."""

from __future__ import annotations

import sys
from functools import cache
from hashlib import sha256
from pathlib import Path

# What draws, asks and keeps decides no value.
_IDLE = {"commands", "report", "sweep", "store", "family", "driver", "pytest_plugin.py"}


@cache
def code_version() -> str:
    """Return milpbft's version with a digest of the files that decide values."""
    inside = Path(__file__).parents[1]
    roots = [inside, inside.parent / "solvers"]
    digest = sha256()
    for root in roots:
        for file in sorted(root.rglob("*.py")):
            place = file.relative_to(root)
            if place.parts[0] not in _IDLE:
                digest.update(f"{root.name}/{place.as_posix()}\0".encode() + file.read_bytes())
    version = sys.modules[__name__.partition(".")[0]].__version__
    return f"{version}+{digest.hexdigest()[:10]}"
