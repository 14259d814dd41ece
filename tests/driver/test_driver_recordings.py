"""Recordings that were damaged: one line each, and never an agreement."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

import cli
from milpbft.driver.conform import record
from milpbft.driver.recording import read_recordings
from milpbft.errors import InputError
from milpbft.sim.bench import Setup

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Run = dict[str, Any]


@pytest.fixture(scope="module")
def lines() -> tuple[str, ...]:
    return tuple(one.line() for one in record(Setup("dbft2", 4, 40, 1000, "neo-go"), range(2)))


def _first(run: Run, named: str) -> Run:
    return next(step for step in run["steps"] if step.get(named))


DAMAGED: dict[str, tuple[Callable[[Run], object], str]] = {
    "no steps": (lambda run: run.update(steps=[]), "steps"),
    "no states at the start": (lambda run: run.update(start=[]), "start"),
    "a state less at the start": (lambda run: run["start"].pop(), "start"),
    "no state after an input": (lambda run: _first(run, "state").pop("state"), r"steps\.0\.state"),
    "a number for a state": (lambda run: _first(run, "state").update(state=7), r"steps\.0\.state"),
    "an empty state": (lambda run: _first(run, "state").update(state={}), r"steps\.0\.state"),
    "a text for what is sent": (lambda run: _first(run, "sent").update(sent="x"), "sent"),
    "a message of no kind": (lambda run: _first(run, "sent")["sent"][0].pop("kind"), "kind"),
    "a list for a kind": (lambda run: _first(run, "sent")["sent"][0].update(kind=[]), "kind"),
    "no such input": (lambda run: run["steps"][0].update(op="sleep"), r"steps\.0\.op"),
    "an input of nobody": (lambda run: run["steps"][0].update(node=None), r"steps\.0\.node"),
}


@pytest.mark.parametrize("damage", DAMAGED)
def test_a_damaged_recording_is_refused_in_a_line(
    tmp_path: Path, lines: tuple[str, ...], damage: str
):
    change, field = DAMAGED[damage]
    run = json.loads(lines[1])
    change(run)
    path = tmp_path / "runs.jsonl"
    path.write_text(lines[0] + json.dumps(run) + "\n")
    with pytest.raises(InputError, match=rf"line 2\..*{field}"):
        list(read_recordings(path))
    result = CliRunner().invoke(cli.app, ["conform", "--recording", str(path)])
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)


def test_a_message_that_is_missing_is_noticed_by_the_numbers(
    tmp_path: Path, lines: tuple[str, ...]
):
    run = json.loads(lines[0])
    sends = [step for step in run["steps"] if step.get("sent")]
    assert len(sends) > 2
    run["steps"].remove(sends[1])
    path = tmp_path / "runs.jsonl"
    path.write_text(json.dumps(run) + "\n")
    with pytest.raises(InputError, match="one by one"):
        list(read_recordings(path))


def test_what_is_whole_is_read(tmp_path: Path, lines: tuple[str, ...]):
    path = tmp_path / "runs.jsonl"
    path.write_text("".join(lines))
    assert [one.line() for one in read_recordings(path)] == list(lines)
