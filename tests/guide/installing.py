"""The package of docs/new-protocol.md, put where Python finds it as if pip had installed it."""

from __future__ import annotations

import shutil
import tomllib
from pathlib import Path

PROJECT = Path(__file__).parent / "one-vote"
VOTE = PROJECT / "vote"


def install(place: Path) -> Path:
    """Copy the package, and list the entry points that its pyproject.toml has."""
    shutil.copytree(VOTE, place / "vote", ignore=shutil.ignore_patterns("__pycache__"))
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    about = place / "vote-1.0.dist-info"
    about.mkdir()
    facts = ("Metadata-Version: 2.1", f"Name: {project['name']}", f"Version: {project['version']}")
    (about / "METADATA").write_text("\n".join(facts) + "\n")
    lines = []
    for group, points in project["entry-points"].items():
        lines += [f"[{group}]", *(f"{name} = {value}" for name, value in points.items())]
    (about / "entry_points.txt").write_text("\n".join(lines) + "\n")
    return place
