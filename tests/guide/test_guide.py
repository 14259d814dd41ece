"""The guide to a protocol of one's own: its code is a package, and the package works."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.guide.installing import PROJECT, VOTE, install

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs/new-protocol.md").read_text(encoding="utf-8")


def test_the_guide_shows_the_package():
    """Every file of the package stands in the guide, word for word."""
    shown = re.findall(r"^```(?:python|toml)\n(.*?)^```$", GUIDE, re.MULTILINE | re.DOTALL)
    files = [*VOTE.glob("*.py"), PROJECT / "pyproject.toml"]
    assert len(files) == 7
    for file in files:
        assert file.read_text(encoding="utf-8") in shown, file.name


def test_the_package_is_small():
    """It has at most 200 lines, its test among them."""
    lines = [file.read_text(encoding="utf-8").count("\n") for file in VOTE.glob("*.py")]
    assert sum(lines) <= 200


def test_the_package_passes_its_own_test(tmp_path: Path):
    """Solved in both encodings, replayed, enumerated and drawn, found by its entry point alone."""
    place = install(tmp_path)
    paths = os.pathsep.join([str(place), str(ROOT)])
    environment = os.environ | {"PYTHONPATH": paths}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "vote"]
    done = subprocess.run(
        command, cwd=place, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    assert "2 passed" in done.stdout
    drawn = "import milpbft; print(len(milpbft.solve('vote-n4-v1-b2-e2-forks').draw().data))"
    command = [sys.executable, "-c", drawn]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert int(done.stdout) > 0
