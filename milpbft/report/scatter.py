"""Scatter: results of a sweep, one number over another, a line per value of a third."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import plotly.graph_objects as go

from milpbft.errors import InputError, meant
from milpbft.store.filters import values_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from milpbft.store import Record

_SYMBOLS = {"optimal": "circle", "infeasible": "x", "feasible": "circle-open", "limit": "x-open"}
_MOST = 60  # lines: more are no picture


def scatter(records: Sequence[Record], x: str, y: str, by: str | None = None) -> go.Figure:
    """Draw results; proven ones have full marks, open ones hollow ones, and failed ones none.

    A line joins what has one `y` at each `x`; of several, no two need belong together.

    Parameters
    ----------
    x, y, by
        Names of columns or of fields; `by` may be a text, the others are numbers.

    Raises
    ------
    InputError
        Where no result has such a name, or `x` or `y` is no number.
    """
    lines = _lines(records, x, y, by)
    figure = go.Figure()
    for name in sorted(lines, key=str):
        points = sorted(lines[name], key=lambda point: point[:2])
        figure.add_scatter(
            x=[point[0] for point in points],
            y=[point[1] for point in points],
            name=str(name),
            mode="lines+markers" if _single(points) else "markers",
            marker={"symbol": [_SYMBOLS[point[2].outcome] for point in points], "size": 8},
            text=[f"{point[2].instance}<br>{point[2].answer}" for point in points],
            hovertemplate="%{text}<extra></extra>",
        )
    figure.update_layout(
        template="plotly_white", xaxis_title=x, yaxis_title=y, legend_title=by,
        title=f"{y} over {x}: {sum(map(len, lines.values()))} results",
    )  # fmt: skip
    return figure


def _single(points: Sequence[tuple[float, float, Record]]) -> bool:
    """Whether no two points differ at the same place."""
    return len({point[:1] for point in points}) == len({point[:2] for point in points})


def _lines(
    records: Sequence[Record], x: str, y: str, by: str | None
) -> dict[Any, list[tuple[float, float, Record]]]:
    known = [(record, values_of(record)) for record in records if record.outcome != "failed"]
    names = {name for _, values in known for name in values}
    for option, name in (("x", x), ("y", y), ("by", by)):
        if name is not None and name not in names:
            allowed = f"a name of these: {', '.join(sorted(names))}{meant(name, names)}"
            raise InputError(option, name, allowed if names else "a store with results")
    lines: dict[Any, list[tuple[float, float, Record]]] = defaultdict(list)
    for record, values in known:
        one, two = values.get(x), values.get(y)
        if one is None or two is None:
            continue
        for option, name, value in (("x", x, one), ("y", y, two)):
            if not isinstance(value, int | float):
                raise InputError(option, name, f"a name of numbers; of {record.instance}, {value}")
        lines["all" if by is None else values.get(by)].append((one, two, record))
    if not 0 < len(lines) <= _MOST:
        raise InputError("by", by, f"a name with 1 to {_MOST} values that have {x} and {y}")
    return lines
