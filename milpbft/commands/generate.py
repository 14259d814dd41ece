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
from milpbft.family import Family
from milpbft.milp.write import SUFFIXES, write
from milpbft.report.benchmark import Answers
from milpbft.room import room_of

SOLU = "milpbft.solu"
_FAMILY = typer.Option("--family", help="All instances of a family.", metavar="FILE.toml")
_STORE = typer.Option("--store", help="A sweep's results, for .solu and .sol.", metavar="FILE")


@example("milpbft generate dbft2-n4-t5-p1 dbft2-n7-t5-p1 --format mps.gz")
@bundled
def generate(
    targets: Annotated[list[str] | None, options.TARGET] = None,
    *,
    fields: options.Fields,
    family: Annotated[Path | None, _FAMILY] = None,
    store: Annotated[Path | None, _STORE] = None,
    file_format: options.Format = "lp",
    out: options.ModelDir = Path(),
    as_json: options.Json = False,
) -> int:
    """Write the MILPs of instances as files that other solvers read.

    With `--family` or `--store`, answers are written beside them in MIPLIB's formats.
    """
    allowed = [suffix.removeprefix(".") for suffix in SUFFIXES]
    if file_format not in allowed:
        raise InputError("format", file_format, f"one of {', '.join(allowed)}")
    cases = [Case.of(target, **fields) for target in targets or ()]
    if family:
        cases += [
            Case(task.instance).changed(_given(fields)) for task in Family.read(family).tasks()
        ]
    if not cases:
        raise InputError("targets", [], "an instance, or --family with a file")
    chosen = {(case.instance.name, case.instance.encoding): case for case in cases}.values()
    console.make_directory(out, [_name(case, file_format) for case in chosen])
    models = []
    answers = Answers.read(store) if family or store else None
    for case in chosen:
        model, size = _generate(case, out, file_format)
        models.append(model | size)
        if answers:
            with writing("out", out):
                model |= answers.write_point(case, out)
        typer.echo(model["path"], err=as_json)
        for name, count in size.items():
            typer.echo(f"  {name:<14}{count:>12}", err=as_json)
    if answers:
        with writing("out", out / SOLU):
            (out / SOLU).write_text("".join(f"{answers.line(case)}\n" for case in chosen), "utf-8")
        typer.echo(str(out / SOLU), err=as_json)
    if as_json:
        print_json({"models": models})
    return console.OK


def _given(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


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
