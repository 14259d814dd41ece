"""A command line whose commands are imported when they are called or listed."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import typer
from typer.core import TyperCommand

from milpbft.commands.console import Commands
from milpbft.commands.explained import explaining, protocol_command
from milpbft.commands.former import taking_former
from milpbft.commands.summary import summary
from milpbft.registry import PROTOCOLS, commands, load

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
        its own, as ``module:name``. Functions have an :func:`example`. Rooms of other packages
        bring theirs when all are listed, or one is called that is not here. A protocol is a command
        that explains itself.
    """

    class Lazy(Commands):
        listed = False

        def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401
            return [*places, *(name for name in commands(PROTOCOLS) if name not in places)]

        def format_help(self, ctx: Any, formatter: Any) -> None:  # noqa: ANN401
            self.listed = True
            try:
                super().format_help(ctx, formatter)
            finally:
                self.listed = False

        def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401
            place = places.get(cmd_name) or commands(PROTOCOLS).get(cmd_name)
            if self.listed and place is not None and (line := summary(place)):
                return TyperCommand(cmd_name, help=line)
            if place is not None:
                return taking_former(explaining(cmd_name, _command(cmd_name, place)))
            return protocol_command(cmd_name) if cmd_name in PROTOCOLS else None

        def resolve_command(self, ctx: Any, args: list[str]) -> Any:  # noqa: ANN401
            # Typer looks for what was meant among the commands that it holds: here none.
            if not args[0].startswith("-") and self.get_command(ctx, args[0]) is None:
                meant = get_close_matches(args[0], self.list_commands(ctx))
                hint = f" Did you mean {', '.join(map(repr, meant))}?" if meant else ""
                ctx.fail(f"No such command {args[0]!r}.{hint}")
            return super().resolve_command(ctx, args)

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
