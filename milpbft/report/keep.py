"""Keep: write a schedule in all its forms into a directory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.report.explorer import Run, write_page
from milpbft.report.tikz import tikz
from milpbft.room import with_detail
from milpbft.schedule.itf import to_itf

if TYPE_CHECKING:
    from pathlib import Path

    from milpbft.schedule import Schedule


KEPT = ("schedule.json", "schedule.itf.json", "timeline.html", "timeline.tex")
"""The files of a schedule."""


def keep(
    schedule: Schedule,
    directory: Path,
    *,
    pictures: bool = True,
    answer: str = "",
    value: int | None = None,
    bound: int | None = None,
) -> Path:
    """Write ``schedule.json``, ``schedule.itf.json``, ``timeline.html`` and ``timeline.tex``.

    Parameters
    ----------
    directory
        Made where it does not exist.
    pictures
        False leaves the timelines out: who draws many runs may not want them.
    answer
        What the schedule is the witness of, in a sentence.
    value, bound
        Of the question that it answers, for titles.

    Returns
    -------
    Path
        Of ``schedule.json``.

    Raises
    ------
    OSError
        Where a file cannot be written.
    """
    directory.mkdir(parents=True, exist_ok=True)
    kept = directory / "schedule.json"
    told = with_detail(schedule)
    kept.write_text(told.to_json(), encoding="utf-8")
    (directory / "schedule.itf.json").write_text(to_itf(told), encoding="utf-8")
    if pictures:
        ends = (("value", value), ("bound", bound))
        facts = [(name, str(number)) for name, number in ends if number is not None]
        write_page([Run(schedule, answer=answer, facts=facts)], directory / "timeline.html")
        latex = tikz(schedule, value, bound)
        (directory / "timeline.tex").write_text(latex, encoding="utf-8")
    return kept
