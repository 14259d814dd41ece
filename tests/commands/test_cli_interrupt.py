"""Ctrl-C keeps what is done, and one bad file spoils no check."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from typer.testing import CliRunner, Result

import cli
from milpbft import suite
from milpbft.errors import Interrupted
from milpbft.milp.problem import Size
from milpbft.milp.solution import Solution
from milpbft.result import Result as Solved
from milpbft.schedule.files import read_schedule

ROOT = Path(__file__).parents[2]
FILE = '[instance]\nprotocol = "dbft2"\nn = 4\nhorizon = 5\nobjective = "{}"\n'
EXPECTED = '[expected]\nstatus = "optimal"\nobjective = {}\n'


def run(*args: object) -> Result:
    return CliRunner().invoke(cli.app, [str(arg) for arg in args])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Make three instance files of one's own: none says where its optimum is from."""
    place = tmp_path / "own"
    place.mkdir()
    for name, value in (("p1", 1400), ("p2", 900), ("p3", 5)):
        (place / f"{name}.toml").write_text(FILE.format(name) + EXPECTED.format(value))
    return place


def scripted(monkeypatch: pytest.MonkeyPatch, stop: str) -> None:
    """Put a stub in place of the solver, which Ctrl-C interrupts at the instance `stop`."""

    def stub(instance: Any, *_: object, **__: object) -> Solved:
        value = {"dbft2-n4-t5-p1": 1400, "dbft2-n4-t5-p2": 900}.get(instance.name, 5)
        solution = Solution("optimal", "stub", "1", value, value)
        if instance.name == stop:
            solution = Solution("feasible", "stub", "1", value, None, message="interrupted")
        solved = Solved(instance, Size(1, 1, 0, 1, 0, 1, 1), solution, (), None, None, 0.0)
        if instance.name == stop:
            raise Interrupted(solved)
        return solved

    monkeypatch.setattr(suite, "solve", stub)


def test_an_interrupted_check_reports_what_is_done(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """JUnit, table and object have what was done; what was not run keeps its line of the table."""
    table, junit = tmp_path / "t.md", tmp_path / "j.xml"
    scripted(monkeypatch, stop="none")
    assert run("check", folder, "--table", table).exit_code == 0
    before = _lines(table)
    scripted(monkeypatch, stop="dbft2-n4-t5-p2")
    done = run("check", folder, "--table", table, "--junit", junit, "--json")
    assert done.exit_code == 130
    found = json.loads(done.stdout)
    assert found["interrupted"] is True
    assert [one["outcome"] for one in found["instances"]] == ["ok", "limit"]
    assert found["instances"][1]["reason"] == "interrupted: value 900, bound unknown, expected 900"
    assert "1 ok, 1 limit, interrupted with 1 to do" in done.stderr
    cases = ET.parse(junit).getroot()[0]
    assert (cases.get("tests"), cases.get("skipped")) == ("3", "2")
    assert [case[0].get("message") for case in cases if case[0].tag == "skipped"] == [
        "interrupted: value 900, bound unknown, expected 900", "not run: interrupted"
    ]  # fmt: skip
    after = _lines(table)
    assert before["dbft2-n4-t5-p3"] == after["dbft2-n4-t5-p3"]
    assert "feasible" in after["dbft2-n4-t5-p2"]


def _lines(table: Path) -> dict[str, list[str]]:
    """Return the cells of each line by its first."""
    lines = [line.split() for line in table.read_text(encoding="utf-8").splitlines()]
    return {line[1]: line[2:] for line in lines if len(line) > 1}


def test_a_check_that_is_interrupted_while_it_waits(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """With workers, Ctrl-C comes to the thread that waits; nothing of before is known here."""

    def one_only(cases: Any, settings: Any, workers: int) -> Any:
        yield suite.Outcome.not_run(cases[1])
        raise KeyboardInterrupt

    monkeypatch.setattr("milpbft.commands.check.run_all", one_only)
    table = tmp_path / "t.md"
    done = run("check", folder, "--workers", 2, "--table", table)
    assert done.exit_code == 130
    assert table.read_text(encoding="utf-8").count("not run") == 3


def test_a_real_interrupt_keeps_the_incumbent(tmp_path: Path):
    """SIGINT to the command itself: the incumbent is replayed, printed and kept."""
    out = tmp_path / "out"
    command = [sys.executable, "cli.py", "solve", "dbft2-n10-t9-p5", "--encoding", "direct",
               "--json", "--out", str(out)]  # fmt: skip
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    deadline = time.monotonic() + 60
    while not _solves(process.pid) and time.monotonic() < deadline:
        time.sleep(0.2)
    time.sleep(1.0)
    process.send_signal(signal.SIGINT)
    stdout, stderr = process.communicate(timeout=60)
    assert process.returncode == 130, stderr
    found = json.loads(stdout)
    assert (found["status"], found["message"]) == ("feasible", "interrupted")
    assert [check["status"] for check in found["checks"]] == ["confirmed"] * 2
    assert read_schedule(Path(found["schedule"])).n == 10
    assert json.loads((out / "solution.json").read_text())["objective"] == found["objective"]


def _solves(pid: int) -> bool:
    """Whether a process has a child, its solver."""
    done = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, check=False
    )
    return bool(done.stdout.strip())


def test_a_bad_file_is_an_error_of_that_file(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """The others are solved; the report names the file, and the exit code is that of bad input."""
    scripted(monkeypatch, stop="none")
    (folder / "bad.toml").write_text("no [ toml")
    (folder / "odd.toml").write_text(FILE.format("p9"))
    table, junit = tmp_path / "t.md", tmp_path / "j.xml"
    done = run("check", folder, "--table", table, "--junit", junit, "--json")
    assert done.exit_code == 2
    found = json.loads(done.stdout)
    assert found["totals"] == {"ok": 3, "fail": 0, "limit": 0, "new": 0, "error": 2}
    bad = found["instances"][0]
    assert (bad["instance"], bad["outcome"], bad["result"]) == (None, "error", None)
    assert bad["file"] == str(folder / "bad.toml")
    assert "TOML" in bad["reason"]
    assert "objective: 'p9' is not allowed" in done.stderr
    cases = ET.parse(junit).getroot()[0]
    assert (cases.get("tests"), cases.get("errors"), cases.get("failures")) == ("5", "2", "0")
    assert table.read_text(encoding="utf-8").count("| error") == 2
    assert run("check", folder, "--filter", "bad").exit_code == 2
    assert run("check", folder, "--filter", "p1.toml").exit_code == 0
    (folder / "p2.toml").write_text(FILE.format("p2") + EXPECTED.format(901))
    assert run("check", folder).exit_code == 1, "a wrong optimum is worse than a bad file"
