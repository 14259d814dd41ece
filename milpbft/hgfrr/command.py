"""The commands on the broadcast overlay, a group of the command line."""

from dataclasses import asdict, dataclass
from pathlib import Path
from random import Random
from typing import Annotated, Any

import typer

from milpbft.commands import options
from milpbft.commands.bundles import Bundle, bundled
from milpbft.commands.console import (
    FAILED,
    LIMIT,
    OK,
    Display,
    make_directory,
    print_json,
    try_file,
    writing,
)
from milpbft.commands.schedules import given_schedule
from milpbft.errors import InputError
from milpbft.hgfrr.coverage import BASELINES, Estimate, average, average_baseline, baseline
from milpbft.hgfrr.design import Space, cheapest
from milpbft.hgfrr.figures import figures as draw_figures
from milpbft.hgfrr.formulas import levels_most, messages_most, ticks_most
from milpbft.hgfrr.pictures import draw_topology
from milpbft.hgfrr.reference.build import topology_of
from milpbft.hgfrr.reference.engine import Engine, Reach
from milpbft.hgfrr.reference.forwarding import relays
from milpbft.hgfrr.reference.replay import replay as replay_schedule
from milpbft.hgfrr.reference.world import Broadcast, Failures
from milpbft.hgfrr.reference.world import broadcast as run_messages
from milpbft.hgfrr.sizes import Sizes
from milpbft.hgfrr.spread import Spread
from milpbft.hgfrr.tolerance import MOST as LARGEST_DECISION
from milpbft.hgfrr.tolerance import confirmations, tolerances
from milpbft.hgfrr.topology import Topology
from milpbft.simulate import parse_moments

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="Broadcast over the HGFRR overlay."
)

LARGEST_DRAWING = 5000

N = Annotated[int, typer.Option("--n", metavar="N", help="Nodes, 1 to 10 million.")]
RingSize = Annotated[int, typer.Option("--ring", metavar="M", help="Members of a ring, at most.")]
Contacts = Annotated[int, typer.Option("--contacts", metavar="C", help="Contact nodes per ring.")]
Serving = Annotated[
    int, typer.Option("--serving", metavar="S", help="Contact nodes that broadcast in a ring.")
]
Base = Annotated[int, typer.Option("--k", metavar="K", help="Base of the trees within rings.")]
MostBase = Annotated[
    int, typer.Option("--k-most", metavar="K", help="Draw bases from --k to this one.")
]
Seed = Annotated[int, typer.Option("--seed", metavar="SEED", help="Of all random choices.")]


@dataclass(frozen=True)
class Overlay:
    """Positions and elections by a seed, and how the rings broadcast."""

    n: int
    sizes: Sizes
    spread: Spread

    def build(self) -> Topology:
        """Build the rings."""
        return topology_of(self.n, self.sizes, self.spread.seed)


def overlay(
    *,
    n: N = 1000,
    ring: RingSize = 16,
    contacts: Contacts = 1,
    serving: Serving = 1,
    k: Base = 2,
    k_most: MostBase = 0,
    seed: Seed = 0,
) -> Overlay:
    """Return the overlay that options describe.

    Raises
    ------
    InputError
        Where more contacts are to broadcast than there are.
    """
    if 1 <= contacts < serving:
        raise InputError("serving", serving, f"at most contacts = {contacts}")
    return Overlay(n, Sizes(ring, contacts), Spread(k, k_most, serving, seed))


Network = Annotated[Overlay, Bundle(overlay)]
Source = Annotated[
    int | None, typer.Option("--source", metavar="NODE", help="By default drawn by chance.")
]
Faults = Annotated[
    int, typer.Option("--faults", metavar="B", help="Contact nodes that are silent, drawn.")
]
Silent = Annotated[
    list[int] | None, typer.Option("--silent", metavar="NODE", help="A node that is silent.")
]
Runs = Annotated[int, typer.Option("--runs", metavar="R", help="Broadcasts to average over.")]
Compare = Annotated[bool, typer.Option("--compare", help="Also run the baselines.")]
Degree = Annotated[
    int, typer.Option("--degree", metavar="D", help="Connections when flooding; gossip's fanout.")
]
Unit = Annotated[
    int,
    typer.Option("--unit", min=1, metavar="MS", help="Milliseconds across the side of the square."),
]
Draw = Annotated[
    Path | None, typer.Option("--draw", metavar="FILE", help="Draw the rings as a page.")
]
Keep = Annotated[
    Path | None, typer.Option("--schedule", metavar="FILE", help="Keep the run as a schedule.")
]


@app.callback()
def _group() -> None:
    """Broadcast over the HGFRR overlay."""


@app.command(epilog="Example: milpbft overlay broadcast --n 1000 --ring 16 --k 2 --faults 3")
@bundled
def broadcast(
    *,
    network: Network,
    source: Source = None,
    faults: Faults = 0,
    silent: Silent = None,
    restart: options.Restart = None,
    reload: options.Reload = None,
    compare: Compare = False,
    degree: Degree = 8,
    draw: Draw = None,
    schedule: Keep = None,
    as_json: options.Json = False,
) -> int:
    """Broadcast once: coverage, ticks until the last node is reached, and messages."""
    try_file("draw", draw)
    try_file("schedule", schedule)
    n, spread, seed = network.n, network.spread, network.spread.seed
    with Display(f"broadcasting to {n} nodes"):
        topology = network.build()
        begin, muted = _cast(topology, seed, source, faults, silent or [])
        failures = _failures(topology, muted, restart or [], reload or [])
        if failures.again and compare:
            raise InputError("compare", True, "only without nodes that start again")
        rows: dict[str, Reach | Broadcast] = {
            "hgfrr": run_messages(topology, begin, spread, failures=failures)
            if failures.again
            else Engine(topology, spread).run(begin, muted)
        }
        if compare:
            for name in BASELINES:
                rows[name] = baseline(name, n, degree=degree, seed=seed)(begin, muted, seed)
        if draw:
            _draw(topology, begin, spread, muted, draw)
        if schedule:
            run = run_messages(topology, begin, spread, failures=failures)
            with writing("schedule", schedule):
                schedule.write_text(run.schedule().to_json(), encoding="utf-8")
    facts = {
        "n": n,
        "levels": topology.levels,
        "rings": len(topology.rings),
        "source": begin,
        "silent": sorted(muted),
        "restarts": dict(failures.restarts),
        "reloads": dict(failures.reloads),
    }
    bounds = {
        "levels": levels_most(n, network.sizes),
        "ticks": ticks_most(topology.levels, int(topology.sizes.max()), spread.k, spread.k_most),
        "messages": messages_most(n, network.sizes, spread.serving),
    }
    if as_json:
        found = {name: _summary(reach) for name, reach in rows.items()}
        print_json({**facts, **found.pop("hgfrr"), "bounds": bounds, "baselines": found})
        return OK
    shown = f", {len(muted)} silent" if muted else ""
    shown += f", {len(failures.again)} starting again" if failures.again else ""
    typer.echo(f"{n} nodes, {len(topology.rings)} rings on {topology.levels} levels{shown}")
    for name, reach in rows.items():
        typer.echo(_line(name, reach.coverage, reach.ticks, reach.messages))
    typer.echo(f"bounds    ticks {bounds['ticks']}, messages {bounds['messages']}")
    return OK


@app.command(epilog="Example: milpbft overlay coverage --n 1000 --faults 10 --runs 200 --compare")
@bundled
def coverage(
    *,
    network: Network,
    faults: Faults = 1,
    runs: Runs = 200,
    compare: Compare = False,
    degree: Degree = 8,
    as_json: options.Json = False,
) -> int:
    """Average many broadcasts, each with other silent nodes and another source."""
    n, spread, seed = network.n, network.spread, network.spread.seed
    with Display(f"broadcasting {runs} times to {n} nodes"):
        topology = network.build()
        rows: dict[str, Estimate] = {
            "contacts": average(topology, spread, faults, runs=runs, seed=seed),
            "nodes": average(topology, spread, faults, runs=runs, seed=seed, among="nodes"),
        }
        if compare:
            for name in BASELINES:
                rows[name] = average_baseline(name, n, faults, degree=degree, runs=runs, seed=seed)
    if as_json:
        print_json({"n": n, **{name: asdict(row) for name, row in rows.items()}})
        return OK
    typer.echo(f"{faults} of {n} nodes silent, mean of {runs} broadcasts")
    for name, row in rows.items():
        typer.echo(
            f"{_line(name, row.coverage, row.ticks, row.messages)}, least coverage {row.worst:.2%}"
        )
    return OK


@app.command(epilog="Example: milpbft overlay replay run.json --n 1000 --ring 16 --k 2")
@bundled
def replay(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A schedule of a broadcast.")],
    *,
    network: Network,
    as_json: options.Json = False,
) -> int:
    """Run a schedule on the nodes of the network that the options describe."""
    verdict = replay_schedule(given_schedule(file), network.build(), network.spread)
    if as_json:
        print_json({"file": str(file), **asdict(verdict)})
    else:
        typer.echo(f"{verdict.status}{': ' if verdict.reason else ''}{verdict.reason}")
    return OK if verdict else FAILED


@app.command(epilog="Example: milpbft overlay table --n 100 --unit 100")
@bundled
def table(
    *,
    network: Network,
    runs: Runs = 200,
    unit: Unit = 100,
    as_json: options.Json = False,
) -> int:
    """Table 1.1 of the report: what algorithms tolerate, what the overlay leaves, its costs."""
    n, spread = network.n, network.spread
    with Display(f"broadcasting {runs} times per row to {n} nodes"):
        rows = tolerances(network.build(), spread, runs=runs, seed=spread.seed)
        times = confirmations(n, network.sizes, spread, unit) if n <= LARGEST_DECISION else []
    if as_json:
        found = [asdict(row) | {"enough": row.enough} for row in rows]
        print_json({"n": n, "rows": found, "confirmations": [asdict(time) for time in times]})
        return OK
    typer.echo(f"{'algorithm':<16} {'tolerates':>9} {'silent':>10} {'reached':>16} {'needed':>7}")
    for row in rows:
        silent, reached = f"{row.silent} of {row.contacts}", f"{row.percent:.1f} ± {row.error:.1f}"
        typer.echo(
            f"{row.algorithm.name:<16} < {row.algorithm.percent:>5} % {silent:>10} {reached:>14} % "
            f"{row.needed:>5.1f} % {'enough' if row.enough else 'too few'}"
        )
    for time in times:
        cost = f"{time.messages} messages, {time.milliseconds} ms"
        typer.echo(
            f"{'a decision over ' + time.carrier:<22} {cost}, {unit} ms per unit of distance"
        )
    return OK


@app.command(epilog="Example: milpbft overlay design --n 24 --faults 1 --percent 67")
@bundled
def design(
    *,
    n: N = 24,
    rings: Annotated[str, typer.Option("--rings", metavar="M,M", help="Ring sizes.")] = "6,9,12",
    ks: Annotated[str, typer.Option("--ks", metavar="K,K", help="Bases.")] = "2,3",
    contacts: Annotated[
        str, typer.Option("--contacts-of", metavar="C,C", help="Contacts per ring.")
    ] = "1,2,3",
    widths: Annotated[
        str, typer.Option("--widths", metavar="S,S", help="Contacts that broadcast.")
    ] = "1,2,3",
    faults: Annotated[int, typer.Option("--faults", metavar="B", help="Silent nodes.")] = 1,
    percent: Annotated[
        int, typer.Option("--percent", metavar="P", help="Of the correct nodes, to be reached.")
    ] = 67,
    source: Annotated[int, typer.Option("--source", metavar="NODE", help="Who broadcasts.")] = 0,
    seed: Seed = 0,
    limits: options.SolveLimits,
    as_json: options.Json = False,
) -> int:
    """Find the design with the fewest messages that keeps a coverage under silent nodes."""
    fields = {"rings": rings, "ks": ks, "contacts-of": contacts, "widths": widths}
    space = Space(*(_numbers(field, text) for field, text in fields.items()))
    with Display("asking one design after the other"):
        found = cheapest(
            n, space, faults=faults, percent=percent, seed=seed, source=source, limits=limits
        )
    rows = [
        {"instance": one.instance.name, "messages": one.messages, "ticks": one.ticks,
         "reached": one.reached, "enough": one.enough}
        for one in found.asked
    ]  # fmt: skip
    best = found.best.instance.name if found.best else None
    if as_json:
        print_json({"best": best, "proven": found.proven, "asked": rows})
    else:
        for row in rows:
            reached = "unknown, a limit" if row["reached"] is None else row["reached"]
            typer.echo(f"{row['instance']:<44} messages {row['messages']:>5}, reached {reached}")
        typer.echo(f"cheapest  {best or 'none'}{'' if found.proven else ', not proven'}")
    return OK if best and found.proven else FAILED if found.proven else LIMIT


@app.command(epilog="Example: milpbft overlay figures --out pictures")
def figures(
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where the pages go.")],
) -> int:
    """Draw figures 3.1, 3.2 and 3.3 of the report, a page each."""
    drawn = draw_figures()
    make_directory(out, [f"{name}.html" for name in drawn])
    for name, figure in drawn.items():
        with writing("out", out / f"{name}.html"):
            figure.write_html(out / f"{name}.html", include_plotlyjs=True)
        typer.echo(str(out / f"{name}.html"))
    return OK


def _numbers(field: str, text: str) -> tuple[int, ...]:
    """Read numbers with commas."""
    if not all(number.isdecimal() for number in text.split(",")):
        raise InputError(field, text, "numbers such as 6,9,12")
    return tuple(map(int, text.split(",")))


def _cast(
    topology: Topology, seed: int, source: int | None, faults: int, silent: list[int]
) -> tuple[int, list[int]]:
    """Choose the source, and the contacts that are silent beside those that are named."""
    random = Random(seed)
    named = sorted(set(silent))
    for node in (*named, *([] if source is None else [source])):
        topology.home(node)
    begin = source
    if begin is None:
        begin = random.choice([i for i in topology.nodes.tolist() if i not in set(named)] or [0])
    others = [node for node in topology.contact_nodes if node not in {begin, *named}]
    if not 0 <= faults <= len(others):
        raise InputError("faults", faults, f"from 0 to {len(others)} contact nodes")
    return begin, sorted([*named, *random.sample(others, faults)])


def _failures(
    topology: Topology, silent: list[int], restart: list[str], reload: list[str]
) -> Failures:
    """Read who starts again when, beside those who are silent: each node once, from tick 1 on."""
    again: dict[str, dict[int, int]] = {}
    for field, texts in (("restart", restart), ("reload", reload)):
        again[field] = {}
        for node, ticks in parse_moments(field, texts).items():
            topology.home(node)
            if len(ticks) > 1 or ticks[0] < 1 or node in silent:
                said = ", ".join(f"{node}@{tick}" for tick in ticks)
                raise InputError(field, said, "a correct node, once, at tick 1 or later")
            again[field][node] = ticks[0]
    return Failures({}, frozenset(silent), again["restart"], again["reload"])


def _draw(topology: Topology, source: int, spread: Spread, silent: list[int], path: Path) -> None:
    if topology.n > LARGEST_DRAWING:
        raise InputError("draw", topology.n, f"up to {LARGEST_DRAWING} nodes")
    figure = draw_topology(topology, relays(topology, source, spread), silent)
    with writing("draw", path):
        figure.write_html(path, include_plotlyjs=True, config={"displaylogo": False})


def _summary(reach: Reach | Broadcast) -> dict[str, Any]:
    return {"coverage": reach.coverage, "ticks": reach.ticks, "messages": reach.messages}


def _line(name: str, share: float, ticks: float, messages: float) -> str:
    return f"{name:<9} coverage {share:7.2%}, ticks {ticks:.4g}, messages {messages:.8g}"
