"""Keep: write a schedule in all its forms into a directory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.schedule.itf import to_itf

if TYPE_CHECKING:
    from pathlib import Path

    from milpbft.schedule import Schedule


KEPT = ("schedule.json", "schedule.itf.json", "timeline.html", "timeline.tex")
"""The files of a schedule."""


def keep(schedule: Schedule, directory: Path, *, pictures: bool = True) -> Path:
    """Write ``schedule.json``, ``schedule.itf.json``, ``timeline.html`` and ``timeline.tex``.

    Parameters
    ----------
    directory
        Made where it does not exist.
    pictures
        False leaves the timelines out; a page has about 5 MB.

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
    kept.write_text(schedule.to_json(), encoding="utf-8")
    (directory / "schedule.itf.json").write_text(to_itf(schedule), encoding="utf-8")
    if pictures:
        # Imported here: Plotly takes half a second, which who draws nothing does not pay.
        from milpbft.report.tikz import tikz  # noqa: PLC0415
        from milpbft.report.timeline import write_html  # noqa: PLC0415

        write_html(schedule, directory / "timeline.html")
        (directory / "timeline.tex").write_text(tikz(schedule), encoding="utf-8")
    return kept
