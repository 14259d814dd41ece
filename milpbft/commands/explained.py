"""Help of protocols: ``milpbft PROTOCOL --help``, and ``milpbft solve PROTOCOL --help``."""

from __future__ import annotations

from typing import Any

import typer

from milpbft.registry import PROTOCOLS, find

_OPTIONS = ("n", "horizon", "objective", "delivery", "semantics", "encoding")
"""Options of `solve` that say something of an instance; those that are fields apply."""

HELP = ("-h", "--help")


def protocol_command(name: str) -> Any:  # noqa: ANN401  (whatever Typer makes of it)
    """Return the command that explains a protocol, and says how its instances are solved."""
    app = typer.Typer(add_completion=False)

    def explained() -> int:
        _explain(name)
        return 0

    app.command(name, add_help_option=False)(explained)
    command: Any = typer.main.get_command(app)
    command.name, parse = name, command.parse_args
    # All that it takes is a wish for help; other words are refused as everywhere.
    command.parse_args = lambda ctx, args: parse(ctx, [arg for arg in args if arg not in HELP])
    return command


def explaining(name: str, command: Any) -> Any:  # noqa: ANN401
    """Let help of a command explain the protocol that the arguments name, or that has its name."""
    parse, shown = command.parse_args, command.format_help

    def parse_args(ctx: Any, args: list[str]) -> Any:  # noqa: ANN401
        words = args[: args.index("--")] if "--" in args else args
        about = next((arg for arg in words if arg in PROTOCOLS), None)
        if about and not hasattr(command, "commands") and set(HELP) & set(words):
            _explain(about)
            ctx.exit()
        return parse(ctx, args)

    def format_help(ctx: Any, formatter: Any) -> None:  # noqa: ANN401
        shown(ctx, formatter)
        if name in PROTOCOLS:
            _explain(name)

    command.parse_args, command.format_help = parse_args, format_help
    return command


def _explain(protocol: str) -> None:
    found = about_protocol(protocol)
    print_protocol(found)
    fields = {field["name"] for model in found["models"].values() for field in model["fields"]}
    if PROTOCOLS[protocol].questions:
        own = [option for option in _OPTIONS if option in fields or option == "objective"]
        typer.echo(
            f"\nmilpbft solve {protocol} takes --{', --'.join(own)}, and every field with "
            "--set FIELD=VALUE;\nmilpbft solve --help says the rest."
        )


def about_protocol(name: str) -> dict[str, Any]:
    """Return a protocol's fields and objectives, by semantics."""
    # Imported here: only who asks pays.
    from milpbft.question.about import fields_of, objectives_of  # noqa: PLC0415
    from milpbft.question.files import question_of  # noqa: PLC0415

    entry = find(name)
    models = {}
    for semantics in entry.questions:
        question = question_of(name, semantics)
        models[semantics] = {
            "example": _example(name, getattr(question, "example", None)),
            "fields": [field._asdict() for field in fields_of(question)],
            "objectives": objectives_of(question),
        }
    return {
        "protocol": name,
        "title": entry.title,
        "commands": sorted(entry.commands),
        "models": models,
    }


def _example(protocol: str, example: str | None) -> str | None:
    """Return a name of the protocol; protocols that share their questions share examples."""
    return example and "-".join([protocol, *example.split("-")[1:]])


def print_protocol(found: dict[str, Any]) -> None:
    """Print a protocol's fields, with values, defaults and meanings, and its objectives."""
    typer.secho(f"{found['protocol']}: {found['title']}", bold=True)
    for command in found["commands"]:
        typer.echo(f"  has commands of its own: milpbft {command} --help")
    for semantics, model in found["models"].items():
        typer.secho(f"\n{semantics} instances; fields, how names say them, and values", bold=True)
        if model["example"]:
            typer.echo(f"  a name: {model['example']}")
        for field in model["fields"]:
            default = f", default {field['default']}" if field["default"] else ", must be given"
            spelled = f"  {field['spelled']}" if field["spelled"] else ""
            typer.echo(f"  {field['name']}{spelled}: {field['allowed']}{default}")
            typer.echo(f"      {field['text']}")
        typer.secho("  objectives", bold=True)
        for name, text in model["objectives"].items():
            typer.echo(f"  {name}: {text}")
