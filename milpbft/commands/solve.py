"""The command that solves one instance."""

import json
import re
from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated, Any

import typer

from milpbft.cases import Case
from milpbft.check.agreeing import cross_sizes
from milpbft.check.everywhere import prove
from milpbft.commands import console, options
from milpbft.commands.bundles import bundled
from milpbft.commands.console import Display, paint, print_json, writing
from milpbft.commands.lazy import example
from milpbft.commands.timeline import print_timeline
from milpbft.commands.unknown import unknown_quorum
from milpbft.errors import InputError, Interrupted
from milpbft.expectation import parse_expected
from milpbft.places import is_file
from milpbft.report.keep import KEPT, keep
from milpbft.report.lines import facts
from milpbft.report.sentence import sentence
from milpbft.report.theorem import theorem_lines, theorem_summary
from milpbft.solvers import Limits, watching
from milpbft.suite import Outcome, Settings, named_values, run

SOLUTION = "solution.json"


@example("milpbft solve dbft2-n4-t5-p1 --out worst --expect 1400")
@bundled
def solve(
    target: Annotated[str, options.TARGET],
    *,
    fields: options.Fields,
    solver: options.Solver = None,
    second: options.Second = None,
    certify: options.CertifyDir = None,
    limits: options.SolveLimits,
    no_start: options.NoStart = False,
    expect: options.Expect = None,
    all_sizes: options.AllSizes = False,
    log: options.LogFile = None,
    unknown: options.Unknown = None,
    cross: options.CrossSizes = None,
    out: options.Out = None,
    as_json: options.Json = False,
) -> int:
    """Find the worst schedule of an instance, prove it, and replay it on the reference."""
    for name, value in (("unknown", unknown), ("cross", cross)):
        if value is not None and not all_sizes:
            raise InputError(name, value, "with --all")
    if unknown is not None:
        return unknown_quorum(Case.of(target, **_any_size(target, fields)).instance, unknown,
                              limits, as_json=as_json)  # fmt: skip
    if all_sizes:
        milp = solver, cross
        return _all_sizes(target, fields, limits, out, milp=milp, as_json=as_json)
    case = Case.of(target, **fields)
    if expect is not None:
        case = replace(case, expected=parse_expected(expect))
    settings = Settings(solver, limits, not no_start, second, certify)
    settings.suit(case.instance)
    console.make_directory(out, [*KEPT, SOLUTION])
    console.make_directory(certify)
    console.try_file("log", log)
    stopped = False
    title = f"solving {case.instance.name}"
    with Display(title) as display, watching(log, console.Teller(display, title).tell):
        try:
            outcome = run(case, settings)
        except Interrupted as stop:
            outcome, stopped = stop.found, True
    summary = _summary(outcome, out)
    if as_json:
        print_json(summary)
    else:
        for name, value in facts(outcome, paint):
            typer.echo(f"{name:<15}{value}")
        if outcome.result and outcome.result.schedule:
            found = outcome.result.solution
            print_timeline(outcome.result.schedule, found.objective, found.bound)
        if out:
            typer.echo(f"\nkept in {out}")
    return console.INTERRUPTED if stopped else console.EXIT_CODES[outcome.verdict.status]


def _any_size(target: str, fields: dict[str, Any]) -> dict[str, Any]:
    """Return fields with some n, where none is given: the tables have none."""
    if fields["n"] is None and not re.search(r"-n\d", target) and not is_file(target):
        return {**fields, "n": 4 + 2 * int(fields.get("redundant") or 0)}
    return fields


def _all_sizes(
    target: str,
    fields: dict[str, Any],
    limits: Limits,
    out: Path | None,
    *,
    milp: tuple[str | None, int | None],
    as_json: bool,
) -> int:
    """Prove that no size admits the fork or the lock that an instance asks for, or show one."""
    instance = Case.of(target, **_any_size(target, fields)).instance
    console.make_directory(out)
    with Display(f"proving {instance.name} for all sizes"):
        theorem = prove(instance, limits)
        solver, most = milp
        if most is not None:
            theorem = cross_sizes(theorem, instance, most, solver=solver, limits=limits)
    kept = None
    if out and theorem.schedule:
        with writing("out", out):
            kept = str(keep(theorem.schedule, out))
    if as_json:
        print_json(theorem_summary(theorem, instance.name, kept))
    else:
        for name, value in theorem_lines(theorem, paint):
            typer.echo(f"{name:<15}{value}")
    replayed = theorem.replay is None or theorem.replay.status == "confirmed"
    failed = theorem.status in {"violated", "contradicted"} or not replayed
    return console.exit_code(failed=failed, undecided=theorem.status == "undecided")


def _summary(outcome: Outcome, out: Path | None) -> dict[str, Any]:
    """Return what is printed as JSON; keep it, and the schedule, in `out`."""
    result, schedule = outcome.result, None
    assert result is not None, "only a guarded run comes without a result"
    if out and result.schedule:
        with writing("out", out):
            kept = keep(
                result.schedule,
                out,
                answer=sentence(result),
                value=result.solution.objective,
                bound=result.solution.bound,
            )
            schedule = str(kept)
    verdict = asdict(outcome.verdict)
    summary = {
        "answer": sentence(result),
        **result.summary(),
        "verdict": verdict,
        "schedule": schedule,
    }
    if out:
        solution = {**summary, "values": named_values(result)}
        with writing("out", out):
            (out / SOLUTION).write_text(json.dumps(solution, indent=1) + "\n", "utf-8")
    return summary
