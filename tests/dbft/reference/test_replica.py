"""One dBFT replica, message by message; silence is asserted as much as speech."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from milpbft.dbft.reference.messages import (
    ChangeView,
    Commit,
    Envelope,
    Payload,
    PrepareResponse,
    Reason,
    RecoveryMessage,
    RecoveryRequest,
    propose,
    seal,
)
from milpbft.dbft.reference.replica import GENESIS, Replica
from milpbft.dbft.reference.rules import Rules
from milpbft.dbft.returns import ReturnRule
from milpbft.errors import InputError
from milpbft.sim.signatures import KeyRing

KEYS = KeyRing(7)
REQUEST = propose(1, GENESIS, 0, 0)


def replica(node: int = 1, n: int = 4, **rules: Any) -> Replica:
    return Replica(node, replace(Rules.of(n), **rules), KEYS)


def response(node: int, view: int = 0) -> PrepareResponse:
    return PrepareResponse(1, view, node, request=propose(1, GENESIS, view, view).digest)


def commit(node: int, view: int = 0) -> Commit:
    header = propose(1, GENESIS, view, view).header
    return Commit(1, view, node, signature=KEYS.sign(node, header))


def change_view(node: int, view: int = 0) -> ChangeView:
    return ChangeView(1, view, node, new_view=view + 1)


def give(node: Replica, *messages: Payload | Envelope) -> list[str]:
    """Hand over messages, let the node act, and return the kinds of what it sends."""
    for message in messages:
        node.on_message(message if isinstance(message, Envelope) else seal(message, KEYS))
    return acts(node)


def expire(node: Replica) -> list[str]:
    node.on_timer()
    return acts(node)


def acts(node: Replica) -> list[str]:
    node.act()
    kinds = [envelope.payload.kind for envelope in node.outbox]
    node.outbox.clear()
    return kinds


def committed(node: int = 1) -> Replica:
    """Return a backup that has committed in view 0."""
    backup = replica(node)
    other = next(i for i in (1, 2, 3) if i != node)
    assert give(backup, REQUEST, response(other)) == ["PrepareResponse", "Commit"]
    return backup


def test_the_primary_proposes_when_its_timer_expires():
    """A primary is silent until then, and its request is its only preparation."""
    primary = replica(0)
    assert acts(primary) == []
    assert expire(primary) == ["PrepareRequest"]
    assert primary.context.round.preparations == 1


def test_a_backup_responds_commits_and_accepts():
    """The good case: request, M preparations, M commits."""
    backup = replica()
    assert give(backup, REQUEST) == ["PrepareResponse"]
    assert give(backup, response(2)) == ["Commit"]
    assert give(backup, commit(2)) == []
    assert not backup.done
    assert give(backup, commit(3)) == []
    assert backup.decision is not None
    assert (backup.decision.view, backup.decision.block) == (0, REQUEST.block)


def test_responses_before_the_request_wait_for_it():
    """Preparations alone commit nobody; with the request they count."""
    backup = replica()
    assert give(backup, response(2), response(3)) == []
    assert give(backup, REQUEST) == ["PrepareResponse", "Commit"]


def test_responses_to_another_request_do_not_count():
    """Those that came first are dropped as the request comes, later ones on arrival."""
    other = replace(response(2), request=propose(1, GENESIS, 0, 0, variant=1).digest)
    backup = replica()
    assert give(backup, other, REQUEST) == ["PrepareResponse"]
    assert give(backup, replace(other, sender=3)) == []
    assert backup.dropped == {"other proposal": 1}
    assert give(backup, response(2)) == ["Commit"]


def test_commits_to_another_block_do_not_count():
    """A commit whose signature is not over this header is worth nothing, early or late."""
    header = propose(1, GENESIS, 0, 0, variant=1).header
    early, late = (Commit(1, 0, i, signature=KEYS.sign(i, header)) for i in (2, 3))
    backup = replica()
    give(backup, early, REQUEST, late, commit(0))
    assert len(backup.context.round.commits) == 1
    assert backup.context.committers == {0}


def test_a_block_is_accepted_from_a_view_change():
    """M commits and the request suffice in every state, without a commit of one's own."""
    backup = replica(returns=ReturnRule.NEVER)
    assert expire(backup) == ["ChangeView"]
    assert give(backup, REQUEST) == []
    assert give(backup, commit(0), commit(2), commit(3)) == []
    assert backup.done


def test_commits_of_another_view_are_not_counted():
    """Three commits of view 1 accept nothing in view 0."""
    backup = replica()
    give(backup, REQUEST, commit(0, 1), commit(2, 1), commit(3, 1))
    assert not backup.done
    assert backup.context.committers == {0, 2, 3}


def test_a_change_view_is_sent_once_a_view():
    """The second expiry asks for recovery."""
    backup = replica()
    assert expire(backup) == ["ChangeView"]
    assert expire(backup) == ["RecoveryRequest"]


def test_a_committed_node_is_locked():
    """It answers timers with what it knows, enters no view and sends no second commit."""
    backup = committed()
    assert expire(backup) == ["RecoveryMessage"]
    assert give(backup, change_view(0), change_view(2), change_view(3)) == ["RecoveryMessage"]
    assert backup.view == 0
    assert "Commit" not in give(backup, propose(1, GENESIS, 1, 1), response(2, 1), response(3, 1))


def test_a_done_node_does_nothing_more():
    """No timer moves it, no message is taken."""
    backup = committed()
    give(backup, commit(2), commit(3))
    assert backup.done
    assert expire(backup) == []
    assert give(backup, response(3)) == []
    assert backup.dropped["decided"] == 1


def test_m_change_views_lead_to_the_next_view():
    """A node that asked moves at M change views, its own included."""
    backup = replica()
    assert expire(backup) == ["ChangeView"]
    assert give(backup, change_view(2)) == []
    assert backup.view == 0
    assert give(backup, change_view(3)) == []
    assert backup.view == 1


def test_a_node_that_did_not_ask_agrees_before_it_moves():
    """It tells the others by a ChangeView of its own, unless the rules say not to."""
    backup = replica()
    for node in (0, 2, 3):
        backup.on_message(seal(change_view(node), KEYS))
    backup.act()
    (agreement,) = (envelope.payload for envelope in backup.outbox)
    assert agreement == replace(change_view(1), reason=Reason.CHANGE_AGREEMENT)
    assert backup.view == 1
    silent = replica(agreement=False)
    assert give(silent, change_view(0), change_view(2), change_view(3)) == []
    assert silent.view == 1


def test_change_views_for_later_views_count_for_earlier_ones():
    """A change view for view 2 supports view 1 as well."""
    backup = replica(agreement=False)
    give(backup, change_view(0), change_view(2, 1), change_view(3, 1))
    assert backup.view == 1


def test_messages_of_the_next_view_wait_for_it():
    """What came too early is acted on as the view is entered."""
    backup = replica(2)
    early = (propose(1, GENESIS, 1, 1), response(3, 1))
    assert give(backup, *early) == []
    kinds = give(backup, change_view(0), change_view(1), change_view(3))
    assert kinds == ["ChangeView", "PrepareResponse", "Commit"]


@pytest.mark.parametrize(
    ("rule", "view", "returns"),
    [
        (ReturnRule.NEVER, 0, False),
        (ReturnRule.OWN_VIEW, 0, True),
        (ReturnRule.OWN_VIEW, 1, False),
        (ReturnRule.ANY_VIEW, 1, True),
        (ReturnRule.COMMITTED_OR_LOST, 1, True),
    ],
)
def test_the_return_rule(rule: ReturnRule, view: int, returns: bool):
    """More than f commits, counted as the rule says, bring a node in view change back."""
    backup = replica(returns=rule)
    expire(backup)
    assert give(backup, REQUEST, response(2), response(3)) == []
    assert give(backup, commit(2, view)) == []
    expected = ["PrepareResponse", "Commit"] if returns else []
    assert give(backup, commit(3, view)) == expected


def waiting(*heard: Payload) -> Replica:
    """Return backup 1 under the production rule, in view change, that heard some messages."""
    backup = replica(returns=ReturnRule.COMMITTED_OR_LOST)
    give(backup, *heard)
    assert expire(backup) == ["ChangeView"]
    return backup


def test_nodes_that_were_not_heard_are_lost():
    """Two silent nodes are more than f = 1; a commit and a silent node too; one alone is not."""
    assert give(waiting(), REQUEST) == ["PrepareResponse"]
    assert give(waiting(change_view(2)), REQUEST) == []
    assert give(waiting(change_view(2)), REQUEST, commit(2)) == ["PrepareResponse"]
    assert give(waiting(change_view(2), response(3)), REQUEST, commit(2)) == []


def test_a_lost_node_whose_commit_is_known_counts_once():
    """A recovery message tells of a commit, and not that its sender was heard."""
    told = RecoveryMessage(1, 0, 2, messages=(seal(commit(3), KEYS), seal(REQUEST, KEYS)))
    assert give(waiting(change_view(2)), told) == ["PrepareResponse"]
    told = replace(told, messages=told.messages[:1])
    assert give(waiting(change_view(2)), told, REQUEST) == []


def test_a_message_that_is_dropped_is_heard():
    """A response about another proposal says that its sender is there."""
    other = PrepareResponse(1, 0, 3, request=bytes(32))
    backup = waiting(change_view(2))
    assert give(backup, REQUEST, other) == []
    assert backup.dropped == {"other proposal": 1}
    assert backup.context.lost == set()


def test_a_later_view_begins_without_news():
    """What was heard of view 0 says nothing in view 1, what came of view 1 does."""
    rule = ReturnRule.COMMITTED_OR_LOST
    for early, kinds in (((), ["PrepareResponse"]), ((response(3, 1), change_view(0, 1)), [])):
        backup = replica(2, returns=rule, agreement=False)
        give(backup, change_view(0), change_view(1), change_view(3))
        assert backup.view == 1
        give(backup, *early)
        assert expire(backup) == ["ChangeView"]
        assert give(backup, propose(1, GENESIS, 1, 1)) == kinds


def test_a_patient_node_asks_for_recovery_once_others_committed():
    """With more than f commits known, the expired timer asks for no view change."""
    backup = replica(patient=True)
    give(backup, commit(2), commit(3))
    assert expire(backup) == ["RecoveryRequest"]


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (seal(replace(REQUEST, sender=2), KEYS), "wrong sender"),
        (seal(replace(REQUEST, height=2), KEYS), "wrong height"),
        (seal(replace(REQUEST, previous=bytes([1] * 32)), KEYS), "other proposal"),
        (seal(replace(REQUEST, sender=6), KEYS), "wrong sender"),
        (seal(response(0), KEYS), "wrong sender"),
        (Envelope(REQUEST, bytes(64)), "forged signature"),
        (Envelope(REQUEST, KEYS.sign(3, REQUEST.encoded)), "forged signature"),
        (Envelope(replace(REQUEST, value=b""), bytes(64)), "malformed"),
    ],
)
def test_what_is_not_valid_is_dropped_and_counted(message: Envelope, reason: str):
    """A bad message brings a count of its reason, and silence."""
    backup = replica()
    assert give(backup, message) == []
    assert backup.dropped == {reason: 1}


def test_repeated_and_conflicting_messages_are_dropped():
    """One message of a kind and view from a node; a second one is told by whether it differs."""
    backup = replica()
    give(backup, REQUEST, REQUEST, propose(1, GENESIS, 0, 0, variant=1))
    assert backup.dropped == {"duplicate": 1, "conflicting": 1}
    assert give(backup, change_view(2), change_view(2)) == []
    assert backup.dropped["duplicate"] == 2


def test_messages_of_a_view_that_was_left_are_dropped():
    """In view 1, a request or response of view 0 is no news."""
    backup = replica()
    give(backup, change_view(0), change_view(2), change_view(3))
    assert give(backup, REQUEST, response(2)) == []
    assert backup.dropped == {"wrong view": 2}


def test_who_answers_a_recovery_request():
    """The f nodes after the asker answer, and whoever committed; nobody answers itself."""
    assert give(replica(3), RecoveryRequest(1, 0, 2)) == ["RecoveryMessage"]
    assert give(replica(1), RecoveryRequest(1, 0, 2)) == []
    assert give(committed(1), RecoveryRequest(1, 0, 2)) == ["RecoveryMessage"]


def test_a_recovery_message_brings_a_node_to_a_block():
    """Inner messages are verified one by one; a forged one among them is dropped."""
    helper = committed(3)
    give(helper, commit(1), commit(2))
    helper.on_timer()
    assert helper.done
    helper.on_message(seal(RecoveryRequest(1, 0, 0), KEYS))
    helper.act()
    (recovery,) = (envelope.payload for envelope in helper.outbox)
    assert isinstance(recovery, RecoveryMessage)
    forged = Envelope(commit(0), bytes(64))
    late = replica(2)
    kinds = give(late, replace(recovery, messages=(forged, *recovery.messages)))
    assert kinds == []
    assert late.done
    assert late.dropped["forged signature"] == 1


def test_recovery_moves_a_node_to_a_later_view():
    """The change views that led the helper to its view lead the reader there too."""
    helper = replica(3)
    expire(helper)
    give(helper, change_view(0), change_view(1))
    assert helper.view == 1
    helper.on_message(seal(RecoveryRequest(1, 0, 2), KEYS))
    helper.act()
    late = replica(2)
    assert give(late, *helper.outbox) == ["ChangeView"]
    assert late.view == 1


@pytest.mark.parametrize(
    ("rules", "primaries"),
    [
        (Rules.of(4), [0, 1, 2, 3, 0]),
        (Rules.of(4, rotation="height"), [1, 0, 3, 2, 1]),
        (Rules.of(4, primaries=(2, 0)), [2, 0, 1, 3, 2]),
    ],
)
def test_primaries(rules: Rules, primaries: list[int]):
    """By view, by height less view as in production, or in a chosen order."""
    assert [rules.primary(view, height=1) for view in range(5)] == primaries


@pytest.mark.parametrize(("n", "f", "m"), [(1, 0, 1), (4, 1, 3), (6, 1, 5), (7, 2, 5), (10, 3, 7)])
def test_default_quorums(n: int, f: int, m: int):
    """A quorum is n - f, which is 2 f + 1 only where n = 3 f + 1."""
    rules = Rules.of(n)
    assert (rules.faults, rules.prepare_quorum, rules.commit_quorum, rules.view_quorum) == (
        f,
        m,
        m,
        m,
    )


def test_unusable_rules_are_named():
    """A node that is primary twice, and a quorum that nobody can reach."""
    with pytest.raises(InputError, match="validators"):
        Rules.of(4, primaries=(1, 1))
    with pytest.raises(InputError, match="prepare_quorum"):
        Rules.of(4, quorum=5)
