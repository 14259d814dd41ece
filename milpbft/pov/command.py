"""The commands on Proof of Vote, a group of the command line."""

from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from milpbft.commands import console, options
from milpbft.commands.bundles import bundled
from milpbft.commands.console import print_json, writing
from milpbft.errors import InputError
from milpbft.pov.formulas import (
    Reading,
    alpha_range,
    break_even,
    cutoff,
    least_votes,
    longest_round,
    mean_reward,
    p1,
    p2,
    p3,
    random_number,
    round_length,
    smallest_k,
)
from milpbft.pov.pace import measure
from milpbft.pov.reference.rules import Rules
from milpbft.pov.simulation import Plan
from milpbft.pov.simulation import simulate as simulate_once
from milpbft.sim.faults import Faults
from milpbft.simulate import parse_crashes

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="Compute and simulate Proof of Vote."
)


def _option(name: str, text: str, metavar: str) -> Any:  # noqa: ANN401
    return typer.Option(name, help=text, metavar=metavar)


Commissioners = Annotated[int, _option("--commissioners", "N_c, 1 to 20000.", "N")]
Butlers = Annotated[int, _option("--butlers", "N_b, seats of the team.", "N")]
Candidates = Annotated[int, _option("--candidates", "N_bc, butler candidates.", "N")]
Votes = Annotated[int, _option("--votes", "K, votes of each commissioner.", "K")]
Alpha = Annotated[float, _option("--alpha", "Shift of a vote's chance by the score.", "A")]
ReadAs = Annotated[
    str,
    _option("--reading", "Of N_c/2: at-least-half, more-than-half or rounded-down.", "NAME"),
]
Length = Annotated[float, _option("--cycle-length", "T_b, in any unit of time.", "T")]


def _reading(name: str) -> Reading:
    try:
        return Reading(name)
    except ValueError:
        allowed = ", ".join(Reading)
        raise InputError("reading", name, f"one of {allowed}") from None


def _print(found: dict[str, Any], *, as_json: bool) -> int:
    if as_json:
        print_json(found)
    else:
        for name, value in found.items():
            shown = f"{value:.10g}" if isinstance(value, float) else value
            typer.echo(f"{name.replace('_', ' '):<17}{shown}")
    return console.OK


@app.callback()
def _group() -> None:
    """Compute and simulate Proof of Vote."""


@app.command(epilog="Example: milpbft pov k --commissioners 20 --butlers 50 --candidates 200")
def k(
    *,
    commissioners: Commissioners,
    butlers: Butlers,
    candidates: Candidates,
    reading: ReadAs = Reading.AT_LEAST_HALF.value,
    as_json: options.Json = False,
) -> int:
    """Print the smallest K with P1 > P2, inequality 6.

    The paper's words and its sum differ in what half of the commissioners is; the others' K is
    noted on standard error where it is another.
    """
    chosen = _reading(reading)
    ks = {one: smallest_k(commissioners, butlers, candidates, one) for one in Reading}
    best = ks[chosen]
    for one, other in ks.items():
        if other != best:
            votes = least_votes(commissioners, one)
            typer.echo(f"note: {other} with {one}: {votes} votes or more", err=True)
    if not as_json:
        typer.echo(best)
        return console.OK
    sizes = {"commissioners": commissioners, "butlers": butlers, "candidates": candidates}
    chances = {
        "p1": p1(commissioners, best, candidates, chosen),
        "p1_below": p1(commissioners, best - 1, candidates, chosen) if best else None,
        "p2": float(p2(butlers, candidates)),
    }
    least = least_votes(commissioners, chosen)
    readings = {one.value: value for one, value in ks.items()}
    print_json({**sizes, "reading": chosen.value, "least_votes": least, "k": best, **chances,
                "readings": readings})  # fmt: skip
    return console.OK


@app.command(epilog="Example: milpbft pov odds --commissioners 20 --candidates 200 --votes 81")
def odds(
    *,
    commissioners: Commissioners,
    candidates: Candidates,
    votes: Votes,
    butlers: Annotated[int | None, _option("--butlers", "N_b, for P2.", "N")] = None,
    alpha: Alpha = 0.0,
    reading: ReadAs = Reading.AT_LEAST_HALF.value,
    as_json: options.Json = False,
) -> int:
    """Print the chance of a candidate to get votes of half the commissioners, equations 4, 5, 7."""
    chosen = _reading(reading)
    found: dict[str, Any] = {
        "least_votes": least_votes(commissioners, chosen),
        "P1": p1(commissioners, votes, candidates, chosen),
    }
    if butlers is not None:
        found["P2"] = float(p2(butlers, candidates))
    if alpha:
        found["P3"] = p3(commissioners, votes, candidates, alpha, chosen)
    low, high = alpha_range(votes, candidates)
    found |= {"alpha_above": float(low), "alpha_below": float(high)}
    return _print(found, as_json=as_json)


@app.command(epilog="Example: milpbft pov reward --candidates 200 --cost 0.5 --reward 120")
def reward(
    *,
    candidates: Candidates,
    cost: Annotated[float, _option("--cost", "e, energy per packing cycle.", "E")],
    reward: Annotated[float | None, _option("--reward", "B, per valid block.", "B")] = None,
    cycles: Annotated[int, _option("--cycles", "n, packing cycles.", "N")] = 1,
    as_json: options.Json = False,
) -> int:
    """Print the reward per block above which a candidate survives, inequality 8, and its mean."""
    found: dict[str, Any] = {"break_even": break_even(candidates, cost)}
    if reward is not None:
        found["mean_reward"] = mean_reward(cycles, candidates, reward, cost)
        found["survives"] = reward > found["break_even"]
    return _print(found, as_json=as_json)


@app.command(name="cutoff", epilog="Example: milpbft pov cutoff --cycle-length 15 --butlers 50")
def cutoff_(
    *,
    length: Length,
    butlers: Butlers,
    cycle: Annotated[int, _option("--cycle", "m, from 1 on.", "M")] = 1,
    previous: Annotated[float, _option("--previous", "Confirmation before.", "T")] = 0.0,
    as_json: options.Json = False,
) -> int:
    """Print T_cut of a packing cycle, and the longest that a round can take, in the same unit."""
    found = {
        "cutoff": cutoff(previous, cycle, length),
        "round_length": round_length(cycle, length),
        "longest_round": longest_round(butlers, length),
    }
    return _print(found, as_json=as_json)


@app.command(epilog="Example: milpbft pov draw 00112233445566778899 --timestamp 7 --butlers 50")
def draw(
    signatures: Annotated[
        list[str], typer.Argument(metavar="HEX", help="Signatures of one length, in hexadecimal.")
    ],
    *,
    timestamp: Annotated[int, _option("--timestamp", "Of the time server.", "T")],
    butlers: Butlers,
    as_json: options.Json = False,
) -> int:
    """Print R, the number of the next butler, by equations 1 and 2."""
    try:
        raw = [bytes.fromhex(text) for text in signatures]
    except ValueError:
        raise InputError("signatures", signatures, "hexadecimal digits") from None
    number = random_number(raw, timestamp, butlers)
    if as_json:
        print_json({"r": number, "butlers": butlers})
    else:
        typer.echo(number)
    return console.OK


@app.command(epilog="Example: milpbft pov simulate --commissioners 4 --byzantine 5 --runs 20")
@bundled
def simulate(
    *,
    commissioners: Commissioners = 5,
    butlers: Butlers = 3,
    length: Annotated[int, _option("--cycle-length", "T_b in ticks.", "T")] = 8,
    rounds: Annotated[int, _option("--rounds", "Heights after which nodes rest.", "H")] = 2,
    ticks: options.Ticks = 60,
    byzantine: Annotated[list[int] | None, _option("--byzantine", "Repeatable.", "NODE")] = None,
    crash: options.Crash = None,
    deliver: Annotated[float, _option("--deliver", "A message arrives, per tick.", "P")] = 0.6,
    forge: Annotated[float, _option("--forge", "A Byzantine node sends, per tick.", "P")] = 0.7,
    seeds: options.Seeds,
    out: Annotated[Path | None, _option("--out", "Directory for schedules.", "DIR")] = None,
    as_json: options.Json = False,
) -> int:
    """Run the reference under random delays and Byzantine nodes; exit code 1 where it forks.

    Commissioners are the first nodes, then butlers, then the time server.
    """
    rules = Rules(commissioners, butlers, cycle=length, rounds=rounds)
    faults = Faults(frozenset(byzantine or ()), parse_crashes(crash or ()))
    plan = Plan(rules, ticks, faults, deliver, forge)
    console.make_directory(out, [f"seed-{seed}.json" for seed in seeds][:1])
    found, forks = [], 0
    for one in console.each_run(partial(simulate_once, plan), seeds, as_json=as_json):
        forks += one.fork
        kept = None
        if out:
            path = out / f"seed-{one.seed}.json"
            with writing("out", path):
                path.write_text(one.schedule.to_json(), encoding="utf-8")
            kept = str(path)
        found.append({**one.summary(), "schedule": kept})
    typer.echo(f"{len(seeds)} runs of pov, {rules.n} nodes: {forks} forks", err=as_json)
    if as_json:
        print_json({"nodes": rules.n, "ticks": ticks, "forks": forks, "runs": found})
    return console.exit_code(failed=forks)


@app.command(epilog="Example: milpbft pov figures --out figures")
def figures(
    *,
    commissioners: Commissioners = 20,
    butlers: Butlers = 50,
    candidates: Candidates = 200,
    out: Annotated[Path, _option("--out", "Directory for the pages.", "DIR")] = Path(),
    as_json: options.Json = False,
) -> int:
    """Draw figures 1 to 8 of the paper as web pages; 1 to 5 from a run of the reference."""
    # Imported here: Plotly takes half a second, which who draws nothing does not pay.
    from milpbft.pov import diagrams  # noqa: PLC0415
    from milpbft.pov.figures import figure6, figure7, figure8  # noqa: PLC0415

    console.make_directory(out, [f"figure{k}.html" for k in range(1, 9)])
    drawn = {
        "figure1": diagrams.figure1(),
        "figure2": diagrams.figure2(),
        "figure3": diagrams.figure3(),
        "figure4": diagrams.figure4(),
        "figure5": diagrams.figure5(),
        "figure6": figure6(commissioners, butlers, candidates),
        "figure7": figure7(commissioners, candidates),
        "figure8": figure8(),
    }
    paths = []
    for name, figure in drawn.items():
        path = out / f"{name}.html"
        with writing("out", path):
            figure.write_html(path)
        paths.append(str(path))
        typer.echo(str(path), err=as_json)
    if as_json:
        print_json({"figures": paths})
    return console.OK


@app.command(epilog="Example: milpbft pov repairs")
def repairs(*, as_json: options.Json = False) -> int:
    """Decide Lemma 4.3 for every set of repairs, and print which sets make it true."""
    # Imported here: solvers take long to import, which other commands of the group do not need.
    from milpbft.pov.repairs import PARTS, decide, sets  # noqa: PLC0415

    found = []
    for number, part in enumerate(PARTS, start=1):
        typer.echo(f"{number}: {part.says}; at most {part.most}", err=as_json)
    for switches in sets():
        decided = decide(switches)
        words = {True: "holds", False: "refuted", None: "open"}[decided.holds]
        values = "  ".join("-" if value is None else str(value) for value in decided.values)
        typer.echo(f"{' '.join(switches) or 'none':<28}{values}   {words}", err=as_json)
        found.append({"switches": list(switches), "values": list(decided.values), "verdict": words})
    if as_json:
        print_json({"parts": [part.says for part in PARTS], "sets": found})
    return console.OK


@app.command(epilog="Example: milpbft pov pace --delay 0.08 --cycle-length 2 --transactions 2000")
def pace(
    *,
    delay: Annotated[list[float] | None, _option("--delay", "Measured; repeatable.", "S")] = None,
    delays: Annotated[Path | None, _option("--delays", "File of them, one a line.", "FILE")] = None,
    length: Annotated[float, _option("--cycle-length", "T_b in seconds.", "S")] = 15.0,
    commissioners: Commissioners = 5,
    butlers: Butlers = 3,
    rounds: Annotated[int, _option("--rounds", "Blocks to make.", "H")] = 20,
    transactions: Annotated[int, _option("--transactions", "Per block.", "N")] = 1000,
    seed: Annotated[int, _option("--seed", "Of the delays that are drawn.", "SEED")] = 0,
    as_json: options.Json = False,
) -> int:
    """Print confirmation time and throughput for measured delays of messages, in seconds."""
    given = list(delay or ())
    if delays is not None:
        try:
            given += [float(line) for line in delays.read_text("utf-8").split()]
        except (OSError, ValueError) as error:
            raise InputError("delays", str(delays), f"a file of seconds ({error})") from None
    found = measure(Rules(commissioners, butlers, rounds=rounds), given, length, seed)
    return _print(
        {
            "blocks": found.blocks,
            "late_blocks": found.late,
            "interval_s": found.interval,
            "confirmation_s": found.confirmation,
            "slowest_s": found.slowest,
            "transactions_s": found.throughput(transactions),
        },
        as_json=as_json,
    )
