"""The page of the explorer: its data, its script and its style in one file, without a network."""

from __future__ import annotations

import json
from html import escape
from importlib.resources import files
from typing import TYPE_CHECKING, Any, NamedTuple

from milpbft.report.explorer.data import run_data
from milpbft.report.naming import messages_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from milpbft.schedule import Schedule


class Run(NamedTuple):
    """A run to be shown, and what is known of it.

    Parameters
    ----------
    schedule
        What happened.
    name
        Name of its panel, such as a file's.
    answer
        The answer that it is the witness of, in a sentence; empty where nobody says.
    facts
        Further lines, each a name and a text: value, bound, sizes, checks.
    """

    schedule: Schedule
    name: str = ""
    answer: str = ""
    facts: Sequence[tuple[str, str]] = ()


def page(runs: Sequence[Run]) -> str:
    """Return the page of some runs, side by side, as HTML; the same runs give the same bytes."""
    data = [_panel(one) for run in runs for one in _unfolded(run)]
    title = data[0]["title"] if len(runs) == 1 else f"{len(runs)} runs"
    if len(runs) == 1 and data[0]["verdict"]:
        title = f"{data[0]['verdict']}: {title}"
    here = files("milpbft.report.explorer")
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=False).replace("</", "<\\/")
    parts = {
        "@TITLE@": escape(title),
        "@STYLE@": here.joinpath("explorer.css").read_text("utf-8"),
        "@DATA@": text,
        "@SCRIPT@": "\n".join(
            here.joinpath(name).read_text("utf-8") for name in ("draw.js", "explorer.js")
        ),
    }
    made = here.joinpath("page.html").read_text("utf-8")
    for mark, part in parts.items():
        made = made.replace(mark, part)
    return made


def write_page(runs: Sequence[Run], path: Path) -> None:
    """Write the page of some runs."""
    path.write_text(page(runs), encoding="utf-8")


def _unfolded(run: Run) -> list[Run]:
    """Return a run, and after a plan the run of messages that it stands for."""
    messages = messages_of(run.schedule)
    if messages is None:
        return [run]
    name = f"{run.name}, " if run.name else ""
    return [run._replace(name=f"{name}plan"), Run(messages, f"{name}messages")]


def _panel(run: Run) -> dict[str, Any]:
    facts, data = dict(run.facts), run_data(run.schedule)
    value, bound = facts.get("objective", facts.get("value")), facts.get("bound")
    numbers = [
        f"{name} {number}" for name, number in (("value", value), ("bound", bound)) if number
    ]
    said = {"name": run.name, "answer": run.answer, "facts": [list(fact) for fact in run.facts]}
    return said | data | {"title": " · ".join([data["title"], *numbers])}
