"""The commands on threshold automata, a group of the command line."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from milpbft.automaton.automaton import Automaton
from milpbft.automaton.ranges import each_value, parse_ranges
from milpbft.automaton.specification import Specification
from milpbft.automaton.ta.reader import load_ta
from milpbft.check.safety import Safety, decide
from milpbft.commands import console, options
from milpbft.commands.bundles import bundled
from milpbft.commands.console import Display, paint, print_json
from milpbft.solvers import Limits

app = typer.Typer(no_args_is_help=True, help="Decide threshold automata in .ta files.")

File = Annotated[Path, typer.Argument(metavar="FILE", help="A threshold automaton, .ta.")]
Param = Annotated[
    list[str] | None,
    typer.Option("--param", metavar="NAME=VALUE", help="A value, or a range LOW..HIGH to try."),
]
Free = Annotated[
    list[str] | None,
    typer.Option("--free", metavar="NAME=LOW..HIGH", help="A range for the solver to choose from."),
]
Spec = Annotated[
    str | None, typer.Option("--spec", metavar="NAME", help="Only this specification.")
]
Slots = Annotated[
    int | None,
    typer.Option("--slots", min=1, metavar="K", help="Fewer than a proof takes, to find sooner."),
]


@app.callback()
def _group() -> None:
    """Decide threshold automata in .ta files."""


@app.command(epilog="Example: milpbft automaton check broadcast.ta --param N=4..10 --free T=1..3")
@bundled
def check(
    file: File,
    *,
    param: Param = None,
    free: Free = None,
    spec: Spec = None,
    solver: options.Solver = None,
    limits: options.SolveLimits,
    slots: Slots = None,
    as_json: options.Json = False,
) -> int:
    """Decide the safety specifications of an automaton, each with a run where it is violated."""
    automaton = load_ta(file)
    chosen = [automaton.specification(spec)] if spec else list(automaton.specifications)
    values = list(
        each_value(automaton, parse_ranges(param or ()), parse_ranges(free or (), "free"))
    )
    found: list[dict[str, Any]] = []
    counts = {"holds": 0, "violated": 0, "undecided": 0, "unsupported": 0}
    with Display(f"checking {file.name}") as display:
        for one in chosen:
            for ranges in values if one.kind == "safety" else values[:1]:
                summary, text = _one(
                    automaton, one, ranges, solver=solver, limits=limits, slots=slots
                )
                counts[summary["status"]] += 1
                found.append(summary)
                display.print(text, err=as_json)
    if as_json:
        print_json({"file": str(file), "automaton": automaton.name, "specifications": found})
    return console.exit_code(failed=counts["violated"], undecided=counts["undecided"])


def _one(
    automaton: Automaton,
    specification: Specification,
    ranges: dict[str, tuple[int, int]],
    *,
    solver: str | None,
    limits: Limits,
    slots: int | None,
) -> tuple[dict[str, Any], str]:
    """Decide one specification; return what is printed as JSON and as text."""
    if specification.kind != "safety":
        unsupported = {
            "specification": specification.name,
            "status": "unsupported",
            "reason": specification.reason,
        }
        return unsupported, f"{specification.name}: unsupported: {specification.reason}"
    safety = decide(automaton, specification, ranges, solver=solver, limits=limits, slots=slots)
    return asdict(safety), _text(automaton, safety)


def _text(automaton: Automaton, safety: Safety) -> str:
    values = ", ".join(f"{name} = {value}" for name, value in safety.parameters.items())
    reason = f": {safety.reason}" if safety.reason else ""
    lines = [f"{safety.specification}: {paint(safety.status)}{reason}  ({values})"]
    if safety.status == "violated":
        start = ", ".join(f"{count} in {name}" for name, count in safety.start.items())
        lines.append(f"  start: {start}")
        for step in safety.run:
            rule = automaton.rule(step.rule)
            way = f"{rule.source} -> {rule.target}"
            lines.append(f"  {step.count:>4} take {step.rule}: {way}")
    return "\n".join(lines)
