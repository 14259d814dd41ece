"""Exhaustive exploration of dBFT 2.0 replicas: known answers, mutants, and its own assumptions."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from dataclasses import replace
from functools import cache
from random import Random

import pytest

from milpbft.check.catalogue import Catalogue, Seals
from milpbft.check.explore import explore
from milpbft.check.local import Local, Stimulus
from milpbft.check.probe import Move, Probe
from milpbft.check.replay import replay
from milpbft.check.search import Search
from milpbft.check.space import Space
from milpbft.check.tally import Tally, distinct
from milpbft.dbft.reference import DbftReference
from milpbft.dbft.replica import Replica
from milpbft.dbft.returns import ReturnRule
from milpbft.dbft.rules import Rules
from milpbft.errors import InputError
from milpbft.schedule import Schedule, Send
from milpbft.sim.adversary import RandomAdversary
from milpbft.sim.faults import Faults
from milpbft.sim.world import World

OWN, ANY, NEVER = ReturnRule.OWN_VIEW, ReturnRule.ANY_VIEW, ReturnRule.NEVER
both_entries = pytest.mark.parametrize("agreement", [False, True])


class Unlocked(Replica):
    """A faulty replica that forgets that it committed."""

    @property
    def locked(self) -> bool:
        """Never."""
        return False


def rules(n: int = 4, **changes: object) -> Rules:
    return replace(Rules.of(n), **changes)  # type: ignore[arg-type]


@cache
def search(agreed: Rules, crashes: int = 0, byzantine: int = 0) -> Search:
    """Search through all of views 0 and 1 and return what did it."""
    catalogue = Catalogue(agreed, 2, 2 if byzantine else 1, Replica)
    done = Search(agreed, Space(catalogue, agreed.n, 2), crashes, byzantine, fetch=True)
    assert not done.run(10**6).capped
    return done


def confirmed(schedule: Schedule, agreed: Rules, replica: type[Replica] = Replica) -> bool:
    return bool(replay(schedule, DbftReference(agreed, replica=replica)))


def whats(acts: tuple[object, ...]) -> Counter[str]:
    return Counter(act.what for act in acts)  # type: ignore[attr-defined]


# ---- known answers


@both_entries
def test_without_faults_four_nodes_never_lock(agreement):
    """Views 0 and 1, commits of any view counted: every quiescent state has its block."""
    found = explore(rules(agreement=agreement))
    assert (found.locks, found.forks, found.undecided) == (0, 0, 0)
    assert (found.lock, found.fork, found.capped) == (None, None, False)
    assert found.states == (12700 if agreement else 43476)


def test_decisions_without_faults_are_all_of_one_view():
    """Either view may decide, any nodes first, and all four in the end: 23 combinations."""
    decisions = explore(rules()).decisions
    assert len(decisions) == 23
    assert all(len({block[1:] for block in blocks}) <= 1 for blocks in decisions)
    for view in (0, 1):
        assert frozenset((node, view, "") for node in range(4)) in decisions


@both_entries
def test_one_crash_locks_three_nodes_in_seven_steps(agreement):
    """The MILP's optimum: a proposal, a crash, two responses, two asks and one commit."""
    agreed = rules(agreement=agreement)
    found = explore(agreed, crashes=1)
    assert found.lock is not None
    assert found.lock.steps == 7
    acts = {"propose": 1, "crash": 1, "respond": 2, "ask": 2, "commit": 1}
    assert whats(found.lock.acts) == acts
    assert confirmed(found.lock.schedule, agreed)
    assert (found.forks, found.undecided) == (0, 3)


def test_the_crash_of_a_primary_or_of_a_backup_locks():
    """Whoever crashes, there are locks with at most one crash, and none without."""
    done = search(rules(), crashes=1)
    crashed = [
        [place for place, number in enumerate(state) if done._space.locals[number].crashed]
        for state in done.locks
    ]
    assert all(len(places) == 1 for places in crashed)
    assert {min(place, 2) for (place,) in crashed} == {0, 1, 2}


@both_entries
def test_commits_of_the_own_view_lock_four_correct_nodes(agreement):
    """Two in view change at view 1, one committed at view 0, one at view 1: 16 acts at least."""
    agreed = rules(returns=OWN, agreement=agreement)
    found = explore(agreed)
    assert found.lock is not None
    assert found.lock.steps == 16
    assert found.undecided == 4
    assert confirmed(found.lock.schedule, agreed)
    ends = Counter()
    for node in range(4):
        last = [act for act in found.lock.acts if act.node == node][-1]
        ends[last.what, last.view] += 1
    assert ends == {("ask", 1): 2, ("commit", 0): 1, ("commit", 1): 1}


def test_without_any_return_four_correct_nodes_lock_in_view_0():
    """Two committed and two in view change wait for each other."""
    agreed = rules(returns=NEVER)
    lock = explore(agreed, views=1).lock
    assert lock is not None
    assert lock.steps == 7
    assert confirmed(lock.schedule, agreed)


@pytest.mark.slow
def test_views_0_to_2_have_no_lock_either():
    """Where TLC was reported to run out of memory: 280 684 states, nodes announcing each view."""
    found = explore(rules(), views=3)
    assert (found.states, found.capped, found.locks) == (280684, False, 0)


def test_five_nodes_never_lock_without_faults():
    """The quorum is then four, and two committed nodes bring back those in view change."""
    found = explore(rules(5))
    assert (found.states, found.capped, found.locks, found.forks) == (106309, False, 0, 0)


@both_entries
def test_one_byzantine_node_of_four_cannot_fork(agreement):
    """Nor can it with a second proposal; it can keep the others from a block."""
    found = explore(rules(agreement=agreement), byzantine=1, views=2 if agreement else 1)
    assert (found.forks, found.capped) == (0, False)
    assert any(("#1" in value) for blocks in found.decisions for _, _, value in blocks)
    assert found.lock is not None
    assert found.lock.steps == 5


@pytest.mark.parametrize(("n", "steps"), [(4, 6), (7, 10)])
def test_one_byzantine_node_too_many_forks(n, steps):
    """With f + 1 of them, a primary's two proposals are both accepted, and replay agrees."""
    agreed = rules(n)
    fork = explore(agreed, byzantine=agreed.faults + 1, views=1).fork
    assert fork is not None
    assert fork.steps == steps
    assert confirmed(fork.schedule, agreed)
    assert {act.value for act in fork.acts if act.what == "accept"} == {"", "#1"}


def test_without_block_fetch_one_node_may_stay_behind():
    """A quorum has the block, a fourth node waits in view 1: no lock in either reading."""
    found = explore(rules(), fetch=False)
    assert (found.locks, found.undecided) == (0, 1)


def test_without_block_fetch_a_crash_locks_more_often():
    """Two nodes with a block are too few: states that block fetch would have saved are locks."""
    with_fetch, without = (explore(rules(), crashes=1, fetch=fetch) for fetch in (True, False))
    assert with_fetch.states == without.states
    assert with_fetch.locks < without.locks


def test_patient_nodes_lock_in_the_same_way():
    """A node that waits for the committed instead of asking saves nobody after a crash."""
    agreed = rules(patient=True)
    found = explore(agreed, crashes=1)
    assert found.lock is not None
    assert found.lock.steps == 7
    assert confirmed(found.lock.schedule, agreed)


# ---- mutants


def test_a_prepare_quorum_short_by_one_locks_without_faults():
    """Two views commit side by side: none of four correct nodes gets a block."""
    agreed = rules(prepare_quorum=2)
    found = explore(agreed)
    assert found.lock is not None
    assert found.undecided == 4
    assert confirmed(found.lock.schedule, agreed)


def test_a_commit_quorum_short_by_one_forks_with_one_byzantine_node():
    """Where f Byzantine nodes must not be able to, they fork."""
    agreed = rules(commit_quorum=2)
    found = explore(agreed, byzantine=1, until="fork")
    assert found.fork is not None
    assert confirmed(found.fork.schedule, agreed)


def test_a_view_quorum_short_by_one_flips_the_verdict_of_the_own_view_rule():
    """The lock of four correct nodes goes away: the view changes too early for it."""
    assert explore(rules(returns=OWN, view_quorum=2)).locks == 0


def test_a_replica_that_forgets_its_lock_forks_without_faults():
    """Nodes that committed go on to view 1 and commit to another block there."""
    agreed = rules()
    found = explore(agreed, replica=Unlocked, until="fork")
    assert found.fork is not None
    assert not found.fork.schedule.byzantine
    assert confirmed(found.fork.schedule, agreed, Unlocked)


# ---- limits and input


def test_a_search_that_ends_early_says_so():
    """At the limit nothing is claimed about what was not seen."""
    found = explore(rules(), crashes=1, limit=100)
    assert (found.states, found.capped, found.lock) == (100, True, None)


def test_the_first_lock_is_a_shortest_one_however_early_the_search_ends():
    """States are seen in the order of acts."""
    found = explore(rules(), crashes=1, until="lock")
    assert found.lock is not None
    assert (found.capped, found.locks, found.lock.steps) == (True, 1, 7)


def test_leaving_the_views_explored_ends_a_branch():
    """With one view, three asks lead out of the model, which is said and is no lock."""
    found = explore(rules(), views=1)
    assert found.left
    assert found.locks == 0


@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("views", {"views": 0}),
        ("views", {"views": 5}),
        ("crashes", {"crashes": -1}),
        ("byzantine", {"byzantine": 5}),
        ("limit", {"limit": 0}),
    ],
)
def test_numbers_out_of_range_are_refused(field, changes):
    """One line names the field."""
    with pytest.raises(InputError, match=field):
        explore(rules(), **changes)


def test_a_return_rule_that_tells_nodes_apart_is_refused():
    """Lost nodes are named, so that backups are not interchangeable."""
    with pytest.raises(InputError, match="returns"):
        explore(rules(returns=ReturnRule.COMMITTED_OR_LOST))


def test_it_shares_nothing_with_what_it_checks():
    """No part of the modelling layer is imported, no automaton, no solver."""
    code = "import sys, milpbft.check.explore; print(*sys.modules)"
    out = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    wrong = ("milpbft.milp", "milpbft.automaton", "milpbft.dbft.automaton", "solvers")
    assert not [name for name in out if name.startswith(wrong)]


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
        ({"commit_quorum": 2}, 0, 1),
        ({}, 0, 2),
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
        ({}, 0, 2),
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
