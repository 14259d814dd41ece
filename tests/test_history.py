"""What changed in the rules since an instance file was written, in a repository made here."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from milpbft.history import changes_since
from milpbft.registry import PROTOCOLS, Entry

if TYPE_CHECKING:
    from pathlib import Path


def git(where: Path, *words: str, day: int = 1) -> None:
    when = f"2026-01-{day:02}T00:00:00+00:00"
    dates = {"GIT_COMMITTER_DATE": when, "GIT_AUTHOR_DATE": when}
    who = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(
        ["git", *who, *words], cwd=where, check=True, capture_output=True, env=os.environ | dates
    )


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package of one's own with a room, and an instance file beside it."""
    package = tmp_path / "votingroom"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "room.py").write_text("QUORUM = 3\n")
    (tmp_path / "one.toml").write_text("[instance]\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "votingroom", raising=False)
    monkeypatch.setattr("milpbft.history.find", lambda _: Entry("Vote", "votingroom.room:ROOM", {}))
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "Write both")
    return tmp_path


def test_commits_and_what_is_in_none_are_named(repository: Path):
    """Nothing at first; then a commit to the room, not one elsewhere; then an edited file."""
    file, room = repository / "one.toml", repository / "votingroom" / "room.py"
    assert changes_since(file, "vote") == ["nothing since the file was written, 2026-01-01"]
    (repository / "other.py").write_text("")
    git(repository, "add", ".", day=2)
    git(repository, "commit", "-qm", "Touch no rule", day=2)
    file.write_text("[instance]\nn = 4\n")
    git(repository, "commit", "-qam", "Prove it again", day=3)
    assert changes_since(file, "vote") == ["nothing since the file was written, 2026-01-03"]
    room.write_text("QUORUM = 2\n")
    assert changes_since(file, "vote") == ["not committed: votingroom/room.py"]
    git(repository, "commit", "-qam", "Lower the quorum", day=4)
    (one,) = changes_since(file, "vote")
    assert one.endswith("2026-01-04 Lower the quorum")


def test_many_are_counted(repository: Path):
    """Six are named, the rest counted."""
    for day in range(2, 11):
        (repository / "votingroom" / "room.py").write_text(f"QUORUM = {day}\n")
        git(repository, "commit", "-qam", f"Quorum {day}", day=day)
    lines = changes_since(repository / "one.toml", "vote")
    assert len(lines) == 7
    assert lines[-1] == "and 3 more"


def test_files_of_another_repository(repository: Path):
    """There, dates tell."""
    mine = repository / "mine"
    mine.mkdir()
    (mine / "two.toml").write_text("[instance]\n")
    git(mine, "init", "-q", day=2)
    git(mine, "add", ".", day=2)
    git(mine, "commit", "-qm", "Keep a file", day=2)
    for day in (1, 3):
        (repository / "votingroom" / "room.py").write_text(f"QUORUM = {day}\n")
        git(repository, "commit", "-qam", f"Quorum {day}", day=day)
    (one,) = changes_since(mine / "two.toml", "vote")
    assert one.endswith("2026-01-03 Quorum 3")


def test_what_is_not_known_is_said(tmp_path: Path):
    """A file outside of any repository."""
    (tmp_path / "one.toml").write_text("")
    assert "dbft2" in PROTOCOLS
    assert changes_since(tmp_path / "one.toml", "dbft2") == ["unknown: the file is in no commit"]
