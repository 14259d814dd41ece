"""Nodes of dBFT 2.0 that start again without memory: counted tables, replicas, enumeration."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import product
from random import Random

import pytest

from milpbft.automaton.counted.encoding import Step
from milpbft.check.replay import replay
from milpbft.dbft.enumerate.explore import explore
from milpbft.dbft.instance import DbftInstance
from milpbft.dbft.model.strict import rules_of as table_of
from milpbft.dbft.model.strict import strict_model
from milpbft.dbft.reference.reference import DbftReference
from milpbft.dbft.reference.rules import Rules
from milpbft.dbft.room import DBFT2 as ROOM
from milpbft.question.files import parse_instance
from milpbft.schedule import Fault, Schedule
from milpbft.sim.adversary import RandomAdversary
from milpbft.sim.faults import Faults
from milpbft.sim.world import World
from milpbft.solve import solve
from tests.dbft.asking import agrees, allowed
from tests.proven import refused

WORDS = ("", "never", "own-view", "agreement", "nofetch")
GOALS = ("forks", "undecided", "steps_lock", "steps_fork", "faults_lock", "faults_fork")
FAULTS = ("", "-c1", "-b1-e2")
LIMIT = 20_000


def grid(sizes: tuple[int, ...], views: tuple[int, ...], most: int) -> list[str]:
    """Return the names of the instances of a grid that there are."""
    return allowed(
        f"dbft2-strict-n{n}-v{v}{faults}-{goal}{'-' * bool(word)}{word}-amnesia{again}"
        for n, v, faults, goal, word, again in product(
            sizes, views, FAULTS, GOALS, WORDS, range(1, most + 1)
        )
    )


ONE_VIEW = grid((4,), (1,), 2)
QUICK = [name for name in ONE_VIEW if "-b1" not in name][::25]


@pytest.mark.parametrize("name", QUICK)
def test_one_view_is_as_enumerated(name: str):
    """A sample of one view of four nodes, each restart tried at each moment."""
    agrees(name, LIMIT, "cpsat")


@pytest.mark.slow
@pytest.mark.parametrize("name", ONE_VIEW)
def test_every_option_and_objective_in_one_view_is_as_enumerated(name: str):
    """All of one view."""
    agrees(name, LIMIT, "cpsat")


FORK = "dbft2-strict-n4-v2-steps_fork-amnesia2"


@cache
def fork(again: int = 2) -> Schedule:
    """Fork four nodes by hand: two that committed in view 0 start again and commit in view 1.

    Parameters
    ----------
    again
        How many may start again, as the schedule promises.
    """
    instance = parse_instance(FORK)
    assert isinstance(instance, DbftInstance)
    model = strict_model(instance)
    rules = table_of(instance)
    places = dict(zip(("p0", "p1", "b1", "b2"), rules.starts(4), strict=True))
    first = ["p0 propose", "p1 respond", "b1 respond", "p0 commit", "p1 commit", "b1 commit"]
    first += ["p0 accept", "p1 restart", "b1 restart"]
    trio = ("p1", "b1", "b2")
    then = [f"{who} {what}" for what in ("ask", "enter") for who in trio]
    then += ["p1 propose", "b1 respond", "b2 respond", *(f"{who} commit" for who in trio)]
    steps = []
    for who, what in map(str.split, [*first, *then, "b2 accept"]):
        (rule,) = (
            rule
            for rule in model.table.automaton.rules
            if (rule.source, model.table.meaning[rule.name].what) == (places[who], what)
        )
        places[who] = rule.target
        steps.append(Step(0, rule.name, 1))
    values = {"N": 4, "T": 1, "F": 0, "F_0": 0, "F_1": 0}
    run = model.named(steps, values, "by hand", quiet=False)
    return replace(run, settings=run.settings | {"restarts": str(again)})


def test_two_restarts_fork_four_nodes_of_whom_nobody_lies():
    """Twenty-two acts, two of them restarts, lead to two blocks, which replicas confirm."""
    schedule = fork()
    assert ROOM.replay(schedule), ROOM.replay(schedule).reason
    assert ROOM.recount(parse_instance(FORK), schedule, 22)
    assert not ROOM.recount(parse_instance(FORK), schedule, 21)
    assert not ROOM.recount(parse_instance(FORK.replace("amnesia2", "amnesia1")), schedule, 22)


def test_one_restart_more_than_the_budget_has_is_refuted():
    """A schedule says how many may start again, each once."""
    refuted = ROOM.replay(fork(again=1))
    assert not refuted
    assert "starts again, and 1 nodes have" in refuted.reason
    schedule = fork(again=3)
    events = [replace(e, tick=e.tick + 1) if isinstance(e, Fault) else e for e in schedule.events]
    twice = (*schedule.events, *(e for e in events if isinstance(e, Fault)))
    refuted = ROOM.replay(
        replace(schedule, events=twice, settings=schedule.settings | {"restarts": "4"})
    )
    assert not refuted
    assert "has already" in refuted.reason


class Remembering(DbftReference):
    """A mutant of the reference: nodes that start again are as they were."""

    def replicas(self):
        """Return the replicas, and keep them."""
        self._present = dict(super().replicas())
        return self._present

    def restarted(self, node, lives):
        """Return the one that there was."""
        return self._present[node]


def test_nodes_that_remember_do_not_fork():
    """The fork needs that nodes forget what they promised."""
    schedule = fork()
    remembering = Remembering(Rules.of(4, primaries=(0, 1), agreement=False))
    assert not replay(schedule, remembering)


def test_a_restart_counts_as_a_fault_and_its_node_as_correct():
    """Whoever starts again and decides has decided, and is one of the faulty nodes."""
    faults = parse_instance("dbft2-strict-n4-v2-faults_fork-amnesia2")
    assert ROOM.recount(faults, fork(), 2)
    assert not ROOM.recount(faults, fork(), 0)


@pytest.mark.parametrize("seed", range(12))
def test_random_adversaries_do_no_better(seed: int):
    """Runs of replicas with one restart at any time have one block, whatever comes when."""
    random = Random(seed)
    node, tick = random.randrange(4), random.randrange(2, 40)
    world = World(
        DbftReference(Rules.of(4, agreement=bool(seed % 2))),
        RandomAdversary(seed, deliver=0.4, expire=0.15),
        80,
        faults=Faults(restarts={node: (tick,)}),
        recovery=bool(seed % 3),
    )
    assert len(world.run().blocks) <= 1


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("dbft21-strict-n4-v2-forks-amnesia1", "views"),
        ("dbft21-strict-n4-v2-b1-forks-amnesia1", "byzantine"),
        ("dbft21-strict-n4-v1-forks-amnesia1-pool", "reading"),
        ("dbft2-strict-n4-v2-c2-forks-amnesia3", "amnesia"),
        ("dbft2-strict-n4-v2-forks-committed-or-lost-amnesia1", "returns"),
        ("dbft2-strict-n4-v2-b1-undecided-amnesia1", "byzantine"),
    ],
)
def test_what_the_tables_do_not_have_is_refused(name: str, field: str):
    """One line says which field."""
    assert refused(name) == field


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "value"),
    [
        (FORK, 22),
        ("dbft2-strict-n4-v2-faults_fork-amnesia2", 2),
        ("dbft2-strict-n4-v2-forks-amnesia1", 1),
        ("dbft2-strict-n4-v2-steps_lock-amnesia1", 13),
        ("dbft2-strict-n4-v2-undecided-amnesia1", 4),
    ],
)
def test_two_views_of_four_nodes(name: str, value: int):
    """Optima of two views, proven and replayed."""
    result = solve(parse_instance(name), solver="cpsat")
    assert (result.solution.status, result.solution.objective) == ("optimal", value)
    assert all(result.checks), [check.reason for check in result.checks]


@pytest.mark.slow
def test_the_shortest_fork_of_two_restarts_is_the_enumeration_s():
    """Twenty-two acts, as all runs of the replicas have it, and as replay confirms."""
    seen = explore(Rules.of(4, agreement=False), restarts=2, until="fork", limit=200_000)
    assert seen.fork is not None
    assert seen.fork.steps == 22
    verdict = ROOM.replay(seen.fork.schedule)
    assert verdict, verdict.reason


@pytest.mark.slow
def test_the_shortest_lock_of_one_restart_is_the_enumeration_s():
    """Thirteen acts, as all runs of the replicas have it."""
    seen = explore(Rules.of(4, agreement=False), restarts=1, until="lock", limit=1_500_000)
    assert seen.lock is not None
    assert seen.lock.steps == 13
