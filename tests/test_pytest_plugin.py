"""The pytest plugin: instance files are tests, and nothing else is disturbed."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
GOOD = '[instance]\nprotocol = "dbft2"\nn = 4\nhorizon = 5\nobjective = "p1"\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "instances"
    place.mkdir()
    (place / "good.toml").write_text(f'{GOOD}[expected]\nstatus = "optimal"\nobjective = 1400\n')
    (place / "settings.toml").write_text("x = 1\n")
    (place / "instance-free.toml").write_text("not TOML at all\n")
    return place


def run(where: Path, *args: object) -> tuple[int, str]:
    # Where milpbft is installed, pytest finds the plugin by itself, and takes it once only.
    installed = any(one.name == "milpbft" for one in entry_points(group="pytest11"))
    plugins = [*([] if installed else ["-p", "milpbft.pytest_plugin"]), "-p", "no:cacheprovider"]
    command = [sys.executable, "-m", "pytest", *plugins, *map(str, args)]
    done = subprocess.run(
        command, cwd=where, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def test_files_are_tests_and_failures_say_why(folder: Path):
    """One passes; a wrong optimum, a broken file and a field of nobody fail, each in few lines."""
    (folder / "wrong.toml").write_text(f'{GOOD}[expected]\nstatus = "optimal"\nobjective = 1401\n')
    (folder / "broken.toml").write_text("[instance]\nn = \n")
    (folder / "nobody.toml").write_text('[instance]\nprotocol = "nobody"\n')
    code, said = run(folder.parent, "instances", "-q")
    assert (code, "3 failed, 1 passed" in said) == (1, True), said
    assert "dbft2-n4-t5-p1: optimum 1400, expected 1401" in said
    assert "expected   optimal 1401" in said
    assert "found      optimum 1400, by cbc" in said
    assert "rules      protocol = dbft2" in said
    assert "instance.protocol: 'nobody' is not allowed" in said
    assert "changed    unknown: the file is in no commit" in said
    assert "Traceback" not in said


def test_files_are_chosen_by_name_and_cost(folder: Path):
    """-k, markers, and one file by its path; collecting reads no model."""
    code, said = run(folder.parent, "instances", "--collect-only", "-q", "-k", "good")
    assert (code, "good.toml::good" in said, "settings" in said) == (0, True, False)
    code, said = run(folder.parent, "instances", "--collect-only", "-q", "-m", "milpbft_cheap")
    assert "good.toml::good" in said
    assert run(folder.parent, "instances", "--collect-only", "-m", "milpbft_huge")[0] == 5
    assert "good.toml::good" in run(folder, "good.toml", "--collect-only", "-q")[1]


def test_nothing_that_was_not_asked_for_is_collected(folder: Path):
    """A plain run of a project with instance files has its own tests only, unless told."""
    (folder.parent / "test_own.py").write_text("def test_own(): pass\n")
    code, said = run(folder.parent, "--collect-only", "-q")
    assert (code, "test_own" in said, "toml" in said) == (0, True, False)
    (folder.parent / "pytest.ini").write_text("[pytest]\nmilpbft_files = */instances/good*.toml\n")
    code, said = run(folder.parent, "--collect-only", "-q")
    assert ("test_own" in said, "good.toml::good" in said) == (True, True)


@pytest.mark.slow
def test_workers_of_xdist_share_the_files(folder: Path):
    """Dimensions are in the JUnit report."""
    (folder / "other.toml").write_text(GOOD.replace("p1", "p2"))
    code, said = run(folder.parent, "instances", "-n", "2", "--junit-xml", "report.xml")
    assert (code, "2 passed" in said) == (0, True), said
    report = (folder.parent / "report.xml").read_text()
    assert 'name="milpbft_rows" value="483"' in report


@pytest.mark.slow
def test_a_limit_is_no_pass(folder: Path):
    """It fails, and says how far it came."""
    (folder / "good.toml").write_text(GOOD.replace("n = 4", "n = 10").replace("= 5", "= 9"))
    code, said = run(folder.parent, "instances", "--milpbft-time-limit", "0.1")
    assert (code, "a limit came first: " in said, "bound" in said) == (1, True, True), said
