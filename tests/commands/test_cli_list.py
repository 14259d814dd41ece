"""What there is can be found: protocols, instances with their answers, fields and objectives."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner, Result

import cli
from milpbft.cases import Case, shipped
from milpbft.registry import BUILT_IN


def run(*args: str) -> Result:
    return CliRunner().invoke(cli.app, args)


def test_protocols_are_listed_with_their_instances():
    """Every protocol has a line, and every file that ships is counted."""
    rows = json.loads(run("list", "--json").stdout)["protocols"]
    assert [row["protocol"] for row in rows][: len(BUILT_IN)] == list(BUILT_IN)
    assert sum(row["instances"] for row in rows) == len(list(shipped().rglob("*.toml")))
    lines = run("list").stdout.splitlines()
    assert all(line.startswith(row["protocol"]) for line, row in zip(lines, rows, strict=False))


def test_instances_are_listed_by_family_with_their_answers():
    """An answer says what the value in the file means."""
    text = run("list", "besttree").stdout
    assert "hgfrr: " in text
    assert "besttree-n10-p1-ticks\n" in text
    assert "takes 4 ticks, proven." in text
    found = json.loads(run("list", "linear", "--filter", "lock", "--json").stdout)["families"]
    assert all("lock" in one["instance"] for family in found.values() for one in family)
    assert "no instance that ships fits" in run("list", "pov").stdout


def test_every_file_that_ships_has_an_answer():
    """No answer is only a number."""
    families = json.loads(run("list", "--filter", "-", "--json").stdout)["families"]
    answers = [one["answer"] for family in families.values() for one in family]
    assert len(answers) == len(list(shipped().rglob("*.toml")))
    assert all(answer.endswith(".") and len(answer) > 40 for answer in answers)


def test_an_instance_is_described_part_by_part():
    """Each part of the name says its field, its value, and what that means."""
    found = json.loads(
        run("describe", "povround-nc4-nb3-tb5-t15-bb1-blocks-delta1", "--json").stdout
    )
    parts = {part["part"]: (part["field"], part["value"]) for part in found["parts"]}
    assert parts == {
        "-nc4": ("commissioners", 4),
        "-nb3": ("butlers", 3),
        "-tb5": ("cycle", 5),
        "-t15": ("horizon", 15),
        "-bb1": ("byzantine_butlers", 1),
        "-delta1": ("delta", 1),
        "blocks": ("objective", "blocks"),
    }
    assert all(part["text"] for part in found["parts"])


@pytest.mark.parametrize(
    "family", sorted(path.name for path in shipped().iterdir() if path.is_dir())
)
def test_the_parts_of_a_name_are_all_of_it(family: str):
    """What is described, put together, is the name."""
    for path in sorted((shipped() / family).rglob("*.toml"))[::7]:
        name = Case.read(path).instance.name
        found = json.loads(run("describe", name, "--json").stdout)
        said = sum(len(part["part"].removeprefix("-")) + 1 for part in found["parts"])
        marked = len("-strict") if "-strict-" in name else 0
        assert said + len(name.split("-")[0]) + marked == len(name), name
        assert found["answer"]


def test_a_protocol_is_described_with_fields_and_objectives():
    """Fields have allowed values, defaults and meanings; objectives their meanings."""
    model = json.loads(run("describe", "pbft", "--json").stdout)["models"]["strict"]
    fields = {field["name"]: field for field in model["fields"]}
    assert fields["views"]["allowed"] == "1 to 4"
    assert fields["follows"]["allowed"] == "freely, asked"
    assert all(field["text"] for field in fields.values())
    assert model["objectives"]["steps_fork"] == "fewest acts of nodes that lead to a fork"
    assert "milpbft pbft --help" in run("describe", "pbft").stdout


@pytest.mark.parametrize("protocol", BUILT_IN)
def test_every_field_and_objective_is_documented(protocol: str):
    """Nothing that can be set comes without a word."""
    for model in json.loads(run("describe", protocol, "--json").stdout)["models"].values():
        assert [field["name"] for field in model["fields"] if not field["text"]] == []
        assert [name for name, text in model["objectives"].items() if not text] == []


def test_an_objective_is_described_with_who_has_it():
    """One text for all that share it."""
    text = run("describe", "faults_lock").stdout
    assert "fewest faulty nodes with which a liveness lock is possible" in text
    assert "linear, strict" in text


@pytest.mark.parametrize(
    ("args", "hint"),
    [
        (["describe", "pbtf"], "did you mean pbft"),
        (["describe", "faults_lok"], "did you mean faults_lock"),
        (["list", "povrund"], "did you mean povround"),
        (["solve", "pbftt", "--n", "4"], "did you mean pbft"),
        (["solve", "pbft-n4-v2-forks-gosip"], "did you mean gossip"),
        (["solve", "pbft-n4-v2-fork"], "did you mean forks"),
        (["solve", "pbft-n4-v2-forks", "--set", "crashs=1"], "did you mean crashes"),
        (["solve", "hgfrr-n12-r4-k2-s0-b1-covrage"], "did you mean coverage"),
    ],
)
def test_the_nearest_is_named(args: list[str], hint: str):
    """Whoever errs by a letter is told what was meant, in one line."""
    result = run(*args)
    assert result.exit_code == 2
    assert hint in result.stderr
    assert result.stderr.count("\n") == 1
