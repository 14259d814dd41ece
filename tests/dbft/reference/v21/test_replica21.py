"""dBFT 2.1, rule by rule: what enables each step, and silence where nothing does."""

from __future__ import annotations

from dataclasses import replace

import pytest

from milpbft.dbft.reference.messages import (
    ChangeView2,
    ChangeView3,
    Payload,
    seal,
)
from milpbft.dbft.reference.rules import Rules
from milpbft.dbft.reference.v21.context import Phase
from milpbft.dbft.reference.v21.replica import Replica21
from tests.dbft.reference.v21.staged import (
    HELP,
    KEYS,
    PHASES,
    REQUEST,
    commit,
    committed,
    cv1,
    cv2,
    cv3,
    expire,
    give,
    in_cv1,
    in_cv2,
    in_cv3,
    prepared,
    replica,
    response,
)


@pytest.mark.parametrize("phase", PHASES)
def test_phases_are_told_by_what_a_node_sent(phase: Phase):
    """Each of the six is reached, and no node is ever locked."""
    node = PHASES[phase]()
    assert node.context.phase is phase
    assert not node.locked
    assert give(node) == []


def test_a_backup_responds_commits_and_accepts():
    """The good case is that of dBFT 2.0: request, M preparations, M commits."""
    backup = committed()
    assert give(backup, commit(2)) == []
    assert not backup.done
    assert give(backup, commit(3)) == []
    assert backup.decision is not None
    assert (backup.decision.view, backup.decision.block) == (0, REQUEST.block)


def test_a_primary_only_proposes():
    """Its expiry brings the request, and a second one no ChangeView1."""
    primary = replica(0)
    assert give(primary) == []
    assert expire(primary) == ["PrepareRequest"]
    assert expire(primary) == [HELP]
    assert give(primary, response(1), response(2)) == ["Commit"]


@pytest.mark.parametrize("phase", PHASES)
def test_change_view_1_wants_an_initialized_backup(phase: Phase):
    """In no other phase does an expiry bring one."""
    assert (expire(PHASES[phase]()) == ["ChangeView1"]) == (phase is Phase.INITIALIZED)


def test_a_node_that_asked_responds_no_more():
    """In cv1 the request is taken, and not answered."""
    node = in_cv1()
    assert give(node, REQUEST) == []
    assert node.context.prepared() == {0}


# ---- commit


@pytest.mark.parametrize("start", [prepared, in_cv1])
def test_commit_from_prepared_and_cv1(start):
    """M preparations and the request, and nothing less."""
    node = start()
    given = [REQUEST, response(2), response(3)]
    needed = 2 if start is prepared else 3
    for message in given[: needed - 1]:
        assert give(node, message) == []
    assert give(node, given[needed - 1]) == ["Commit"]


def test_preparations_without_the_request_commit_nobody():
    """Four nodes of seven responded and the node itself is in cv1: it waits for the request."""
    node = in_cv1(n=7)
    assert give(node, *(response(i) for i in (2, 3, 4, 5, 6))) == []
    assert give(node, REQUEST) == ["Commit"]


def test_commit_from_cv2_wants_more_than_f_commits():
    """M preparations do not do, nor f commits; one commit more does."""
    node = in_cv2()
    assert give(node, response(2)) == []
    assert give(node, commit(0)) == []
    assert give(node, commit(2, 1)) == []
    assert give(node, commit(2)) == ["Commit"]
    assert node.done


def test_commit_from_cv2_wants_m_preparations():
    """More than f commits do not do without."""
    node = in_cv2()
    assert give(node, commit(0), commit(3)) == []
    assert give(node, response(2)) == ["Commit"]


@pytest.mark.parametrize(("view", "kinds"), [(0, []), (1, ["Commit"])])
def test_a_change_view_3_of_this_view_stops_commits(view: int, kinds: list[str]):
    """One of another view does not."""
    node = prepared()
    assert give(node, cv3(3, view)) == []
    assert give(node, response(2)) == kinds


def test_a_change_view_3_stops_commits_from_cv2():
    """More than f commits do not bring the node back then."""
    node = in_cv2()
    assert give(node, cv3(3), response(2), commit(0), commit(2)) == []


def test_nobody_commits_from_cv3_or_twice():
    """Neither more preparations nor more commits make a second one."""
    node = in_cv3()
    assert give(node, response(3), commit(0)) == []
    assert give(committed(), response(3), commit(0)) == []


# ---- ChangeView2


@pytest.mark.parametrize(
    ("start", "messages", "sends"),
    [
        (prepared, [], False),
        (prepared, [cv1(3)], True),
        (prepared, [cv1(3, view=1)], False),
        (prepared, [cv2(3), cv3(3)], False),
        (in_cv1, [], False),
        (in_cv1, [REQUEST], False),
        (in_cv1, [cv1(2)], False),
        (in_cv1, [cv1(2), REQUEST], True),
        (in_cv1, [REQUEST, response(2)], True),
        (in_cv1, [response(2), response(3)], True),
        (in_cv1, [response(2), cv1(2)], False),
        (in_cv1, [cv2(2), cv2(3)], False),
        (prepared, [cv1(3), commit(0)], True),
        (prepared, [cv1(3), commit(0), commit(2)], False),
        (prepared, [cv1(3), commit(0), commit(2, view=1)], True),
        (prepared, [cv1(3), commit(0), commit(2), cv3(2)], True),
        (in_cv2, [], False),
        (committed, [cv1(3)], False),
    ],
)
def test_change_view_2(start, messages: list[Payload], sends: bool):
    """M nodes of the first stage, each counted once; at most f commits, or a ChangeView3."""
    node = start()
    assert give(node, *messages) == []
    assert (node.next_change_view is ChangeView2) == sends
    assert (expire(node) == ["ChangeView2"]) == sends


def test_change_view_2_turns_off_as_commits_are_seen():
    """Its guard is over what the node has seen: hearing more can only close it here."""
    node = prepared()
    give(node, cv1(3), commit(0))
    assert node.may_change_view_2()
    assert give(node, commit(2)) == []
    assert not node.may_change_view_2()
    assert expire(node) == [HELP]


def test_an_expiry_before_the_messages_is_not_remembered():
    """The node does not act on an old expiry once the guard holds; it takes another."""
    node = in_cv1()
    assert expire(node) == [HELP]
    assert give(node, cv1(2), REQUEST) == []
    assert expire(node) == ["ChangeView2"]


def test_the_adversary_chooses_between_commit_and_change_view_2():
    """The same messages commit, or with an expiry in the same tick lead to cv2."""
    for timer, kind in ((False, "Commit"), (True, "ChangeView2")):
        node = prepared()
        for message in (cv1(3), response(2)):
            node.on_message(seal(message, KEYS))
        if timer:
            node.on_timer()
        assert give(node) == [kind]


# ---- ChangeView3


@pytest.mark.parametrize(
    ("start", "messages", "sends"),
    [
        (in_cv2, [], False),
        (in_cv2, [cv2(2)], False),
        (in_cv2, [cv2(2), cv2(3, view=1)], False),
        (in_cv2, [cv2(2), commit(0)], True),
        (in_cv2, [cv2(2), commit(2)], False),
        (in_cv2, [commit(0), commit(2)], False),
        (in_cv2, [cv2(2), commit(0), commit(2)], False),
        (committed, [], False),
        (committed, [cv2(2)], False),
        (committed, [cv2(2), cv2(3)], True),
        (committed, [cv2(2), cv2(3), commit(0, view=1)], True),
        (committed, [cv2(2), cv2(3), commit(0)], False),
        (committed, [cv2(2), commit(0)], False),
        (committed, [cv1(2), cv1(3)], False),
        (prepared, [cv2(2), cv2(3), commit(0)], False),
        (replica, [cv2(2), cv2(3), commit(0)], False),
        (in_cv1, [cv2(2), cv2(3), commit(0)], False),
        (in_cv3, [], False),
    ],
)
def test_change_view_3(start, messages: list[Payload], sends: bool):
    """M nodes of the second stage, a ChangeView2 among them, and at most f commits."""
    node = start()
    assert give(node, *messages) == []
    assert (node.next_change_view is ChangeView3) == sends
    assert (expire(node) == ["ChangeView3"]) == sends


def test_change_view_3_wants_a_change_view_2():
    """Of seven nodes with a quorum of one: f commits alone lead nobody on."""
    backup = Replica21(1, replace(Rules.of(7), view_quorum=1), KEYS)
    give(backup, REQUEST, *(response(i) for i in (2, 3, 4)))
    assert backup.context.phase is Phase.COMMITTED
    assert not backup.may_change_view_3()


def test_a_committed_node_answers_its_timer_with_what_it_knows():
    """As in dBFT 2.0, where no ChangeView3 is enabled."""
    assert expire(committed()) == ["RecoveryMessage"]
    assert expire(in_cv3()) == [HELP]


# ---- new view


@pytest.mark.parametrize("stage", [cv1, cv2, cv3])
@pytest.mark.parametrize("phase", PHASES)
def test_m_change_views_of_one_stage_lead_on_from_any_phase(phase: Phase, stage):
    """Two do not, three do, and nothing is said."""
    node = PHASES[phase]()
    known = node.context.asked(type(stage(1)))
    others = [i for i in (0, 2, 3) if i not in known]
    needed = 3 - len(known)
    for sender in others[: needed - 1]:
        assert give(node, stage(sender)) == []
    assert node.view == 0
    assert give(node, stage(others[needed - 1])) == []
    assert node.view == 1
    assert node.context.phase is Phase.INITIALIZED


def test_stages_are_not_added_up():
    """Three nodes in three stages move nobody."""
    node = replica()
    assert give(node, cv1(0), cv2(2), cv3(3)) == []
    assert node.view == 0
    assert node.context.asking(1) == 1


def test_change_views_of_later_views_count_for_earlier_ones():
    """Of one stage: two of view 1 and one of view 0 lead out of view 0, not of view 1."""
    node = replica()
    assert give(node, cv2(0), cv2(2, 1), cv2(3, 1)) == []
    assert node.view == 1


def test_a_node_that_committed_commits_again_in_a_later_view():
    """Which no node of dBFT 2.0 does: its promise ends with its ChangeView3."""
    node = in_cv3()
    assert give(node, cv3(2), cv3(3)) == []
    assert expire(node) == ["PrepareRequest"]
    assert give(node, response(2, 1), response(3, 1)) == ["Commit"]
    assert node.committed_view == 1
    assert sorted(view for view, known in node.context.rounds.items() if 1 in known.commits) == [
        0,
        1,
    ]


@pytest.mark.parametrize("phase", PHASES)
def test_m_commits_are_accepted_from_any_phase(phase: Phase):
    """With the request, and without a commit of the node's own."""
    node = PHASES[phase]()
    give(node, REQUEST)
    give(node, cv3(2), *(commit(i) for i in (0, 2, 3)))
    assert node.done
    assert node.certificate[0].payload == REQUEST


def test_a_done_node_does_nothing_more():
    """No timer moves it and no ChangeView3, be there M of them."""
    node = in_cv3()
    give(node, commit(0), commit(2))
    assert node.done
    assert expire(node) == []
    assert node.next_change_view is None
    assert give(node, cv3(2), cv3(3)) == ["RecoveryMessage"]
    assert node.view == 0
