"""The commands on Proof of Vote, and the figures they draw."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import typer
from typer.testing import CliRunner

from milpbft.commands import console
from milpbft.pov import command
from milpbft.pov.figures import ALPHAS, CHAINS, figure6, figure7, figure8
from milpbft.pov.formulas import random_number
from milpbft.pov.reference.replay import replay
from milpbft.schedule.files import read_schedule

if TYPE_CHECKING:
    from pathlib import Path

APP = typer.Typer(cls=console.Commands)
APP.add_typer(command.app, name="pov")
PAPER = ("--commissioners", "20", "--butlers", "50", "--candidates", "200")


def run(*words: str):
    return CliRunner().invoke(APP, ["pov", *words])


def test_the_papers_k():
    """81 on standard output; what the words would have it be on standard error."""
    result = run("k", *PAPER)
    assert result.exit_code == 0
    assert result.stdout == "81\n"
    assert result.stderr == "note: 91 with more-than-half: 11 votes or more\n"
    assert run("k", *PAPER, "--reading", "more-than-half").stdout == "91\n"


def test_k_as_json():
    found = json.loads(run("k", *PAPER, "--json").stdout)
    assert found["k"] == 81
    assert found["p1_below"] < found["p2"] < found["p1"]
    assert found["readings"] == {"at-least-half": 81, "more-than-half": 91, "rounded-down": 81}


@pytest.mark.parametrize(
    ("words", "field"),
    [
        (("k", "--commissioners", "20", "--butlers", "200", "--candidates", "200"), "butlers"),
        (("k", "--commissioners", "0", "--butlers", "2", "--candidates", "3"), "commissioners"),
        (("k", *PAPER, "--reading", "half"), "reading"),
        (("reward", "--candidates", "0", "--cost", "1"), "candidates"),
        (("cutoff", "--cycle-length", "0", "--butlers", "2"), "length"),
        (("draw", "zz", "--timestamp", "1", "--butlers", "2"), "signatures"),
        (("simulate", "--byzantine", "8"), "faults"),
        (("simulate", "--crash", "1"), "crash"),
        (("simulate", "--deliver", "2"), "deliver"),
        (("simulate", "--runs", "0"), "runs"),
        (("simulate", "--rounds", "0"), "rounds"),
        (("odds", "--commissioners", "2", "--candidates", "4", "--votes", "1", "--alpha", "1"),
         "alpha"),
    ],
)  # fmt: skip
def test_unusable_input_is_one_line(words: tuple[str, ...], field: str):
    result = run(*words)
    assert result.exit_code == 2
    assert result.stderr.startswith(f"error: {field}: ")
    assert result.stderr.count("\n") == 1


def test_odds():
    words = ("odds", "--commissioners", "20", "--candidates", "200", "--votes", "81")
    found = json.loads(run(*words, "--butlers", "50", "--alpha", "0.1", "--json").stdout)
    assert found["P2"] < found["P1"] < found["P3"]
    assert (found["alpha_above"], found["alpha_below"]) == (-0.405, 0.595)
    assert "P1               0.2595158972" in run(*words).stdout


def test_reward_and_cutoff():
    """Inequality 8 is strict; a round of 50 butlers takes 750 s at most."""
    at = ("reward", "--candidates", "200", "--cost", "0.5", "--json", "--reward")
    assert json.loads(run(*at, "100").stdout) == {
        "break_even": 100.0, "mean_reward": 0.0, "survives": False
    }  # fmt: skip
    assert json.loads(run(*at, "101").stdout)["survives"] is True
    shown = run("cutoff", "--cycle-length", "15", "--butlers", "50", "--cycle", "3").stdout
    assert shown.split() == ["cutoff", "45", "round", "length", "45", "longest", "round", "750"]


def test_draw():
    words = ("draw", "aa" * 64, "bb" * 64, "--timestamp", "9", "--butlers", "7")
    want = random_number([b"\xaa" * 64, b"\xbb" * 64], 9, 7)
    assert run(*words).stdout == f"{want}\n"
    assert json.loads(run(*words, "--json").stdout)["r"] == want


def test_simulate(tmp_path: Path):
    """A prompt network makes a block a round; the kept schedule replays."""
    words = ("simulate", "--deliver", "1", "--runs", "2", "--seed", "4", "--out", str(tmp_path))
    result = run(*words)
    assert result.exit_code == 0
    assert result.stdout.splitlines()[-1] == "2 runs of pov, 9 nodes: 0 forks"
    assert (
        "seed 4      heights 2 to 2   valid blocks per height 1 1   conflicting 0" in result.stdout
    )
    assert replay(read_schedule(tmp_path / "seed-5.json"))


def test_simulate_finds_forks():
    """A Byzantine butler and slow messages: exit code 1, and the heights with several blocks."""
    words = ("simulate", "--byzantine", "5", "--deliver", "0.4", "--rounds", "1", "--cycle-length",
             "12", "--runs", "15", "--json")  # fmt: skip
    result = run(*words)
    found = json.loads(result.stdout)
    assert result.exit_code == 1
    assert found["forks"] == sum(one["fork"] for one in found["runs"]) > 0
    assert all((max(one["valid"].values(), default=0) > 1) == one["fork"] for one in found["runs"])


def test_figures_are_written(tmp_path: Path):
    result = run("figures", "--out", str(tmp_path), "--json")
    paths = json.loads(result.stdout)["figures"]
    assert [path.rpartition("/")[2] for path in paths] == [f"figure{i}.html" for i in range(1, 9)]
    assert "Smallest K with P1" in (tmp_path / "figure6.html").read_text("utf-8")


def test_figure_6_crosses_at_81():
    """The curves that are drawn cross between 80 and 81."""
    chances = {trace.name: trace.y for trace in figure6().data[:2]}
    above = [k for k in range(201) if chances["P1"][k] > chances["P2"][k]]
    assert above == list(range(81, 201))


def test_figure_7_has_only_admissible_points():
    """Seven curves; alpha = 0.3 ends below K = 140, alpha = -0.3 begins above K = 60."""
    curves = dict(zip(ALPHAS, figure7().data, strict=True))
    assert (curves[0.3].x[0], curves[0.3].x[-1]) == (0, 139)
    assert curves[-0.3].x[0] == 61
    assert all(0 <= y <= 1 for curve in curves.values() for y in curve.y)


def test_figure_8_has_the_papers_minutes():
    """Bitcoin 60, Ethereum about 15, Litecoin 70, Dogecoin 47, Proof of Vote a quarter."""
    minutes = dict(zip([chain.name for chain in CHAINS], figure8().data[0].y, strict=True))
    assert minutes["Bitcoin"] == 60
    assert round(minutes["Ethereum"]) == 15
    assert minutes["Litecoin"] == 70
    assert minutes["Dogecoin"] == 47
    assert minutes["Proof of Vote"] == 0.25
