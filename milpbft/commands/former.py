"""Options that had other names before: they are taken, and the user told which there are now."""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import typer

from milpbft.errors import Renamed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FORMER = {"--dishonest": "--byzantine", "--lying": "--byzantine", "--down": "--silent-primary"}
"""Former names of options, and those of now; a command takes the former where it has the other."""


def taking_former(command: Any) -> Any:  # noqa: ANN401  (whatever Typer makes of it)
    """Let a command, and those of its group, take the former names of their options."""
    for one in getattr(command, "commands", {}).values():
        taking_former(one)
    parse, options = command.parse_args, {o for p in command.params for o in p.opts}
    known = {old: new for old, new in FORMER.items() if new in options and old not in options}
    if known:
        command.parse_args = lambda ctx, args: parse(ctx, list(_present(args, known)))
    return command


def _present(args: list[str], known: dict[str, str]) -> Iterator[str]:
    for arg in args:
        name, mark, value = arg.partition("=")
        if name in known:
            warnings.warn(f"{name} is called {known[name]} now", Renamed, stacklevel=2)
        yield known.get(name, name) + mark + value


@contextmanager
def told() -> Iterator[None]:
    """Show warnings of former names in one line each, on standard error, and each but once."""
    with warnings.catch_warnings():
        warnings.simplefilter("default", Renamed)
        others = warnings.showwarning

        def show(message: Any, category: type[Warning], *where: Any) -> None:  # noqa: ANN401
            if issubclass(category, Renamed):
                typer.echo(f"note: {message}", err=True)
            else:
                others(message, category, *where)

        shown: Callable[..., None] = show
        warnings.showwarning = shown
        yield
