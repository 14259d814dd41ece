"""The command that holds instance files against their expectations."""

import shlex
from pathlib import Path
from time import perf_counter

import typer

from milpbft.commands import console, options
from milpbft.commands.bundles import bundled
from milpbft.commands.console import Display, paint, print_json, writing
from milpbft.commands.lazy import example
from milpbft.errors import InputError
from milpbft.report.junit import junit as junit_report
from milpbft.report.lines import line
from milpbft.report.table import check_table, write_table
from milpbft.suite import Case, Outcome, Settings, find, run_all, totals

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
    weak = [one.case.instance.name for one in outcomes if len(one.evidence.checks) < _ENOUGH]
    if table and weak:
        typer.echo(f"fewer than {_ENOUGH} checks: {', '.join(weak)}", err=as_json)
    if record:
        for outcome in outcomes:
            with writing("record", outcome.case.path or Path()):
                outcome.record()
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
