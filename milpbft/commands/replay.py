"""The command that runs a schedule on the reference implementation."""

from dataclasses import asdict
from pathlib import Path

import typer

from milpbft.commands import console, options
from milpbft.commands.bundles import bundled
from milpbft.commands.console import Display, paint, print_json
from milpbft.commands.lazy import example
from milpbft.commands.schedules import given_schedule
from milpbft.driver.benches import bench_of
from milpbft.driver.client import Driver, DriverError
from milpbft.driver.meaning import setup_of
from milpbft.driver.play import play
from milpbft.room import with_detail
from milpbft.schedule import Schedule
from milpbft.solve import replay_schedule


@example("milpbft replay worst/schedule.json")
@bundled
def replay(
    schedule: options.ScheduleFile,
    *,
    driver: options.DriverCommand = "",
    profile: options.Profile = "",
    patience: options.Patience = 10.0,
    record: options.RecordFile = None,
    as_json: options.Json = False,
) -> int:
    """Run a schedule on the reference, or on a driver, and say whether it happens there."""
    read = given_schedule(schedule)
    if driver or profile or record is not None:
        return _drive(read, driver, profile, patience, record, as_json=as_json)
    with Display(f"replaying {schedule.name}"):
        verdict = replay_schedule(read)
    if as_json:
        about = {"protocol": read.protocol, "n": read.n, "source": read.source}
        print_json({"schedule": str(schedule), **about, "verdict": asdict(verdict)})
    else:
        typer.echo(": ".join(filter(None, [paint(verdict.status), verdict.reason])))
    return console.EXIT_CODES[verdict.status]


def _drive(
    schedule: Schedule,
    words: str,
    profile: str,
    patience: float,
    record: Path | None,
    *,
    as_json: bool,
) -> int:
    """Play a schedule on a driver, or on our own nodes of a profile."""
    schedule = with_detail(schedule, drivable=True)
    setup = setup_of(schedule, profile)
    try:
        with Display("driving"):
            if words:
                with Driver(words, setup, patience) as driver:
                    played = play(schedule, driver)
            else:
                played = play(schedule, bench_of(setup))
    except DriverError as error:
        return console.complain(f"driver: it {error}", console.FAILED)
    if record is not None and played.recording is not None:
        with console.writing("record", record):
            record.write_text(played.recording.line(), encoding="utf-8")
    if as_json:
        shown = {k: getattr(played, k) for k in ("difference", "states", "settled", "freed")}
        print_json(shown)
    else:
        typer.echo(paint("refuted" if played.difference else "confirmed"))
        if played.difference:
            typer.echo(f"  {played.difference}")
        for node, state in played.states.items():
            typer.echo(f"  node {node}: {', '.join(f'{k} {v}' for k, v in state.items())}")
        if not played.difference:
            rest = "it comes to rest" if played.settled else "it does not come to rest"
            freed = ", ".join(map(str, played.freed)) or "nobody"
            typer.echo(f"settling: {rest}, and frees {freed}")
    return console.exit_code(failed=bool(played.difference))
