"""The commands on threshold automata, a group of the command line."""

from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from milpbft.automaton.automaton import Automaton
from milpbft.automaton.counted.bounds import Ranges
from milpbft.automaton.linear import Linear
from milpbft.automaton.ranges import each_value, parse_intervals, parse_ranges, parse_values
from milpbft.automaton.specification import Specification
from milpbft.automaton.ta.assume import assuming
from milpbft.automaton.ta.reader import readings, text_of
from milpbft.automaton.ta.template import template
from milpbft.check.allsizes import decide_all
from milpbft.check.cross import crossed
from milpbft.check.finding import Finding
from milpbft.check.safety import decide
from milpbft.check.synthesis import synthesise as find_unknowns
from milpbft.commands import console, options
from milpbft.commands.bundles import bundled
from milpbft.commands.console import Display, paint, print_json, writing
from milpbft.errors import InputError
from milpbft.report.runs import keep_run
from milpbft.report.synthesis import synthesis_lines
from milpbft.solvers import Limits

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="Decide threshold automata in .ta files."
)

File = Annotated[Path, typer.Argument(metavar="FILE", help="A threshold automaton, .ta.")]
Param = Annotated[
    list[str] | None,
    typer.Option("--param", metavar="NAME=VALUE", help="A value, or a range LOW..HIGH to try."),
]
Free = Annotated[
    list[str] | None,
    typer.Option("--free", metavar="NAME=LOW..HIGH", help="A range for the solver to choose from."),
]
All = Annotated[
    bool, typer.Option("--all", help="For all parameters that the assumptions allow, by z3.")
]
Assume = Annotated[
    list[str] | None,
    typer.Option("--assume", metavar="CONDITION", help="A further assumption, such as 'F <= T'."),
]
Unknown = Annotated[
    list[str] | None,
    typer.Option("--unknown", metavar="NAME=VALUE", help="The value of an unknown of the file."),
]
UnknownRange = Annotated[
    list[str] | None,
    typer.Option("--unknown", metavar="NAME=LOW..HIGH", help="Other values than the file's."),
]
Cross = Annotated[
    int | None,
    typer.Option("--cross", min=0, metavar="M", help="With --all: the MILP too, up to M each."),
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


@app.command(epilog="Example: milpbft automaton check broadcast.ta --all")
@bundled
def check(
    file: File,
    *,
    param: Param = None,
    free: Free = None,
    all_sizes: All = False,
    cross: Cross = None,
    assume: Assume = None,
    unknown: Unknown = None,
    spec: Spec = None,
    solver: options.Solver = None,
    limits: options.SolveLimits,
    slots: Slots = None,
    out: options.Out = None,
    as_json: options.Json = False,
) -> int:
    """Decide the specifications of an automaton, each with a run where it is violated.

    With --param and --free at these sizes, with --all for all parameters at once.
    """
    read = _read(file, parse_values(unknown or ()))
    assumed = {reading: assuming(one, assume or ()) for reading, one in read.items()}
    sizes = _sizes(next(iter(assumed.values())), param or [], free or [], all_sizes, cross)
    console.make_directory(out)
    found: list[dict[str, Any]] = []
    with Display(f"checking {file.name}") as display:
        for reading, automaton in assumed.items():
            if reading:
                display.print(f"where {reading}:", err=as_json)
            settings = _Settings(automaton, solver, limits, slots, cross)
            for one in [automaton.specification(spec)] if spec else automaton.specifications:
                for ranges in sizes if one.kind != "unsupported" else sizes[:1]:
                    finding = settings.find(one, ranges)
                    found.append(
                        {**_summary(one, finding), **({"reading": reading} if reading else {})}
                    )
                    if out and finding and finding.status == "violated":
                        with writing("out", out):
                            found[-1]["kept"] = keep_run(automaton, one, finding, out)
                    display.print(_text(automaton, one, finding), err=as_json)
    if as_json:
        print_json({"file": str(file), "automaton": automaton.name, "specifications": found})
    counts = Counter(one["status"] for one in found)
    failed, open_ = ("violated", "contradicted"), ("undecided", "unsupported")
    return console.exit_code(
        failed=sum(counts[status] for status in failed),
        undecided=sum(counts[status] for status in open_),
    )


@app.command(epilog="Example: milpbft automaton synthesise broadcast.ta --unknown c1=0..4")
@bundled
def synthesise(
    file: File,
    *,
    unknown: UnknownRange = None,
    spec: Spec = None,
    limits: options.SolveLimits,
    as_json: options.Json = False,
) -> int:
    """Find all values of a file's unknowns for which its specifications hold at every size.

    Or prove that there are none: each assignment in the ranges is proven, or violated by a run.
    """
    found = template(text_of(file), parse_intervals(unknown or ()))
    with Display(f"synthesising {file.name}") as display:
        outcome = find_unknowns(found, [spec] if spec else [], limits=limits, told=display.update)
    if as_json:
        print_json({"file": str(file), **asdict(outcome)})
    else:
        for line in synthesis_lines(outcome):
            typer.echo(line)
    return console.exit_code(failed=not outcome.found, undecided=len(outcome.undecided))


@dataclass(frozen=True)
class _Settings:
    """How every specification of one call is decided."""

    automaton: Automaton
    solver: str | None
    limits: Limits
    slots: int | None
    cross: int | None

    def find(self, specification: Specification, ranges: Ranges | None) -> Finding | None:
        """Decide a specification in these ranges, for all parameters without; None: unsupported."""
        if specification.kind == "unsupported":
            return None
        if ranges is not None:
            return decide(
                self.automaton,
                specification,
                ranges,
                solver=self.solver,
                limits=self.limits,
                slots=self.slots,
            )
        found = decide_all(self.automaton, specification, limits=self.limits, slots=self.slots)
        if self.cross is None:
            return found
        return crossed(
            self.automaton,
            specification,
            found,
            self.cross,
            solver=self.solver,
            limits=self.limits,
        )


def _sizes(
    automaton: Automaton,
    param: list[str],
    free: list[str],
    all_sizes: bool,
    cross: int | None,
) -> list[Ranges | None]:
    """Return the ranges to decide each specification in; None is for all parameters."""
    if all_sizes:
        if param or free:
            raise InputError("all", "--param, --free", "all parameters; narrow them with --assume")
        return [None]
    if cross is not None:
        raise InputError("cross", cross, "a check of what --all finds")
    return list(each_value(automaton, parse_ranges(param), parse_ranges(free, "free")))


def _summary(specification: Specification, finding: Finding | None) -> dict[str, Any]:
    """Return what is printed as JSON."""
    if finding is not None:
        return asdict(finding)
    return {
        "specification": specification.name,
        "status": "unsupported",
        "reason": specification.reason,
    }


def _read(file: Path, unknown: dict[str, Linear]) -> dict[str, Automaton]:
    """Read a file; an error in its text says which file."""
    text = text_of(file)
    try:
        return readings(text, unknown)
    except InputError as error:
        raise error.read_from(file) from None


def _text(automaton: Automaton, specification: Specification, finding: Finding | None) -> str:
    """Return what is printed as text."""
    name = specification.name
    if finding is None:
        return f"{name}: unsupported: {specification.reason}"
    values = ", ".join(f"{name} = {value}" for name, value in finding.parameters.items())
    reason = f": {finding.reason}" if finding.reason else ""
    about = values if finding.status == "violated" else finding.scope
    lines = [f"{name}: {paint(finding.status)}{reason}  ({about})"]
    if finding.status == "violated":
        if finding.least and automaton.parameters:
            first, least = next(iter(finding.parameters.items()))
            lines.append(f"  proven: no {first} below {least} violates it")
        start = ", ".join(f"{count} in {name}" for name, count in finding.start.items())
        lines.append(f"  start: {start}")
        for step in finding.run:
            rule = automaton.rule(step.rule)
            way = f"{rule.source} -> {rule.target}"
            lines.append(f"  {step.count:>4} take {step.rule}: {way}")
        if specification.kind == "temporal":
            lines.append("  and so it stays")
    return "\n".join(lines)
