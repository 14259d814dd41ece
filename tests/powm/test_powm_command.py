"""The commands on parallel proof of work, and the figures they draw."""

from __future__ import annotations

import json
from itertools import combinations
from typing import TYPE_CHECKING

import pytest
import typer
from typer.testing import CliRunner

from milpbft.commands import console
from milpbft.powm import command, figures
from milpbft.powm.formulas import table3
from milpbft.powm.study import MODELS, Figure5
from tests.powm.optima import optimum

if TYPE_CHECKING:
    from pathlib import Path

APP = typer.Typer(cls=console.Commands)
APP.add_typer(command.app, name="mine")


def run(*words: str):
    return CliRunner().invoke(APP, ["mine", *words])


def found(*words: str):
    result = run(*words, "--json")
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


def test_mining_for_real():
    """One worker, ten zeros: valid blocks, and hashes per second."""
    mined = found("run", "--workers", "1", "--zeros", "10", "--blocks", "2", "--set-size", "500")
    assert len(mined["nonces"]) == 2
    assert mined["hashes_per_second"] > 0
    assert mined["hashes"] >= max(mined["nonces"])


def test_mining_in_simulated_time():
    """A network with its baselines: one failure costs little, and solo mining much."""
    said = found("run", "--rates", "1x30_2x10", "--managers", "3", "--blocks", "30", "--compare")
    assert said["paid"] == 30 * 1_000_000
    assert said["together"] <= said["failing"] < said["without_support"]
    assert said["own_records"] < said["one_record"]


def test_a_failure_in_block_seven(tmp_path: Path):
    """Figure 5: 71, 14 and 14 ticks in block 7, and nothing in others."""
    page = tmp_path / "figure.html"
    said = found("fail", "--draw", str(page))
    assert said["no_support"] == [10] * 6 + [71] + [10] * 3
    assert said["hashing_support"] == [10] * 6 + [14] + [10] * 3
    assert said["idle_support"] == [12] * 6 + [14] + [12] * 3
    assert "plotly" in page.read_text()


def test_a_captured_election():
    """What 40 % of the work buys, near the formula."""
    said = found("elect", "--epochs", "300")
    assert abs(said["managed"] - said["managed_by_formula"]) < 0.12
    assert "managed_by_formula" not in found("elect", "--epochs", "20", "--final")


def test_a_schedule_is_replayed(tmp_path: Path):
    """Confirmed as it is, and refuted where its value is another."""
    schedule = optimum("powmelect-w2-a1-k1-v1-managed")
    file = tmp_path / "run.json"
    file.write_text(schedule.to_json())
    assert run("replay", str(file)).stdout == "confirmed\n"
    file.write_text(schedule.to_json().replace('"value": "10"', '"value": "11"'))
    result = run("replay", str(file))
    assert result.exit_code == 1
    drawn = run("replay", str(file), "--draw", str(tmp_path / "run.html"))
    assert drawn.exit_code == 2
    assert result.stdout == "refuted: managed: 10 in the run, 11 in the schedule\n"


@pytest.mark.parametrize(
    "words",
    [
        ("run", "--workers", "0"),
        ("run", "--zeros", "300"),
        ("run", "--blocks", "0"),
        ("run", "--set-size", "0"),
        ("run", "--rates", "1x5", "--managers", "0"),
        ("run", "--rates", "1x5", "--managers", "5"),
        ("run", "--rates", "0x5"),
        ("fail", "--nodes", "2"),
        ("fail", "--block", "11"),
        ("fail", "--set-ticks", "0"),
        ("elect", "--coalition", "21"),
        ("elect", "--epochs", "0"),
        ("elect", "--tickets", "0"),
        ("elect", "--lies", "-1"),
        ("elect", "--lies", "21"),
        ("run", "--compare"),
        ("run", "--rates", "1x5", "--block-ticks", "0"),
        ("run", "--rates", "1x5", "--latency", "-1"),
        ("fail", "--blocks", "0"),
        ("fail", "--goal", "0"),
        ("fail", "--detect", "-1"),
        ("replay", "nowhere.json"),
    ],
)
def test_what_cannot_be_used(words: tuple[str, ...]):
    """One line, and exit code 2."""
    result = run(*words)
    assert result.exit_code == 2
    assert len(result.stderr.strip().splitlines()) == 1


def test_figures_show_what_they_say():
    """Traces, their lengths, and where lines stand."""
    fits = figures.draw_table3()
    assert len(fits.data) == 1 + 2 * len(table3.CURVES)
    assert list(fits.data[0].y) == list(table3.TABLE3)
    times = figures.draw_times(range(1, 4))
    assert [len(line.y) for line in times.data] == [3] * 5
    assert times.data[2].y[0] * 7 == pytest.approx(times.data[3].y[0])
    failing = figures.draw_figure5(Figure5(goal=14, blocks=2, failing=2))
    assert [bar.name for bar in failing.data] == list(MODELS)
    assert len(figures.draw_sets().layout.shapes) == 3
    stock = figures.draw_stock(2, (0, 1))
    assert list(stock.data[1].y) == [34, 33, 32]
    captured = figures.draw_captured()
    assert captured.data[1].y[100] == pytest.approx(2 / 3)


def test_a_takeover_marks_what_is_granted_again(tmp_path: Path):
    """Four nonces of B7, in two sets with a red frame; the command draws it as a page."""
    schedule = optimum("powmfail-g2-d1-e1-t8-m1-b1-twice-rates-1x2")
    figure = figures.draw_takeover(schedule)
    again = [trace for trace in figure.data if "again" in trace.hovertext]
    assert len(again) == 2
    red = [shape for shape in figure.layout.shapes if shape.line.color == "#D55E00"]
    assert len(red) == 2
    words = [one.text for one in figure.layout.annotations if "node" in one.text]
    assert words == ["node 0 crashes", "node 1 takes over"]
    file, page = tmp_path / "run.json", tmp_path / "run.html"
    file.write_text(schedule.to_json())
    assert run("replay", str(file), "--draw", str(page)).exit_code == 0
    assert "granted again" in page.read_text()


def test_two_managers_at_one_tick_stand_beside_each_other():
    """Of C2, whose sides are granted nonces at the same ticks: no two sets cover each other."""
    schedule = optimum("powmcut-g2-d1-e1-t8-w6-twice-rates-1x3")
    figure = figures.draw_takeover(schedule)
    sets = [one for one in figure.layout.shapes if one.fillcolor]
    for one, other in combinations(sets, 2):
        apart = one.x1 <= other.x0 or other.x1 <= one.x0 or one.y1 <= other.y0 or other.y1 <= one.y0
        assert apart
