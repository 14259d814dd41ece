"""The instance files: complete, and as expected."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from milpbft.question.files import InstanceFile
from milpbft.room import room_of
from milpbft.suite import Case, Settings, find, run

FOLDER = Path(__file__).parents[2] / "instances" / "published"
STRICT = FOLDER.parent / "strict"
COMPACT = [
    (4, 164, 483, 1561),
    (7, 497, 1457, 6309),
    (10, 1010, 2953, 15950),
    (16, 2576, 7511, 56499),
    (19, 3629, 10573, 90701),
]
ALL_STRICT = [case for case in find([STRICT]) if "-e2-" not in case.instance.name]
LONG_STRICT = [
    c for c in ALL_STRICT if c.instance.encoding == "compact" and c.instance.protocol == "dbft21"
]
QUICK_STRICT = [case for case in ALL_STRICT if case not in LONG_STRICT]
QUICK = [
    case
    for case in find([FOLDER])
    if case.instance.n == 4 or (case.instance.n, case.instance.horizon) == (7, 5)
]


def test_the_families_are_complete():
    """Every instance of a family has a file under its name, and there are no others."""
    family = runpy.run_path(str(FOLDER.parent / "make_published.py"))["instances"]()
    assert sorted(path.stem for path in FOLDER.glob("*.toml")) == sorted(i.name for i in family)
    names = runpy.run_path(str(FOLDER.parent / "make_strict.py"))["names"]()
    assert sorted(path.stem for path in STRICT.rglob("*.toml")) == sorted(names)


def test_files_say_what_their_names_say():
    """The instance in a file is the one that the file's name names."""
    for path in (*FOLDER.glob("*.toml"), *STRICT.rglob("*.toml")):
        assert InstanceFile.read(path).instance.name == path.stem


def test_no_instance_is_open():
    """All optima are proven."""
    assert {InstanceFile.read(path).expected.status for path in FOLDER.glob("*.toml")} == {
        "optimal"
    }


def test_optima_do_not_depend_on_the_horizon():
    """From five instants on, one size and objective has one optimum."""
    optima: dict[str, set[int | None]] = {}
    for path in FOLDER.glob("*.toml"):
        file = InstanceFile.read(path)
        instance = file.instance
        key = f"{instance.n} {instance.objective.name} {instance.delivery}"
        optima.setdefault(key, set()).add(file.expected.objective)
    assert all(len(values) == 1 for values in optima.values())


@pytest.mark.parametrize(
    "case",
    [*QUICK, *QUICK_STRICT, *(pytest.param(case, marks=pytest.mark.slow) for case in LONG_STRICT)],
    ids=lambda case: case.instance.name,
)
def test_expectation_holds(case: Case):
    """Solving the file gives its optimum and the verdict of its replay."""
    outcome = run(case, Settings())
    assert outcome.verdict, outcome.verdict.reason


@pytest.mark.parametrize(("n", "variables", "rows", "nonzeros"), COMPACT)
def test_dimensions_of_the_compact_encoding(n: int, variables: int, rows: int, nonzeros: int):
    """A change of the encoding is seen, and is to be meant."""
    case = Case.of(f"dbft2-n{n}-t5-p1")
    size = room_of("dbft2").model(case.instance).problem.size
    assert (size.variables, size.rows, size.nonzeros) == (variables, rows, nonzeros)
