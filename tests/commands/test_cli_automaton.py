"""The commands on threshold automata."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli import app

FOLDER = Path(__file__).parents[2] / "instances" / "automata"
SHARED = Path(__file__).parents[3] / "shared" / "ta"
SIZES = ["--param", "N=4", "--param", "T=1", "--param", "F=1"]


def invoke(*words: str):
    return CliRunner().invoke(app, ["automaton", "check", *words])


def test_a_sound_automaton_holds():
    """Exit code 0, a line per specification, and liveness named as not supported."""
    result = invoke(str(FOLDER / "srikanth-toueg-1987.ta"), *SIZES)
    assert result.exit_code == 0
    assert "unforgeability: holds  (N = 4, T = 1, F = 1)" in result.stdout
    assert "relay: unsupported: liveness" in result.stdout


def test_a_broken_automaton_comes_with_its_run():
    """Exit code 1, and the steps that lead there."""
    result = invoke(str(FOLDER / "srikanth-toueg-1987-broken.ta"), *SIZES)
    assert result.exit_code == 1
    assert "start: 3 in idle" in result.stdout
    assert "1 take r2: echoed -> accepted" in result.stdout


def test_json_has_every_specification():
    """One object; violations with parameters, start and run."""
    path = FOLDER / "srikanth-toueg-1987-broken.ta"
    result = invoke(str(path), "--free", "N=4..9", "--free", "T=1..2", "--free", "F=0..2", "--json")
    found = {one["specification"]: one for one in json.loads(result.stdout)["specifications"]}
    assert found["unforgeability"]["parameters"] == {"N": 4, "T": 1, "F": 1}
    assert sum(step["count"] for step in found["unforgeability"]["run"]) == 3
    assert found["support"]["status"] == "holds"
    assert found["relay"]["status"] == "unsupported"


def test_a_range_is_tried_value_by_value():
    """N from 4 to 6 gives three lines."""
    words = ["--param", "N=4..6", "--param", "T=1", "--param", "F=1", "--spec", "unforgeability"]
    result = invoke(str(FOLDER / "srikanth-toueg-1987.ta"), *words)
    assert result.stdout.count("unforgeability: holds") == 3


def test_too_few_slots_are_no_proof():
    """Exit code 3: nothing found, nothing proven."""
    result = invoke(str(FOLDER / "bracha-1987.ta"), *SIZES, "--slots", "1")
    assert result.exit_code == 3
    assert "a proof takes" in result.stdout


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["--param", "N=4"], "param: 'T' is not allowed; needs a value"),
        (["--param", "N=x"], "param: 'N=x' is not allowed; NAME=VALUE"),
        ([*SIZES, "--spec", "nothing"], "specification: 'nothing' is not allowed"),
        ([*SIZES, "--param", "X=1"], "param: 'X' is not allowed; one of N, T, F"),
        (["--param", "N=3", "--param", "T=1", "--param", "F=1"], "assumes"),
    ],
)
def test_unusable_input_is_one_line(words: list[str], line: str):
    """Exit code 2 and what is wrong."""
    result = invoke(str(FOLDER / "srikanth-toueg-1987.ta"), *words)
    assert result.exit_code == 2
    assert line in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("name", ["aba", "frb", "nbacg", "strb"])
@pytest.mark.parametrize("size", [(4, 1, 1), (7, 2, 2), (40, 13, 13)])
def test_automata_of_others_hold(name: str, size: tuple[int, int, int]):
    """The verdicts that TACO reports, at three sizes."""
    path = SHARED / f"{name}.ta"
    if not path.exists():
        pytest.skip("the threshold automata of others are not beside this clone")
    names = ("N",) if name == "nbacg" else ("N", "T", "F")
    words = [w for n, v in zip(names, size, strict=False) for w in ("--param", f"{n}={v}")]
    result = invoke(str(path), *words)
    assert result.exit_code == 0, result.output


def test_one_step_consensus_of_others_holds_without_faults():
    """Both premises of cf1s ask for F = 0."""
    path = SHARED / "cf1s.ta"
    if not path.exists():
        pytest.skip("the threshold automata of others are not beside this clone")
    for n, t in ((4, 1), (7, 2)):
        words = ["--param", f"N={n}", "--param", f"T={t}", "--param", "F=0"]
        result = invoke(str(path), *words)
        assert result.exit_code == 0, result.output
