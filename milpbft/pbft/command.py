"""The commands on PBFT, Linear BFT and SBFT, a group of the command line."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated, Any

import typer

from milpbft.commands import options
from milpbft.commands.console import OK, Display, exit_code, print_json
from milpbft.errors import InputError
from milpbft.pbft.counting import count_messages
from milpbft.pbft.formulas import first_decision, latency
from milpbft.pbft.formulas_sbft import Setting, sbft_latency
from milpbft.pbft.frontier import Row, frontier
from milpbft.pbft.instance import REDUNDANT
from milpbft.pbft.normal import decide_normally
from milpbft.pbft.reference.family import REFERENCES

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="What PBFT, Linear BFT and SBFT bear and cost."
)

LARGEST = 300
"""The most that an option takes which counts faulty or redundant nodes."""
LARGEST_N = 1000
"""The same of nodes."""
LONGEST = 1_000_000
"""The same of ticks."""

_ONE_C = "n = 3f + 2c + 1; not of PBFT and Linear BFT."

Protocols = Annotated[
    list[str] | None,
    typer.Option(
        "--protocol", metavar="NAME", help=f"Repeatable; by default {', '.join(REFERENCES)}."
    ),
]


def _repeated(name: str, default: str, what: str) -> Any:  # noqa: ANN401
    help_ = f"{what} Repeatable; by default {default}."
    return typer.Option(name, metavar=name.strip("-").upper(), help=help_)


@app.callback()
def _group() -> None:
    """What PBFT, Linear BFT and SBFT bear and cost."""


@app.command(name="frontier", epilog="Example: milpbft pbft frontier --f 1 --c 0 --c 1")
def frontier_(
    *,
    protocol: Protocols = None,
    f: Annotated[list[int] | None, _repeated("--f", "1", "Faults that quorums are for.")] = None,
    c: Annotated[list[int] | None, _repeated("--c", "0", _ONE_C)] = None,
    solver: options.Solver = None,
    as_json: options.Json = False,
) -> int:
    """Prove the fewest faulty nodes that break a protocol, by n, f and c.

    fork: Byzantine ones make two decide differently; lock: they keep all from deciding for good,
    without gossip; silent: the same of silent nodes; stall: a view with a correct primary does not
    decide; slow: SBFT leaves its fast path. Exit code 1 where a replay is not confirmed.
    """
    redundant = _redundant(protocol, c or [0])
    sizes = [
        (name, faults, pairs)
        for name in _members(protocol)
        for faults in _checked("f", f or [1], 1)
        for pairs in (redundant if name in REDUNDANT else [0])
    ]
    rows: list[Row] = []
    with Display("proving minima") as display:
        for size in sizes:
            display.update("{}, f = {}, c = {}".format(*size))
            rows += frontier([size], solver)
    found = [asdict(row) for row in rows]
    if as_json:
        found = [{"answer": row.answer, **one} for row, one in zip(rows, found, strict=True)]
    _print(found, as_json=as_json)
    for row in rows if not as_json else ():
        typer.echo(f"\n{row.answer}")
    return exit_code(failed=sum(not row.confirmed for row in rows))


@app.command(epilog="Example: milpbft pbft messages --n 4 --n 100 --protocol linear")
def messages(
    *,
    protocol: Protocols = None,
    n: Annotated[list[int] | None, _repeated("--n", "4, 7 and 10", "Nodes.")] = None,
    c: Annotated[int, typer.Option("--c", metavar="C", help=_ONE_C)] = 0,
    solver: options.Solver = None,
    as_json: options.Json = False,
) -> int:
    """Count the messages of a decision without faults, in all runs of a model and on replicas.

    From point to point; replies and execution certificates are not counted. Replicas of SBFT run
    twice, once on each path. Exit code 1 where model and replicas differ.
    """
    rows: list[dict[str, Any]] = []
    (pairs,) = _redundant(protocol, [c])
    with Display("counting messages") as display:
        for name in _members(protocol):
            for nodes in n or [4, 7, 10]:
                display.update(f"{name}, n = {nodes}")
                rows.append(_counted(name, nodes, pairs if name in REDUNDANT else 0, solver))
    _print(rows, as_json=as_json)
    return exit_code(failed=sum(not row["agrees"] for row in rows))


@app.command(
    name="latency",
    epilog="Example: milpbft pbft latency --n 4 --protocol linear --timeout 8 --gst 1 --silent 1",
)
def latency_(
    *,
    n: Annotated[int, typer.Option("--n", metavar="N", help="Nodes: f of them may be faulty.")],
    protocol: Annotated[
        str, typer.Option("--protocol", metavar="NAME", help=f"One of {', '.join(REFERENCES)}.")
    ] = "pbft",
    timeout: Annotated[
        int, typer.Option("--timeout", metavar="T", help="Ticks of view 0, twice as many per view.")
    ],
    gst: Annotated[int, typer.Option("--gst", metavar="G", help="When delays get a bound.")] = 0,
    delta: Annotated[int, typer.Option("--delta", metavar="D", help="That bound, in ticks.")] = 1,
    silent: Annotated[int, typer.Option("--silent", metavar="B", help="Silent nodes.")] = 0,
    byzantine: Annotated[
        int,
        typer.Option("--byzantine", metavar="B", help="Byzantine nodes, in place of silent ones."),
    ] = 0,
    c: Annotated[int, typer.Option("--c", metavar="C", help=_ONE_C)] = 0,
    collector: Annotated[
        int,
        typer.Option(
            "--collector", metavar="W", help="Ticks of the collector's timer, sbft alone."
        ),
    ] = 1,
    as_json: options.Json = False,
) -> int:
    """Print by which tick the first and the last node have decided at worst, by the formulas.

    Byzantine nodes may keep the last from deciding, or all: never. With a timeout or GST that the
    formulas are not for, exit code 2.
    """
    _members([protocol])
    asked = {"n": n, "timeout": timeout, "gst": gst, "delta": delta, "silent": silent}
    _checked("timeout", [timeout], 1, LONGEST)
    _checked("gst", [gst], 0, LONGEST)
    _checked("delta", [delta], 1, LONGEST)
    _redundant([protocol], [c])
    _checked("n", [n], 2 * c + 4, LARGEST_N)
    faults = (n - 2 * c - 1) // 3
    for name, count in (("silent", silent), ("byzantine", byzantine)):
        if not 0 <= count <= faults:
            raise InputError(name, count, f"from 0 to f = {faults} of {n} nodes")
    _checked("collector", [collector], 1, LONGEST if protocol == "sbft" else 1)
    _checked("byzantine", [byzantine], 0, 0 if silent or protocol in REDUNDANT else LARGEST)
    found: dict[str, int | None]
    if protocol in REDUNDANT:
        timer = collector if protocol == "sbft" else None
        found = asdict(sbft_latency(Setting(silent, c, timer, gst, delta), timeout))
        asked |= {"c": c} if timer is None else {"c": c, "collector": timer}
    elif byzantine:
        found = {"first": first_decision(protocol, byzantine, timeout, gst, delta), "last": None}
        asked |= {"byzantine": byzantine}
    else:
        found = asdict(latency(protocol, silent, timeout, gst, delta))
    if as_json:
        print_json({"protocol": protocol, **asked, **found})
    else:
        for what, tick in found.items():
            typer.echo(f"{what:<6}{'never' if tick is None else tick}")
    return OK


def _members(names: Sequence[str] | None) -> list[str]:
    for name in names or ():
        if name not in REFERENCES:
            raise InputError("protocol", name, f"one of {', '.join(REFERENCES)}")
    return list(names or REFERENCES)


def _checked(field: str, values: Sequence[int], least: int, most: int = LARGEST) -> Sequence[int]:
    for value in values:
        if not least <= value <= most:
            allowed = f"a number from {least} to {most}" if most > least else f"{least} here"
            raise InputError(field, value, allowed)
    return values


def _redundant(names: Sequence[str] | None, values: Sequence[int]) -> Sequence[int]:
    """Return what ``--c`` holds, unless there is nothing that it could be for."""
    most = LARGEST if set(_members(names)) & set(REDUNDANT) else 0
    return _checked("c", values, 0, most)


def _counted(name: str, n: int, c: int, solver: str | None) -> dict[str, Any]:
    paths = (False, True) if name == "sbft" else (False,)
    counts = [decide_normally(name, n, c, switch=switch).messages for switch in paths]
    found = count_messages(name, n, c, solver=solver)
    agrees = (found.least, found.most) == (counts[0], counts[-1])
    sizes = {"protocol": name, "n": n, "c": c}
    return {**sizes, "least": found.least, "most": found.most, "replicas": counts, "agrees": agrees}


def _print(rows: list[dict[str, Any]], *, as_json: bool) -> None:
    """Print rows as an object, or as columns under their names."""
    if as_json:
        print_json({"rows": rows})
        return
    lines = [list(rows[0]), *([_cell(value) for value in row.values()] for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    for first, *others in lines:
        cells = [first.ljust(widths[0]), *map(str.rjust, others, widths[1:])]
        typer.echo("  ".join(cells))


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return " or ".join(map(str, value))
    return "-" if value is None else str(value)
