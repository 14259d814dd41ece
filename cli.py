"""The command line: a line per command. Each is imported when it is called."""

from typing import Annotated

import typer

from milpbft import __version__
from milpbft.commands.lazy import lazy
from milpbft.registry import commands

COMMANDS = {
    "list": "milpbft.commands.list:list_instances",
    "describe": "milpbft.commands.describe:describe",
    "solve": "milpbft.commands.solve:solve",
    "certify": "milpbft.commands.certify:certify",
    "verify": "milpbft.commands.verify:verify",
    "generate": "milpbft.commands.generate:generate",
    "check": "milpbft.commands.check:check",
    "sweep": "milpbft.commands.sweep:sweep",
    "results": "milpbft.commands.results:results",
    "plot": "milpbft.commands.results:plot",
    "replay": "milpbft.commands.replay:replay",
    "report": "milpbft.commands.report:report",
    "conform": "milpbft.commands.conform:conform",
    "simulate": "milpbft.commands.simulate:simulate",
    "claims": "milpbft.commands.claims:claims",
    "automaton": "milpbft.commands.automaton:app",
    **commands(),
}

app = typer.Typer(
    cls=lazy(COMMANDS),
    context_settings={"help_option_names": ["-h", "--help"]},
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


Version = Annotated[
    bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
]


@app.callback()
def _app(version: Version = False) -> None:
    """Worst-case schedules of Byzantine consensus protocols, proven and replayed."""


if __name__ == "__main__":
    main()
