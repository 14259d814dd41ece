"""Each cell of the page of profiles is the value of an instance file, or empty without one."""

from __future__ import annotations

from pathlib import Path

import pytest

from milpbft.question.files import InstanceFile

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "instances" / "strict" / "dbft2"
FAULTS = {"no fault": "", "one crash": "-c1", "one Byzantine node": "-b1"}


def rows(heading: str) -> list[tuple[str, dict[int, str]]]:
    """Return the rows of the table that starts so: what each is about, and its cell by n."""
    lines = iter((ROOT / "docs" / "profiles.md").read_text().splitlines())
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
    """Return what the file of an instance expects, as the page writes it; nothing without one."""
    path = FOLDER / f"dbft2-strict-{name}.toml"
    if not path.exists():
        return ""
    expected = InstanceFile.read(path).expected
    assert expected is not None
    return "none" if expected.status == "infeasible" else str(expected.objective)


@pytest.mark.parametrize("row", rows("| fewest acts of a lock | n = 4"), ids=lambda row: row[0])
def test_locks_by_profile_and_fault(row: tuple[str, dict[int, str]]):
    about, cells = row
    profile, _, fault = about.partition(", ")
    suffix = "" if profile == "`paper`" else f"-{profile.strip('`')}"
    assert {n: value(f"n{n}-v2{FAULTS[fault]}-steps_lock{suffix}") for n in cells} == cells


@pytest.mark.parametrize("row", rows("| fewest acts of a lock, no fault"), ids=lambda row: row[0])
def test_locks_by_option(row: tuple[str, dict[int, str]]):
    about, cells = row
    words = [word for k, word in enumerate(about.split("`")) if k % 2]
    profile = words[0] if words[0].startswith("neo-") else "neo-go"
    options = "+".join(sorted(word for word in words if "=" in word))
    suffix = f"-{profile}" + (f"-{options}" if options else "")
    assert {n: value(f"n{n}-v2-steps_lock{suffix}") for n in cells} == cells
