"""The command that runs a schedule on the reference implementation."""

from dataclasses import asdict

import typer

from milpbft.commands import console, options
from milpbft.commands.bundles import bundled
from milpbft.commands.console import Display, paint, print_json
from milpbft.commands.lazy import example
from milpbft.errors import InputError
from milpbft.schedule.files import read_schedule
from milpbft.solve import replay_schedule


@example("milpbft replay worst/schedule.json")
@bundled
def replay(schedule: options.ScheduleFile, *, as_json: options.Json = False) -> int:
    """Run a schedule on the reference implementation, and say whether it happens there."""
    try:
        read = read_schedule(schedule)
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
