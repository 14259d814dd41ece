"""The commands on threshold automata."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli import app
from tests.automaton.others import FOLDER as SHARED
from tests.automaton.others import needs_others

FOLDER = Path(__file__).parents[2] / "instances" / "automata"
SIZES = ["--param", "N=4", "--param", "T=1", "--param", "F=1"]


def invoke(*words: str):
    return CliRunner().invoke(app, ["automaton", "check", *words])


def test_a_sound_automaton_holds():
    """Exit code 0 and a line per specification, liveness among them."""
    result = invoke(str(FOLDER / "srikanth-toueg-1987.ta"), *SIZES)
    assert result.exit_code == 0
    assert "unforgeability: holds  (N = 4, T = 1, F = 1)" in result.stdout
    assert "relay: holds  (N = 4, T = 1, F = 1)" in result.stdout


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
    assert found["relay"]["status"] == "holds"


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


@needs_others
@pytest.mark.parametrize("name", ["aba", "frb", "nbacg", "strb"])
@pytest.mark.parametrize("size", [(4, 1, 1), (7, 2, 2), (40, 13, 13)])
def test_automata_of_others_hold(name: str, size: tuple[int, int, int]):
    """The verdicts that TACO reports, at three sizes."""
    path = SHARED / f"{name}.ta"
    names = ("N",) if name == "nbacg" else ("N", "T", "F")
    words = [w for n, v in zip(names, size, strict=False) for w in ("--param", f"{n}={v}")]
    result = invoke(str(path), *words)
    assert result.exit_code == 0, result.output


@needs_others
def test_one_step_consensus_of_others_holds_without_faults():
    """Both premises of cf1s ask for F = 0."""
    path = SHARED / "cf1s.ta"
    for n, t in ((4, 1), (7, 2)):
        words = ["--param", f"N={n}", "--param", f"T={t}", "--param", "F=0"]
        result = invoke(str(path), *words)
        assert result.exit_code == 0, result.output


@pytest.mark.parametrize(
    ("words", "code", "line"),
    [
        (["--all"], 0, "relay: holds  (all N, T, F with "),
        (["--all", "--spec", "relay", "--cross", "5"], 0, "relay: holds: MILP up to 5: the same"),
        (["--all", "--assume", "N >= 7", "--time-limit", "0"], 3, "undecided: time limit"),
        (["--all", "--slots", "1", "--spec", "relay"], 3, "a proof takes"),
    ],
)
def test_all_sizes(words: list[str], code: int, line: str):
    """Verdicts state their range, and limits their exit code."""
    result = invoke(str(FOLDER / "srikanth-toueg-1987.ta"), *words)
    assert result.exit_code == code, result.output
    assert line in result.stdout


def test_a_violation_for_all_sizes_is_the_least_and_is_kept(tmp_path: Path):
    """Schedule, trace and picture; nothing smaller violates it."""
    path = FOLDER / "tendermint-2018.ta"
    words = ["--all", "--spec", "alone", "--out", str(tmp_path)]
    result = invoke(str(path), *words)
    assert result.exit_code == 1
    assert "alone: violated  (N = 7, T = 2, F = 2)" in result.stdout
    assert "proven: no N below 7 violates it" in result.stdout
    kept = json.loads((tmp_path / "alone-N7-T2-F2.json").read_text("utf-8"))
    assert kept["parameters"] == {"N": 7, "T": 2, "F": 2}
    trace = json.loads((tmp_path / "alone-N7-T2-F2.itf.json").read_text("utf-8"))
    assert len(trace["states"]) == len(kept["run"]) + 1
    assert sum(trace["states"][-1][name] for name in ("prevote", "decided_a", "decided_b")) <= 5
    assert "plotly" in (tmp_path / "alone-N7-T2-F2.html").read_text("utf-8")


def test_what_is_not_supported_is_no_success(tmp_path: Path):
    """Exit code 3 where anything asked for is open, whatever else holds."""
    path = tmp_path / "open.ta"
    odd = "odd: !((([](idle == 0)) U (asked == 0)) W (idle == 0));\n    support:"
    path.write_text((FOLDER / "srikanth-toueg-1987.ta").read_text("utf-8").replace("support:", odd))
    for words in (["--all"], SIZES):
        result = invoke(str(path), *words)
        assert result.exit_code == 3, result.output
        assert "odd: unsupported: " in result.stdout
        assert "unforgeability: holds" in result.stdout
    assert invoke(str(path), "--all", "--spec", "support").exit_code == 0


@pytest.mark.parametrize(
    ("there", "instead", "said"),
    [
        ("echoes' == echoes + 1", "echoes' == 0", "resets are not supported"),
        ("echoes' == echoes + 1", "reset(echoes)", "resets are not supported"),
        ("echoes' == echoes + 1", "echoes' == echoes - 1", "decrements are not supported"),
    ],
)
def test_what_is_refused_by_name_is_no_wrong_input(
    tmp_path: Path, there: str, instead: str, said: str
):
    """A file that others decide and milpbft does not ends with 3, and says what and where."""
    text = (FOLDER / "srikanth-toueg-1987.ta").read_text("utf-8")
    assert there in text
    path = tmp_path / "reset.ta"
    path.write_text("\ufeff" + text.replace(there, instead, 1), "utf-8")
    result = invoke(str(path), "--all")
    assert result.exit_code == 3, result.output
    assert said in result.stderr
    assert "line " in result.stderr
    path.write_text("\ufeff" + text, "utf-8")
    assert invoke(str(path), "--all").exit_code == 0


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["--all", "--param", "N=4"], "all: '--param, --free' is not allowed"),
        ([*SIZES, "--cross", "4"], "cross: 4 is not allowed"),
        (["--all", "--assume", "N >"], "assume: 'N >' is not allowed"),
        (["--all", "--assume", "N < 2"], "sizes at which a run starts"),
        (["--all", "--unknown", "a=1..2"], "unknown: 'a=1..2' is not allowed; one value"),
    ],
)
def test_unusable_words_about_all_sizes_are_one_line(words: list[str], line: str):
    """Exit code 2 and what is wrong."""
    result = invoke(str(FOLDER / "srikanth-toueg-1987.ta"), *words)
    assert result.exit_code == 2
    assert line in result.stderr
    assert result.stderr.count("\n") == 1


TEMPLATE = """skel echo {
  shared echoes; parameters N, F; unknowns c;
  assumptions (3) { N > F; 0 <= c; c <= 2; }
  locations (2) { idle: [0]; accepted: [1]; }
  inits (1) { idle == N - F; }
  rules (1) { 0: idle -> accepted when (echoes + F >= F + c) do { echoes' == echoes + 1; }; }
  specifications (1) { sound: [](accepted == 0); }
}"""


def test_synthesis_prints_what_holds(tmp_path: Path):
    """One line per assignment, and what excludes the others; none at all is exit code 1."""
    path = tmp_path / "echo.ta"
    path.write_text(TEMPLATE)
    result = CliRunner().invoke(app, ["automaton", "synthesise", str(path)])
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "holds      c = 1",
        "holds      c = 2",
        "2 of 3 assignments hold for all parameters",
        "1 excluded by 1 violations of sound",
    ]
    result = CliRunner().invoke(app, ["automaton", "synthesise", str(path), "--unknown", "c=0"])
    assert result.exit_code == 1
    assert "none of 1 assignments: proven" in result.stdout
    result = invoke(str(path), "--all", "--unknown", "c=1")
    assert result.exit_code == 0
    assert "needs a value" in invoke(str(path), "--all").stderr
