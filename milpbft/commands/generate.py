"""The command that writes models as files."""

from dataclasses import asdict
from pathlib import Path
from time import perf_counter
from typing import Annotated, Any

import typer

from milpbft.cases import Case
from milpbft.commands import console, options
from milpbft.commands.bundles import bundled
from milpbft.commands.console import Display, print_json, writing
from milpbft.commands.lazy import example
from milpbft.errors import InputError
from milpbft.milp.write import SUFFIXES, write
from milpbft.room import room_of


@example("milpbft generate dbft2-n4-t5-p1 dbft2-n7-t5-p1 --format mps.gz")
@bundled
def generate(
    targets: Annotated[list[str], options.TARGET],
    *,
    fields: options.Fields,
    file_format: options.Format = "lp",
    out: options.ModelDir = Path(),
    as_json: options.Json = False,
) -> int:
    """Write the MILPs of instances as files that other solvers read."""
    allowed = [suffix.removeprefix(".") for suffix in SUFFIXES]
    if file_format not in allowed:
        raise InputError("format", file_format, f"one of {', '.join(allowed)}")
    cases = [Case.of(target, **fields) for target in targets]
    chosen = {case.instance: case for case in cases}.values()
    console.make_directory(out, [_name(case, file_format) for case in chosen])
    models = []
    for case in chosen:
        model, size = _generate(case, out, file_format)
        models.append(model | size)
        typer.echo(model["path"], err=as_json)
        for name, count in size.items():
            typer.echo(f"  {name:<14}{count:>12}", err=as_json)
    if as_json:
        print_json({"models": models})
    return console.OK


def _name(case: Case, file_format: str) -> str:
    return f"{case.instance.name}-{case.instance.encoding}.{file_format}"


def _generate(case: Case, out: Path, file_format: str) -> tuple[dict[str, Any], dict[str, int]]:
    instance, begin = case.instance, perf_counter()
    path = out / _name(case, file_format)
    with Display(f"writing {path.name}"), writing("out", path):
        problem = room_of(instance.protocol).model(instance).problem
        built = perf_counter() - begin
        write(problem, path)
    model = {
        "instance": instance.name,
        "semantics": instance.semantics,
        "encoding": instance.encoding,
        "path": str(path),
        "build_seconds": round(built, 4),
    }
    return model, asdict(problem.size)
