"""The commands that read a store: what is in it, what differs from another, pictures of it."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from milpbft.commands import console, options
from milpbft.commands.bundles import bundled
from milpbft.commands.console import paint, print_json, writing
from milpbft.commands.lazy import example
from milpbft.store import OUTCOMES, Store, as_json
from milpbft.store.compare import differences
from milpbft.store.export import export
from milpbft.store.filters import chosen

if TYPE_CHECKING:
    from milpbft.store import Record

StoreFile = Annotated[
    Path, typer.Argument(help="A store that `milpbft sweep` filled.", metavar="FILE")
]
OtherFile = Annotated[
    Path | None, typer.Option("--against", help="An older store, to compare with.", metavar="FILE")
]
Where = Annotated[
    str,
    typer.Option("--where", help="A condition such as n>=7 and outcome=='failed'.", metavar="TEXT"),
]
ExportFile = Annotated[
    Path | None, typer.Option("--export", help="Write a .csv or .parquet file.", metavar="FILE")
]
SoluFile = Annotated[
    Path | None,
    typer.Option("--solu", help="Write the answers as MIPLIB's .solu file has them.",
                 metavar="FILE"),
]  # fmt: skip
X = Annotated[str, typer.Option("--x", help="What goes to the right.", metavar="NAME")]
Y = Annotated[str, typer.Option("--y", help="What goes up.", metavar="NAME")]
By = Annotated[str | None, typer.Option("--by", help="A line for each of its values.",
                                        metavar="NAME")]  # fmt: skip
Picture = Annotated[Path, typer.Option("--out", help="The page to write.", metavar="FILE.html")]
_WORDS = {"optimal": "ok", "infeasible": "ok", "failed": "FAIL"}


@example("milpbft results results.db --where \"n >= 7 and outcome == 'failed'\"")
@bundled
def results(
    store: StoreFile,
    *,
    text: options.Filter = "",
    where: Where = "True",
    against: OtherFile = None,
    export_to: ExportFile = None,
    solu: SoluFile = None,
    as_object: options.Json = False,
) -> int:
    """Print the results of a sweep, compare two stores, or export them."""
    console.try_file("export", export_to)
    console.try_file("solu", solu)
    with Store(store) as opened:
        found = list(chosen(opened.records(), text, where))
    if export_to:
        with writing("export", export_to):
            export(found, export_to)
    if solu:
        # Imported here: it brings the models.
        from milpbft.report.benchmark import solu_line  # noqa: PLC0415

        with writing("solu", solu):
            solu.write_text("".join(f"{solu_line(record)}\n" for record in found), "utf-8")
    if against:
        return _compare(against, found, text, where, as_object)
    counts = Counter(record.outcome for record in found)
    if as_object:
        totals = {word: counts[word] for word in OUTCOMES}
        print_json({"results": [as_json(record) for record in found], "totals": totals})
        return console.OK
    width = max((len(record.instance) for record in found), default=0)
    for record in found:
        typer.echo(_line(record, width))
    words = [f"{counts[word]} {word}" for word in OUTCOMES if counts[word]]
    typer.echo(f"{len(found)} results: {', '.join(words) or 'none'}")
    return console.OK


def _line(record: Record, width: int) -> str:
    word = paint(_WORDS.get(record.outcome, "limit"), 5)
    told = record.reason if record.outcome == "failed" else record.answer
    note = f"  (from {record.implied})" if record.implied else ""
    who = f"{record.encoding}, {record.solver}"
    return f"{word}  {record.instance:<{width}}  {told:<14}  {record.seconds:8.2f} s  {who}{note}"


def _compare(against: Path, found: list[Record], text: str, where: str, as_object: bool) -> int:
    with Store(against) as older:
        before = list(chosen(older.records(), text, where))
    changes = differences(before, found)
    wrong = sum(change.contradiction for change in changes)
    if as_object:
        rows = [
            {
                "change": change.change,
                "contradiction": change.contradiction,
                "before": change.before and as_json(change.before),
                "after": change.after and as_json(change.after),
            }
            for change in changes
        ]
        print_json({"changes": rows, "contradictions": wrong})
    else:
        for change in changes:
            typer.echo(str(change))
        typer.echo(f"{len(changes)} differences, {wrong} contradictions")
    return console.exit_code(failed=wrong)


@example("milpbft plot results.db --x n --y value --by objective")
@bundled
def plot(
    store: StoreFile,
    *,
    x: X = "n",
    y: Y = "value",
    by: By = None,
    text: options.Filter = "",
    where: Where = "True",
    out: Picture = Path("plot.html"),
    as_object: options.Json = False,
) -> int:
    """Draw one number of a sweep's results over another, as a page that needs no network."""
    # Imported here: Plotly takes a while.
    from milpbft.report.scatter import scatter  # noqa: PLC0415

    with Store(store) as opened:
        found = list(chosen(opened.records(), text, where))
    figure = scatter(found, x, y, by)
    console.try_file("out", out)
    with writing("out", out):
        out.write_text(figure.to_html(include_plotlyjs=True), "utf-8")
    points = sum(len(trace.x) for trace in figure.data)
    typer.echo(f"{points} results in {out}", err=as_object)
    if as_object:
        print_json({"path": str(out), "results": points, "lines": len(figure.data)})
    return console.OK
