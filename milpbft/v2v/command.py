"""The commands on the market, a group of the command line."""

import tomllib
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from milpbft.commands import options
from milpbft.commands.console import FAILED, OK, Display, print_json, writing
from milpbft.errors import InputError
from milpbft.registry import hosts
from milpbft.simulate import parse_moments
from milpbft.solve import solve
from milpbft.v2v.catalogue import market_of
from milpbft.v2v.instance import MatchInstance, OrderInstance
from milpbft.v2v.ledgerfile import read_ledger, write_ledger
from milpbft.v2v.market import MarketData
from milpbft.v2v.reference.blocks import fault
from milpbft.v2v.reference.machine import Market
from milpbft.v2v.reference.staged import Staged
from milpbft.v2v.room import MARKET
from milpbft.v2v.traffic import Again, differences, served

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="The V2V energy market as a replicated application.",
)

Which = Annotated[
    str, typer.Argument(metavar="MARKET|FILE", help="a1, c1, r6x6x3s0 and such, or a TOML file.")
]


@app.callback()
def _group() -> None:
    """The V2V energy market as a replicated application."""


def read_market(which: str) -> MarketData:
    """Return a market of the catalogue, or of a TOML file.

    Raises
    ------
    InputError
        Where there is none, or the file holds what is not allowed.
    """
    path = Path(which)
    if path.suffix != ".toml":
        return market_of(which)
    try:
        fields = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError("market", which, f"a readable TOML file ({error})") from None
    table = fields.get("market", fields)
    return MatchInstance.make({"protocol": "v2vmatch", "market": table, "objective": "matched"}
                              ).market  # fmt: skip


@app.command(epilog="Example: milpbft market run --seed 1 --byzantine 3")
def run(
    *,
    protocol: Annotated[
        str, typer.Option("--protocol", metavar="NAME", help=f"One of {', '.join(hosts())}.")
    ] = "pbft",
    seed: options.Seed = 0,
    count: Annotated[
        int, typer.Option("--requests", metavar="K", help="Requests of each of two clients.")
    ] = 12,
    byzantine: options.Byzantine = None,
    restart: options.Restart = None,
    reload: options.Reload = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Keep the ledger in this file.")
    ] = None,
    as_json: options.Json = False,
) -> int:
    """Run clients on four replicas under a random adversary; compare states after every request."""
    liars = frozenset(byzantine or ())
    if len(liars) > 1 or not liars <= set(range(4)):
        raise InputError("byzantine", sorted(liars), "one node from 0 to 3, or none")
    if not 3 <= count <= 1000:
        raise InputError("requests", count, "a number from 3 to 1000")
    again = _again(restart or [], reload or [], liars)
    with Display(f"running {protocol}"):
        service = served(
            protocol, seed, count=count, byzantine=liars, ticks=200 * count, again=again
        )
    correct = [node for node in range(4) if node not in liars]
    wrong = differences(service, correct)
    found = {
        "protocol": protocol, "seed": seed, "byzantine": sorted(liars),
        "restarts": [f"{one.node}@{one.tick}" for one in again], "served": service.served,
        "executed": [len(service.executed(node)) for node in correct],
        "hashes": [service.application(node).digest().hex()[:16] for node in correct],
        "difference": wrong,
    }  # fmt: skip
    market = service.application(correct[0])
    assert isinstance(market, Market)
    found["head"] = market.state.totals.head.hex()
    if out is not None:
        with writing("out", out):
            out.write_text(write_ledger(market.blocks, market.state.totals.head), encoding="utf-8")
    _print(found, as_json=as_json)
    return FAILED if wrong or not service.served else OK


def _again(restart: list[str], reload: list[str], liars: frozenset[int]) -> list[Again]:
    """Read who starts again when: one node that is correct where nobody lies, else none."""
    found: list[Again] = []
    for field, texts in (("restart", restart), ("reload", reload)):
        for node, ticks in parse_moments(field, texts).items():
            if liars or node not in range(4):
                said = ", ".join(f"{node}@{tick}" for tick in ticks)
                raise InputError(field, said, "a node from 0 to 3, and nobody Byzantine beside it")
            found += [Again(node, tick, log=field == "reload") for tick in ticks]
    if len({one.node for one in found}) > 1:
        nodes = ", ".join(str(one.node) for one in found)
        raise InputError("restart", nodes, "one node, as often as is liked")
    return found


@app.command(epilog="Example: milpbft market match a1")
def match(which: Which, *, as_json: options.Json = False) -> int:
    """Match a market as its orders arrive, and at best; exit code 1 where a replay fails."""
    data = read_market(which)
    staged = Staged(data)
    market = staged.run()
    met = staged.measures(market, data.orders)
    found: dict[str, Any] = {
        "market": data.name,
        "in turn": [f"{b} {s} at {p}" for b, s, p in staged.names(market, data.orders)],
        "matched": met.matched, "travel": met.cost, "welfare": met.welfare,
        "blocking pairs": len(met.blocking()),
    }  # fmt: skip
    failed = 0
    for objective in ("matched", "welfare"):
        question = MatchInstance.make(
            {"protocol": "v2vmatch", "market": data, "objective": objective}
        )
        with Display(f"solving {question.name}"):
            result = solve(question)
        unit = getattr(MARKET.model(question), "unit", 1)
        value = result.solution.objective
        found[f"best {objective}"] = None if value is None else value * unit
        verdict = result.verdict("replay")
        failed += verdict is not None and not verdict
    _print(found, as_json=as_json)
    return FAILED if failed else OK


@app.command(epilog="Example: milpbft market attack c1 --patience 3")
def attack(
    which: Which,
    *,
    patience: Annotated[
        int, typer.Option("--patience", metavar="P", help="The largest P that is tried.")
    ] = 3,
    objective: Annotated[
        str, typer.Option("--objective", metavar="NAME", help="victim, gain, matched, ...")
    ] = "victim",
    as_json: options.Json = False,
) -> int:
    """Find what the order of requests is worth to a Byzantine primary, by its patience."""
    data = read_market(which)
    rows: list[dict[str, Any]] = []
    for p in range(patience + 1):
        for words in ({}, {"seat": True}, {"batch": 3}):
            question = OrderInstance.make(
                {"protocol": "v2vorder", "market": data, "objective": objective, "patience": p}
                | words
            )
            with Display(f"solving {question.name}"):
                result = solve(question)
            verdict = result.verdict("replay")
            rows.append({
                "patience": p, "defence": next(iter(words), "none"),
                "value": result.solution.objective, "status": result.solution.status,
                "replay": verdict.status if verdict else None,
            })  # fmt: skip
    if as_json:
        print_json({"market": data.name, "objective": objective, "rows": rows})
    else:
        for row in rows:
            typer.echo("P = {patience}  {defence:<6} {value}  {status}, {replay}".format(**row))
    return FAILED if any(row["replay"] == "refuted" for row in rows) else OK


@app.command(epilog="Example: milpbft market clock --n 4 --n 8")
def clock(
    *,
    n: Annotated[list[int] | None, typer.Option("--n", metavar="N", help="Repeatable.")] = None,
    size: Annotated[int, typer.Option("--size", metavar="B", help="Bytes of padding.")] = 8,
    separate: Annotated[bool, typer.Option("--separate", help="A processor per node.")] = False,
    silent: Annotated[int, typer.Option("--silent", metavar="F", help="Silent backups.")] = 0,
    byzantine: Annotated[
        int, typer.Option("--byzantine", metavar="F", help="Nodes that lie to clients.")
    ] = 0,
    silent_primary: Annotated[
        bool, typer.Option("--silent-primary", help="The first primary says nothing.")
    ] = False,
    batch: Annotated[
        int, typer.Option("--batch", metavar="K", help="Requests per decision at most.")
    ] = 10,
    requests: Annotated[
        int, typer.Option("--requests", metavar="K", help="Of each client; the thesis has 200.")
    ] = 20,
    as_json: options.Json = False,
) -> int:
    """Print latency and throughput in simulated time, as chapter 7 of the thesis measured them."""
    from milpbft.v2v.clock import measure  # noqa: PLC0415
    from milpbft.v2v.evidence.performance import PROTOCOLS, Placement  # noqa: PLC0415
    from milpbft.v2v.load import Load  # noqa: PLC0415

    rows = []
    for nodes in n or [4, 8, 16]:
        for name in PROTOCOLS:
            place: Placement = "separate" if separate else "shared"
            load = Load(name, nodes, size, place, requests=requests, batch=batch, silent=silent,
                        lying=byzantine, down=silent_primary)  # fmt: skip
            rows.append({"protocol": name, "n": nodes, **asdict(measure(load))})
    if as_json:
        print_json({"rows": rows})
    else:
        for row in rows:
            typer.echo(f"{row['protocol']:<7} n = {row['n']:<3} {row['latency'] * 1000:7.2f} ms "
                       f"{row['throughput']:7.0f} per second")  # fmt: skip
    return OK


@app.command(epilog="Example: milpbft market verify ledger.json --head 1f0c...")
def verify(
    file: Annotated[Path, typer.Argument(metavar="LEDGER", help="As `run --out` writes it.")],
    *,
    head: Annotated[
        str | None, typer.Option("--head", metavar="HEX", help="Last hash, as f + 1 replicas say.")
    ] = None,
    as_json: options.Json = False,
) -> int:
    """Check a ledger: every block follows the one before it, and the last is the replicas' head.

    Without a head from replicas, a file that was rewritten from some block to its end passes.
    """
    blocks, _ = read_ledger(file)
    try:
        wanted = None if head is None else bytes.fromhex(head)
    except ValueError:
        raise InputError("head", head, "hexadecimal digits") from None
    wrong = fault(blocks, wanted)
    transactions = [t for block in blocks for t in block.transactions]
    found = {
        "blocks": len(blocks), "transactions": len(transactions),
        "energy": sum(t.quantity for t in transactions), "paid": sum(t.paid for t in transactions),
        "fees": sum(2 * t.fee for t in transactions), "head": "given" if wanted else "not given",
        "fault": wrong or "none",
    }  # fmt: skip
    _print(found, as_json=as_json)
    return FAILED if wrong else OK


@app.command(epilog="Example: milpbft market figures --only 7. --out figures")
def figures(
    *,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where HTML files go.")],
    only: Annotated[
        str, typer.Option("--only", metavar="TEXT", help="Figures with this in their names.")
    ] = "",
    requests: Annotated[
        int, typer.Option("--requests", metavar="K", help="Of each client; the thesis has 200.")
    ] = 20,
    as_json: options.Json = False,
) -> int:
    """Draw chapter 7 again, what it leaves out, and what the order of requests is worth."""
    from milpbft.v2v.figures import makers  # noqa: PLC0415

    if not 1 <= requests <= 1000:
        raise InputError("requests", requests, "a number from 1 to 1000")
    wanted = {name: draw for name, draw in makers(requests).items() if only in name}
    if not wanted:
        raise InputError("only", only, f"part of one of {', '.join(makers(requests))}")
    out.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, draw in wanted.items():
        with Display(f"drawing {name}"):
            figure = draw()
        paths.append(out / f"{name}.html")
        with writing("out", paths[-1]):
            figure.write_html(paths[-1], include_plotlyjs=True, config={"displaylogo": False})
    if as_json:
        print_json({"figures": [str(path) for path in paths]})
    else:
        for path in paths:
            typer.echo(str(path))
    return OK


def _print(found: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    for name, value in found.items():
        typer.echo(f"{name:<16}{value}")
