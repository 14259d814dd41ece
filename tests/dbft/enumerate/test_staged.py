"""All runs of four dBFT 2.1 replicas: small sets of messages, what is forgotten, and mutants."""

from __future__ import annotations

from random import Random

import pytest

from milpbft.dbft.enumerate.catalogue import Catalogue
from milpbft.dbft.enumerate.staged.explore import explore_staged
from milpbft.dbft.enumerate.staged.liars import Liars
from milpbft.dbft.enumerate.staged.lone import Lone
from milpbft.dbft.enumerate.staged.messages import Messages
from milpbft.dbft.enumerate.staged.search import Faults
from milpbft.dbft.reference.rules import Rules
from milpbft.dbft.reference.v21.reference import Dbft21Reference
from milpbft.dbft.reference.v21.replica import Replica21
from milpbft.errors import InputError

RULES = Rules.of(4, agreement=False)


def lone(views: int, *, forgetful: bool) -> Lone:
    catalogue = Catalogue(RULES, views, 1, None, Dbft21Reference)
    return Lone(Messages(catalogue), 4, RULES.commit_quorum, forgetful=forgetful)


def beside(liar: int, values: int) -> Lone:
    """Return the states of single nodes of one view beside a Byzantine one."""
    messages = Messages(Catalogue(RULES, 1, 2, None, Dbft21Reference))
    liars = Liars.among(messages, frozenset({liar}), values)
    return Lone(messages, 4, RULES.commit_quorum, forgetful=False, liars=liars)


def reaches(nodes: Lone, number: int, shown: int, goal: tuple[int, int, int], timers: int) -> bool:
    """Whether moves that take no more than some messages and timers lead to what was done."""
    state = nodes.states[number]
    if (state.sent, state.replica.view, state.block) == goal:
        return True
    return any(
        reaches(nodes, move.target, shown, goal, timers - move.timer)
        for move in nodes.moves(number)
        if not move.needed & ~shown and move.timer <= timers
    )


def leaves(nodes: Lone, number: int, shown: int, views: int) -> bool:
    """Whether some messages let a node of two views leave them, by itself if its timer expires."""
    out = (m for m in nodes.moves(number) if nodes.states[m.target].replica.view >= views)
    return views > 1 and any(not move.needed & ~shown for move in out)


@pytest.mark.parametrize(
    ("views", "walks", "forgetful"),
    [
        (1, 20, True),
        pytest.param(1, 200, True, marks=pytest.mark.slow),
        pytest.param(1, 200, False, marks=pytest.mark.slow),
        pytest.param(2, 300, True, marks=pytest.mark.slow),
        pytest.param(2, 300, False, marks=pytest.mark.slow),
    ],
)
def test_whatever_a_node_is_shown_its_moves_do_what_it_does(
    views: int, walks: int, *, forgetful: bool
):
    """Random walks of one node, of which each step is shown any set of messages."""
    nodes = lone(views, forgetful=forgetful)
    everything = (1 << len(nodes.messages.names)) - 1
    walked(nodes, views, walks, everything)


@pytest.mark.parametrize(
    ("liar", "values", "walks"),
    [
        (3, 1, 4),
        pytest.param(3, 1, 150, marks=pytest.mark.slow),
        pytest.param(0, 1, 150, marks=pytest.mark.slow),
        pytest.param(0, 2, 150, marks=pytest.mark.slow),
    ],
)
def test_whatever_liars_show_a_node_its_moves_do_what_it_does(liar: int, values: int, walks: int):
    """The same with lies: a response or a commit to another proposal, and two requests."""
    nodes = beside(liar, values)
    assert nodes.liars is not None
    walked(nodes, 1, walks, nodes.liars.possible)


def walked(nodes: Lone, views: int, walks: int, everything: int) -> None:
    """Hold moves to random walks of one node, each step of which is shown any set of messages."""
    random = Random(views)
    honest = [i for i in range(4) if nodes.liars is None or i not in nodes.liars.nodes]
    acted = 0
    for walk in range(walks):
        node = honest[walk % len(honest)]
        number = nodes.starts[node]
        others = everything & ~nodes.messages.of(node)
        for _ in range(6):
            density = random.choice((0.1, 0.3, 0.7))
            bits = (1 << k for k in range(everything.bit_length()) if random.random() < density)
            shown, timer = sum(bits) & others, random.random() < 0.5
            acts, _, after = nodes.act(number, shown, timer=timer)
            goal = after.sent, after.replica.view, after.block
            if acts and goal[1] <= views and not leaves(nodes, number, shown, views):
                assert reaches(nodes, number, shown, goal, timer), (walk, shown)
                acted += 1
            moves = [m for m in nodes.moves(number) if nodes.states[m.target].replica.view < views]
            if not moves:
                break
            number = random.choice(moves).target
    assert acted > walks


@pytest.mark.parametrize(
    ("crashes", "restarts"),
    [
        pytest.param(0, 0, marks=pytest.mark.slow),
        pytest.param(1, 0, marks=pytest.mark.slow),
        pytest.param(0, 1, marks=pytest.mark.slow),
    ],
)
def test_what_is_forgotten_makes_no_difference(crashes: int, restarts: int):
    """With less to tell states apart, the same is found."""
    few, many = (
        explore_staged(RULES, faults=Faults(crashes, restarts), forgetful=forgetful)
        for forgetful in (True, False)
    )
    assert few.states < many.states
    assert not few.capped
    assert not many.capped
    for goal in ("forks", "undecided", "steps_lock", "steps_fork"):
        assert few.worth(goal) == many.worth(goal)


@pytest.mark.slow
@pytest.mark.parametrize("faults", [Faults(restarts=1), Faults(restarts=2)])
def test_restarts_do_not_shorten_a_lock_in_two_views(faults: Faults):
    """Nine acts are the fewest there too."""
    assert explore_staged(RULES, views=2, faults=faults, until="lock", limit=200_000).lock == 9


class Mute(Replica21):
    """Never asks for another view."""

    @property
    def next_change_view(self):
        """Nothing."""
        return None


def test_nodes_that_never_ask_do_not_lock():
    """Four correct nodes lock with nine acts, and not where none sends a change view."""
    assert explore_staged(RULES).lock == 9
    found = explore_staged(RULES, replica=Mute)
    assert (found.capped, found.lock, found.undecided) == (False, None, 0)
    assert explore_staged(RULES, replica=Mute, faults=Faults(crashes=2)).lock is not None


def test_two_lost_messages_lock_nodes_that_never_ask():
    """As many as lock dBFT 2.0 in one view, whose acts there are these."""
    found = explore_staged(RULES, replica=Mute, faults=Faults(losses=4))
    assert (found.fewest_lost, found.capped) == (2, False)


@pytest.mark.parametrize(
    ("field", "faults"),
    [
        ("restarts", Faults(restarts=1, reloads=1)),
        ("reloads", Faults(reloads=1, losses=1)),
        ("crashes", Faults(crashes=5)),
    ],
)
def test_what_is_not_enumerated_is_refused(field: str, faults: Faults):
    """One line says which number."""
    with pytest.raises(InputError) as refused:
        explore_staged(RULES, faults=faults)
    assert refused.value.field == field
