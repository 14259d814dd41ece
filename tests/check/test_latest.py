"""Latest decisions of all runs: by hand, and held to the table of docs/restarts.md."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from milpbft.check.latest import Adversary, Runs
from milpbft.dbft.reference.reference import DbftReference
from milpbft.dbft.reference.rules import Rules
from milpbft.dbft.reference.v1.reference import Dbft1Reference
from milpbft.dbft.reference.v21.reference import Dbft21Reference
from milpbft.errors import InputError
from milpbft.pbft.room import REFERENCES, rules_of
from milpbft.question.files import InstanceFile, parse_instance
from milpbft.question.strict import StrictInstance
from milpbft.sim.seals import Seals
from tests.latest_runs import latest

if TYPE_CHECKING:
    from milpbft.sim.replica import Reference

ROOT = Path(__file__).parents[2]
FILES = {path.stem: path for path in (ROOT / "instances").rglob("*.toml")}
ROW = re.compile(r"\| [^|]+ \| (\w+) \| (\w+) \| (\w+) \| `([\w-]+-t\d+-delay_[\w-]+)` \|")
ROWS = ROW.findall((ROOT / "docs" / "restarts.md").read_text())
CELLS = [
    (name + word, cell)
    for *cells, name in ROWS
    for word, cell in zip(("", "-amnesia1", "-reload1"), cells, strict=True)
]


DBFT = {"dbft1": Dbft1Reference, "dbft2": DbftReference, "dbft21": Dbft21Reference}


def reference(protocol: str, n: int) -> Reference[Any, Any]:
    if protocol in DBFT:
        return DBFT[protocol](Rules.of(n, agreement=False), keys=Seals())
    return REFERENCES[protocol](rules_of(protocol, n, 0, execution=False), keys=Seals())


def test_the_table_is_there():
    assert len(CELLS) == 36


@pytest.mark.parametrize(("name", "cell"), CELLS)
def test_cells_are_those_of_files(name: str, cell: str):
    """What does not come by the horizon is `never`; what is refused has no file."""
    if cell == "refused":
        assert name not in FILES
        with pytest.raises(InputError):
            parse_instance(name)
        return
    file = InstanceFile.read(FILES[name])
    instance = file.instance
    assert isinstance(instance, StrictInstance)
    assert instance.name == name
    assert instance.horizon is not None
    assert file.expected is not None
    assert file.expected.replay == "confirmed"
    value = file.expected.objective
    assert cell == ("never" if value == instance.horizon + 1 else str(value))


CHEAP = [(name, cell) for name, cell in CELLS if cell not in {"refused", "never"}]


@pytest.mark.parametrize(("name", "cell"), CHEAP)
def test_cells_are_those_of_all_runs(name: str, cell: str):
    """Replicas and nothing else say so, too."""
    instance = parse_instance(name)
    assert isinstance(instance, StrictInstance)
    assert latest(instance, reference(instance.protocol, instance.n)) == int(cell)


def test_stages_of_a_view_change_share_a_timer_that_expires_again():
    """The value of a file of dBFT 2.1 with a crash, whose next view has a block."""
    may = Adversary(timeout=6, horizon=13, views=2, crashes=1, again=True)
    file = InstanceFile.read(FILES["dbft21-strict-n4-v2-c1-t13-delay_first-gst0-delta1-timer6"])
    assert file.expected is not None
    assert Runs(reference("dbft21", 4), may).latest("first") == file.expected.objective == 12


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name, cell in CELLS if cell == "never"])
def test_what_never_comes_does_not_in_all_runs(name: str):
    instance = parse_instance(name)
    assert isinstance(instance, StrictInstance)
    assert instance.horizon is not None
    assert latest(instance, reference(instance.protocol, instance.n)) == instance.horizon + 1


@pytest.mark.parametrize("protocol", ["linear", "sbft"])
def test_what_the_models_refuse_costs_a_tick_too(protocol: str):
    """A collector that starts again without memory: the first by tick 4, the last by 6, not 5."""
    may = Adversary(8, 9, 2, restarts=1)
    first = Runs(reference(protocol, 4), may).latest("first")
    assert (first, Runs(reference(protocol, 4), may).latest("last")) == (4, 6)


def test_a_crashed_primary_costs_its_timer():
    """The paper's dBFT 2.0 with a timer of six ticks, by hand: tick 12."""
    runs = Runs(reference("dbft2", 4), Adversary(6, 13, 2, crashes=1))
    assert runs.latest("first") == 12
    assert not runs.left


def test_who_leaves_the_views_is_left_out_and_said():
    """With a timer of one tick nobody decides in view 0."""
    runs = Runs(reference("dbft2", 4), Adversary(1, 5, 1))
    runs.latest("last")
    assert runs.left
