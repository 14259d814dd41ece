"""Each cell of the pages of profiles is the value of an instance file.

Without one it is a bound that a solver proves, whose run takes minutes to replay.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from milpbft.question.files import InstanceFile, parse_instance
from milpbft.room import room_of
from milpbft.solvers import prover, solve

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "instances" / "strict" / "dbft2"
BOUND = "≥"
FAULTS = {"no fault": "", "one crash": "-c1", "one Byzantine node": "-b1"}


def rows(heading: str) -> list[tuple[str, dict[int, str]]]:
    """Return the rows of the table that starts so: what each is about, and its cell by n."""
    pages = (ROOT / "docs" / name for name in ("profiles.md", "profile-restarts.md"))
    lines = iter([line for page in pages for line in page.read_text().splitlines()])
    head = next(line for line in lines if line.startswith(heading))
    sizes = [int(cell.rpartition("=")[2]) for cell in head.split("|")[2:-1]]
    next(lines)
    found = []
    for line in lines:
        if not line.startswith("|"):
            break
        about, *cells = (cell.strip() for cell in line.strip("|").split("|"))
        found.append((about, dict(zip(sizes, cells, strict=True))))
    return found


def value(name: str) -> str:
    """Return what the file of an instance expects, as the page writes it."""
    path = FOLDER / f"dbft2-strict-{name}.toml"
    if not path.exists():
        return "bound"
    expected = InstanceFile.read(path).expected
    assert expected is not None
    return "none" if expected.status == "infeasible" else str(expected.objective)


@pytest.mark.parametrize("row", rows("| fewest acts of a lock | n = 4"), ids=lambda row: row[0])
def test_locks_by_profile_and_fault(row: tuple[str, dict[int, str]]):
    holds(row[1], by_fault(row[0]))


@pytest.mark.parametrize("row", rows("| fewest acts of a lock, no fault"), ids=lambda row: row[0])
def test_locks_by_option(row: tuple[str, dict[int, str]]):
    holds(row[1], by_option(row[0]))


@pytest.mark.parametrize(
    "row", rows("| nodes that start again without memory | n = 4"), ids=lambda row: row[0]
)
def test_forks_of_nodes_that_start_again(row: tuple[str, dict[int, str]]):
    about, _, profile = row[0].partition(", ")
    goal, more = {
        "fewest that fork": ("faults_fork", 1),
        "most blocks where f of them do": ("forks", 0),
        "fewest acts of a fork": ("steps_fork", 1),
    }[about]
    for n, cell in row[1].items():
        again = (n - 1) // 3 + more
        assert value(f"n{n}-v2-{goal}-{profile.strip('`')}-amnesia{again}") == cell


@pytest.mark.parametrize(
    "row", rows("| nodes that reload their logs | n = 4"), ids=lambda row: row[0]
)
def test_locks_of_nodes_that_reload_their_logs(row: tuple[str, dict[int, str]]):
    profile = row[0].rpartition(", ")[2].strip("`")
    views = 1 if "view 0" in row[0] else 2
    for n, cell in row[1].items():
        # Of neo-cs all nodes may; where none is needed one that may is enough.
        most = n if (profile, views) != ("neo-go", 2) else 1
        assert cell in ("", value(f"n{n}-v{views}-faults_lock-{profile}-reload{most}"))


@pytest.mark.parametrize(
    "row", rows("| one node starts again without memory, view 0"), ids=lambda row: row[0]
)
def test_locks_of_a_node_that_starts_again(row: tuple[str, dict[int, str]]):
    profile = row[0].rpartition(", ")[2].strip("`")
    what = "faults_lock" if row[0].startswith("fewest such nodes") else "steps_lock"
    for n, cell in row[1].items():
        assert value(f"n{n}-v1-{what}-{profile}-amnesia1") == cell


def by_fault(about: str) -> str:
    profile, _, fault = about.partition(", ")
    suffix = "" if profile == "`paper`" else f"-{profile.strip('`')}"
    return f"{FAULTS[fault]}-steps_lock{suffix}"


def by_option(about: str) -> str:
    words = [word for k, word in enumerate(about.split("`")) if k % 2]
    profile = words[0] if words[0].startswith("neo-") else "neo-go"
    options = "+".join(sorted(word for word in words if "=" in word))
    return f"-steps_lock-{profile}" + (f"-{options}" if options else "")


def holds(cells: dict[int, str], name: str) -> None:
    said = {n: "bound" if cell.startswith(BOUND) else cell for n, cell in cells.items()}
    assert {n: value(f"n{n}-v2{name}") for n in cells} == said


@pytest.mark.slow
def test_bounds_are_proven():
    tables = (("| fewest acts of a lock | n = 4", by_fault),
              ("| fewest acts of a lock, no fault", by_option))  # fmt: skip
    bounds = {
        f"n{n}-v2{name(about)}": cell
        for heading, name in tables
        for about, cells in rows(heading)
        for n, cell in cells.items()
        if cell.startswith(BOUND)
    }
    assert bounds
    for name, cell in bounds.items():
        problem = room_of("dbft2").model(parse_instance(f"dbft2-strict-{name}")).problem
        assert f"{BOUND} {solve(problem, prover()).bound}" == cell, name
