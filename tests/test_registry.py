"""The registry: what is built in, and what other packages bring."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from milpbft.errors import InputError
from milpbft.registry import BUILT_IN, PROTOCOLS, Entry, Protocols, commands, find

ROOT = Path(__file__).parents[1]
ENTRY = """
from milpbft.registry import Entry
import typer

app = typer.Typer()

@app.command()
def hello() -> int:
    print("hello from outside")
    return 0

ACME = Entry("Acme", "acme:ROOM", {}, commands={"acme": "acme:app"})
OTHER = "no entry"
"""
POINTS = """[milpbft.rooms]
acme = acme:ACME
absent = nowhere:ROOM
odd = acme:OTHER
dbft2 = acme:OTHER
"""


@pytest.fixture
def outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Install a package by hand: a module, and the file that lists its entry points."""
    (tmp_path / "acme.py").write_text(ENTRY)
    about = tmp_path / "acme-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: acme\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text(POINTS)
    monkeypatch.syspath_prepend(str(tmp_path))
    return tmp_path


@pytest.mark.usefixtures("outside")
def test_a_room_of_another_package_is_found():
    """By its name, and among all; what is built in comes first and cannot be replaced."""
    protocols = Protocols(BUILT_IN)
    assert protocols["acme"].title == "Acme"
    assert "acme" in protocols
    assert list(protocols)[: len(BUILT_IN)] == list(BUILT_IN)
    assert list(protocols)[len(BUILT_IN) :] == ["absent", "acme", "odd"]
    assert protocols["dbft2"] is BUILT_IN["dbft2"]
    assert commands(protocols)["acme"] == "acme:app"


@pytest.mark.usefixtures("outside")
@pytest.mark.parametrize(
    ("name", "reason"), [("absent", "ModuleNotFoundError"), ("odd", "it is a str, no Entry")]
)
def test_a_broken_room_is_named(name: str, reason: str):
    """Whoever asks for it reads which entry point is wrong, and why."""
    with pytest.raises(InputError, match=f"protocol: '{name}' is not allowed.*{reason}"):
        Protocols(BUILT_IN)[name]


def test_nobody_looks_outside_for_what_is_built_in(monkeypatch: pytest.MonkeyPatch):
    """Reading the lists of all installed packages takes time."""

    def fail(**_: object) -> None:
        raise AssertionError("looked outside")

    monkeypatch.setattr("importlib.metadata.entry_points", fail)
    protocols = Protocols(BUILT_IN)
    assert "pbft" in protocols
    assert isinstance(protocols["hgfrr"], Entry)
    with pytest.raises(AssertionError, match="looked outside"):
        list(protocols)


def test_an_unknown_protocol_is_unusable():
    """The error lists what there is."""
    with pytest.raises(InputError, match=f"one of {', '.join(PROTOCOLS)}"):
        find("raft")


@pytest.mark.parametrize("odd", [{"from": 1}, ["pbft"], [], 3, True, None])
def test_what_is_no_name_is_unusable(odd: object):
    """Files may hold anything where a protocol or a semantics is named."""
    with pytest.raises(InputError, match="protocol: "):
        find(odd)
    if odd:
        with pytest.raises(InputError, match="semantics: "):
            find("pbft").question(odd)


def test_the_command_line_has_its_commands(outside: Path):
    """A room from outside brings its commands, listed in the help; broken ones spoil nothing."""
    paths = os.pathsep.join([str(outside), str(ROOT)])
    environment = os.environ | {"PYTHONPATH": paths, "COLUMNS": "100"}

    def run(*words: str) -> str:
        command = [sys.executable, str(ROOT / "cli.py"), *words]
        return subprocess.run(
            command, env=environment, capture_output=True, text=True, check=True
        ).stdout

    assert run("acme") == "hello from outside\n"
    assert " acme " in run("--help")
