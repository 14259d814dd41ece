"""History: what has changed in the rules since an instance file was last written, as git knows."""

from __future__ import annotations

import subprocess
from importlib.util import find_spec
from pathlib import Path

from milpbft.registry import find

# What every room's values rest on, beside the room itself.
_SHARED = ("table", "milp", "check", "schedule", "question", "sim", "solve.py")
_MOST = 6


def changes_since(path: Path, protocol: str) -> list[str]:
    """Name the changes of a protocol's room, and of what all rooms share, since a file was written.

    Parameters
    ----------
    path
        The instance file.
    protocol
        Its protocol.

    Returns
    -------
    list of str
        A line each: files that differ from the last commit, then commits, the newest first, at most
        six; or one line that says why there is nothing to name.
    """
    room = _room(protocol)
    ours = Path(__file__).parent
    shared = [str(ours / name) for name in _SHARED] if ours in room.parents else []
    written = _git(path.parent, "log", "-1", "--format=%H%n%cI", "--", path.name)
    if not written:
        return ["unknown: the file is in no commit"]
    commit, day = written[0], written[1][:10]
    if not _git(room, "rev-parse", "--show-toplevel"):
        return [f"unknown: milpbft is installed without its history; file of {day}"]
    places = ["--", str(room), *shared]
    pending = _git(room, "diff", "--name-only", "HEAD", *places)
    # A file may be in a repository of its own, whose commits tell dates only.
    here = _git(room, "cat-file", "-t", commit)
    later = f"{commit}..HEAD" if here else f"--since-as-filter={written[1]}"
    commits = _git(room, "log", "--no-merges", later, "--format=%h %cs %s", *places)
    lines = [f"not committed: {name}" for name in pending] + commits
    if not lines:
        return [f"nothing since the file was written, {day}"]
    more = len(lines) - _MOST
    return lines[:_MOST] + ([f"and {more} more"] if more > 0 else [])


def _room(protocol: str) -> Path:
    spec = find_spec(find(protocol).module.partition(":")[0])
    assert spec is not None, "registered rooms exist"
    assert spec.origin is not None, "and are files"
    return Path(spec.origin).parent


def _git(where: Path, *words: str) -> list[str]:
    """Return what git prints, line by line; nothing where it is missing or refuses."""
    try:
        done = subprocess.run(
            ["git", *words], cwd=where, capture_output=True, text=True, timeout=10, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return []
    return done.stdout.splitlines() if done.returncode == 0 else []
