"""The commands on parallel proof of work, a group of the command line."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from milpbft.commands import options
from milpbft.commands.bundles import bundled
from milpbft.commands.console import FAILED, OK, Display, print_json, writing
from milpbft.commands.schedules import given_schedule
from milpbft.errors import InputError
from milpbft.powm.figures import draw_captured, draw_figure5, draw_takeover
from milpbft.powm.formulas import election
from milpbft.powm.rates import read_rates
from milpbft.powm.reference.coalition import reign
from milpbft.powm.reference.hashing import Farm
from milpbft.powm.reference.record import Difficulty, genesis
from milpbft.powm.reference.replay import replay as replay_schedule
from milpbft.powm.reference.rules import Rules
from milpbft.powm.study import MODELS, Figure5, compare, simulate
from milpbft.registry import PROTOCOLS

app = typer.Typer(
    add_completion=False, no_args_is_help=True, help="Parallel proof of work with elected managers."
)


def _option(name: str, text: str, metavar: str | None = None) -> Any:  # noqa: ANN401
    return typer.Option(name, help=text, metavar=metavar)


Workers = Annotated[int, _option("--workers", "Processes that hash.", "K")]
Zeros = Annotated[int, _option("--zeros", "Leading zeros of a valid hash.", "Z")]
Bits = Annotated[int, _option("--digit-bits", "Bits of a zero, 1 or 4.", "BITS")]
Blocks = Annotated[int, _option("--blocks", "Blocks to mine.", "K")]
Size = Annotated[int, _option("--set-size", "Nonces of a set.", "S")]
Rates = Annotated[
    str | None, _option("--rates", "Simulate nodes of these hashes per tick, e.g. 1x100_5.", "R")
]
Managers = Annotated[int, _option("--managers", "Active manager and supports.", "M")]
SetTicks = Annotated[int, _option("--set-ticks", "Ticks of work of a set.", "G")]
Latency = Annotated[int, _option("--latency", "Ticks that a grant takes.", "C")]
Ahead = Annotated[int, _option("--ahead", "Outstanding ticks at which a node asks.", "A")]
BlockTicks = Annotated[int, _option("--block-ticks", "Mean ticks of a block, if all hash.", "T")]
Compare = Annotated[
    bool, _option("--compare", "With --rates: also a failure, and both ways to mine alone.")
]
Seed = Annotated[int, _option("--seed", "Of all random choices.", "SEED")]
Nodes = Annotated[int, _option("--nodes", "Equal nodes, 3 or more.", "N")]
Failing = Annotated[int, _option("--block", "The block in which the manager fails.", "K")]
Goal = Annotated[int, _option("--goal", "Nonces of a block.", "X")]
Detect = Annotated[int, _option("--detect", "Ticks until a failure is detected.", "D")]
Elect = Annotated[int, _option("--elect", "Ticks of an election.", "E")]
Tickets = Annotated[int, _option("--tickets", "Tickets in all.", "W")]
Coalition = Annotated[int, _option("--coalition", "Tickets of the coalition.", "W")]
Epochs = Annotated[int, _option("--epochs", "Blocks in a row.", "K")]
Lies = Annotated[int, _option("--lies", "Tickets moved to it while it manages.", "L")]
Final = Annotated[bool, _option("--final", "Who manages decides whose solution counts.")]
Draw = Annotated[Path | None, _option("--draw", "Draw the figure as a page.", "FILE")]

_TIMED = ("powmfail", "powmcut")


@app.callback()
def _group() -> None:
    """Parallel proof of work with elected managers."""


@app.command(epilog="Example: milpbft mine run --workers 2 --zeros 18 --blocks 3")
@bundled
def run(
    *,
    workers: Workers = 2,
    zeros: Zeros = 18,
    digit_bits: Bits = 1,
    blocks: Blocks = 3,
    set_size: Size = 1 << 15,
    rates: Rates = None,
    managers: Managers = 2,
    set_ticks: SetTicks = 10,
    latency: Latency = 0,
    ahead: Ahead = 0,
    block_ticks: BlockTicks = 60,
    compare_all: Compare = False,
    seed: Seed = 0,
    as_json: options.Json = False,
) -> int:
    """Mine blocks on real hashes in worker processes, or with --rates in simulated time."""
    if blocks < 1:
        raise InputError("blocks", blocks, "1 or more")
    if rates is None and compare_all:
        raise InputError("compare", "real hashes", "simulated nodes, by --rates")
    if rates is None:
        return _hash(workers, Difficulty(zeros, digit_bits), blocks, set_size, as_json)
    rules = Rules((1,), set_ticks=set_ticks, latency=latency, ahead=ahead)
    with Display(f"mining {blocks} blocks"):
        nodes = read_rates(rates)
        engine, chain = simulate(nodes, managers, blocks, rules, block_ticks, seed=seed)
        found: dict[str, Any] = {
            "nodes": len(nodes), "managers": managers, "blocks": blocks,
            "mean_ticks": float(chain.ticks.mean()), "messages": chain.messages,
            "paid": int(chain.paid.sum()), "different_managers": len(set(chain.managers)),
        }  # fmt: skip
        if compare_all:
            found |= asdict(compare(engine, blocks, seed))
    _print(found, as_json)
    return OK


def _hash(workers: int, difficulty: Difficulty, blocks: int, size: int, as_json: bool) -> int:
    """Hash for real, with hashes per second on the display."""
    with Display(f"mining {blocks} blocks") as display, Farm(workers, size) as farm:

        def told(done: int, rate: float) -> None:
            display.update(f"{done} of {blocks} blocks, {rate:,.0f} H/s")

        mined = farm.mine(genesis(Difficulty(1)), difficulty, blocks, progress=told)
    found = {
        "workers": workers, "blocks": len(mined.blocks), "hashes": mined.hashes,
        "hashes_per_second": round(mined.rate), "messages": mined.messages,
        "seconds": [round(one, 3) for one in mined.seconds],
        "nonces": [block.nonce for block in mined.blocks],
    }  # fmt: skip
    _print(found, as_json)
    return OK


@app.command(epilog="Example: milpbft mine fail --nodes 8 --block 7")
@bundled
def fail(
    *,
    nodes: Nodes = 8,
    blocks: Blocks = 10,
    block: Failing = 7,
    goal: Goal = 70,
    set_ticks: SetTicks = 5,
    detect: Detect = 1,
    elect: Elect = 1,
    draw: Draw = None,
    as_json: options.Json = False,
) -> int:
    """Mine a series of blocks in one of which the active manager fails (Fig. 5)."""
    study = Figure5(nodes, goal, blocks, block, set_ticks, detect, elect)
    found = {model.replace(" ", "_"): study.times(model) for model in MODELS}
    _keep(draw, lambda: draw_figure5(study))
    _print(found, as_json)
    return OK


@app.command(epilog="Example: milpbft mine elect --tickets 20 --coalition 8 --epochs 400")
@bundled
def elect(
    *,
    tickets: Tickets = 20,
    coalition: Coalition = 8,
    epochs: Epochs = 400,
    zeros: Zeros = 6,
    lies: Lies = 0,
    final: Final = False,
    seed: Seed = 0,
    draw: Draw = None,
    as_json: options.Json = False,
) -> int:
    """Let a coalition drop golden nonces that elect others, on real hashes."""
    if epochs < 1:
        raise InputError("epochs", epochs, "1 or more")
    with Display(f"mining {epochs} blocks"):
        found = reign(tickets, coalition, epochs, difficulty=Difficulty(zeros), lies=lies,
                      final=final, seed=seed)  # fmt: skip
    alpha = coalition / tickets
    said = {
        "share_of_work": alpha, "managed": round(found.share, 4), "longest": found.longest,
        "dropped_per_block": round(found.dropped / epochs, 4),
    }  # fmt: skip
    if not lies and not final:
        said |= {"managed_by_formula": round(election.captured(alpha), 4)}
    _keep(draw, draw_captured)
    _print(said, as_json)
    return OK


@app.command(epilog="Example: milpbft mine replay run.json")
@bundled
def replay(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A schedule of this protocol.")],
    *,
    draw: Draw = None,
    as_json: options.Json = False,
) -> int:
    """Run a schedule on nodes: every grant, takeover and count."""
    schedule = given_schedule(file)
    if not schedule.protocol.startswith("powm"):
        allowed = ", ".join(name for name in PROTOCOLS if name.startswith("powm"))
        raise InputError("protocol", schedule.protocol, f"one of {allowed}")
    verdict = replay_schedule(schedule)
    if draw is not None and schedule.protocol not in _TIMED:
        raise InputError("draw", str(draw), f"nothing, but for {' and '.join(_TIMED)}")
    _keep(draw, lambda: draw_takeover(schedule))
    if as_json:
        print_json({"file": str(file), **asdict(verdict)})
    else:
        typer.echo(f"{verdict.status}{': ' if verdict.reason else ''}{verdict.reason}")
    return OK if verdict else FAILED


def _keep(path: Path | None, draw: Any) -> None:  # noqa: ANN401
    if path is not None:
        with writing("draw", path):
            draw().write_html(path, include_plotlyjs=True, config={"displaylogo": False})


def _print(found: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(found)
        return
    width = max(map(len, found)) + 2
    for name, value in found.items():
        shown = f"{value:.4g}" if isinstance(value, (float, np.floating)) else value
        if isinstance(value, list):
            shown = " ".join(map(str, value))
        typer.echo(f"{name.replace('_', ' '):<{width}}{shown}")
