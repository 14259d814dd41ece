"""The page of a run: what is in it, how nodes are grouped, and that it is small and the same."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

import cli
import milpbft
from milpbft.report.explorer import Run
from milpbft.report.explorer.data import run_data
from milpbft.report.explorer.page import page
from milpbft.report.lanes import folded, lane_name, lanes_of, ranges
from milpbft.report.spacetime import lay_out
from milpbft.schedule import Schedule, Send

if TYPE_CHECKING:
    from pathlib import Path

LOCK = "dbft2-strict-n4-v2-b1-undecided"
FORK = "pbft-n4-v2-e2-steps_fork-blind"
ROUND = "povround-nc4-nb3-tb5-t15-bb1-blocks-delta1"


def witness(name: str) -> Schedule:
    """Return the schedule of an optimum."""
    schedule = milpbft.solve(name).schedule
    assert schedule is not None
    return schedule


@pytest.fixture(scope="module")
def lock() -> Schedule:
    return witness(LOCK)


@pytest.fixture(scope="module")
def fork() -> Schedule:
    return witness(FORK)


def test_a_lock_says_what_each_node_waits_for(lock: Schedule):
    """The last states are those of the replicas: one has committed, the others asked to leave."""
    data = run_data(lock)
    assert data["verdict"] == "LOCK"
    last = {node: words for _, node, _, words in data["states"]}
    assert len(last) == 3
    assert sum("1 of 3 commits" in words for words in last.values()) == 3
    assert sum("committed in view 0" in words for words in last.values()) == 1
    assert sum("asked for a view change" in words for words in last.values()) == 2


def test_a_fork_names_its_blocks(fork: Schedule):
    """Two blocks have two names, and kinds about the other proposal a style of their own."""
    data = run_data(fork)
    assert data["verdict"] == "FORK"
    assert sorted(data["blocks"].values()) == ["A", "B"]
    symbols = {kind["name"]: kind["symbol"] for kind in data["kinds"]}
    assert symbols["Commit no. 2"] == f"{symbols['Commit']}-dot"


def test_a_round_of_proof_of_vote_has_its_own_words():
    """Commissioners, butlers and cycles, and which of two blocks each node adopted."""
    data = run_data(witness(ROUND))
    assert data["words"] == ("cycle", "butler on duty")
    assert data["names"][0] == "commissioner 0"
    assert data["names"][-1] == "time server"
    assert data["bands"][0][4] == "butler 0 on duty"
    assert data["verdict"] == "FORK"
    assert set(data["blocks"].values()) == {"A", "B"}


def test_a_crashed_node_is_said_to_be():
    """Although its replica never did anything."""
    data = run_data(witness("dbft2-strict-n4-v2-c1-undecided"))
    assert "crashed" in {words for _, _, _, words in data["states"]}


def test_a_broadcast_shows_its_coverage():
    """Who is never reached, who holds the message, and who is silent."""
    data = run_data(witness("hgfrr-n12-r4-k2-s0-b1-coverage"))
    known = {node: words for _, node, _, words in data["states"]}
    last = [known[i] for i in range(12)]
    assert last.count("holds the message") == 1
    assert last.count("silent") == 1
    assert last.count("never reached") == 10
    assert data["bands"][0][4] == "source: node 0"


@pytest.mark.parametrize("protocol", ["dbft2", "pbft"])
def test_every_event_has_its_rule(protocol: str, lock: Schedule, fork: Schedule):
    """Nothing happens on a page without the rule that allows it."""
    data = run_data({"dbft2": lock, "pbft": fork}[protocol])
    assert all(kind["rule"] for kind in data["kinds"])
    assert all(data["rules"].values())


def test_nodes_that_do_the_same_share_a_lane():
    """Up to 12 nodes have a lane each; of more, equals have one, whoever they are."""
    few = Schedule("toy", 12, (), (0,), (Send(1, 0, "Vote", 0),), 2)
    assert lanes_of(lay_out(few)) == [[node] for node in range(12)]
    events = tuple(Send(1, node, "Vote", 0) for node in range(1, 9))
    many = Schedule("toy", 14, (13,), (0, 12), events, 2)
    assert lanes_of(lay_out(many)) == [[0], list(range(1, 9)), [9, 10, 11], [12], [13]]
    small = folded(many)
    shown = folded(replace(many, view_ticks=2))
    assert (small.schedule.n, small.names[1]) == (5, "8 nodes: 1-8")
    assert [shown.role(band) for band in shown.bands][1] == "primary: node 12"
    assert small.title == lay_out(many).title
    assert len(small.marks) == 1
    assert lane_name([1, 2, 3, 7], [f"node {i}" for i in range(8)]) == "4 nodes: 1-3, 7"
    assert lane_name([2], ["a", "b", "c"]) == "c"
    assert ranges([1, 3, 4, 6]) == "1, 3-4, 6"


def test_pages_are_the_same_byte_for_byte(lock: Schedule):
    """Nothing in them depends on when and where they are made; they load nothing."""
    runs = [Run(lock, "one", "An answer.", [("value", "3")])]
    text = page(runs)
    assert text == page(runs)
    assert "http" not in text.replace("http://www.w3.org/2000/svg", "")
    assert '<html lang="en">' in text
    assert "<title>LOCK: dBFT 2.0 " in text


def test_text_of_others_is_no_markup():
    """A schedule of somebody else's cannot close the script that holds it."""
    evil = Schedule("toy", 1, (), (), (Send(0, 0, "</script><b>", 0),), 1, source="</script>")
    text = page([Run(evil, answer="<script>alert(1)</script>")])
    assert text.count("</script>") == 2
    data = text.split('id="data">')[1].split("</script>")[0]
    assert json.loads(data)[0]["source"] == "</script>"


@pytest.mark.slow
def test_a_hundred_nodes_take_less_than_the_limit():
    """Every message is in the page."""
    run = witness("dbft2-strict-n100-v2-b1-undecided")
    assert len(page([Run(run)])) < 1_500_000


def report(*args: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(cli.app, ["report", *args])
    return result.exit_code, result.stdout, result.stderr


def test_the_command_shows_what_was_kept(tmp_path: Path):
    """A directory of ``--out`` has answer and checks; several runs stand side by side."""
    out = str(tmp_path / "lock")
    assert CliRunner().invoke(cli.app, ["solve", LOCK, "--out", out]).exit_code == 0
    made = tmp_path / "page.html"
    assert report(out, "--page", str(made))[0] == 0
    text = made.read_text("utf-8")
    assert "Yes: with one Byzantine node" in text
    assert '["replay","confirmed"]' in text
    code, said, _ = report(out, f"{out}/schedule.json", "--page", str(made))
    assert (code, said) == (0, f"{made} shows 2 runs\n")


def test_the_command_shows_a_store(tmp_path: Path):
    """Results of a sweep have their answers, as sentences; a filter chooses among them."""
    family, store = tmp_path / "family.toml", tmp_path / "results.db"
    family.write_text(
        '[[instances]]\nprotocol = "dbft2"\nsemantics = "strict"\nn = 4\nviews = 1\n'
        'crashes = 1\nobjective = ["undecided", "forks"]\n'
    )
    swept = CliRunner().invoke(cli.app, ["sweep", str(family), "--out", str(store)])
    assert swept.exit_code == 0
    made = tmp_path / "page.html"
    assert report(str(store), "--page", str(made))[1] == f"{made} shows 2 runs\n"
    assert report(str(store), "--filter", "undecided", "--page", str(made))[0] == 0
    assert "Yes: with one crash, a run of dBFT 2.0" in made.read_text("utf-8")


@pytest.mark.parametrize(
    ("place", "line"),
    [
        ("nothing", "a readable file"),
        ("empty", "a directory that `--out` kept"),
        ("broken", "a file that `--out` kept (checks: 3 is not allowed"),
        ("many", "1 to 12 runs on a page"),
    ],
)
def test_what_cannot_be_shown_is_one_line(tmp_path: Path, place: str, line: str):
    """Exit code 2, and no page."""
    schedule = Schedule("toy", 1, (), (), (), 1).to_json()
    (tmp_path / "empty").mkdir()
    for folder in ["broken", *(f"many/{i}" for i in range(13))]:
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "schedule.json").write_text(schedule)
    (tmp_path / "broken" / "solution.json").write_text('{"checks": 3}')
    made = tmp_path / "page.html"
    code, said, error = report(str(tmp_path / place), "--page", str(made))
    assert (code, said) == (2, "")
    assert line in error
    assert not made.exists()
