"""The command line of the overlay, through Typer's runner."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
import typer
from typer.testing import CliRunner, Result

from milpbft.commands import console
from milpbft.hgfrr import command
from milpbft.hgfrr.reference.build import build, uniform
from milpbft.hgfrr.reference.world import broadcast, silence
from milpbft.hgfrr.sizes import Sizes

if TYPE_CHECKING:
    from pathlib import Path

app = typer.Typer(cls=console.Commands, pretty_exceptions_enable=False)
app.add_typer(command.app, name="overlay")


@app.callback()
def _app() -> None:
    """Stand in for the project's own command line."""


def invoke(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["overlay", *arguments])


def test_a_broadcast_is_that_of_the_nodes():
    """The numbers are those of a message-by-message run of the same network."""
    result = invoke(
        "broadcast", "--n", "200", "--ring", "8", "--source", "7", "--silent", "3", "--json"
    )
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    topology = build(uniform(200, 0), Sizes(8))
    run = broadcast(topology, 7, failures=silence([3]))
    assert (found["coverage"], found["ticks"], found["messages"]) == (
        run.coverage,
        run.ticks,
        run.messages,
    )
    assert (found["source"], found["silent"]) == (7, [3])
    assert found["ticks"] <= found["bounds"]["ticks"]
    assert found["baselines"] == {}


def test_a_node_that_starts_again_is_run():
    """The contact of the source's ring loses the message, or says it twice to its children."""
    lost = invoke("broadcast", "--n", "100", "--source", "0", "--reload", "15@1", "--json")
    assert json.loads(lost.stdout)["coverage"] == 0.01
    assert json.loads(lost.stdout)["reloads"] == {"15": 1}
    twice = invoke("broadcast", "--n", "100", "--source", "0", "--restart", "15@2")
    assert twice.stdout.splitlines()[0].endswith(", 1 starting again")
    for wrong in (["--reload", "15@0"], ["--restart", "15@1", "--restart", "15@2"],
                  ["--reload", "15@1", "--silent", "15"], ["--reload", "15@1", "--compare"],
                  ["--restart", "15@1", "--reload", "15@1"], ["--restart", "100@1"]):  # fmt: skip
        refused = invoke("broadcast", "--n", "100", "--source", "0", *wrong)
        assert refused.exit_code == 2


def test_compare_prints_a_line_per_method():
    """One line for the network, one for each method, one for the bounds."""
    result = invoke("broadcast", "--n", "100", "--faults", "2", "--compare")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0].startswith("100 nodes, ")
    assert lines[0].endswith(", 2 silent")
    assert [line.split()[0] for line in lines[1:]] == [
        "hgfrr",
        "flooding",
        "gossip",
        "kademlia",
        "bounds",
    ]


def test_coverage_averages():
    """Contacts and any nodes, and every baseline where they are asked for."""
    arguments = ["coverage", "--n", "100", "--faults", "3", "--runs", "10", "--compare"]
    result = invoke(*arguments, "--json")
    assert result.exit_code == 0
    found = json.loads(result.stdout)
    assert list(found) == ["n", "contacts", "nodes", "flooding", "gossip", "kademlia"]
    assert all(found[name]["runs"] == 10 for name in found if name != "n")
    text = invoke(*arguments)
    assert text.stdout.startswith("3 of 100 nodes silent, mean of 10 broadcasts")
    assert len(text.stdout.splitlines()) == 6


def test_a_schedule_is_kept_and_replayed(tmp_path: Path):
    """What one command keeps, the other confirms; in another network it is refuted."""
    kept, page = tmp_path / "run.json", tmp_path / "rings.html"
    options = ["--n", "60", "--ring", "8", "--contacts", "2", "--serving", "2"]
    arguments = [
        "broadcast",
        *options,
        "--faults",
        "2",
        "--schedule",
        str(kept),
        "--draw",
        str(page),
    ]
    assert invoke(*arguments).exit_code == 0
    assert "plotly" in page.read_text(encoding="utf-8")
    result = invoke("replay", str(kept), *options)
    assert (result.exit_code, result.stdout) == (0, "confirmed\n")
    result = invoke("replay", str(kept), *options, "--seed", "1", "--json")
    assert (result.exit_code, json.loads(result.stdout)["status"]) == (1, "refuted")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["broadcast", "--n", "0"], "error: n: 0 is not allowed"),
        (["broadcast", "--ring", "3"], "error: ring: 3 is not allowed"),
        (["broadcast", "--contacts", "0"], "error: contacts: 0 is not allowed"),
        (["broadcast", "--k", "1"], "error: k: 1 is not allowed"),
        (["broadcast", "--seed", "-1"], "error: seed: -1 is not allowed"),
        (["broadcast", "--faults", "9999"], "error: faults: 9999 is not allowed; from 0 to 6"),
        (["broadcast", "--source", "1000"], "error: node: 1000 is not allowed"),
        (["broadcast", "--degree", "0", "--compare"], "error: degree: 0 is not allowed"),
        (["broadcast", "--n", "6000", "--draw", "x.html"], "error: draw: 6000 is not allowed"),
        (["broadcast", "--draw", "no/such/x.html"], "error: draw: 'no/such/x.html' is not allowed"),
        (["coverage", "--runs", "0"], "error: runs: 0 is not allowed"),
        (["coverage", "--faults", "-1"], "error: failures: -1 is not allowed"),
        (["replay", "no-such-file.json"], "error: schedule: 'no-such-file.json' is not allowed"),
        (["broadcast", "--schedule", "x.json", "--n", "1001"], "error: n: 1001 is not allowed"),
    ],
)
def test_errors_are_one_line(arguments: list[str], says: str):
    """The line names the field; the exit code is that of unusable input."""
    result = invoke(*arguments)
    assert result.exit_code == 2
    assert result.stderr.startswith(says)
    assert result.stderr.count("\n") == 1
