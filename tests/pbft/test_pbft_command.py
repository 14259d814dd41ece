"""The commands on the family: what they print, as text and as an object, and what they refuse."""

from __future__ import annotations

import json

import pytest
import typer
from typer.testing import CliRunner, Result

from milpbft.commands import console
from milpbft.pbft import command
from milpbft.pbft.frontier import Row

APP = typer.Typer(cls=console.Commands)
APP.add_typer(command.app, name="pbft")


def run(*words: str) -> Result:
    return CliRunner().invoke(APP, ["pbft", *words])


def test_the_frontier_is_a_table():
    """A line per size; who has one path has no way off the fast one."""
    done = run("frontier", "--protocol", "pbft", "--protocol", "sbft", "--f", "1", "--c", "1")
    assert done.exit_code == 0
    table, *sentences = done.stdout.split("\n\n")
    assert [line.split() for line in table.splitlines()] == [
        ["protocol", "n", "f", "c", "fork", "lock", "silent", "stall", "slow", "confirmed"],
        ["pbft", "4", "1", "0", "2", "1", "2", "2", "-", "yes"],
        ["sbft", "6", "1", "1", "2", "1", "2", "3", "2", "yes"],
    ]
    assert len({len(line) for line in table.splitlines()}) == 1
    assert [one.split(" takes")[0] for one in sentences] == [
        "PBFT with n = 4, f = 1", "SBFT with n = 6, f = 1, c = 1"
    ]  # fmt: skip


def test_the_frontier_as_an_object():
    """With names for the numbers, and by another solver."""
    done = run("frontier", "--protocol", "sbftfast", "--f", "2", "--solver", "highs", "--json")
    row = {"protocol": "sbftfast", "n": 7, "f": 2, "c": 0, "fork": 3, "lock": 1, "silent": 3}
    [found] = json.loads(done.stdout)["rows"]
    assert found.pop("answer").startswith("SBFT without its slow path with n = 7, f = 2 takes 3 ")
    assert found == row | {"stall": 1, "slow": 1, "confirmed": True}


def test_a_replay_that_fails_is_a_failure(monkeypatch: pytest.MonkeyPatch):
    """Exit code 1; sizes that are not SBFT's come once, whatever c is."""
    sizes: list[tuple[str, int, int]] = []

    def doubtful(asked: list[tuple[str, int, int]], _: object):
        sizes.extend(asked)
        yield Row("pbft", 4, 1, 0, 2, 1, 2, 2, None, confirmed=False)

    monkeypatch.setattr(command, "frontier", doubtful)
    done = run("frontier", "--f", "1", "--f", "2", "--c", "0", "--c", "3")
    assert done.exit_code == 1
    assert done.stdout.splitlines()[1].split()[-1] == "no"
    assert "but not every replay is confirmed" in " ".join(done.stdout.split())
    assert sizes == [
        *((name, f, 0) for name in ("pbft", "linear") for f in (1, 2)),
        *((name, f, c) for name in ("sbft", "sbftfast") for f in (1, 2) for c in (0, 3)),
    ]


def test_messages_of_model_and_replicas():
    """SBFT has two numbers, one per path."""
    done = run("messages", "--n", "4")
    assert done.exit_code == 0
    assert [line.split() for line in done.stdout.splitlines()[1:]] == [
        ["pbft", "4", "0", "24", "24", "24", "yes"],
        ["linear", "4", "0", "15", "15", "15", "yes"],
        ["sbft", "4", "0", "9", "15", "9", "or", "15", "yes"],
        ["sbftfast", "4", "0", "9", "9", "9", "yes"],
    ]
    found = json.loads(
        run("messages", "--protocol", "sbft", "--n", "6", "--c", "1", "--json").stdout
    )
    assert found["rows"] == [
        {"protocol": "sbft", "n": 6, "c": 1, "least": 15, "most": 25, "replicas": [15, 25],
         "agrees": True}
    ]  # fmt: skip


def test_counts_that_differ_are_a_failure(monkeypatch: pytest.MonkeyPatch):
    """Should model and replicas ever disagree, the exit code says so."""
    other = command.decide_normally("linear", 7)
    monkeypatch.setattr(command, "decide_normally", lambda *_, **__: other)
    done = run("messages", "--protocol", "linear", "--n", "4")
    assert done.exit_code == 1
    assert done.stdout.split()[-1] == "no"


def test_latency_is_the_formula():
    """First and last decision; a silent primary costs a view, and GST no longer matters."""
    assert run("latency", "--n", "7", "--timeout", "6", "--gst", "1").stdout == "first 4\nlast  4\n"
    words = (
        "latency",
        "--n",
        "7",
        "--protocol",
        "linear",
        "--timeout",
        "8",
        "--silent",
        "1",
        "--json",
    )
    assert json.loads(run(*words).stdout) == {
        "protocol": "linear", "n": 7, "timeout": 8, "gst": 0, "delta": 1, "silent": 1,
        "first": 13, "last": 14,
    }  # fmt: skip


def test_latency_asks_for_n():
    """It says how many may be silent at most."""
    done = run("latency", "--timeout", "20", "--silent", "33")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "Missing option '--n'" in done.stderr
    assert run("latency", "--n", "100", "--timeout", "20", "--silent", "33").exit_code == 0


def test_a_byzantine_node_keeps_the_last_from_deciding():
    """The first decides as with a silent node, or never with a late GST."""
    words = ("latency", "--n", "7", "--timeout", "6", "--byzantine", "1")
    assert run(*words).stdout == "first 10\nlast  never\n"
    late = json.loads(run(*words, "--gst", "6", "--json").stdout)
    assert (late["byzantine"], late["first"], late["last"]) == (1, None, None)


def test_latency_of_sbft_depends_on_its_collector():
    """Fast with a patient collector, slow with one silent node too many, fast again with c = 1."""
    fast = ("latency", "--n", "7", "--protocol", "sbft", "--timeout", "20", "--collector", "4")
    assert run(*fast).stdout == "first 2\nlast  3\n"
    late = run(*fast, "--silent", "1", "--json")
    assert json.loads(late.stdout) == {
        "protocol": "sbft", "n": 7, "timeout": 20, "gst": 0, "delta": 1, "silent": 1, "c": 0,
        "collector": 4, "first": 28, "last": 29,
    }  # fmt: skip
    assert run(*fast, "--silent", "1", "--c", "1").stdout == "first 23\nlast  24\n"
    alone = run("latency", "--n", "7", "--protocol", "sbftfast", "--timeout", "20", "--json")
    assert "collector" not in json.loads(alone.stdout)


@pytest.mark.parametrize(
    ("words", "field"),
    [
        (("latency", "--n", "7", "--timeout", "6", "--gst", "2"), "gst"),
        (("latency", "--n", "7", "--timeout", "0"), "timeout"),
        (("latency", "--n", "7", "--timeout", "4"), "timeout"),
        (("latency", "--n", "7", "--timeout", "6", "--gst", "-1"), "gst"),
        (("latency", "--n", "7", "--timeout", "6", "--delta", "0"), "delta"),
        (("latency", "--n", "100", "--timeout", "6", "--silent", "34"), "silent"),
        (("latency", "--n", "7", "--timeout", "6", "--byzantine", "3"), "byzantine"),
        (("latency", "--n", "3", "--timeout", "6"), "n"),
        (("latency", "--n", "5", "--timeout", "9", "--protocol", "sbft", "--c", "1"), "n"),
        (
            ("latency", "--n", "7", "--timeout", "6", "--silent", "1", "--byzantine", "1"),
            "byzantine",
        ),
        (
            ("latency", "--n", "7", "--timeout", "6", "--protocol", "sbft", "--byzantine", "1"),
            "byzantine",
        ),
        (("latency", "--n", "7", "--timeout", "4", "--gst", "3", "--byzantine", "2"), "byzantine"),
        (("latency", "--n", "7", "--timeout", "6", "--protocol", "dbft2"), "protocol"),
        (("latency", "--n", "7", "--timeout", "6", "--c", "1"), "c"),
        (("latency", "--n", "7", "--timeout", "6", "--collector", "2"), "collector"),
        (
            ("latency", "--n", "7", "--timeout", "9", "--protocol", "sbft", "--silent", "2"),
            "silent",
        ),
        (("latency", "--n", "7", "--timeout", "9", "--protocol", "sbft", "--gst", "8"), "timeout"),
        (
            ("latency", "--n", "7", "--timeout", "9", "--protocol", "sbftfast", "--silent", "1"),
            "silent",
        ),
        (("messages", "--protocol", "pbft", "--n", "3"), "n"),
        (("messages", "--protocol", "sbft", "--n", "4", "--c", "1"), "n"),
        (("messages", "--protocol", "linear", "--c", "1"), "c"),
        (("messages", "--protocol", "dbft2"), "protocol"),
        (("messages", "--protocol", "pbft", "--n", "4", "--solver", "none"), "solver"),
        (("frontier", "--f", "0"), "f"),
        (("frontier", "--c", "-1"), "c"),
        (("frontier", "--protocol", "pbft", "--c", "1"), "c"),
        (("frontier", "--protocol", "pov"), "protocol"),
        (("frontier", "--protocol", "pbft", "--solver", "none"), "solver"),
    ],
)
def test_unusable_input_is_one_line(words: tuple[str, ...], field: str):
    """The field, what it holds, and what is allowed."""
    done = run(*words)
    assert done.exit_code == 2
    assert done.stderr.startswith(f"error: {field}: ")
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""


def test_a_missing_or_misspelt_option_is_one_line():
    """Typer's own complaints are as short."""
    for words in (("latency",), ("frontier", "--f", "one"), ("messages", "--protocols", "pbft")):
        done = run(*words)
        assert done.exit_code == 2
        assert done.stderr.startswith("error: ")
        assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("name", ["frontier", "messages", "latency"])
def test_help_has_an_example(name: str):
    """Which names the group and the command."""
    done = CliRunner(env={"COLUMNS": "100", "TERM": "dumb"}).invoke(APP, ["pbft", name, "--help"])
    assert done.exit_code == 0
    assert f"Example: milpbft pbft {name} " in done.stdout
