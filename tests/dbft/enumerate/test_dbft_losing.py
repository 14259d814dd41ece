"""The fewest messages whose loss keeps a node still: by hand, and by replicas that miss them."""

from __future__ import annotations

from itertools import combinations
from random import Random

import pytest

from milpbft.dbft.enumerate.catalogue import Catalogue, Label
from milpbft.dbft.enumerate.local import Local, Stimulus
from milpbft.dbft.enumerate.losing import base, fewest
from milpbft.dbft.enumerate.rules import rules_of
from milpbft.dbft.enumerate.search import Search
from milpbft.dbft.enumerate.space import Space, State
from milpbft.dbft.instance import DbftInstance
from milpbft.dbft.reference.replica import Replica
from milpbft.question.files import parse_instance

A, B = ("A", 0), ("A", 1)
C = ("C", 0)


@pytest.mark.parametrize(
    ("moves", "shown", "lost"),
    [
        ([], (), 0),
        ([((A, 2),)], (), 2),
        ([((A, 2),)], ((A, 2),), None),
        ([((A, 3), (C, 1)), ((A, 2),)], (), 2),
        ([((A, 3), (C, 1)), ((C, 1),)], (), 1),
        ([()], (), None),
    ],
)
def test_the_fewest_losses_leave_every_move_short_of_one_label(moves, shown, lost):
    """Three have sent A, one of them has sent C; what was shown cannot be lost."""
    assert fewest(moves, [[A], [A], [A, C]], shown, 4) == lost


@pytest.mark.parametrize(
    ("others", "lost"),
    [
        ([[A], [A], [A]], 1),
        ([[A, B], [A, B], [A]], 1),
        ([[A, B], [A, B], [A, B]], 2),
        ([[A, B], [A, B], [B], [A, B]], 3),
        ([[A], [B]], 0),
    ],
)
def test_who_said_two_of_a_kind_counts_until_both_are_lost(others, lost):
    """A move asks for three senders of A or B, whichever."""
    moves = [((A, 3 - k), (B, k)) for k in range(4)]
    moves = [tuple((label, count) for label, count in move if count) for move in moves]
    assert fewest(moves, others, (), 4) == lost


def told(space: Space, state: State, node: int, local: Local) -> dict[Label, list[int]]:
    """Name the liars who showed a node what it has of them, of one kind others if it can be."""
    count = dict(local.byzantine)
    found: dict[Label, list[int]] = {}
    for label, _ in local.shown:
        kind = base(label)
        busy = {i for other, some in found.items() if base(other) == kind for i in some}
        liars = space.liars(state).intersection(space.catalogue.senders(label, node))
        some = sorted(liars, key=lambda liar: (liar in busy, liar))
        found[label] = some[: count.get(label, 0)]
    return found


def by_hand(search: Search, state: State, place: int, most: int) -> int | None:
    """Return the fewest messages that a node misses where its replica stays silent without them."""
    space = search.space
    node, local = space.nodes[place], space.locals[state[place]]
    sent = {
        (label, sender)
        for sender, number in zip(space.nodes, state, strict=True)
        for label in space.locals[number].said
        if sender != node
    }
    lies = told(space, state, node, local)
    senders = {
        label: lies[label] + [i for k, i in sorted(sent) if k == label] for label, _ in local.shown
    }
    rest = sorted(sent - space.probe.rerun(local, node, senders).had)
    for size in range(most + 1):
        for lost in combinations(rest, size):
            run = space.probe.rerun(local, node, senders)
            for label, sender in rest:
                if (label, sender) not in lost:
                    run.hear(label, [sender])
            if not run.take(Stimulus()) and not run.take(Stimulus(timer=True)):
                return size
    return None


def agrees(name: str, states: int, most: int, seed: int) -> None:
    """Hold what the search says of some nodes against replicas that miss any of their messages."""
    instance = parse_instance(name)
    assert isinstance(instance, DbftInstance)
    rules = rules_of(instance)
    values = 2 if instance.byzantine else 1
    space = Space(Catalogue(rules, instance.views, values, Replica), rules.n, instance.views)
    search = Search(rules, space, instance.crashes, instance.byzantine, fetch=True, losses=most)
    search.run(60_000)
    random = Random(seed)
    found = set()
    for state in random.sample(sorted(search.settled), states):
        place = random.randrange(len(state))
        if state[place] and space.locals[state[place]].active:
            fewest_lost = search.fewest(state, place)
            found.add(fewest_lost)
            assert fewest_lost == by_hand(search, state, place, most), (state, place)
    assert {None, 0, 1} <= found


WORDS = ("", "-never", "-own-view", "-agreement")


def test_replicas_are_as_still_as_the_search_says():
    """Two views of four nodes that announce views; up to two messages are missed."""
    agrees("dbft2-strict-n4-v2-undecided-agreement", 60, 2, 0)


@pytest.mark.slow
@pytest.mark.parametrize("word", WORDS)
@pytest.mark.parametrize("faults", ["", "-c1", "-b1"])
def test_replicas_are_as_still_as_the_search_says_with_each_rule(word: str, faults: str):
    """More of them; up to three messages are missed."""
    agrees(f"dbft2-strict-n4-v2{faults}-undecided{word}", 200, 3, 1)


@pytest.mark.slow
def test_replicas_are_as_still_beside_two_liars():
    """What liars showed is not lost, and each of them counts once."""
    agrees("dbft2-strict-n4-v2-b2-undecided", 200, 3, 1)
