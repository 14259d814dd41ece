"""The picture in SVG: current, small, well-formed, and the same every time."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from typer.testing import CliRunner

import cli
import milpbft
from milpbft.cases import Case, shipped
from milpbft.report.svg import svg
from milpbft.schedule import Decide, Deliver, Schedule, Send
from milpbft.schedule.files import read_schedule
from milpbft.solve import replay_schedule

IMAGES = Path(__file__).parents[2] / "docs" / "images"
NAME = "dbft2-strict-n4-v2-b1-undecided"
SPACE = "{http://www.w3.org/2000/svg}"


def test_the_picture_of_the_readme_is_current(tmp_path: Path):
    """The command that the README names draws it, byte by byte."""
    made = tmp_path / "lock.svg"
    result = CliRunner().invoke(cli.app, ["report", str(IMAGES / "lock"), "--svg", str(made)])
    assert result.exit_code == 0
    assert made.read_bytes() == (IMAGES / "lock.svg").read_bytes()
    assert made.stat().st_size < 20_000
    assert "docs/images/lock.svg" in (IMAGES.parents[1] / "README.md").read_text("utf-8")


def test_the_picture_of_the_readme_is_a_witness():
    """It replays, and reaches the optimum that ships."""
    schedule = read_schedule(IMAGES / "lock" / "schedule.json")
    assert replay_schedule(schedule).status == "confirmed"
    expected = Case.read(next(shipped().rglob(f"{NAME}.toml"))).expected
    assert expected is not None
    decided = {e.node for e in schedule.events if isinstance(e, Decide)}
    assert len(set(schedule.correct) - decided) == expected.objective == 3
    assert "LOCK · value 3 · bound 3" in (IMAGES / "lock.svg").read_text("utf-8")


@pytest.mark.parametrize(
    "name", [NAME, "povround-nc4-nb3-tb5-t15-bb1-blocks-delta1", "hgfrr-n12-r4-k2-s0-b1-coverage"]
)
def test_every_event_is_drawn(name: str):
    """A line per delivery, a marker per send, and a title that says how it ended."""
    schedule = milpbft.solve(name).schedule
    assert schedule is not None
    text = svg(schedule)
    assert text == svg(schedule)
    root = ET.fromstring(text)
    arrows = [one for one in root.iter(f"{SPACE}line") if "marker-end" in one.attrib]
    assert len(arrows) == sum(isinstance(e, Deliver) for e in schedule.events)
    letters = [
        one.text
        for one in root.iter(f"{SPACE}text")
        if one.get("class") in {"in", "in dark", "ink b"}
    ]
    assert len(letters) >= sum(isinstance(e, Send) for e in schedule.events)
    title = root.find(f"{SPACE}title")
    assert title is not None
    assert title.text == root.get("aria-label")
    assert (title.text or "").startswith(
        {"dbft2": "LOCK", "pov": "FORK"}.get(schedule.protocol, "HGFRR")
    )


def test_dark_and_light():
    """Whatever the colours of a page, ink and paper are the picture's own."""
    text = svg(Schedule("toy", 2, (), (0,), (Send(1, 0, "Vote", 0),), 2))
    assert "prefers-color-scheme: dark" in text
    assert '<rect class="paper"' in text


def test_one_picture_has_one_run(tmp_path: Path):
    """Several runs stand side by side on pages alone."""
    lock = str(IMAGES / "lock")
    result = CliRunner().invoke(cli.app, ["report", lock, lock, "--svg", str(tmp_path / "a.svg")])
    assert result.exit_code == 2
    assert "svg: " in result.stderr
    assert "one run, not 2" in result.stderr
