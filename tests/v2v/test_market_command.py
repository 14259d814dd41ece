"""The market's commands that keep and check files."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from milpbft.errors import InputError
from milpbft.v2v.command import app
from milpbft.v2v.ledgerfile import read_ledger

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result


def call(*arguments: object) -> Result:
    """Run a command of the group."""
    return CliRunner().invoke(app, list(map(str, arguments)), standalone_mode=False)


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A ledger of one block, and its head as replicas state it."""
    path = tmp_path_factory.mktemp("ledger") / "ledger.json"
    done = call("run", "--seed", 1, "--requests", 20, "--out", path, "--json")
    return path, json.loads(done.stdout)["head"]


def test_a_ledger_is_verified(ledger: tuple[Path, str]):
    """By itself, and by the head."""
    path, head = ledger
    for arguments in ([], ["--head", head]):
        done = call("verify", path, *arguments, "--json")
        assert done.return_value == 0
        found = json.loads(done.stdout)
        assert (found["blocks"], found["transactions"], found["fault"]) == (1, 4, "none")


def test_another_amount_is_found_by_the_head(ledger: tuple[Path, str], tmp_path: Path):
    """The last block may say anything where nobody states the head."""
    path, head = ledger
    content = json.loads(path.read_text(encoding="utf-8"))
    content["blocks"][0]["transactions"][0][5] += 1
    forged = tmp_path / "forged.json"
    forged.write_text(json.dumps(content), encoding="utf-8")
    assert call("verify", forged).return_value == 0
    assert call("verify", forged, "--head", head).return_value == 1


@pytest.mark.parametrize("text", ["", "{}", '{"head": "", "blocks": [1]}', "[]",
                                  '{"head": "", "blocks": [{"height": 1, "previous": "zz", '
                                  '"transactions": []}]}'])  # fmt: skip
def test_what_is_no_ledger(text: str, tmp_path: Path):
    """One line, whatever the file holds."""
    path = tmp_path / "wrong.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="ledger"):
        read_ledger(path)


def test_a_head_is_hexadecimal(ledger: tuple[Path, str]):
    """Anything else is refused."""
    assert isinstance(call("verify", ledger[0], "--head", "head").exception, InputError)


def test_figures_are_chosen_by_name(tmp_path: Path):
    """One of them, drawn."""
    done = call("figures", "--out", tmp_path, "--only", "blocking", "--json")
    assert done.return_value == 0
    assert (tmp_path / "blocking.html").is_file()
    assert isinstance(call("figures", "--out", tmp_path, "--only", "nothing").exception, InputError)
