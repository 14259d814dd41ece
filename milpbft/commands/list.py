"""The command that lists what there is: protocols, and the instances that ship."""

from collections import defaultdict
from typing import Annotated, Any

import typer

from milpbft.cases import Case, shipped
from milpbft.commands import options
from milpbft.commands.bundles import bundled
from milpbft.commands.console import print_json
from milpbft.commands.lazy import example
from milpbft.question.meaning import counted
from milpbft.registry import PROTOCOLS, find
from milpbft.report.sentence import expected_sentence

Protocol = Annotated[
    str | None,
    typer.Argument(metavar="[PROTOCOL]", help="Only instances of this protocol, with answers."),
]


@example("milpbft list pbft --filter lock")
@bundled
def list_instances(
    protocol: Protocol = None, *, text: options.Filter = "", as_json: options.Json = False
) -> int:
    """List protocols, or the instances that ship, by family, with their answers."""
    if protocol is None and not text:
        return _protocols(as_json=as_json)
    if protocol is not None:
        find(protocol)
    families: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for case in _cases():
        if protocol in (None, case.instance.protocol) and text in case.instance.name:
            families[_place(case).split("/")[0]].append(_summary(case))
    if as_json:
        print_json({"families": families})
        return 0
    for family, found in families.items():
        typer.secho(f"{family}: {counted(len(found), 'instance')}", bold=True)
        for one in found:
            typer.echo(f"  {one['instance']}")
            typer.echo(f"    {one['answer']}")
    if not families:
        typer.echo("no instance that ships fits; `milpbft describe` says how names are made")
    return 0


def _cases() -> list[Case]:
    """Read all instance files that ship."""
    return [Case.read(path) for path in sorted(shipped().rglob("*.toml"))]


def _place(case: Case) -> str:
    """Return where a file is below the directory of instances."""
    assert case.path is not None, "it was read from a file"
    return case.path.relative_to(shipped()).as_posix()


def _summary(case: Case) -> dict[str, Any]:
    known = case.expected
    return {
        "instance": case.instance.name,
        "file": _place(case),
        "status": known.status if known else None,
        "objective": known.objective if known else None,
        "answer": expected_sentence(case.instance, known) if known else "Nothing is expected.",
    }


def _protocols(*, as_json: bool) -> int:
    """List every protocol, with the number of its instances."""
    counts: dict[str, int] = defaultdict(int)
    for case in _cases():
        counts[case.instance.protocol] += 1
    rows: list[dict[str, Any]] = [
        {
            "protocol": name,
            "title": (entry := find(name)).title,
            "semantics": list(entry.questions),
            "instances": counts[name],
        }
        for name in PROTOCOLS
    ]
    if as_json:
        print_json({"protocols": rows})
        return 0
    names, titles = (max(len(row[key]) for row in rows) + 2 for key in ("protocol", "title"))
    for row in rows:
        kinds = ", ".join(row["semantics"]) or "reference only"
        typer.echo(
            f"{row['protocol']:<{names}}{row['title']:<{titles}}{row['instances']:>4}  {kinds}"
        )
    typer.echo("\n`milpbft list PROTOCOL` shows its instances with their answers,")
    typer.echo("`milpbft describe PROTOCOL` its fields, objectives and names.")
    return 0
