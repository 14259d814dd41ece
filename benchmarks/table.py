"""Table: named columns, printed aligned or as JSON."""

from __future__ import annotations

from typing import Any


class Table:
    """Rows of a benchmark.

    Parameters
    ----------
    title
        What is measured, and how.
    columns
        Names of the columns; underscores are printed as spaces.
    """

    def __init__(self, title: str, columns: tuple[str, ...]) -> None:
        self.title = title
        self.columns = columns
        self.rows: list[tuple[Any, ...]] = []

    def add(self, *row: Any) -> None:  # noqa: ANN401
        """Add a row, one value per column."""
        if len(row) != len(self.columns):
            raise ValueError(f"{len(row)} values for {len(self.columns)} columns")
        self.rows.append(row)

    def text(self) -> str:
        """Title, header and rows, right-aligned."""
        head = tuple(column.replace("_", " ") for column in self.columns)
        cells = [head, *(tuple("" if v is None else str(v) for v in row) for row in self.rows)]
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        lines = ["  ".join(c.rjust(w) for c, w in zip(row, widths, strict=True)) for row in cells]
        return "\n".join([self.title, *lines])

    def records(self) -> list[dict[str, Any]]:
        """One dictionary per row."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]
