"""The command line: parses, calls milpbft, prints."""

import json
import shlex
import shutil
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from time import perf_counter
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from typer.core import TyperGroup

from milpbft import __version__
from milpbft.errors import InputError
from milpbft.instance import Expected
from milpbft.itf import to_itf
from milpbft.milp.write import SUFFIXES, write
from milpbft.registry import PROTOCOLS
from milpbft.report.junit import junit as junit_report
from milpbft.report.table import check_table, short, write_table
from milpbft.report.text import text as draw
from milpbft.schedule import Schedule
from milpbft.sim.clock import Timers
from milpbft.sim.faults import Faults
from milpbft.simulate import Plan, Simulated
from milpbft.simulate import simulate as simulate_once
from milpbft.solve import replay_schedule
from milpbft.suite import Case, Outcome, Settings, find, named_values, run, run_all, totals
from solvers import Limits

OK, FAILED, UNUSABLE, LIMIT = 0, 1, 2, 3
_EXIT = {"confirmed": OK, "refuted": FAILED, "undecided": LIMIT}
_COLOURS = {"confirmed": "green", "refuted": "red", "undecided": "yellow"}
_WORD_COLOURS = {"ok": "green", "FAIL": "red", "limit": "yellow", "new": "cyan"}
_TALLEST = 45  # lines of a timeline that a terminal still shows
# The common ancestor of Typer's errors of usage, whose module Typer does not export.
_UsageError: type[Exception] = typer.BadParameter.__bases__[0]


class _Group(TyperGroup):
    """Ends every command with its exit code, and every error of the user with one line."""

    def main(self, *args: Any, **kwargs: Any) -> NoReturn:  # noqa: ANN401
        """Run the command that the arguments name."""
        try:
            code = super().main(*args, **{**kwargs, "standalone_mode": False})
        except InputError as error:
            value = repr(error.value)
            value = value if len(value) <= 120 else value[:117] + "..."
            code = _complain(f"{error.field}: {value} is not allowed; {error.allowed}")
        except _UsageError as error:
            code = self._explain(error)
        except MemoryError:
            code = _complain("out of memory; a smaller instance may fit", LIMIT)
        except (typer.Abort, KeyboardInterrupt):
            code = 130
        sys.exit(code)

    def _explain(self, error: Any) -> int:  # noqa: ANN401
        if type(error).__name__ == "NoArgsIsHelpError":
            error.show()
            return UNUSABLE
        return _complain(error.format_message())


def _complain(line: str, code: int = UNUSABLE) -> int:
    typer.echo(f"error: {' '.join(line.split())}", err=True)
    return code


app = typer.Typer(
    cls=_Group,
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    epilog="Exit codes: 0 as expected, 1 an expectation or a check failed, 2 unusable input, "
    "3 a limit was reached before an answer.",
)


def main() -> None:
    """Run the console script."""
    app()


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"milpbft {__version__}")
        raise typer.Exit


@app.callback()
def _app(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Worst-case schedules of Byzantine consensus protocols, proven and replayed."""


# ---- options that commands share


def _option(name: str, help: str, panel: str | None = None, metavar: str | None = None) -> Any:  # noqa: A002, ANN401
    return typer.Option(name, help=help, rich_help_panel=panel, metavar=metavar)


_I, _S = "Instance", "Solver"
_TARGET = "An instance name such as dbft2-n4-t5-p1, an instance file, or a protocol with options."
Target = Annotated[str, typer.Argument(help=_TARGET, metavar="NAME|FILE|PROTOCOL")]
Targets = Annotated[list[str], typer.Argument(help=_TARGET, metavar="NAME|FILE|PROTOCOL...")]
N = Annotated[int | None, _option("--n", "Number of nodes, 4 to 100.", _I)]
Horizon = Annotated[int | None, _option("--horizon", "Instants of a view, 2 to 1000.", _I)]
Objective = Annotated[
    str | None, _option("--objective", "p1 to p7, or e.g. max_1000_100_-1.", _I, "NAME")
]
Delivery = Annotated[
    str | None,
    _option("--delivery", "Delivery properties that hold, e.g. 34, or none.", _I, "DIGITS"),
]
Semantics = Annotated[str | None, _option("--semantics", "published or strict.", _I, "NAME")]
Encoding = Annotated[str | None, _option("--encoding", "direct, compact or counted.", _I, "NAME")]
Solver = Annotated[
    str, _option("--solver", "cbc, highs, or pulp:NAME for a solver that PuLP finds.", _S, "NAME")
]
Second = Annotated[
    str | None, _option("--second", "Another solver, which must reach the same value.", _S, "NAME")
]
TimeLimit = Annotated[
    float | None, _option("--time-limit", "Seconds that a solve may take.", _S, "SECONDS")
]
MemoryLimit = Annotated[
    int | None, _option("--memory-limit", "MiB that a solver's process may hold.", _S, "MIB")
]
Threads = Annotated[int, _option("--threads", "Threads of the solver.", _S)]
Start = Annotated[
    bool,
    typer.Option("--start/--no-start", help="Hand over a MIP start.", rich_help_panel=_S),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on standard output.")]
Out = Annotated[
    Path | None, _option("--out", "Directory that keeps what was found.", metavar="DIR")
]


def _digits(delivery: str | None) -> tuple[int, ...] | None:
    if delivery in (None, "none"):
        return None if delivery is None else ()
    if not (delivery.isascii() and delivery.isdecimal()):
        raise InputError("delivery", delivery, "digits from 1 to 4 such as 34, or none")
    return tuple(map(int, delivery))


def _settings(
    solver: str,
    seconds: float | None,
    memory: int | None = None,
    threads: int = 1,
    start: bool = True,
    second: str | None = None,
) -> Settings:
    options = {"seconds": "time-limit", "memory_mb": "memory-limit"}
    try:
        limits = Limits(seconds, memory, threads)
    except InputError as error:
        field = options.get(error.field, error.field)
        raise InputError(field, error.value, error.allowed) from None
    return Settings(solver, limits, start, second)


# ---- output


def _print_json(value: dict[str, Any]) -> None:
    typer.echo(json.dumps(value, indent=2))


def _paint(word: str, colours: dict[str, str], width: int = 0) -> str:
    return typer.style(word.ljust(width), fg=colours[word])


class _Display:
    """A spinner, text and the time on standard error, from the second second on."""

    def __init__(self, text: str) -> None:
        columns = SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn()
        console = Console(stderr=True)
        self._progress = Progress(
            *columns,
            console=console,
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
            disable=not console.is_terminal,
        )
        self._task = self._progress.add_task(text, total=None)
        self._timer = threading.Timer(1, self._progress.start)
        self._timer.daemon = True

    def update(self, text: str) -> None:
        """Show another text."""
        self._progress.update(self._task, description=text)

    def print(self, line: str, err: bool) -> None:
        """Print a line where the spinner is."""
        live = self._progress.live.is_started
        self._progress.stop()
        typer.echo(line, err=err)
        if live:
            self._progress.start()


@contextmanager
def _display(text: str) -> Iterator[_Display]:
    display = _Display(text)
    display._timer.start()
    try:
        yield display
    finally:
        display._timer.cancel()
        display._progress.stop()


def _print_timeline(schedule: Schedule) -> None:
    lines = draw(schedule, max(20, shutil.get_terminal_size().columns - 1))
    if lines.count("\n") <= _TALLEST:
        typer.echo(f"\n{lines.rstrip()}")
    else:
        typer.echo("\nThe timeline is too long for a terminal; keep it with --out DIR.")


# ---- files


@contextmanager
def _writing(option: str, path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise InputError(option, str(path), f"a place to write to ({error.strerror})") from None


def _directory(path: Path | None) -> None:
    """Make a directory before the work is done, not after."""
    if path is not None:
        with _writing("out", path):
            path.mkdir(parents=True, exist_ok=True)


def _keep(schedule: Schedule, directory: Path, *, pictures: bool = True) -> str:
    """Write a schedule in every form; return the path of the plain one."""
    # Imported here: Plotly takes half a second.
    from milpbft.report.tikz import tikz  # noqa: PLC0415
    from milpbft.report.timeline import write_html  # noqa: PLC0415

    kept = directory / "schedule.json"
    with _writing("out", directory):
        directory.mkdir(parents=True, exist_ok=True)
        kept.write_text(schedule.to_json(), encoding="utf-8")
        (directory / "schedule.itf.json").write_text(to_itf(schedule), encoding="utf-8")
        if pictures:
            write_html(schedule, directory / "timeline.html")
            (directory / "timeline.tex").write_text(tikz(schedule), encoding="utf-8")
    return str(kept)


# ---- commands


@app.command(epilog="Example: milpbft solve dbft2-n4-t5-p1 --out worst --expect 1400")
def solve(
    target: Target,
    n: N = None,
    horizon: Horizon = None,
    objective: Objective = None,
    delivery: Delivery = None,
    semantics: Semantics = None,
    encoding: Encoding = None,
    solver: Solver = "cbc",
    second: Second = None,
    time_limit: TimeLimit = None,
    memory_limit: MemoryLimit = None,
    threads: Threads = 1,
    start: Start = True,
    expect: Annotated[
        str | None,
        _option("--expect", "The optimum, or infeasible: asserted.", metavar="VALUE"),
    ] = None,
    out: Out = None,
    as_json: Json = False,
) -> int:
    """Find the worst schedule of an instance, prove it, and replay it on the reference."""
    case = Case.of(
        target,
        n=n,
        horizon=horizon,
        objective=objective,
        delivery=_digits(delivery),
        semantics=semantics,
        encoding=encoding,
    )
    if expect is not None:
        case = replace(case, expected=_expected(expect))
    settings = _settings(solver, time_limit, memory_limit, threads, start, second)
    _directory(out)
    with _display(f"solving {case.instance.name} with {solver}"):
        outcome = run(case, settings)
    result = outcome.result
    assert result is not None  # only a guarded run has none
    schedule = _keep(result.schedule, out) if out and result.schedule else None
    summary = {**result.summary(), "verdict": asdict(outcome.verdict), "schedule": schedule}
    if out:
        values = json.dumps({**summary, "values": named_values(result)}, indent=1)
        with _writing("out", out):
            (out / "solution.json").write_text(values + "\n", encoding="utf-8")
    if as_json:
        _print_json(summary)
    else:
        _print_outcome(outcome)
        if result.schedule:
            _print_timeline(result.schedule)
        if out:
            typer.echo(f"\nkept in {out}: {', '.join(sorted(p.name for p in out.iterdir()))}")
    return _EXIT[outcome.verdict.status]


def _expected(text: str) -> Expected:
    if text == "infeasible":
        return Expected(status="infeasible", source="--expect")
    try:
        return Expected(status="optimal", objective=int(text), source="--expect")
    except ValueError:
        raise InputError("expect", text, "an integer, or infeasible") from None


def _print_outcome(outcome: Outcome) -> None:
    assert outcome.result is not None
    instance, expected = outcome.case.instance, outcome.case.expected
    solution, size = outcome.result.solution, outcome.result.size
    title = PROTOCOLS[instance.protocol].title
    lines = [
        ("instance", f"{instance.name}: {title}, {instance.semantics}, {instance.encoding}"),
        ("value", "none" if solution.objective is None else str(solution.objective)),
        ("bound", "none" if solution.bound is None else str(solution.bound)),
        ("status", ", ".join(filter(None, [solution.status, solution.message]))),
        ("solver", f"{solution.solver} ({solution.version})"),
        ("size", f"{size.variables} variables ({size.binaries} binary, {size.integers} integer), "
         f"{size.rows} rows ({size.equalities} equalities), {size.nonzeros} nonzeros"),
        ("seconds", f"{outcome.result.build_seconds:.2f} to build, {solution.seconds:.2f} to "
         f"solve, {outcome.seconds:.2f} in all"),
    ]  # fmt: skip
    for check in outcome.result.checks:
        status = _paint(check.status, _COLOURS)
        lines.append((check.check, f"{status} {check.reason}".rstrip()))
    if expected:
        wanted = expected.status if expected.objective is None else expected.objective
        reason = f": {outcome.verdict.reason}" if outcome.verdict.reason else ""
        verdict = _paint(outcome.verdict.status, _COLOURS)
        lines.append(("expected", f"{wanted} {verdict}{reason}"))
    for name, value in lines:
        typer.echo(f"{name:<14}{value}")


@app.command(epilog="Example: milpbft generate dbft2-n4-t5-p1 dbft2-n7-t5-p1 --format mps.gz")
def generate(
    targets: Targets,
    n: N = None,
    horizon: Horizon = None,
    objective: Objective = None,
    delivery: Delivery = None,
    semantics: Semantics = None,
    encoding: Encoding = None,
    file_format: Annotated[str, _option("--format", "lp, mps or mps.gz.", metavar="FORMAT")] = "lp",
    out: Annotated[
        Path, _option("--out", "Directory to write to, by default this one.", metavar="DIR")
    ] = Path(),
    as_json: Json = False,
) -> int:
    """Write the MILP of instances as files that other solvers read."""
    if f".{file_format}" not in SUFFIXES:
        allowed = ", ".join(suffix.removeprefix(".") for suffix in SUFFIXES)
        raise InputError("format", file_format, f"one of {allowed}")
    fields = {"n": n, "horizon": horizon, "objective": objective, "delivery": _digits(delivery),
              "semantics": semantics, "encoding": encoding}  # fmt: skip
    cases = [Case.of(target, **fields) for target in targets]
    _directory(out)
    models = []
    for case in cases:
        models.append(_generate(case, out, file_format))
        if not as_json:
            typer.echo(("" if len(models) == 1 else "\n") + models[-1]["path"])
            for name in ("variables", "binaries", "integers", "rows", "equalities",
                         "inequalities", "nonzeros"):  # fmt: skip
                typer.echo(f"  {name:<14}{models[-1][name]:>12}")
    if as_json:
        _print_json({"models": models})
    return OK


def _generate(case: Case, out: Path, file_format: str) -> dict[str, Any]:
    instance, begin = case.instance, perf_counter()
    path = out / f"{instance.name}-{instance.encoding}.{file_format}"
    with _display(f"writing {path.name}"):
        problem = PROTOCOLS[instance.protocol].room().model(instance).problem
        built = perf_counter() - begin
        with _writing("out", path):
            write(problem, path)
    return {
        "instance": instance.name,
        "semantics": instance.semantics,
        "encoding": instance.encoding,
        "path": str(path),
        **asdict(problem.size),
        "build_seconds": round(built, 4),
    }


@app.command(epilog="Example: milpbft check instances --filter n4 --workers 2 --junit junit.xml")
def check(
    paths: Annotated[
        list[Path],
        typer.Argument(help="Instance files, or directories of them.", metavar="PATH..."),
    ],
    text: Annotated[
        str, _option("--filter", "Only instances whose name or file has this.", metavar="TEXT")
    ] = "",
    encoding: Encoding = None,
    solver: Solver = "cbc",
    second: Second = None,
    time_limit: TimeLimit = None,
    memory_limit: MemoryLimit = None,
    threads: Threads = 1,
    workers: Annotated[int, _option("--workers", "Instances solved at a time.", _S)] = 1,
    junit: Annotated[
        Path | None, _option("--junit", "Write a JUnit report.", metavar="FILE")
    ] = None,
    table: Annotated[
        Path | None, _option("--table", "Write a table into a Markdown file.", metavar="FILE")
    ] = None,
    as_json: Json = False,
) -> int:
    """Solve instance files and assert their expected optima and replays."""
    if not 1 <= workers <= 64:
        raise InputError("workers", workers, "a number from 1 to 64")
    settings = _settings(solver, time_limit, memory_limit, threads, second=second)
    cases = find(paths, text)
    if encoding:
        cases = [case.changed({"encoding": encoding}) for case in cases]
    command = shlex.join([*map(str, paths), *(["--filter", text] if text else [])])
    if table:
        check_table(table, command)
    begin = perf_counter()
    outcomes = _check(cases, settings, workers, as_json)
    counts = totals(outcomes)
    summary = ", ".join(f"{counts[word]} {word}" for word in counts if counts[word])
    typer.echo(f"{len(cases)} instances in {perf_counter() - begin:.1f} s: {summary}", err=as_json)
    if junit:
        with _writing("junit", junit):
            junit.write_text(junit_report(outcomes), encoding="utf-8")
    if table:
        with _writing("table", table):
            write_table(table, command, outcomes)
    if as_json:
        _print_json({"instances": [outcome.summary() for outcome in outcomes],
                     "totals": {word.lower(): counts[word] for word in counts}})  # fmt: skip
    return FAILED if counts["FAIL"] else LIMIT if counts["limit"] else OK


def _check(cases: Sequence[Case], settings: Settings, workers: int, as_json: bool) -> list[Outcome]:
    """Solve the cases and print a line for each as it comes; return them in the cases' order."""
    width = max(len(case.instance.name) for case in cases)
    found: dict[int, Outcome] = {}
    with _display(f"0 of {len(cases)}") as display:
        for outcome in run_all(cases, settings, workers):
            found[id(outcome.case)] = outcome
            display.print(_line(outcome, width), err=as_json)
            display.update(f"{len(found)} of {len(cases)}")
    return [found[id(case)] for case in cases]


def _line(outcome: Outcome, width: int) -> str:
    solution = outcome.result.solution if outcome.result else None
    value = "" if solution is None or solution.objective is None else solution.objective
    status = solution.status if solution else "crashed"
    replay = short(outcome.result.verdict("replay")) if outcome.result else ""
    reason = outcome.verdict.reason if outcome.verdict.check != "replay" else ""
    said = "; ".join(filter(None, [reason, f"replay {replay}" if replay else ""]))
    return (
        f"{_paint(outcome.word, _WORD_COLOURS, 5)}  {outcome.case.instance.name:<{width}}  "
        f"{value:>8}  {status:<10}  {outcome.seconds:>7.1f} s  {said}"
    ).rstrip()


@app.command(epilog="Example: milpbft replay worst/schedule.json")
def replay(
    schedule: Annotated[
        Path, typer.Argument(help="A schedule, .json or .itf.json.", metavar="SCHEDULE")
    ],
    as_json: Json = False,
) -> int:
    """Run a schedule on the reference implementation: does it really happen?"""
    try:
        read = Schedule.read(schedule)
    except (OSError, UnicodeDecodeError) as error:
        raise InputError("schedule", str(schedule), f"a readable file ({error})") from None
    with _display("replaying"):
        verdict = replay_schedule(read)
    if as_json:
        _print_json({"schedule": str(schedule), "protocol": read.protocol, "n": read.n,
                     "events": len(read.events), "source": read.source,
                     "verdict": asdict(verdict)})  # fmt: skip
    else:
        status = _paint(verdict.status, _COLOURS)
        typer.echo(f"{status}{': ' if verdict.reason else ''}{verdict.reason}")
    return _EXIT[verdict.status]


@app.command(epilog="Example: milpbft simulate dbft2 --n 7 --byzantine 3 --crash 2@10 --runs 20")
def simulate(
    protocol: Annotated[str, typer.Argument(help="A protocol, e.g. dbft2.", metavar="PROTOCOL")],
    n: Annotated[int, _option("--n", "Number of nodes, 4 to 100.")] = 4,
    ticks: Annotated[int, _option("--ticks", "Last tick.")] = 60,
    seed: Annotated[int, _option("--seed", "Seed of the first run.")] = 0,
    runs: Annotated[int, _option("--runs", "Runs, each with the next seed.")] = 1,
    byzantine: Annotated[
        list[int] | None, _option("--byzantine", "A Byzantine node; may be repeated.", "Faults")
    ] = None,
    crash: Annotated[
        list[str] | None,
        _option(
            "--crash", "A node that crashes, and when; may be repeated.", "Faults", "NODE@TICK"
        ),
    ] = None,
    deliver: Annotated[float, _option("--deliver", "That a message arrives.", "Chances")] = 0.5,
    propose: Annotated[float, _option("--propose", "That a primary proposes.", "Chances")] = 0.5,
    expire: Annotated[float, _option("--expire", "That a timer expires.", "Chances")] = 0.05,
    forge: Annotated[float, _option("--forge", "That a Byzantine node sends.", "Chances")] = 0.3,
    values: Annotated[
        int, _option("--values", "Different proposals of a Byzantine primary.", "Faults")
    ] = 1,
    timer: Annotated[
        int, _option("--timer", "Ticks before a timer may expire in view 0; doubles per view.")
    ] = 0,
    recovery: Annotated[
        bool, typer.Option("--recovery/--no-recovery", help="Whether recovery traffic arrives.")
    ] = True,
    out: Out = None,
    as_json: Json = False,
) -> int:
    """Run the reference implementation alone under a seeded random adversary."""
    if not 1 <= runs <= 1_000_000:
        raise InputError("runs", runs, "a number from 1 to 1000000")
    faults = Faults(frozenset(byzantine or ()), dict(map(_crash, crash or ())))
    chances = {"deliver": deliver, "propose": propose, "expire": expire, "forge": forge,
               "values": values}  # fmt: skip
    plan = Plan(protocol, n, ticks, faults, Timers(timer), recovery, chances)
    _directory(out)
    found = []
    with _display(f"0 of {runs} runs") as display:
        for number in range(runs):
            one = simulate_once(plan, seed + number)
            kept = _keep_run(one, out, runs) if out else None
            found.append({**one.summary(), "schedule": kept})
            display.update(f"{number + 1} of {runs} runs")
            display.print(_run_line(one), err=as_json)
    forks = sum(run["fork"] for run in found)
    typer.echo(f"{runs} runs of {protocol} with {n} nodes: {forks} forked", err=as_json)
    if as_json:
        _print_json({"protocol": protocol, "n": n, "ticks": ticks, "runs": found, "forks": forks})
    elif runs == 1:
        _print_timeline(one.schedule)
    return FAILED if forks else OK


def _crash(text: str) -> tuple[int, int]:
    node, _, tick = text.partition("@")
    if not (node.isascii() and node.isdecimal() and tick.isascii() and tick.isdecimal()):
        raise InputError("crash", text, "NODE@TICK such as 2@10")
    return int(node), int(tick)


def _keep_run(one: Simulated, out: Path, runs: int) -> str:
    # Pages have megabytes: of many runs, only forks get one.
    directory = out if runs == 1 else out / f"seed-{one.seed}"
    return _keep(one.schedule, directory, pictures=runs == 1 or one.fork)


def _run_line(one: Simulated) -> str:
    found = one.summary()
    end = (
        typer.style("FORK", fg="red")
        if one.fork
        else f"{one.blocks} block" + "s" * (one.blocks != 1)
    )
    return (
        f"seed {one.seed:<6} {one.views:>3} views  {len(one.decided):>3} decided  "
        f"{len(one.undecided):>3} undecided  {found['sent']:>6} messages  {end}"
    )


if __name__ == "__main__":
    main()
