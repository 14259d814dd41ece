"""What exhaustive exploration rests on, tested on random messages and random runs."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import pytest

from milpbft.check.replay import replay
from milpbft.dbft.enumerate.catalogue import Catalogue
from milpbft.dbft.enumerate.local import Local, Stimulus
from milpbft.dbft.enumerate.probe import Move, Probe
from milpbft.dbft.enumerate.tally import Tally, distinct
from milpbft.dbft.reference.reference import DbftReference
from milpbft.dbft.reference.replica import Replica
from milpbft.schedule import Send
from milpbft.sim.adversary import RandomAdversary
from milpbft.sim.faults import Faults
from milpbft.sim.seals import Seals
from milpbft.sim.world import World
from tests.dbft.enumerate.explored import ANY, OWN, rules, search

if TYPE_CHECKING:
    from milpbft.dbft.enumerate.search import Search
    from milpbft.dbft.enumerate.space import Space
    from milpbft.dbft.reference.rules import Rules

both_entries = pytest.mark.parametrize("agreement", [False, True])


# ---- what the reduction rests on


def reachable(probe: Probe, node: int) -> dict[Local, tuple[Move, ...]]:
    """Every local state of a node that some messages lead to, with its moves."""
    seen: dict[Local, tuple[Move, ...]] = {}
    waiting = [probe.start(node)]
    while waiting:
        local = waiting.pop()
        if local not in seen and local.view < 2:
            seen[local] = probe.moves(local)
            waiting += [move.target for move in seen[local]]
    return seen


@pytest.mark.parametrize("node", [0, 1, 4])
@pytest.mark.parametrize("returns", [OWN, ANY])
def test_who_the_senders_are_does_not_matter(node, returns):
    """Named from the last to the first, senders make a replica do the same."""
    catalogue = Catalogue(rules(5, returns=returns), 2, 1, Replica)
    forwards = reachable(Probe(catalogue), node)
    backwards = reachable(Probe(catalogue, backwards=True), node)
    assert {k: set(v) for k, v in forwards.items()} == {k: set(v) for k, v in backwards.items()}


@pytest.mark.parametrize("node", [0, 1, 3])
@pytest.mark.parametrize("agreement", [False, True])
def test_whatever_a_replica_is_shown_its_first_act_is_a_known_move(node, agreement):
    """For random sets of messages: silent where no move fits, else a move that fits."""
    random = Random(node)
    catalogue = Catalogue(rules(agreement=agreement), 2, 1, Replica)
    probe = Probe(catalogue)
    for local, moves in reachable(probe, node).items():
        if not local.active:
            continue
        shown = dict(local.shown)
        for _ in range(10):
            free = {
                label: len(catalogue.senders(label, node)) - shown.get(label, 0)
                for label in catalogue.labels
                if label != ("ChangeView", local.view + 1)
            }
            counts = {label: random.randint(0, most) for label, most in free.items()}
            messages = tuple((label, count) for label, count in counts.items() if count)
            done = probe.rerun(local).take(Stimulus(messages))
            known = {
                move.deeds[0]
                for move in moves
                if not move.stimulus.timer
                and all(count <= counts[label] for label, count in move.stimulus.messages)
            }
            assert (done[0] in known) if done else not known


def test_both_proposals_of_a_byzantine_primary_lead_to_the_same_moves():
    """Exchange the values in every move of a node that prefers neither: nothing changes."""

    def other(name: str) -> str:
        valued = name.partition("#")[0] not in {"ChangeView", "enter"}
        return name.removesuffix("#1") if "#1" in name else name + "#1" * valued

    probe = Probe(Catalogue(rules(), 1, 2, Replica))
    moves = {
        (frozenset(move.stimulus.messages), move.deeds)
        for move in probe.moves(probe.start(3))
        if not move.stimulus.timer
    }
    exchanged = {
        (
            frozenset(((other(kind), view), count) for (kind, view), count in messages),
            tuple((other(what), view) for what, view in deeds),
        )
        for messages, deeds in moves
    }
    assert moves == exchanged
    assert len(moves) == 5


Control = tuple[object, ...]


def controls(done: Search) -> set[Control]:
    """What each node did, in every state that was seen."""
    seen = set()
    space = done._space
    for state in done.settled:
        nodes = [_control(space.locals[k], k) for k in state]
        seen.add(_sorted(space, nodes))
    return seen


def _control(local: Local, number: int) -> object:
    if number == 0:
        return "Byzantine"
    view = None if local.crashed else local.view
    return view, tuple(sorted(local.sent)), local.accepted and local.accepted[0]


def _sorted(space: Space, nodes: list[object]) -> Control:
    fixed = len(space.primaries)
    return (*nodes[:fixed], *sorted(nodes[fixed:], key=repr))


def random_control(
    space: Space, agreed: Rules, seed: int, crashes: int, byzantine: int
) -> Control | None:
    """Run real replicas under a random adversary; None where a node left the views."""
    random = Random(seed)
    nodes = random.sample(range(agreed.n), agreed.n)
    liars = frozenset(nodes[:byzantine])
    horizon = random.randint(3, 50)
    stops = {i: random.randint(0, horizon) for i in nodes[byzantine : byzantine + crashes]}
    adversary = RandomAdversary(
        seed,
        deliver=random.choice([0.05, 0.2, 0.5]),
        propose=random.choice([0.1, 0.5]),
        expire=random.choice([0.02, 0.1, 0.3]),
        forge=random.choice([0.2, 0.8]),
    )
    reference = DbftReference(agreed, keys=Seals())
    run = World(reference, adversary, horizon, faults=Faults(liars, stops)).run()
    if any(replica.view >= space.views for replica in run.replicas.values()):
        return None
    sent = {
        i: sorted(
            (event.kind, event.view)
            for event in run.schedule.events
            if isinstance(event, Send) and event.node == i and "Recovery" not in event.kind
        )
        for i in space.nodes
    }
    return _sorted(
        space,
        [
            "Byzantine"
            if i in liars
            else (
                None if i in stops else run.replicas[i].view,
                tuple(sent[i]),
                run.replicas[i].decision and run.replicas[i].decision.view,
            )
            for i in space.nodes
        ],
    )


@pytest.mark.parametrize(
    ("changes", "crashes", "byzantine"),
    [
        ({"agreement": False}, 0, 0),
        ({}, 1, 0),
        ({"returns": OWN}, 1, 0),
        ({}, 0, 1),
        ({"patient": True}, 0, 1),
    ],
)
def test_no_random_run_gets_where_exploration_has_not_been(changes, crashes, byzantine):
    """Messages come early, late, in any order, needed or not: all that was done is known."""
    agreed = rules(**changes)
    done = search(agreed, crashes, byzantine)
    seen = controls(done)
    runs = [random_control(done._space, agreed, i, crashes, byzantine) for i in range(300)]
    assert len(set(runs)) > 50
    assert not [control for control in runs if control is not None and control not in seen]


@pytest.mark.parametrize(
    ("changes", "crashes", "byzantine"),
    [
        ({"returns": OWN}, 1, 0),
        ({}, 0, 1),
        ({"patient": True}, 0, 1),
        pytest.param({}, 0, 2, marks=pytest.mark.slow),
        ({"commit_quorum": 2}, 0, 1),
    ],
)
def test_whatever_was_found_really_happens(changes, crashes, byzantine):
    """The witnesses of states drawn by chance, locks and forks among them, pass replay."""
    agreed = rules(**changes)
    done = search(agreed, crashes, byzantine)
    random = Random(0)
    keys = DbftReference(agreed).keys
    for states in (done.locks, done.forks, sorted(done.settled)):
        for state in random.sample(states, min(40, len(states))):
            found = done.witness(state)
            verdict = replay(found.schedule, DbftReference(agreed, keys=keys))
            assert verdict, (verdict.reason, found.acts)


# ---- small parts


def test_packed_counts_compare_field_by_field():
    """A surplus of one label does not make up for want of another."""
    first, second = ("A", 0), ("B", 1)
    tally = Tally([first, second])
    there = tally.pack({first: 31, second: 2})
    assert tally.count(there, second) == 2
    assert tally.fits(tally.pack({first: 31, second: 2}), there)
    assert not tally.fits(tally.pack({second: 3}), there)


def test_distinct_senders_are_matched():
    """The first choice gives way where another has no other."""
    assert distinct([frozenset({1, 2}), frozenset({1})])
    assert not distinct([frozenset({1}), frozenset({1})])
    assert not distinct([frozenset()])
