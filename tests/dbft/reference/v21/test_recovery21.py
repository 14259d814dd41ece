"""dBFT 2.1: blocks that are fetched, recovery, and messages that are dropped."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from milpbft.dbft.reference.messages import (
    ChangeView,
    Envelope,
    Payload,
    RecoveryMessage,
    RecoveryRequest,
    propose,
    seal,
)
from milpbft.dbft.reference.replica import GENESIS
from milpbft.dbft.reference.v21.context import Context21, Phase
from tests.dbft.reference.v21.staged import (
    KEYS,
    PHASES,
    REQUEST,
    commit,
    cv1,
    cv2,
    cv3,
    give,
    in_cv1,
    in_cv3,
    replica,
)

if TYPE_CHECKING:
    from milpbft.dbft.reference.v21.replica import Replica21


def done(node: int = 3) -> Replica21:
    helper = replica(node)
    give(helper, REQUEST, commit(0), commit(1), commit(2))
    assert helper.done
    return helper


@pytest.mark.parametrize("phase", PHASES)
def test_a_block_is_fetched_in_a_later_view_too(phase: Phase):
    """The certificate is what counts, not the view that the node is in."""
    helper, late = done(), PHASES[phase]()
    give(late, *(cv2(i) for i in (0, 2, 3)))
    assert late.view == 1
    assert late.fetch(helper.certificate)
    assert give(late) == []
    assert late.decision == helper.decision
    assert late.certificate == helper.certificate
    assert not late.fetch(helper.certificate)


def test_a_block_is_fetched_by_recovery():
    """A done node answers whoever asks with the certificate, also one that fetched it."""
    first = replica(2)
    first.fetch(done().certificate)
    first.act()
    give_help = seal(RecoveryRequest(1, 1, 1), KEYS)
    first.on_message(give_help)
    first.act()
    late = replica(1)
    give(late, *(cv1(i) for i in (0, 2, 3)))
    give(late, *first.outbox)
    assert late.done
    assert late.decision == first.decision


def test_what_proves_no_block_is_not_fetched():
    """Too few commits, forged ones, and commits to another block."""
    request, *commits = done().certificate
    other = seal(propose(1, GENESIS, 0, 0, variant=1), KEYS)
    forged = Envelope(commits[2].payload, bytes(64))
    stolen = seal(replace(REQUEST, sender=1), KEYS)
    for certificate in (
        commits,
        [request, *commits[:2]],
        [request, *commits[:2], commits[0]],
        [request, *commits[:2], forged],
        [other, *commits],
        [stolen, *commits],
    ):
        node = replica()
        assert not node.fetch(certificate)
        assert give(node) == []
        assert not node.done


def test_recovery_moves_a_node_to_a_later_view():
    """The change views that led the helper on lead the reader too, whatever their stage."""
    helper = in_cv3()
    give(helper, cv3(2), cv3(3))
    helper.on_message(seal(RecoveryRequest(1, 0, 0), KEYS))
    helper.act()
    (recovery,) = (envelope.payload for envelope in helper.outbox)
    assert isinstance(recovery, RecoveryMessage)
    late = replica(0)
    assert give(late, *helper.outbox) == []
    assert late.view == 1


@pytest.mark.parametrize(
    ("message", "reason"),
    [
        (Envelope(cv1(2), bytes(64)), "forged signature"),
        (Envelope(cv3(2), KEYS.sign(3, cv3(2).encoded)), "forged signature"),
        (Envelope(cv2(2), KEYS.sign(2, cv1(2).encoded)), "forged signature"),
        (ChangeView(1, 0, 2, new_view=1), "wrong kind"),
        (replace(cv1(2), new_view=2), "malformed"),
        (replace(cv1(2), height=2), "wrong height"),
        (replace(cv1(2), sender=5), "wrong sender"),
        (cv2(3), "duplicate"),
    ],
)
def test_what_is_not_valid_is_dropped_and_counted(message: Payload | Envelope, reason: str):
    """A bad change view brings a count of its reason, and silence."""
    node = replica()
    give(node, cv2(3))
    assert give(node, message) == []
    assert node.dropped == {reason: 1}
    assert node.view == 0


def test_change_views_of_a_view_that_was_left_are_dropped():
    """In view 1 they are no news; those of view 1 are, in every stage apart."""
    node = replica()
    give(node, *(cv1(i) for i in (0, 2, 3)))
    assert give(node, cv2(2), cv3(2)) == []
    assert node.dropped == {"wrong view": 2}
    assert give(node, cv1(2, 1), cv2(2, 1), cv3(2, 1)) == []
    assert node.dropped.total() == 2


def test_the_context_knows_the_highest_view_asked_by_a_node():
    """Over all stages, as in dBFT 2.0 over its one."""
    node = replica()
    give(node, cv1(2), cv3(2, 1), cv2(3))
    assert isinstance(node.context, Context21)
    assert [node.context.view_asked_by(i) for i in range(4)] == [0, 0, 2, 1]
    assert not node.context.view_changing
    assert in_cv1().context.view_changing
