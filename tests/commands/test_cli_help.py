"""The command line: help, version, and a bare call."""

from __future__ import annotations

import re

import pytest
from typer.testing import CliRunner, Result

import cli
from milpbft import __version__

COMMANDS = ("list", "describe", "solve", "generate", "check", "replay", "simulate", "claims")


def run(*args: str) -> Result:
    return CliRunner(env={"COLUMNS": "100"}).invoke(cli.app, args)


def plain(text: str) -> str:
    """Drop colours, which Typer's help has on CI systems too."""
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_has_an_example(command: str):
    """Every command explains itself, with an example that starts with its name."""
    result = run(command, "--help")
    assert result.exit_code == 0
    assert f"Example: milpbft {command} " in plain(result.stdout)


def test_version_and_bare_call():
    """The version is that of the package; a bare call shows the commands."""
    assert run("--version").stdout == f"milpbft {__version__}\n"
    bare = run()
    assert bare.exit_code == 2
    assert all(command in plain(bare.output) for command in COMMANDS)


def test_short_help_and_completion():
    """``-h`` is help, and shells complete names of commands."""
    assert "Usage" in plain(run("solve", "-h").stdout)
    words = {"COMP_WORDS": "milpbft des", "COMP_CWORD": "1", "_MILPBFT_COMPLETE": "complete_bash"}
    found = CliRunner(env=words).invoke(cli.app, [], prog_name="milpbft")
    assert found.stdout.split() == ["describe"]
