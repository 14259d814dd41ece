"""Exhaustive exploration of dBFT 2.0 replicas: known answers, mutants, and its own assumptions."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter

import pytest

from milpbft.dbft.enumerate.explore import explore
from milpbft.dbft.reference.replica import Replica
from milpbft.dbft.returns import ReturnRule
from milpbft.errors import InputError
from tests.dbft.enumerate.explored import NEVER, OWN, confirmed, rules, search, whats

both_entries = pytest.mark.parametrize("agreement", [False, True])


class Unlocked(Replica):
    """A faulty replica that forgets that it committed."""

    @property
    def locked(self) -> bool:
        """Never."""
        return False


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
    """A quorum has the block, a fourth node waits in view 1: no lock, and so nobody counts."""
    found = explore(rules(), fetch=False)
    assert (found.locks, found.undecided) == (0, 0)


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
    code = "import sys, milpbft.dbft.enumerate.explore; print(*sys.modules)"
    out = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    wrong = (
        "milpbft.milp",
        "milpbft.automaton",
        "milpbft.table",
        "milpbft.dbft.model.table",
        "solvers",
    )
    assert not [name for name in out if name.startswith(wrong)]
