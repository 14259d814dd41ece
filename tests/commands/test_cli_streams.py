"""Standard output has the object of ``--json`` and nothing else, whoever else prints."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NOISY = """
import ctypes, os, sys
from typer.testing import CliRunner
from milpbft import suite
import cli

def noisy(run):
    def wrapped(*args):
        print("a library's word")
        sys.stdout.write("another\\n")
        os.write(1, b"of the system\\n")
        ctypes.CDLL(None).printf(b"of C, which is still in its buffer\\n")
        return run(*args)
    return wrapped

from milpbft.commands import solve
solve.run = noisy(solve.run)
cli.main()
"""

FULL = """
import sys
import cli

class Full:
    encoding = "utf-8"
    def write(self, text):
        raise OSError(28, "No space left on device")
    def flush(self):
        pass
    def isatty(self):
        return False
    def fileno(self):
        raise OSError("no number")

sys.stdout = Full()
cli.main()
"""
CLOSED = """
import sys
import cli

sys.stdout = None
cli.main()
"""


def run(*words: str, program: tuple[str, ...] = ("cli.py",)) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *program, *words]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("form", ["mps", "mps.gz"])
def test_models_are_written_without_a_word(tmp_path: Path, form: str):
    """HiGHS, which writes MPS, prints no banner, not even beside the object."""
    done = run("generate", "dbft2-n4-t5-p1", "--format", form, "--out", str(tmp_path), "--json")
    assert len(json.loads(done.stdout)["models"]) == 1
    assert "HiGHS" not in done.stdout + done.stderr
    plain = run("generate", "dbft2-n4-t5-p1", "--format", form, "--out", str(tmp_path))
    assert plain.stdout.startswith(f"{tmp_path}/dbft2-n4-t5-p1-compact.{form}\n")


def test_only_the_object_is_on_standard_output():
    """What Python, the system or a library in C prints under --json goes to standard error."""
    done = run("solve", "dbft2-n4-t5-p1", "--json", program=("-c", NOISY))
    assert json.loads(done.stdout)["objective"] == 1400
    for word in ("a library's word", "another", "of the system", "of C, which"):
        assert word in done.stderr


def test_without_json_standard_output_is_as_it_was():
    """Only who asks for one object gets nothing but it."""
    done = run("solve", "dbft2-n4-t5-p1", program=("-c", NOISY))
    assert "a library's word" in done.stdout
    assert "1400" in done.stdout


@pytest.mark.parametrize("words", [("list",), ("list", "--json")])
def test_an_output_that_takes_nothing_is_told_in_a_line(words: tuple[str, ...]):
    """As where the disk is full."""
    done = run(*words, program=("-c", FULL))
    assert (done.returncode, done.stderr) == (2, "error: output: No space left on device\n")


@pytest.mark.parametrize("words", [("list",), ("list", "--json")])
def test_an_output_that_was_closed_is_no_error(words: tuple[str, ...]):
    done = run(*words, program=("-c", CLOSED))
    assert (done.returncode, done.stderr) == (0, "")
