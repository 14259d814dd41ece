"""Nodes of the PBFT family that start again without memory: tables, replicas, enumeration."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import product
from random import Random
from typing import TYPE_CHECKING

import pytest

from milpbft.pbft.enumerate.asked import ask
from milpbft.pbft.reference.family import REFERENCES, rules_of
from milpbft.pbft.room import ROOM
from milpbft.question.files import parse_instance
from milpbft.sim.adversary import RandomAdversary
from milpbft.sim.faults import Faults
from milpbft.sim.world import World
from milpbft.solve import solve
from tests.pbft.asking import agrees
from tests.proven import refused

if TYPE_CHECKING:
    from milpbft.schedule import Schedule

PROTOCOLS = ("pbft", "linear", "sbft", "sbftfast")
WORDS = ("", "nofetch", "blind", "asked", "later", "stepwise", "status", "gossip")
GOALS = ("forks", "steps_fork", "faults_fork")
LIMIT = 40_000


def grid(views: int, words: tuple[str, ...] = WORDS) -> list[str]:
    """Return the names of four nodes with one and two restarts."""
    choices = product(PROTOCOLS, ("", "-c1"), ("", "-e2"), GOALS, words, (1, 2))
    return [
        f"{protocol}-n4-v{views}{crash}{values}-{goal}{'-' * bool(word)}{word}-amnesia{again}"
        for protocol, crash, values, goal, word, again in choices
    ]


ONE_VIEW = grid(1)
QUICK = [*(n for n in ONE_VIEW if "-c1" not in n and "-e2" in n)][::41]


@pytest.mark.parametrize("name", QUICK)
def test_one_view_is_as_enumerated(name: str):
    """A sample of one view of four nodes, each restart tried at each moment."""
    agrees(name, LIMIT, "cpsat")


@pytest.mark.slow
@pytest.mark.parametrize("name", ONE_VIEW)
def test_every_option_and_objective_in_one_view_is_as_enumerated(name: str):
    """All of one view."""
    agrees(name, LIMIT, "cpsat")


FORK = "pbft-n4-v1-e2-steps_fork-amnesia2"


@cache
def fork() -> Schedule:
    """Two of four nodes, the primary among them, start again and vote for another request."""
    result = solve(parse_instance(FORK), solver="cpsat")
    assert result.schedule is not None
    return result.schedule


def test_a_primary_that_starts_again_may_be_asked_for_another_request():
    """Sixteen acts fork one view of which nobody is Byzantine, and no fewer do."""
    schedule = fork()
    assert schedule.settings["requests_again"] == "0:1"
    assert ROOM.replay(schedule), ROOM.replay(schedule).reason
    assert ROOM.recount(parse_instance(FORK), schedule, 16)
    assert not ROOM.recount(parse_instance(FORK), schedule, 15)
    answer = ask(parse_instance(FORK))
    assert (answer.value, answer.enumeration.capped) == (16, False)
    found = answer.enumeration.fork
    assert found is not None
    assert ROOM.replay(found.schedule), ROOM.replay(found.schedule).reason


def test_who_is_asked_for_the_same_again_does_not_follow_the_run():
    """The second request is part of the schedule."""
    schedule = fork()
    same = replace(schedule, settings=schedule.settings | {"requests_again": "0:0"})
    refuted = ROOM.replay(same)
    assert not refuted
    assert "PrePrepare" in refuted.reason


def test_one_restart_more_than_the_budget_has_is_refuted():
    """A schedule says how many may start again."""
    schedule = fork()
    refuted = ROOM.replay(replace(schedule, settings=schedule.settings | {"restarts": "1"}))
    assert not refuted
    assert "starts again, and 1 nodes have" in refuted.reason


@pytest.mark.parametrize("protocol", PROTOCOLS)
@pytest.mark.parametrize("seed", range(5))
def test_random_adversaries_do_no_better(protocol: str, seed: int):
    """Runs of replicas with one restart at any time have one block, whatever comes when."""
    random = Random(seed)
    node, tick = random.randrange(4), random.randrange(2, 40)
    reference = REFERENCES[protocol](
        rules_of(protocol, 4, 0), requests={1: (1,)}, again={node: (random.randrange(2),)}
    )
    world = World(
        reference,
        RandomAdversary(seed, deliver=0.4, expire=0.15),
        80,
        faults=Faults(restarts={node: (tick,)}),
    )
    blocks = {d.block for taken in world.run().decisions.values() for d in taken}
    assert len(blocks) <= 1


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("pbft-n4-v2-b1-undecided-amnesia1", "byzantine"),
        ("pbft-n4-v2-b1-e2-forks-amnesia1", "byzantine"),
        ("pbft-n4-v3-e2-forks-amnesia1", "views"),
        ("pbft-n4-v1-forks-calm-amnesia1", "calm"),
        ("pbft-n5-v2-e2-forks-quorum-2f+1-amnesia1", "quorum"),
        ("pbft-n4-v2-lossy1-forks-amnesia1", "instance"),
    ],
)
def test_what_was_not_compared_is_refused(name: str, field: str):
    """One line says which field."""
    assert refused(name) == field
