"""The command line: parses, calls milpbft, prints."""

import json
import shlex
import shutil
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Annotated, Any

import typer

from milpbft import __version__, automaton_cli, claims_cli, console, options
from milpbft.bundles import bundled
from milpbft.check.expectation import parse_expected
from milpbft.console import Display, paint, print_json, writing
from milpbft.errors import InputError
from milpbft.hgfrr import command as overlay_command
from milpbft.milp.write import SUFFIXES, write
from milpbft.pbft import command as pbft_command
from milpbft.pov import command as pov_command
from milpbft.registry import PROTOCOLS
from milpbft.report.junit import junit as junit_report
from milpbft.report.keep import keep
from milpbft.report.lines import facts, line
from milpbft.report.table import check_table, write_table
from milpbft.report.text import text as draw
from milpbft.schedule import Schedule
from milpbft.sim.clock import Timers
from milpbft.sim.faults import Faults
from milpbft.simulate import Plan, parse_crash
from milpbft.simulate import simulate as simulate_once
from milpbft.solve import replay_schedule
from milpbft.suite import (
    Case,
    Outcome,
    Settings,
    find,
    named_values,
    run,
    run_all,
    totals,
)

TALLEST = 45  # lines of a timeline that a terminal still shows

app = typer.Typer(
    cls=console.Commands,
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    epilog="Exit codes: 0 as expected, 1 an expectation or a check failed, 2 unusable input, "
    "3 a limit was reached before an answer.",
)
app.add_typer(automaton_cli.app, name="automaton")
app.add_typer(pbft_command.app, name="pbft")
app.add_typer(pov_command.app, name="pov")
app.add_typer(overlay_command.app, name="overlay")
app.command(epilog="Example: milpbft claims --filter unique --out witnesses")(claims_cli.claims)


def main() -> None:
    """Run the console script."""
    app()


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"milpbft {__version__}")
        raise typer.Exit


Version = Annotated[
    bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
]


@app.callback()
def _app(version: Version = False) -> None:
    """Worst-case schedules of Byzantine consensus protocols, proven and replayed."""


def _print_timeline(schedule: Schedule) -> None:
    # A terminal that is as wide as a line would break it.
    picture = draw(schedule, max(20, shutil.get_terminal_size().columns - 1))
    if picture.count("\n") > TALLEST:
        picture = "The timeline is too long for a terminal; --out DIR keeps it."
    typer.echo(f"\n{picture.rstrip()}")


# ---- commands


@app.command(epilog="Example: milpbft solve dbft2-n4-t5-p1 --out worst --expect 1400")
@bundled
def solve(
    target: Annotated[str, options.TARGET],
    *,
    fields: options.Fields,
    solver: options.Solver = None,
    second: options.Second = None,
    limits: options.SolveLimits,
    no_start: options.NoStart = False,
    expect: options.Expect = None,
    out: options.Out = None,
    as_json: options.Json = False,
) -> int:
    """Find the worst schedule of an instance, prove it, and replay it on the reference."""
    case = Case.of(target, **fields)
    if expect is not None:
        case = replace(case, expected=parse_expected(expect))
    settings = Settings(solver, limits, not no_start, second)
    console.make_directory(out)
    with Display(f"solving {case.instance.name}"):
        outcome = run(case, settings)
    summary = _summary(outcome, out)
    if as_json:
        print_json(summary)
    else:
        for name, value in facts(outcome, paint):
            typer.echo(f"{name:<15}{value}")
        if outcome.result and outcome.result.schedule:
            _print_timeline(outcome.result.schedule)
        if out:
            typer.echo(f"\nkept in {out}")
    return console.EXIT_CODES[outcome.verdict.status]


def _summary(outcome: Outcome, out: Path | None) -> dict[str, Any]:
    """Return what is printed as JSON; keep it, and the schedule, in `out`."""
    result, schedule = outcome.result, None
    assert result is not None, "only a guarded run comes without a result"
    if out and result.schedule:
        with writing("out", out):
            schedule = str(keep(result.schedule, out))
    verdict = asdict(outcome.verdict)
    summary = {**result.summary(), "verdict": verdict, "schedule": schedule}
    if out:
        solution = {**summary, "values": named_values(result)}
        with writing("out", out):
            (out / "solution.json").write_text(json.dumps(solution, indent=1) + "\n", "utf-8")
    return summary


@app.command(epilog="Example: milpbft generate dbft2-n4-t5-p1 dbft2-n7-t5-p1 --format mps.gz")
@bundled
def generate(
    targets: Annotated[list[str], options.TARGET],
    *,
    fields: options.Fields,
    file_format: options.Format = "lp",
    out: options.ModelDir = Path(),
    as_json: options.Json = False,
) -> int:
    """Write the MILPs of instances as files that other solvers read."""
    allowed = [suffix.removeprefix(".") for suffix in SUFFIXES]
    if file_format not in allowed:
        raise InputError("format", file_format, f"one of {', '.join(allowed)}")
    cases = [Case.of(target, **fields) for target in targets]
    console.make_directory(out)
    models = []
    for case in {case.instance: case for case in cases}.values():
        model, size = _generate(case, out, file_format)
        models.append(model | size)
        typer.echo(model["path"], err=as_json)
        for name, count in size.items():
            typer.echo(f"  {name:<14}{count:>12}", err=as_json)
    if as_json:
        print_json({"models": models})
    return console.OK


def _generate(case: Case, out: Path, file_format: str) -> tuple[dict[str, Any], dict[str, int]]:
    instance, begin = case.instance, perf_counter()
    path = out / f"{instance.name}-{instance.encoding}.{file_format}"
    with Display(f"writing {path.name}"), writing("out", path):
        problem = PROTOCOLS[instance.protocol].room().model(instance).problem
        built = perf_counter() - begin
        write(problem, path)
    model = {
        "instance": instance.name,
        "semantics": instance.semantics,
        "encoding": instance.encoding,
        "path": str(path),
        "build_seconds": round(built, 4),
    }
    return model, asdict(problem.size)


@app.command(epilog="Example: milpbft check instances --filter n4 --workers 2 --junit junit.xml")
@bundled
def check(
    paths: options.Paths,
    *,
    text: options.Filter = "",
    encoding: options.Encoding = None,
    solver: options.Solver = None,
    second: options.Second = None,
    limits: options.SolveLimits,
    workers: options.Workers = 1,
    junit: options.JunitFile = None,
    table: options.TableFile = None,
    as_json: options.Json = False,
) -> int:
    """Solve instance files; assert their expected optima and what replicas make of them."""
    if not 1 <= workers <= 64:
        raise InputError("workers", workers, "a number from 1 to 64")
    settings = Settings(solver, limits, second=second)
    cases = find(paths, text)
    if encoding:
        cases = [case.changed({"encoding": encoding}) for case in cases]
    command = shlex.join([*map(str, paths), *(["--filter", text] if text else [])])
    if table:
        check_table(table, command)
    begin = perf_counter()
    outcomes = _check(cases, settings, workers, as_json)
    counts = totals(outcomes)
    summary = ", ".join(f"{count} {word}" for word, count in counts.items() if count)
    typer.echo(f"{len(cases)} in {perf_counter() - begin:.1f} s: {summary}", err=as_json)
    if junit:
        with writing("junit", junit):
            junit.write_text(junit_report(outcomes), encoding="utf-8")
    if table:
        with writing("table", table):
            write_table(table, command, outcomes)
    if as_json:
        found = [outcome.summary() for outcome in outcomes]
        totalled = {word.lower(): count for word, count in counts.items()}
        print_json({"instances": found, "totals": totalled})
    return console.exit_code(failed=counts["FAIL"], undecided=counts["limit"])


def _check(cases: list[Case], settings: Settings, workers: int, as_json: bool) -> list[Outcome]:
    """Solve cases and print a line for each as it comes; return outcomes in the cases' order."""
    width = max(len(case.instance.name) for case in cases)
    found: dict[int, Outcome] = {}
    with Display(f"0 of {len(cases)} done") as display:
        for outcome in run_all(cases, settings, workers):
            found[id(outcome.case)] = outcome
            display.update(f"{len(found)} of {len(cases)} done")
            display.print(f"{paint(outcome.word, 5)}  {line(outcome, width)}", err=as_json)
    return [found[id(case)] for case in cases]


@app.command(epilog="Example: milpbft replay worst/schedule.json")
def replay(schedule: options.ScheduleFile, *, as_json: options.Json = False) -> int:
    """Run a schedule on the reference implementation, and say whether it happens there."""
    try:
        read = Schedule.read(schedule)
    except (OSError, UnicodeDecodeError) as error:
        raise InputError("schedule", str(schedule), f"a readable file ({error})") from None
    with Display(f"replaying {schedule.name}"):
        verdict = replay_schedule(read)
    if as_json:
        about = {"protocol": read.protocol, "n": read.n, "source": read.source}
        print_json({"schedule": str(schedule), **about, "verdict": asdict(verdict)})
    else:
        typer.echo(": ".join(filter(None, [paint(verdict.status), verdict.reason])))
    return console.EXIT_CODES[verdict.status]


@app.command(epilog="Example: milpbft simulate dbft2 --n 7 --byzantine 3 --crash 2@10 --runs 5")
@bundled
def simulate(
    protocol: options.Protocol,
    *,
    n: options.Nodes = 4,
    ticks: options.Ticks = 60,
    seeds: options.Seeds,
    timer: options.Timer = 0,
    no_recovery: options.NoRecovery = False,
    byzantine: options.Byzantine = None,
    crash: options.Crash = None,
    values: options.Values = 1,
    deliver: options.Deliver = 0.5,
    propose: options.Propose = 0.5,
    expire: options.Expire = 0.05,
    forge: options.Forge = 0.3,
    out: options.Out = None,
    as_json: options.Json = False,
) -> int:
    """Run the reference implementation alone under a seeded random adversary."""
    faults = Faults(frozenset(byzantine or ()), dict(map(parse_crash, crash or ())))
    chances = {"deliver": deliver, "propose": propose, "expire": expire, "forge": forge}
    plan = Plan(protocol, n, ticks, faults, Timers(timer), not no_recovery, chances, values)
    console.make_directory(out)
    found, forks, runs = [], 0, len(seeds)
    for one in console.each_run(partial(simulate_once, plan), seeds, as_json=as_json):
        forks += one.fork
        kept = None
        if out:
            # Pages have megabytes: of many runs, only forks get one.
            place = out if runs == 1 else out / f"seed-{one.seed}"
            with writing("out", place):
                kept = str(keep(one.schedule, place, pictures=runs == 1 or one.fork))
        found.append({**one.summary(), "schedule": kept})
    typer.echo(f"{runs} runs of {protocol}, {n} nodes: {forks} forks", err=as_json)
    if as_json:
        print_json({"protocol": protocol, "n": n, "ticks": ticks, "forks": forks, "runs": found})
    elif runs == 1:
        _print_timeline(one.schedule)
    return console.exit_code(failed=forks)


if __name__ == "__main__":
    main()
