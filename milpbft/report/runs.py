"""Keep a run of a threshold automaton: its steps, its configurations as ITF, and a picture."""

from __future__ import annotations

import json
from dataclasses import asdict
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from milpbft.automaton.explicit.accelerated import word
from milpbft.automaton.explicit.run import Configuration

if TYPE_CHECKING:
    from pathlib import Path

    import plotly.graph_objects as go

    from milpbft.automaton.automaton import Automaton
    from milpbft.automaton.specification import Specification
    from milpbft.check.finding import Finding


def keep_run(
    automaton: Automaton, specification: Specification, finding: Finding, directory: Path
) -> str:
    """Write ``NAME.json``, ``NAME.itf.json`` and ``NAME.html`` for a specification's violation.

    There is no page where Plotly is not installed (``pip install 'milpbft[plot]'``).

    Parameters
    ----------
    finding
        A violation of the specification.
    directory
        Exists.

    Returns
    -------
    str
        The path of ``NAME.json``.

    Raises
    ------
    OSError
        Where a file cannot be written.
    """
    sizes = "-".join(f"{name}{value}" for name, value in finding.parameters.items())
    stem = "-".join(filter(None, (specification.name, sizes)))
    seen = configurations(automaton, finding)
    kept = directory / f"{stem}.json"
    schedule = {
        "format": "milpbft-automaton-run-1",
        "automaton": automaton.name,
        "formula": specification.formula,
        **asdict(finding),
    }
    kept.write_text(json.dumps(schedule, indent=1) + "\n", encoding="utf-8")
    trace = json.dumps(to_itf(automaton, finding, seen), indent=1) + "\n"
    (directory / f"{stem}.itf.json").write_text(trace, encoding="utf-8")
    if find_spec("plotly") is not None:
        page = directory / f"{stem}.html"
        draw(automaton, specification, finding, seen).write_html(page, include_plotlyjs=True)
    return str(kept)


def configurations(automaton: Automaton, finding: Finding) -> list[dict[str, int]]:
    """Give the configuration before the run and after each of its steps, by replay."""
    start = Configuration.of(automaton, finding.start)
    taken = [(step.rule, step.count) for step in finding.run]
    return word(automaton, finding.parameters, start, taken)


def to_itf(automaton: Automaton, finding: Finding, seen: list[dict[str, int]]) -> dict[str, Any]:
    """Write configurations as an ITF trace; the parameters stand in the first state."""
    moving = [*automaton.locations, *automaton.counters]
    names = [*moving, "rule", "nodes"]
    states: list[dict[str, Any]] = []
    for index, values in enumerate(seen):
        step = finding.run[index - 1] if index else None
        taken = {"rule": step.rule if step else "", "nodes": step.count if step else 0}
        numbers = {name: values[name] for name in moving}
        states.append({"#meta": {"index": index}, **numbers, **taken})
    states[0] |= finding.parameters
    meta = {
        "format": "ITF",
        "format-description": "https://apalache-mc.org/docs/adr/015adr-trace.html",
        "description": f"Violation of {finding.specification} of {automaton.name}, by milpbft",
    }
    return {
        "#meta": meta,
        "params": list(automaton.parameters),
        "vars": names,
        "loop": len(states) - 1,
        "states": states,
    }


def draw(
    automaton: Automaton,
    specification: Specification,
    finding: Finding,
    seen: list[dict[str, int]],
) -> go.Figure:
    """Draw how many nodes are in each location, and the counters, step by step."""
    # Imported here: Plotly takes half a second, which who draws nothing does not pay.
    import plotly.graph_objects as go  # noqa: PLC0415

    ticks = ["start", *(f"{step.count} take {step.rule}" for step in finding.run)]
    figure = go.Figure()
    for name in automaton.locations:
        heights = [values[name] for values in seen]
        if any(heights):
            figure.add_bar(x=list(range(len(seen))), y=heights, name=name)
    for name in automaton.counters:
        heights = [values[name] for values in seen]
        if any(heights):
            figure.add_scatter(
                x=list(range(len(seen))), y=heights, name=name, line={"shape": "hv", "dash": "dot"}
            )
    sizes = ", ".join(f"{name} = {value}" for name, value in finding.parameters.items())
    figure.update_layout(
        barmode="stack",
        template="plotly_white",
        title=f"{automaton.name}, {sizes}: {specification.name} is violated",
        xaxis={"tickvals": list(range(len(seen))), "ticktext": ticks},
        yaxis={"title": "nodes, messages"},
    )
    return figure
