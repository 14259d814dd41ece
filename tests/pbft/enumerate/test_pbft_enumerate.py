"""Enumeration of the PBFT family's replicas at n = 4, values A and B, against the encoding."""

from __future__ import annotations

import subprocess
import sys
from itertools import product
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from milpbft.check.replay import Replay, replay
from milpbft.errors import InputError
from milpbft.pbft.enumerate.asked import ask
from milpbft.pbft.enumerate.explore import explore
from milpbft.pbft.enumerate.local import Stimulus
from milpbft.pbft.enumerate.pool import bits
from milpbft.pbft.enumerate.search import Search
from milpbft.pbft.instance import PbftInstance
from milpbft.pbft.model.strict import strict_model
from milpbft.pbft.reference.family import REFERENCES, rules_of
from milpbft.pbft.reference.mutants import MUTANTS
from milpbft.pbft.reference.pbft_reference import PbftReference
from milpbft.pbft.reference.rules import Rules
from milpbft.pbft.room import ROOM
from milpbft.question.files import parse_instance
from milpbft.schedule import Send
from milpbft.sim.adversary import RandomAdversary
from milpbft.sim.faults import Faults
from milpbft.sim.seals import Seals
from milpbft.sim.world import World
from solvers import solve

if TYPE_CHECKING:
    from milpbft.pbft.enumerate.result import Found
    from milpbft.pbft.reference.reference import FamilyReference
    from milpbft.sim.world import Run

PROTOCOLS = ("pbft", "linear", "sbft", "sbftfast")
ONE_VIEW = [
    *(f"{protocol}-n4-v1-b{b}-e2-forks" for protocol, b in product(PROTOCOLS, (0, 1, 2))),
    *(f"{protocol}-n4-v1-b2-e2-steps_fork" for protocol in ("pbft", "linear", "sbft")),
    *(f"pbft-n4-v1-b{b}-e2-undecided" for b in (0, 2)),
    "pbft-n4-v1-b2-e2-steps_lock",
    "pbft-n4-v1-c2-undecided",
]
TWO_VIEWS = [
    *(f"{protocol}-n4-v2-b{b}-e2-forks" for protocol, b in product(PROTOCOLS, (0, 1))),
    *(f"{p}-n4-v2-b{b}-e2-steps_fork-blind" for p, b in product(PROTOCOLS, (0, 1))),
    *(f"{protocol}-n4-v2-b2-e2-steps_fork" for protocol in PROTOCOLS),
    "pbft-n4-v1-b1-e2-undecided",
    "linear-n4-v1-b1-e2-undecided",
    *(f"{protocol}-n4-v2-b1-undecided" for protocol in ("pbft", "linear", "sbftfast")),
    "pbft-n4-v2-b1-steps_lock",
]


def instance_of(name: str) -> PbftInstance:
    instance = parse_instance(name)
    assert isinstance(instance, PbftInstance)
    return instance


def requests_of(found: Found) -> dict[int, tuple[int, ...]]:
    """Return what nodes were asked for, where not value 0."""
    told = found.schedule.settings.get("requests", "")
    pairs = [item.split(":") for item in told.split(",") if item]
    return {int(node): (int(value),) for node, value in pairs}


def agrees(name: str, limit: int = 1_000_000) -> None:
    """Compare an answer with the encoding's proven optimum, and replay what was found."""
    instance = instance_of(name)
    answer = ask(instance, limit)
    seen = answer.enumeration
    assert not seen.capped
    solution = solve(strict_model(instance).problem, "cpsat")
    assert solution.status in ("optimal", "infeasible")
    assert answer.value == solution.objective
    for found in filter(None, (seen.fork, seen.lock)):
        done = Replay(found.schedule, ROOM.reference(found.schedule))
        verdict = done.run()
        assert verdict, verdict.reason
        nodes = [done.replicas[node] for node in found.schedule.correct]
        blocks = {decision.block for replica in nodes for decision in replica.decisions}
        assert found is not seen.fork or len(blocks) == 2


@pytest.mark.parametrize("name", ONE_VIEW)
def test_enumeration_finds_what_the_encoding_proves(name: str):
    """One view, every choice of 0 to 2 Byzantine nodes: forks, locks, fewest acts of a fork."""
    agrees(name)


@pytest.mark.slow
@pytest.mark.parametrize("name", TWO_VIEWS)
def test_enumeration_of_two_views_finds_what_the_encoding_proves(name: str):
    """All states of two views, half a million where there are most, or all up to a fork or lock."""
    agrees(name)


def test_a_node_that_skips_a_view_change_forks_in_fewer_acts():
    """SBFT, broken view change: who decided follows the new view without asking for it, 13 acts.

    The rule table had every node ask first, and so 14.
    """
    instance = instance_of("sbft-n4-v2-e2-steps_fork-blind")
    assert solve(strict_model(instance).problem, "cpsat").objective == 13


# ---- mutants


@pytest.mark.parametrize(
    ("fault", "views"),
    [
        ("two proposals", 1),
        ("duplicate shares", 1),
        pytest.param("commit quorum", 2, marks=pytest.mark.slow),
        pytest.param("fast quorum", 2, marks=pytest.mark.slow),
        pytest.param("unverified certificates", 2, marks=pytest.mark.slow),
    ],
)
def test_a_faulty_replica_forks_with_one_byzantine_node(fault: str, views: int):
    """Sound ones do not; what is found happens to faulty ones with real signatures too."""
    mutant = MUTANTS[fault]
    sbft = mutant.reference.protocol.startswith("sbft")
    rules = mutant.change(Rules.sbft(4, execution=False) if sbft else Rules.of(4))
    seen = explore(
        mutant.reference,
        rules,
        views=views,
        byzantine=1,
        waits=False,
        until="fork",
        replica=mutant.replica,
    )
    assert seen.fork is not None
    faulty = mutant.reference(rules, replica=mutant.replica, requests=requests_of(seen.fork))
    verdict = replay(seen.fork.schedule, faulty)
    assert verdict, verdict.reason


# ---- what the reduction rests on


def searched(protocol: str, liars: frozenset[int], views: int = 1, limit: int = 20_000) -> Search:
    reference = REFERENCES[protocol](rules_of(protocol, 4, execution=False), keys=Seals())
    done = Search(
        reference, liars, {}, views=views, values=2, crashes=0, fetch=True, waits=views == 1
    )
    done.run(limit)
    return done


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_whatever_a_replica_is_shown_it_acts_if_and_only_if_a_move_fits(protocol: str):
    """Random sets of messages of any kinds, views and senders, with and without a timer."""
    done = searched(protocol, frozenset({0}), views=2, limit=300)
    random = Random(protocol)
    everything = range(len(done.pool.messages))
    checked = 0
    for local in random.sample(done.locals[1:], min(40, len(done.locals) - 1)):
        if done.beyond(local):
            continue
        for _ in range(10):
            said = random.sample(everything, random.randint(0, 12))
            said = [m for m in said if done.pool.messages[m].sender != local.node]
            timer = random.random() < 0.3
            shown = sum(1 << m for m in said)
            fits = [m for m in done.nodes.moves(local, shown) if timer or not m.stimulus.timer]
            did = done.nodes.step(local, Stimulus(tuple(said), timer))
            assert (did is not None) == bool(fits), (local, said, timer)
            checked += did is not None
    assert checked > 20


def control(reference: FamilyReference[Any], run: Run[Any], liars: frozenset[int]) -> object:
    """Who said what, is where and decided what; None where a node went too far."""
    nodes = []
    for node in sorted(set(run.replicas) - liars):
        replica = run.replicas[node]
        if replica.view > 1 or (replica.view == 1 and replica.active):
            return None
        events = run.schedule.events
        sent = {(e.kind, e.view) for e in events if isinstance(e, Send) and e.node == node}
        nodes.append((frozenset(sent), replica.view, len(replica.decisions)))
    return tuple(nodes)


@pytest.mark.parametrize("liars", [frozenset[int](), frozenset({0})])
@pytest.mark.parametrize(
    "protocol",
    [
        "pbft",
        "sbftfast",
        *(pytest.param(slow, marks=pytest.mark.slow) for slow in ("linear", "sbft")),
    ],
)
def test_no_random_run_gets_where_enumeration_has_not_been(protocol: str, liars: frozenset[int]):
    """Messages come early, late, in any order, needed or not: 100 runs of one view."""
    done = searched(protocol, liars)
    assert not done.capped
    told = done.pool.messages
    seen = set()
    for state in done.settled:
        nodes = [done.locals[k] for k in state[1:] if k]
        seen.add(
            tuple(
                (
                    frozenset((told[m].kind, told[m].view) for m in bits(local.sent)),
                    local.last.view,
                    int(local.last.decided is not None),
                )
                for local in nodes
            )
        )
    met = set()
    for seed in range(100):
        random = Random(seed)
        adversary = RandomAdversary(
            seed,
            deliver=random.choice([0.1, 0.3, 0.6]),
            propose=random.choice([0.05, 0.3]),
            expire=random.choice([0.0, 0.02, 0.1]),
            forge=1.0,
            values=2,
        )
        reference = done.reference
        run = World(reference, adversary, random.randint(3, 25), faults=Faults(liars)).run()
        met.add(control(reference, run, liars))
    assert len(met) > 10
    assert not [item for item in met if item is not None and item not in seen]


# ---- limits and input


def test_a_limit_that_is_reached_is_said_to_be_one():
    """Nothing is claimed then."""
    answer = ask(instance_of("pbft-n4-v1-b1-e2-forks"), 20)
    assert answer.enumeration.capped
    assert answer.enumeration.states == 20
    assert "no optimum" in answer.summary


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("views", {"views": 3}),
        ("values", {"values": 3}),
        ("crashes", {"crashes": -1}),
        ("byzantine", {"byzantine": 5}),
        ("limit", {"limit": 0}),
    ],
)
def test_numbers_out_of_range_are_refused(field: str, changes: dict[str, Any]):
    """One line names the field."""
    with pytest.raises(InputError, match=field):
        explore(PbftReference, Rules.of(4), **changes)


@pytest.mark.parametrize("name", ["pbft-n4-v2-b1-e2-faults_fork", "pbft-n4-v1-c1-undecided-calm"])
def test_questions_that_enumeration_does_not_answer_are_refused(name: str):
    """Fewest faults are a question about many sizes, and a calm view has no view change."""
    with pytest.raises(InputError):
        ask(instance_of(name))


def test_it_shares_nothing_with_what_it_checks():
    """No part of the modelling layer is imported, no rule table, no solver."""
    code = "import sys, milpbft.pbft.enumerate.explore; print(*sys.modules)"
    out = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    wrong = ("milpbft.milp", "milpbft.automaton", "milpbft.pbft.model.table", "solvers")
    assert not [name for name in out if name.startswith((*wrong, "milpbft.table"))]
