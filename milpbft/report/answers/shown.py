"""Shown: what all answers have in common, on a terminal and in a notebook."""

from __future__ import annotations

from abc import ABC, abstractmethod
from html import escape
from typing import TYPE_CHECKING, Any

from milpbft.report.text import text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import plotly.graph_objects as go

    from milpbft.schedule import Schedule

_TALLEST = 80
"""Lines of a timeline that a notebook still shows."""
_COLUMNS = 110


class Shown(ABC):
    """An answer: ``str`` gives its sentence, a notebook shows its figures and its timeline too."""

    @property
    @abstractmethod
    def answer(self) -> str:
        """The answer, in one sentence."""

    @abstractmethod
    def summary(self) -> dict[str, Any]:
        """Return what the command prints with ``--json``."""

    @abstractmethod
    def rows(self) -> Sequence[Sequence[str]]:
        """Return what a notebook shows as a table."""

    @property
    def schedule(self) -> Schedule | None:
        """The schedule that shows it; None where there is none."""
        return None

    @property
    def proven(self) -> tuple[int | None, int | None]:
        """Value and bound of what was asked, for titles of pictures; None where there is none."""
        return None, None

    def draw(self) -> go.Figure:
        """Draw the schedule as an interactive timeline.

        Raises
        ------
        ValueError
            Where there is no schedule.
        """
        # Imported here: Plotly takes half a second, which who draws nothing does not pay.
        from milpbft.report.timeline import timeline  # noqa: PLC0415

        if self.schedule is None:
            raise ValueError("there is no schedule to draw")
        return timeline(self.schedule, *self.proven)

    def __str__(self) -> str:
        return self.answer

    def _repr_html_(self) -> str:
        picture = _picture(self.schedule, *self.proven)
        return f"<p><b>{escape(self.answer)}</b></p>{_table(self.rows())}{picture}"

    def _repr_mimebundle_(self, **_: object) -> dict[str, str]:
        return {"text/plain": self.answer, "text/html": self._repr_html_()}


def _table(rows: Iterable[Sequence[str]]) -> str:
    style = ' style="text-align: left"'
    lines = ("".join(f"<td{style}>{escape(cell)}</td>" for cell in row) for row in rows)
    return f"<table>{''.join(f'<tr>{line}</tr>' for line in lines)}</table>"


def _picture(schedule: Schedule | None, value: int | None, bound: int | None) -> str:
    if schedule is None:
        return ""
    picture = text(schedule, _COLUMNS, value, bound)
    if picture.count("\n") > _TALLEST:
        picture = "The timeline is long: draw() shows it."
    return f'<pre style="line-height: 1.2; font-family: monospace">{escape(picture)}</pre>'
