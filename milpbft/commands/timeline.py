"""The timeline of a run on a terminal."""

import shutil

import typer

from milpbft.report.text import text
from milpbft.schedule import Schedule

TALLEST = 45
"""Lines of a timeline that a terminal still shows."""


def print_timeline(schedule: Schedule, value: int | None = None, bound: int | None = None) -> None:
    """Draw a run, if a terminal has room for it; its title has value and bound of its question."""
    # A terminal that is as wide as a line would break it.
    columns = max(20, shutil.get_terminal_size().columns - 1)
    picture = text(schedule, columns, value, bound)
    if picture.count("\n") > TALLEST:
        picture = "The timeline is too long for a terminal; --out DIR keeps it."
    typer.echo(f"\n{picture.rstrip()}")
