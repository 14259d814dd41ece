"""Documents say what happens: their commands are run, and what they show must come out.

A fence of type ``console`` is a session: every line that begins with ``$`` is run, in one directory
per document, and must end with exit code 0. Bash runs it or, where it is ``milpbft`` with words and
nothing of a shell, this process: imports cost more than most of these solves. What follows a
command is its output: lines must appear in that order, without others between, where ``...`` stands
for any lines, or within a line for any text. Spaces and numbers with a point (seconds, versions)
may differ. ``make`` targets, which would run the tests within the tests, must exist. Other types of
shell fences are not allowed.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from typer.testing import CliRunner

from cli import app
from tests.guide.installing import install

ROOT = Path(__file__).parents[1]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted(ROOT.glob("docs/*.md")), ROOT / "benchmarks/README.md"]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!https?:)([^)#]+)")
TARGET = re.compile(r"`(?:\$ )?make ([a-z-]+)|^\$ make ([a-z-]+)", re.MULTILINE)


class Step(NamedTuple):
    """A command and the output that is shown for it."""

    command: str
    shown: list[str]


def session(text: str) -> list[Step]:
    """Return the commands of all console fences of a page."""
    steps: list[Step] = []
    for kind, body in FENCE.findall(text):
        if kind != "console":
            continue
        for line in body.splitlines():
            if line.startswith("$ "):
                steps.append(Step(line.removeprefix("$ "), []))
            else:
                steps[-1].shown.append(line)
    return steps


def plain(line: str) -> str:
    """Leave out what may differ from run to run."""
    return re.sub(r"\d+(\.\d+)+", "#", " ".join(line.split()))


def missing(shown: list[str], printed: list[str]) -> str | None:
    """Return the first shown line that is not where it should be; None if all are there."""
    rest = [plain(line) for line in printed]
    anywhere = False
    for line in map(plain, shown):
        if line == "...":
            anywhere = True
            continue
        pattern = re.escape(line).replace(r"\.\.\.", ".*")
        places = range(len(rest)) if anywhere else range(min(1, len(rest)))
        place = next((k for k in places if re.fullmatch(pattern, rest[k])), None)
        if place is None:
            return line
        rest, anywhere = rest[place + 1 :], False
    return None if anywhere or not shown or not any(rest) else f"nothing after; got {rest[0]}"


def run_here(command: str) -> subprocess.CompletedProcess[str] | None:
    """Run a line that is ``milpbft`` with words, in this process; None for every other line."""
    if not command.startswith("milpbft ") or set(command) & set("|&;<>$*"):
        return None
    words = shlex.split(command)[1:]
    done = CliRunner().invoke(app, words, prog_name="milpbft")
    return subprocess.CompletedProcess(words, done.exit_code, done.stdout, done.stderr)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_do_what_the_page_shows(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """Every command of every console fence ends with exit code 0 and prints what is shown."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "instances").symlink_to(ROOT / "instances")
    monkeypatch.setenv("PATH", str(Path(sys.executable).parent), prepend=os.pathsep)
    if page.name == "new-protocol.md":
        guide = install(tmp_path / "packages")
        monkeypatch.setenv("PYTHONPATH", str(guide), prepend=os.pathsep)
    for step in session(page.read_text(encoding="utf-8")):
        if step.command.startswith("make "):
            continue
        # The guide's package is not installed here.
        done = None if page.name == "new-protocol.md" else run_here(step.command)
        done = done or subprocess.run(
            ["bash", "-o", "pipefail", "-c", step.command],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, f"{step.command}\n{done.stdout}{done.stderr}"
        printed = done.stdout.splitlines()
        assert missing(step.shown, printed) is None, f"{step.command}\n{done.stdout}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_nothing_on_a_page_is_dead(page: Path):
    """Make targets and linked files exist, and shell commands stand in console fences."""
    text = page.read_text(encoding="utf-8")
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    for inline, prompt in TARGET.findall(text):
        assert (inline or prompt) in targets
    for link in LINK.findall(text):
        assert (page.parent / link).exists(), link
    kinds = {kind for kind, _ in FENCE.findall(text)}
    assert not kinds & {"bash", "sh", "shell"}
    for kind, body in FENCE.findall(text):
        assert kind == "console" or not re.search(r"^\$ ", body, re.MULTILINE)


def test_readme_shows_the_two_commands_of_a_new_checkout():
    """``make demo`` and ``make test`` are what a reader sees first."""
    steps = session((ROOT / "README.md").read_text(encoding="utf-8"))
    assert [step.command for step in steps[:2]] == ["make demo", "make test"]


README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = [
    command
    for row in re.findall(r"^\|.*\?.*\|(.*)\|$", README, re.MULTILINE)
    for command in re.findall(r"`(milpbft [^`]*)`", row)
]


def test_the_readme_is_short_and_answers_questions():
    """Who reads it to the end has read 150 lines at most, and a dozen commands."""
    assert README.count("\n") <= 150
    assert len(COMMANDS) > 10


@pytest.mark.parametrize("command", COMMANDS)
def test_every_question_has_a_command_that_answers_it(command: str, tmp_path: Path):
    """The commands of the table end well, and say something."""
    (tmp_path / "instances").symlink_to(ROOT / "instances")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=tmp_path,
        env=os.environ | {"PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert done.stdout.strip()


@pytest.mark.parametrize(
    ("shown", "found"),
    [
        (["one", "two"], None),
        (["one"], "nothing after; got two"),
        (["two"], "two"),
        (["...", "two"], None),
        (["...", "three"], "three"),
        (["one", "..."], None),
        (["o...", "...wo"], None),
        (["o...x", "two"], "o...x"),
        ([], None),
    ],
)
def test_a_difference_is_noticed(shown: list[str], found: str | None):
    """The comparison of this module sees missing, additional and misplaced lines."""
    assert missing(shown, ["one", "two"]) == found
