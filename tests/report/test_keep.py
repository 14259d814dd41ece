"""What is kept of a schedule."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from milpbft.report.keep import keep
from milpbft.room import with_detail
from milpbft.schedule import Schedule, Send
from milpbft.schedule.files import read_schedule

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("pictures", [True, False])
def test_a_schedule_is_kept_in_every_form(tmp_path: Path, pictures: bool):
    """Both formats read back the same; pictures are drawn where they are wanted."""
    schedule = Schedule("dbft2", 4, (), (0,), (Send(1, 0, "PrepareRequest", 0),), 5)
    kept = keep(schedule, tmp_path / "new", pictures=pictures)
    assert read_schedule(kept) == with_detail(schedule)
    assert read_schedule(tmp_path / "new" / "schedule.itf.json") == with_detail(schedule)
    assert (tmp_path / "new" / "timeline.html").exists() is pictures
    assert (tmp_path / "new" / "timeline.tex").exists() is pictures
