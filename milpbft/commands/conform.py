"""The command that compares an implementation with a reference, and a reference with recordings."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

import typer

from milpbft.commands import console, options
from milpbft.commands.bundles import bundled
from milpbft.commands.console import Display, print_json
from milpbft.commands.lazy import example
from milpbft.driver.benches import bench_of, options_of
from milpbft.driver.conform import Report
from milpbft.driver.conform import conform as compare
from milpbft.driver.conform import record as make
from milpbft.driver.recording import Recording, play, read_recordings
from milpbft.errors import InputError
from milpbft.sim.bench import Setup


@example("milpbft conform --driver ./driver --protocol dbft2 --profile neo-go --runs 1000")
@bundled
def conform(
    *,
    driver: options.DriverCommand = "",
    protocol: options.DrivenProtocol = "dbft2",
    profile: options.Profile = "",
    n: options.Nodes = 4,
    others: options.Set = None,
    seeds: options.Seeds,
    patience: options.Patience = 10.0,
    record: options.RecordFile = None,
    recording: options.RecordingFile = None,
    as_json: options.Json = False,
) -> int:
    """Play random runs on a driver and on the reference, or a recording on the reference."""
    own = options_of(others or ())
    if recording is not None:
        if driver or record is not None:
            raise InputError("recording", str(recording), "neither --driver nor --record beside it")
        return _recorded(recording, profile, own, as_json=as_json)
    setup = Setup(protocol, n, 10 * n, profile=profile or _usual(protocol), options=own)
    bench_of(setup)  # says what is wrong with the options before anything runs
    if not driver:
        if record is None:
            raise InputError("driver", driver, "a command; or a file to --record, or a --recording")
        with _file(record) as file:
            for one in make(setup, seeds):
                file.write(one.line())
        typer.echo(f"{len(seeds)} runs of {protocol} in {record}", err=as_json)
        return console.OK
    with Display(f"{len(seeds)} runs"), _file(record) as file:
        report = compare(driver, setup, seeds, patience=patience, keep=lambda one: _keep(file, one))
    _print(report, as_json=as_json)
    return console.exit_code(failed=report.runs - report.agreeing)


def _usual(protocol: str) -> str:
    return "neo-go" if protocol == "dbft2" else ""


@contextmanager
def _file(path: Path | None) -> Iterator[TextIO]:
    if path is None:
        with Path("/dev/null").open("w", encoding="utf-8") as file:
            yield file
        return
    with console.writing("record", path), path.open("w", encoding="utf-8") as file:
        yield file


def _keep(file: TextIO, one: Recording) -> None:
    file.write(one.line())


def _recorded(path: Path, profile: str, own: dict[str, str], *, as_json: bool) -> int:
    runs, steps, failed = 0, 0, []
    with Display(f"playing {path.name}"):
        for number, one in enumerate(read_recordings(path), start=1):
            setup = one.setup(profile or _usual(one.protocol), own)
            difference = play(one, bench_of(setup))
            runs, steps = runs + 1, steps + len(one.steps)
            if difference is not None:
                failed.append((number, difference))
    told = [{"line": number, **difference.model_dump()} for number, difference in failed]
    if as_json:
        print_json({"recordings": runs, "steps": steps, "differences": told})
    else:
        typer.echo(f"{runs - len(failed)} of {runs} recordings agree, {steps} steps")
        for number, difference in failed[:10]:
            typer.echo(f"  line {number}: {difference.what}")
    return console.exit_code(failed=len(failed))


def _print(report: Report, *, as_json: bool) -> None:
    if as_json:
        findings = [
            {
                "kind": finding.kind,
                "runs": finding.runs,
                "difference": finding.difference.what,
                "shortest": finding.shortest.model_dump(),
            }
            for finding in report.findings
        ]
        counts = {"runs": report.runs, "agree": report.agreeing}
        print_json({**counts, "faults": report.faults, "findings": findings})
        return
    typer.echo(f"{report.agreeing} of {report.runs} runs agree")
    for line in report.faults:
        typer.echo(f"  {line}")
    for finding in report.findings:
        typer.echo(f"{finding.runs} runs differ: {finding.kind}")
        typer.echo(f"  shortest, at n = {finding.shortest.n}, height {finding.shortest.height}:")
        for number, step in enumerate(finding.shortest.steps):
            asked = (f"{k} {v}" for k, v in step.items() if k not in ("sent", "state"))
            typer.echo(f"    {number}: {' '.join(asked)}")
        typer.echo(f"  {finding.difference.what}")
