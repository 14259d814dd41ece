"""The instance files of the family: complete, named after what they hold, and as expected."""

from __future__ import annotations

import re
import runpy
from pathlib import Path

import pytest

from milpbft.question.files import InstanceFile
from milpbft.solve import solve
from milpbft.suite import find

FOLDER = Path(__file__).parents[2] / "instances" / "pbft"
PROTOCOLS = ("pbft", "linear", "sbft", "sbftfast")
SAMPLE = [
    "pbft-n31-v2-b10-e2-forks",
    "linear-n100-v2-b34-e2-faults_fork",
    "sbft-n11-r2-v2-b2-e2-forks-blind",
    "sbft-n8-r2-v1-c3-b1-faults_lock-calm-fastpath",
    "pbft-n4-v2-c1-t13-delay_last-gst0-delta1-timer6",
    "sbft-n6-r1-v1-c2-t14-delay_first-calm-gst0-delta1-collector3",
]


def test_the_family_is_complete():
    """Every instance has a file under its name, and there are no others."""
    names = runpy.run_path(str(FOLDER.parent / "make_pbft.py"))["names"]()
    assert sorted(path.stem for path in FOLDER.rglob("*.toml")) == sorted(names)


def test_files_say_what_their_names_say():
    """The instance in a file is the one that the file's name names."""
    for case in find([FOLDER]):
        assert case.path.stem == case.instance.name


@pytest.mark.parametrize("protocol", ["pbft", "linear", "sbft"])
def test_the_table_of_readings_is_that_of_the_files(protocol: str):
    """Every cell of the table in the docs is the proven value of an instance file."""
    text = (FOLDER.parents[1] / "docs" / "pbft.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| [^|]+ \| (\S*?) ?\| (\d+) \| (\d+) \| (\d+) \| (\d+) \|$", text, re.M)
    assert len(rows) == 9
    for words, *cells in rows:
        for n, cell in zip((4, 7, 31, 100), cells, strict=True):
            most, said = (n - 1) // 3 + 1, words.strip("`")
            goal = f"b{most}-faults_lock-{said}" if said else f"c{most}-b1-faults_lock"
            file = InstanceFile.read(FOLDER / protocol / f"{protocol}-n{n}-v2-{goal}.toml")
            assert file.expected is not None
            assert file.expected.objective == int(cell), file.instance.name


def test_the_table_of_losses_is_that_of_the_files():
    """Every cell of the table in the docs is the proven value of an instance file, or none is."""
    text = (FOLDER.parents[1] / "docs" / "losses.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| [^|]+ \| `(\S+-losses_lock\S+)` \|(.+)\|$", text, re.M)
    assert len(rows) == 8
    for words, cells in rows:
        for protocol, cell in zip(PROTOCOLS, cells.split("|"), strict=True):
            file = InstanceFile.read(FOLDER / protocol / f"{protocol}-{words}.toml")
            assert file.expected is not None
            value = file.expected.objective
            assert cell.strip() == ("none" if value is None else str(value)), file.instance.name


@pytest.mark.parametrize("name", SAMPLE)
def test_expectations_hold(name: str):
    """Status, value and replay of a sample; `make instances` checks all."""
    protocol = name.partition("-")[0]
    file = InstanceFile.read(FOLDER / protocol / f"{name}.toml")
    assert file.expected is not None
    result = solve(file.instance)
    found = (result.solution.status, result.solution.objective)
    assert found == (file.expected.status, file.expected.objective)
    assert result.verdict("replay")
