"""Chains of schedules: plans of several heights, performed on nodes, and what comes of them.

A schedule of protocol ``povchain`` is a plan (:class:`milpbft.pov.reference.plan.Plan`): which
blocks there are, who makes and who adopts them. Performing it runs the nodes, message by message,
under a choreographer that knows nothing of the model, with keys of one seed after the other, for R
of each height is what the keys draw. The plan is confirmed where one run ends with every correct
node at exactly the blocks that it says, and where nothing else happens in N_b + 1 packing cycles
more without the Byzantine nodes: whoever is on duty has been, and failed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from milpbft.errors import InputError
from milpbft.pov.reference.choreographer import Choreographer
from milpbft.pov.reference.designation import designated
from milpbft.pov.reference.plan import GENESIS, Plan
from milpbft.pov.reference.rules import TEAMS, Rules
from milpbft.pov.reference.world import World
from milpbft.sim.faults import Faults
from milpbft.sim.signatures import KeyRing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from milpbft.pov.reference.scores import Favourites
    from milpbft.schedule import Schedule

SEEDS = 100
"""Rings of keys that are tried: R of a height is one of N_b with each."""


@dataclass(frozen=True)
class Performance:
    """A run of a plan.

    Parameters
    ----------
    world
        The nodes at its end.
    horizon
        Its last tick.
    keys
        Seed of its keys.
    difference
        What is not as planned; empty where all is.
    """

    world: World
    horizon: int
    keys: int
    difference: str


def perform(
    schedule: Schedule,
    seeds: int = SEEDS,
    theirs: Callable[[Rules], Rules] | None = None,
    first: int = 0,
) -> Performance:
    """Perform a schedule with the first keys that fit, or the last tried.

    Parameters
    ----------
    seeds
        How many rings of keys are tried.
    theirs
        Makes the rules of faulty nodes, for mutants.
    first
        Seed of the first ring.

    Raises
    ------
    InputError
        Where the schedule is no plan, or is of another protocol.
    """
    if schedule.protocol != "povchain":
        raise InputError("protocol", schedule.protocol, "povchain")
    plan, rules = Plan.of(schedule), Rules.of(schedule.n, schedule.settings | {"vrf": "yes"})
    teams = designated(schedule)
    run = _run(plan, rules, first, theirs, teams)
    for seed in range(first + 1, first + seeds):
        if not run.difference:
            break
        run = _run(plan, rules, seed, theirs, teams)
    return run


def _run(
    plan: Plan,
    rules: Rules,
    seed: int,
    theirs: Callable[[Rules], Rules] | None,
    teams: Mapping[int, Favourites],
) -> Performance:
    mutant = theirs(rules) if theirs else None
    world = World(rules, keys=KeyRing(rules.n, seed), faults=Faults(plan.byzantine), theirs=mutant,
                  favourites=teams)  # fmt: skip
    lead = Choreographer(plan)
    height = max((place[0] for place in plan.makers), default=0)
    # A height takes a round of duties at most; the butler of one may wait for another.
    latest = (rules.butlers + 2) * rules.cycle * (2 * height + 1 + len(plan.makers))
    tick, wrong = 0, _wrong(plan, world, lead)
    while wrong and tick < latest and not _astray(plan, world, lead):
        world.step(tick, lead.choose(tick, world))
        tick, wrong = tick + 1, _wrong(plan, world, lead)
    if rules.lock:
        # Byzantine butlers that stall propose once more, on their duty.
        tick = _go_on(world, lead, tick)
    lead.silent = True
    tick = _go_on(world, lead, tick)
    return Performance(world, tick - 1, seed, wrong or _wrong(plan, world, lead))


def _go_on(world: World, lead: Choreographer, tick: int) -> int:
    """Run until each butler has been on duty, and return the tick after."""
    until = tick + (world.rules.butlers + 1) * world.rules.cycle
    while tick < until:
        world.step(tick, lead.choose(tick, world))
        tick += 1
    return tick


def written(run: Performance, schedule: Schedule) -> Schedule:
    """Return a run as a schedule of protocol ``pov``, with what the plan promises."""
    said = {"network": "synchronous", "gst": "0", "delta": "1", "keys": str(run.keys)}
    said |= {
        one: schedule.settings[one]
        for one in ("budget", "reloads", TEAMS)
        if one in schedule.settings
    }
    found = run.world.schedule(run.horizon, f"performed: {schedule.source}")
    return replace(found, settings=found.settings | said)


def worth(run: Performance, objective: str) -> int | None:
    """Return what a run is worth: the value of an objective, None where it misses its aim.

    Parameters
    ----------
    objective
        As of :class:`milpbft.pov.heights.ChainInstance`; the last height is where nodes rest.
    """
    rules, world = run.world.rules, run.world
    chains = [world.nodes[node].chain.blocks[1:] for node in _team(world)]
    last, faulty = rules.rounds or 0, len(world.faults.byzantine) + len(world.reloaded)
    tops = {blocks[last - 1].digest for blocks in chains if len(blocks) >= last}
    match objective:
        case "halt":
            return max(map(len, chains), default=0)
        case "duties":
            crooks = world.faults.byzantine
            made = (sum(one.header.producer in crooks for one in blocks) for blocks in chains)
            return max(made, default=0)
        case "branches":
            return len(tops)
        case "faults_halt":
            return None if tops else faulty
    return faulty if len(tops) > 1 else None


def _team(world: World) -> list[int]:
    return list(world.nodes)


def _astray(plan: Plan, world: World, lead: Choreographer) -> bool:
    """Whether a node has a block that it is not to have: it takes none back."""
    lead.notice(world)
    for node in _team(world):
        blocks, path = world.nodes[node].chain.blocks[1:], plan.path(node)
        if len(blocks) > len(path):
            return True
        real = (lead.real.get(place) for place in path)
        if any(
            one is None or one.digest != block.digest
            for one, block in zip(real, blocks, strict=False)
        ):
            return True
    return False


def _wrong(plan: Plan, world: World, lead: Choreographer) -> str:
    """Say what is not as planned."""
    if world.impossible:
        return world.impossible[0]
    for node in _team(world):
        if difference := _differs(node, plan, world, lead):
            return difference
    for place in plan.places():
        if place != GENESIS and place not in lead.real:
            return f"block {place[1]} of height {place[0]} is not made here"
    return ""


def _differs(node: int, plan: Plan, world: World, lead: Choreographer) -> str:
    """Say in what the chain of a node is not as planned."""
    blocks, path = world.nodes[node].chain.blocks[1:], plan.path(node)
    if [place[0] for place in path] != list(range(1, len(path) + 1)):
        return f"node {node} skips a height in the plan"
    if any(place[1] for place in path[:-1]):
        return f"node {node} goes on above a block that nobody builds on in the plan"
    if len(blocks) != len(path):
        return f"node {node} has {len(blocks)} blocks here, {len(path)} in the plan"
    for block, place in zip(blocks, path, strict=True):
        real = lead.real.get(place)
        if real is None or real.digest != block.digest:
            return f"node {node} has another block of height {place[0]} here"
    return ""
