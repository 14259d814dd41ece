"""The command that runs the reference implementation alone."""

from functools import partial

import typer

from milpbft.commands import console, options
from milpbft.commands.bundles import bundled
from milpbft.commands.console import print_json, writing
from milpbft.commands.lazy import example
from milpbft.commands.timeline import print_timeline
from milpbft.report.keep import KEPT, keep
from milpbft.sim.clock import Timers
from milpbft.sim.faults import Faults
from milpbft.simulate import CHANCES, Plan, parse_crashes, parse_moments
from milpbft.simulate import simulate as simulate_once


@example("milpbft simulate dbft2 --n 7 --byzantine 3 --crash 2@10 --runs 5")
@bundled
def simulate(
    protocol: options.Protocol,
    *,
    n: options.Nodes = 4,
    ticks: options.Ticks = 60,
    seeds: options.Seeds,
    timer: options.Timer = 0,
    no_recovery: options.NoRecovery = False,
    byzantine: options.Byzantine = None,
    crash: options.Crash = None,
    restart: options.Restart = None,
    reload: options.Reload = None,
    profile: options.Profile = "",
    values: options.Values = 1,
    deliver: options.Deliver = CHANCES["deliver"],
    propose: options.Propose = CHANCES["propose"],
    expire: options.Expire = CHANCES["expire"],
    forge: options.Forge = CHANCES["forge"],
    out: options.Out = None,
    as_json: options.Json = False,
) -> int:
    """Run the reference implementation alone under a seeded random adversary."""
    crashes = parse_crashes(crash or ())
    faults = Faults(
        frozenset(byzantine or ()),
        crashes,
        parse_moments("restart", restart or ()),
        parse_moments("reload", reload or ()),
    )
    chances = {"deliver": deliver, "propose": propose, "expire": expire, "forge": forge}
    plan = Plan(
        protocol, n, ticks, faults, Timers(timer), not no_recovery, chances, values, profile
    )
    console.make_directory(out, KEPT if len(seeds) == 1 else ())
    found, forks, runs = [], 0, len(seeds)
    for one in console.each_run(partial(simulate_once, plan), seeds, as_json=as_json):
        forks += one.fork
        kept = None
        if out:
            # Pages have megabytes: of many runs, only forks get one.
            place = out if runs == 1 else out / f"seed-{one.seed}"
            with writing("out", place):
                kept = str(keep(one.schedule, place, pictures=runs == 1 or one.fork))
        found.append({**one.summary(), "schedule": kept})
    typer.echo(f"{runs} runs of {protocol}, {n} nodes: {forks} forks", err=as_json)
    if as_json:
        print_json({"protocol": protocol, "n": n, "ticks": ticks, "forks": forks, "runs": found})
    elif runs == 1:
        print_timeline(one.schedule)
    return console.exit_code(failed=forks)
