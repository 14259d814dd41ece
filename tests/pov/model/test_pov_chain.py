"""Several heights: values, repairs, exhaustion of plans, random adversaries and mutants."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from milpbft.errors import InputError
from milpbft.pov.enumerate.chains import best
from milpbft.pov.heights import ChainInstance
from milpbft.pov.reference.adversary import random_run
from milpbft.pov.reference.chain_adversary import random_chain
from milpbft.pov.reference.chains import perform, worth, written
from milpbft.pov.reference.plan import Plan
from milpbft.pov.room import POV
from milpbft.question.files import parse_instance
from milpbft.schedule import Decide, Event, Fault, Schedule, Send
from milpbft.solve import replay_schedule, solve
from tests.witness import schedule_of

if TYPE_CHECKING:
    from collections.abc import Callable

NAME = "povchain-nc4-nb3-h3-bb1"


def optimum(name: str) -> int | None:
    """Solve a chain; the value is proven, performed on nodes, and replayed message by message."""
    result = solve(parse_instance(name))
    if result.solution.status == "infeasible":
        return None
    assert result.solution.status == "optimal", result.checks
    assert all(result.checks)
    return result.solution.objective


VALUES = [
    (f"{NAME}-halt", 1),
    (f"{NAME}-duties", 3),
    (f"{NAME}-branches", 6),
    ("povchain-nc4-nb3-h3-halt", 3),
    ("povchain-nc4-nb3-h2-bb3-halt", 0),
    ("povchain-nc4-nb3-h2-bb1-halt-fetch-lock", 0),
    ("povchain-nc4-nb3-h2-bb1-branches-lock", 6),
    ("povchain-nc4-nb3-h2-bc1-bb3-faults_branches-special", 1),
    ("povchain-nc4-nb3-h2-faults_halt", None),
    # A Byzantine commissioner that signs what an honest butler proposes.
    ("povchain-nc2-nb2-h1-bc1-branches", 1),
]


@pytest.mark.parametrize(("name", "value"), VALUES)
def test_chains_with_known_values(name: str, value: int | None):
    """One butler stops the chain for good after a block, or makes all; honest ones do neither."""
    assert optimum(name) == value


def plan(blocks: dict[tuple[int, int], tuple[int, tuple[int, ...]]], words: str = "") -> Schedule:
    """Return a plan for four commissioners and three butlers, 4 of them Byzantine."""
    instance = parse_instance(f"{NAME}-halt{words}")
    assert isinstance(instance, ChainInstance)
    events: list[Event] = [Fault(0, 4, "byzantine")]
    for (t, k), (maker, nodes) in blocks.items():
        kind = "Block" + (f"#{k}" if k else "") + (f"@{t}" if t > 1 else "")
        events += [Send(t, maker, kind, 0), *(Decide(t, node, k) for node in nodes)]
    return Schedule("povchain", 8, (4,), (), tuple(events), 3, settings=instance.settings)


ALL = (0, 1, 2, 3, 5, 6)
SHOWN_LATE = {(t, 0): (4, ALL) for t in (1, 2, 3)}
"""It shows commissioners its block when it is on duty again."""
STRANDED = {(1, 0): (4, ALL[:4]), (1, 1): (5, ALL[4:]), (2, 0): (4, ALL[:4]), (3, 0): (4, ALL[:4])}
"""It shows its first block to commissioners alone, as another butler's arrives."""


@pytest.mark.parametrize(
    ("blocks", "words"),
    [(SHOWN_LATE, ""), (SHOWN_LATE, "-lock"), (SHOWN_LATE, "-fetch-lock"), (STRANDED, "-fetch")],
)  # fmt: skip
def test_a_butler_that_is_once_on_duty_keeps_it_whatever_is_drawn(
    blocks: dict[tuple[int, int], tuple[int, tuple[int, ...]]], words: str
):
    """With every set of repairs, an unpredictable R among them, and three rings of keys."""
    for seed in range(3):
        run = perform(plan(blocks, words), first=seed, seeds=1)
        assert not run.difference
        assert worth(run, "duties") == 3


# ---- what does not share the model


def same(name: str, most: int, objectives: tuple[str, ...]) -> None:
    """Compare with the best of all plans that nodes perform."""
    instance = parse_instance(f"{name}-halt" if "+" not in name else name.replace("+", "-halt-"))
    assert isinstance(instance, ChainInstance)
    found = best(instance, most)
    for objective in objectives:
        told = instance.model_dump() | {"objective": objective}
        assert optimum(ChainInstance.make(told).name) == found[objective], objective


def test_all_plans_of_one_height_come_to_the_same():
    """Two nodes, all ways to spread them over two blocks."""
    same("povchain-nc1-nb2-h1-bb1", 2, tuple(ChainInstance.objectives))


@pytest.mark.slow
@pytest.mark.parametrize("words", ["", "+fetch", "+lock", "+fetch-lock"])
@pytest.mark.parametrize(("sizes", "most"), [("nc1-nb2-h2-bb1", 2), ("nc2-nb2-h1-bb1", 3),
                                             ("nc2-nb3-h1-bb2", 2), ("nc3-nb2-h1-bb1", 2),
                                             ("nc2-nb2-h1-bc1-bb1", 3)])  # fmt: skip
def test_all_plans_come_to_the_same(sizes: str, most: int, words: str):
    """Every repair; blocks that do not fit into the plans are not asked for."""
    aims = {"halt", "duties", "faults_halt", "faults_branches"}
    aims |= {"branches"} if sizes in {"nc2-nb2-h1-bb1"} else set()
    same(f"povchain-{sizes}{words}", most, tuple(sorted(aims)))


RANDOM = [f"{NAME}-halt", "povchain-nc3-nb2-h2-bb1-halt-fetch",
          "povchain-nc4-nb2-h2-bb1-halt-lock", "povchain-nc4-nb3-h2-bc1-bb1-halt-special",
          "povchain-nc5-nb3-h2-bb2-halt", "povchain-nc3-nb3-h3-halt",
          "povchain-nc4-nb2-h3-bb1-halt-fetch-lock",
          "povchain-nc3-nb3-h3-bb1-halt-fetch"]  # fmt: skip


def no_chain_beats(name: str, seeds: range) -> set[int]:
    """Run random adversaries; return how high their chains got."""
    instance = parse_instance(name)
    assert isinstance(instance, ChainInstance)
    runs = [random_chain(instance, seed) for seed in seeds]
    for objective in ("halt", "duties", "branches"):
        told = ChainInstance.make(instance.model_dump() | {"objective": objective})
        bound = optimum(told.name)
        assert bound is not None
        for run in runs:
            value = worth(run, objective)
            assert value is not None
            assert value >= bound if objective == "halt" else value <= bound
    return {worth(run, "halt") or 0 for run in runs}


def test_random_adversaries_beat_no_chain_and_are_no_straw_men():
    """Some of them stop it for good, with nobody's help."""
    assert no_chain_beats(RANDOM[2], range(12)) >= {0, 1}


@pytest.mark.slow
@pytest.mark.parametrize("name", RANDOM)
def test_hundreds_of_random_adversaries_beat_no_chain(name: str):
    """The same with many seeds, and for every repair."""
    no_chain_beats(name, range(150))


# ---- mutants


def changed(schedule: Schedule, change: Callable[[Decide], Decide | None]) -> Schedule:
    """Return a schedule with other decisions."""
    events = [change(e) if isinstance(e, Decide) else e for e in schedule.events]
    return replace(schedule, events=tuple(e for e in events if e is not None))


def test_broken_plans_are_refuted():
    """A height that is skipped, another maker, a fault too many.

    That a node is left out at the end is none of them: nobody else gives it the block.
    """
    schedule = plan(SHOWN_LATE)
    assert replay_schedule(schedule)
    without = changed(schedule, lambda e: None if (e.tick, e.node) == (1, 0) else e)
    assert "skips a height" in perform(without, seeds=2).difference
    other = changed(schedule, lambda e: None if (e.tick, e.node) == (3, 0) else e)
    assert replay_schedule(other)
    honest = replace(plan(STRANDED), events=tuple(
        replace(e, node=6) if isinstance(e, Send) and e.tick == 1 else e
        for e in plan(STRANDED).events
    ))  # fmt: skip
    assert perform(honest, seeds=2).difference
    poor = replace(schedule, settings=schedule.settings | {"budget": "0-3:0,4-6:0"})
    assert "may" in replay_schedule(poor).reason or "faulty" in replay_schedule(poor).reason


SPLIT = {(1, 0): (4, (0, 1, 6)), (1, 1): (5, (2, 3, 5))}
"""Two commissioners have each block, and an honest butler; neither has a quorum of three."""


def test_nodes_that_want_more_signatures_adopt_nothing():
    """The chain stops for good after a block; mutants that want all signatures get none."""
    run = perform(plan(SPLIT), seeds=2)
    assert (run.difference, worth(run, "halt")) == ("", 1)
    mutant = perform(plan(SPLIT), seeds=2, theirs=lambda rules: replace(rules, quorum=4))
    assert "has 0 blocks here" in mutant.difference


def test_nodes_with_a_lock_do_not_split():
    """Who has signed the butler's header signs no other: there is no second block to have."""
    mutant = perform(plan(SPLIT), seeds=2, theirs=lambda rules: replace(rules, lock=True))
    assert mutant.difference


def test_nodes_that_fetch_are_not_left_behind():
    """As printed a butler may show its block to one node, and nobody else ever has it."""
    behind = {(1, 0): (4, (0, 5, 6))}
    assert not perform(plan(behind), seeds=2).difference
    mutant = perform(plan(behind), seeds=2, theirs=lambda rules: replace(rules, fetch=True))
    assert mutant.difference


def test_objectives_are_counted_again():
    """One number passes, those beside it do not; another instance's plan counts for nothing."""
    for name, value in [(f"{NAME}-halt", 1), (f"{NAME}-branches", 6),
                        ("povchain-nc4-nb3-h2-bc1-bb1-faults_halt", 1)]:  # fmt: skip
        instance, schedule = parse_instance(name), schedule_of(name)
        assert POV.recount(instance, schedule, value)
        for wrong in (value - 1, value + 1):
            assert f"{value} in the run" in POV.recount(instance, schedule, wrong).reason
    other = parse_instance("povchain-nc4-nb3-h4-bb1-halt")
    assert not POV.recount(other, schedule_of(f"{NAME}-halt"), 1)


def test_a_performance_is_replayed_with_its_keys():
    """What is written down says which; with other keys other butlers are on duty."""
    schedule = schedule_of("povchain-nc4-nb3-h2-bb1-duties")
    run = perform(schedule)
    kept = written(run, schedule)
    assert POV.replay(kept)
    other = replace(kept, settings=kept.settings | {"keys": str(run.keys + 1)})
    slow = replace(kept, settings=kept.settings | {"delta": "0"})
    assert POV.replay(other).status == "refuted" or POV.replay(slow).status == "refuted"


# ---- input


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("povchain-nc5-nb3-h2-bc1-bb1-halt", "byzantine_commissioners"),
        ("povchain-nc4-nb3-h2-bc2-halt", "byzantine_commissioners"),
        ("povchain-nc4-nb3-h1-bb1-halt-special", "special"),
        ("povchain-nc4-nb3-h2-bb1-halt-once", "once"),
    ],
)
def test_what_is_not_modelled_is_refused(name: str, field: str):
    """In one line that names the field."""
    with pytest.raises(InputError, match=field):
        parse_instance(name)


def test_plans_name_blocks():
    """A schedule whose kinds are none, or whose nodes adopt what nobody makes, is unusable."""
    schedule = schedule_of("povchain-nc4-nb3-h2-bb1-duties")
    for bad, field in [(Send(1, 4, "Proposal", 0), "kind"), (Decide(1, 0, 9), "view")]:
        with pytest.raises(InputError, match=field):
            Plan.of(replace(schedule, events=(*schedule.events, bad)))


@pytest.mark.parametrize("seed", range(3))
def test_who_listens_for_byzantine_nodes_answers_nobody(seed: int):
    """It once gave blocks to those who asked, with a key that it does not have."""
    instance = parse_instance("povround-nc3-nb2-tb6-t23-bb1-last-fetch-delta1")
    random_run(instance, seed)
    random_chain(parse_instance("povchain-nc2-nb2-h2-bb1-halt-fetch"), seed)
