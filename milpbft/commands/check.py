"""The command that holds instance files against their expectations."""

import shlex
from pathlib import Path
from time import perf_counter

import typer

from milpbft.cases import Case
from milpbft.commands import console, options
from milpbft.commands.bundles import bundled
from milpbft.commands.console import Display, paint, print_json, writing
from milpbft.commands.lazy import example
from milpbft.errors import InputError, Interrupted
from milpbft.report.junit import junit as junit_report
from milpbft.report.lines import line
from milpbft.report.table import check_table, write_table
from milpbft.suite import Outcome, Settings, run_all, survey, totals

_ENOUGH = 3  # checks that a value should have passed


@example("milpbft check instances --filter n4 --workers 2 --junit junit.xml")
@bundled
def check(
    paths: options.Paths,
    *,
    text: options.Filter = "",
    encoding: options.Encoding = None,
    solver: options.Solver = None,
    second: options.Second = None,
    certify: options.CertifyDir = None,
    limits: options.SolveLimits,
    workers: options.Workers = 1,
    junit: options.JunitFile = None,
    table: options.TableFile = None,
    record: options.Record = False,
    as_json: options.Json = False,
) -> int:
    """Solve instance files; assert their expected optima and what replicas make of them."""
    if not 1 <= workers <= 64:
        raise InputError("workers", workers, "a number from 1 to 64")
    settings = Settings(solver, limits, second=second, certificates=certify)
    console.make_directory(certify)
    cases, broken = survey(paths, text)
    if encoding:
        cases = [case.changed({"encoding": encoding}) for case in cases]
    for case in cases:
        settings.suit(case.instance)
    command = shlex.join([*map(str, paths), *(["--filter", text] if text else [])])
    if table:
        check_table(table, command)
    console.try_file("table", table)
    console.try_file("junit", junit)
    begin = perf_counter()
    outcomes = [Outcome.unread(one) for one in broken]
    stopped = _check(cases, outcomes, settings, workers, as_json)
    counts = totals(outcomes)
    words = [f"{count} {word}" for word, count in counts.items() if count]
    words += [f"interrupted with {len(cases) + len(broken) - len(outcomes)} to do"] * stopped
    typer.echo(
        f"{len(outcomes)} in {perf_counter() - begin:.1f} s: {', '.join(words)}", err=as_json
    )
    _report(_all(cases, outcomes), command, junit, table)
    weak = [one.name for one in outcomes if len(one.evidence.checks) < _ENOUGH]
    if table and weak:
        typer.echo(f"fewer than {_ENOUGH} checks: {', '.join(weak)}", err=as_json)
    for outcome in outcomes if record else ():
        with writing("record", outcome.case.path or Path()):
            outcome.record()
    if as_json:
        found = [outcome.summary() for outcome in outcomes]
        totalled = {word.lower(): count for word, count in counts.items()}
        print_json({"instances": found, "totals": totalled, "interrupted": stopped})
    if stopped:
        return console.INTERRUPTED
    if counts["error"] and not counts["FAIL"]:
        return console.UNUSABLE
    return console.exit_code(failed=counts["FAIL"], undecided=counts["limit"])


def _check(
    cases: list[Case], outcomes: list[Outcome], settings: Settings, workers: int, as_json: bool
) -> bool:
    """Solve cases, print a line for each as it comes, and add outcomes in the cases' order.

    What `outcomes` has already is printed first. Return whether an interrupt ended it.
    """
    width = max(len(name) for name in [*(case.instance.name for case in cases),
                                       *(outcome.name for outcome in outcomes)])  # fmt: skip
    found: dict[int, Outcome] = {}
    stopped = False
    with Display(f"0 of {len(cases)} done") as display:

        def show(outcome: Outcome) -> None:
            display.print(f"{paint(outcome.word, 5)}  {line(outcome, width)}", err=as_json)

        def note(outcome: Outcome) -> None:
            found[id(outcome.case)] = outcome
            display.update(f"{len(found)} of {len(cases)} done")
            show(outcome)

        for outcome in outcomes:
            show(outcome)
        try:
            for outcome in run_all(cases, settings, workers):
                note(outcome)
        except Interrupted as stop:
            stopped = True
            note(stop.found)
        except KeyboardInterrupt:
            stopped = True
    outcomes += [found[id(case)] for case in cases if id(case) in found]
    return stopped


def _all(cases: list[Case], outcomes: list[Outcome]) -> list[Outcome]:
    """Return the outcomes, and of cases that were not run, that they were not."""
    by_case = {id(outcome.case): outcome for outcome in outcomes}
    rest = [by_case.pop(id(case), Outcome.not_run(case)) for case in cases]
    return [*by_case.values(), *rest]


def _report(outcomes: list[Outcome], command: str, junit: Path | None, table: Path | None) -> None:
    if junit:
        with writing("junit", junit):
            junit.write_text(junit_report(outcomes), encoding="utf-8")
    if table:
        with writing("table", table):
            write_table(table, command, outcomes)
