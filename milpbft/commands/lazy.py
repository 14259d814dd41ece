"""A command line whose commands are imported when they are called or listed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from milpbft.commands.console import Commands
from milpbft.registry import load

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def example(call: str) -> Callable[[Callable[..., int]], Callable[..., int]]:
    """Give a command the example that ends its help."""

    def note(command: Callable[..., int]) -> Callable[..., int]:
        vars(command)["example"] = call
        return command

    return note


def lazy(places: Mapping[str, str]) -> type[Commands]:
    """Return a group that has a command for each name, imported from its place when needed.

    Parameters
    ----------
    places
        By name, in the order of the help: a command's function, or a Typer app that is a group of
        its own, as ``module:name``. Functions have an :func:`example`.
    """

    class Lazy(Commands):
        def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401
            return list(places)

        def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401
            return _command(cmd_name, places[cmd_name]) if cmd_name in places else None

    return Lazy


def _command(name: str, place: str) -> Any:  # noqa: ANN401  (whatever Typer makes of it)
    found = load(place)
    if isinstance(found, typer.Typer):
        command = typer.main.get_command(found)
    else:
        app = typer.Typer(add_completion=False, rich_markup_mode="rich")
        app.command(name, epilog=f"Example: {found.example}")(found)
        command = typer.main.get_command(app)
    command.name = name
    return command
