"""One PBFT replica, message by message; silence is asserted as much as speech."""

from __future__ import annotations

from dataclasses import replace

import pytest

from milpbft.errors import InputError
from milpbft.pbft.reference.messages import (
    NULL,
    Checkpoint,
    Commit,
    Envelope,
    NewView,
    Prepare,
    Prepared,
    PrePrepare,
    ViewChange,
    seal,
)
from milpbft.pbft.reference.pbft import PbftReplica
from milpbft.pbft.reference.rules import Rules
from milpbft.pbft.reference.threshold import ShareSets
from tests.pbft.reference.hearing import DIGEST, KEYS, OTHER, give, hears, proposal, request


def replica(node: int = 1, n: int = 4, **changes: object) -> PbftReplica:
    rules = replace(Rules.of(n), **{"last": 1} | changes)
    return PbftReplica(node, rules, KEYS, ShareSets(KEYS, {}), [request()])


def prepare(node: int, digest: bytes = DIGEST, view: int = 0) -> Prepare:
    return Prepare(node, view, 1, digest)


def commit(node: int, digest: bytes = DIGEST, view: int = 0) -> Commit:
    return Commit(node, view, 1, digest)


def certificate(digest: bytes = DIGEST, view: int = 0, *, backups: int = 2) -> Prepared:
    primary = view % 4
    nodes = [node for node in range(4) if node != primary][:backups]
    value = 0 if digest == DIGEST else 1
    return Prepared(
        seal(proposal(value, view=view), KEYS),
        tuple(seal(prepare(node, digest, view), KEYS) for node in nodes),
    )


def view_change(node: int, view: int = 1, *claims: Prepared) -> ViewChange:
    return ViewChange(node, view, 0, (), claims)


def new_view(view: int, view_changes: list[ViewChange], *values: int) -> NewView:
    opened = [seal(proposal(value, view=view), KEYS) for value in values]
    return NewView(view % 4, view, tuple(seal(w, KEYS) for w in view_changes), tuple(opened))


def prepared(node: int = 1, **changes: object) -> PbftReplica:
    backup = replica(node, **changes)
    others = [other for other in (1, 2, 3) if other != node]
    assert give(backup, proposal(), *map(prepare, others)) == ["Prepare", "Commit"]
    return backup


# ---- the normal case


def test_the_primary_proposes_at_once():
    """A request that waits is proposed in the first step, and once."""
    primary = replica(0)
    assert give(primary) == ["PrePrepare"]
    assert give(primary) == []


def test_a_backup_prepares_commits_and_decides():
    """Proposal, 2f prepares with its own, 2f + 1 commits with its own."""
    backup = replica()
    assert give(backup, proposal()) == ["Prepare"]
    assert give(backup, prepare(2)) == ["Commit"]
    assert give(backup, commit(2)) == []
    assert not backup.decisions
    assert give(backup, commit(3)) == []
    assert [(d.view, d.block) for d in backup.decisions] == [(0, DIGEST)]


def test_the_primary_needs_the_prepares_of_two_backups():
    """Its own proposal counts once, its own prepares not at all."""
    primary = replica(0)
    give(primary)
    assert give(primary, prepare(1)) == []
    assert give(primary, prepare(2)) == ["Commit"]
    backup = replica()
    assert give(backup, proposal(), prepare(0)) == ["Prepare"]
    assert backup.dropped == {"wrong sender": 1}


def test_votes_before_the_proposal_wait_for_it():
    """Prepares and commits alone do nothing; with the proposal they count."""
    backup = replica()
    assert give(backup, prepare(2), prepare(3), commit(2), commit(3)) == []
    assert give(backup, proposal()) == ["Prepare", "Commit"]
    assert backup.decisions


def test_votes_for_another_digest_do_not_count():
    """They neither help nor take the place of their senders' votes for this one."""
    backup = replica()
    assert give(backup, proposal(), prepare(2, OTHER), prepare(3, OTHER)) == ["Prepare"]
    assert give(backup, prepare(2)) == ["Commit"]


def test_commits_without_a_certificate_decide_nothing():
    """Three commits are a decision for a node that has committed only."""
    backup = replica(n=7)
    give(backup, proposal(), *map(commit, range(2, 7)))
    assert not backup.decisions


def test_a_second_proposal_is_refused():
    """An equivocating primary gets one prepare from a node."""
    backup = replica()
    assert give(backup, proposal(), proposal(1)) == ["Prepare"]
    assert backup.dropped == {"conflicting": 1}
    assert give(backup, proposal()) == []
    assert backup.dropped == {"conflicting": 1, "duplicate": 1}


def refused() -> list[tuple[object, str]]:
    good, foreign = proposal(), replace(request().payload, operation=b"never asked for")
    forged = Envelope(foreign, request().signature)
    return [
        (replace(good, sender=2), "wrong sender"),
        (replace(good, sender=9), "wrong sender"),
        (replace(good, digest=OTHER), "bad digest"),
        (replace(good, request=None, digest=NULL), "bad request"),
        (replace(good, request=None), "bad request"),
        (replace(good, digest=foreign.fingerprint, request=forged), "bad request"),
        (replace(good, request=seal(prepare(1), KEYS)), "bad request"),
        (replace(good, sequence=0), "out of the watermarks"),
        (replace(good, sequence=2), "out of the watermarks"),
        (replace(good, digest=b"short"), "malformed"),
        (Envelope(good, bytes(64)), "forged signature"),
        (seal(prepare(2, view=0), KEYS), ""),
        (Checkpoint(2, 0, DIGEST), "out of the watermarks"),
    ]


@pytest.mark.parametrize(("message", "reason"), refused())
def test_what_is_refused_and_why(message: object, reason: str):
    """No such message makes a backup say anything."""
    backup = replica()
    assert hears(backup, message) == []
    assert dict(backup.dropped) == ({reason: 1} if reason else {})


# ---- view changes


def test_a_backup_leaves_when_its_timer_expires():
    """It says so, takes part no more, and its timer stops until a quorum has left."""
    backup = replica(2)
    backup.on_timer()
    assert give(backup) == ["ViewChange"]
    assert (backup.view, backup.active) == (1, False)
    assert give(backup, proposal(), prepare(1)) == []
    assert backup.dropped == {"wrong view": 2}
    backup.on_timer()
    assert give(backup) == []
    assert give(backup, view_change(0), view_change(3)) == []
    backup.on_timer()
    assert give(backup) == ["ViewChange"]
    assert backup.view == 2


@pytest.mark.parametrize("node", [0, 1])
def test_whose_timer_does_not_run(node: int):
    """The primary of an open view, and a node that has nothing left to wait for."""
    quiet = replica(0) if node == 0 else prepared()
    give(quiet, *(commit(2), commit(3)) if node else ())
    quiet.on_timer()
    assert "ViewChange" not in give(quiet)
    assert quiet.view == 0


def test_a_primary_with_a_timer_of_its_own_leaves_too():
    """With `primary_timer`, which the paper does not have."""
    primary = replica(0, primary_timer=True)
    give(primary)
    primary.on_timer()
    assert give(primary) == ["ViewChange"]


def test_f_plus_one_view_changes_take_a_node_along():
    """To the least of their views, and whether it decided or not."""
    backup = prepared()
    give(backup, commit(2), commit(3))
    assert give(backup, view_change(2, 3)) == []
    assert give(backup, view_change(3, 2)) == ["ViewChange"]
    assert backup.view == 2


def test_the_new_primary_proposes_its_own_request_if_nothing_was_prepared():
    """With n - f view changes, its own included."""
    primary = replica(1)
    primary.on_timer()
    assert give(primary) == ["ViewChange"]
    assert give(primary, view_change(2)) == []
    assert hears(primary, view_change(3)) == ["NewView"]
    assert give(primary, prepare(2, view=1), prepare(3, view=1)) == ["Commit"]


def opened_by(primary: PbftReplica, *view_changes: ViewChange) -> bytes:
    """Return the digest that the primary proposes in its new view."""
    for item in view_changes:
        primary.on_message(seal(item, KEYS))
    primary.act()
    opening = primary.outbox[-1].payload
    assert isinstance(opening, NewView)
    vote = opening.pre_prepares[0].payload
    assert isinstance(vote, PrePrepare)
    return vote.digest


def test_the_new_primary_proposes_again_what_was_prepared():
    """In the latest view, whoever says so; of two in one view, the first that it heard of."""
    two = certificate(OTHER), certificate()
    for first, second in (two, two[::-1]):
        primary = replica(2, join_quorum=1)
        digest = opened_by(primary, view_change(1, 2, first), view_change(3, 2, second))
        assert digest == first.digest
    primary = replica(2, join_quorum=1)
    later = certificate(OTHER, view=1)
    assert opened_by(primary, view_change(1, 2, two[1]), view_change(3, 2, later)) == OTHER


def test_a_view_change_carries_the_certificate():
    """Of what the node committed to."""
    backup = prepared(2)
    backup.on_timer()
    backup.act()
    payload = backup.outbox[-1].payload
    assert isinstance(payload, ViewChange)
    assert [(c.view, c.sequence, c.digest) for c in payload.claims] == [(0, 1, DIGEST)]
    other = replica(3)
    other.on_message(backup.outbox[-1])
    assert not other.dropped


def bad_claims() -> list[tuple[Prepared, ...]]:
    good = certificate()
    mixed = replace(good, prepares=(good.prepares[0], seal(prepare(2, OTHER), KEYS)))
    return [
        (certificate(backups=1),),
        (replace(good, prepares=(good.prepares[0], good.prepares[0])),),
        (replace(good, prepares=(good.prepares[0], seal(prepare(0), KEYS))),),
        (mixed,),
        (replace(good, prepares=tuple(replace(e, signature=bytes(64)) for e in good.prepares)),),
        (replace(good, pre_prepare=seal(replace(proposal(), sender=3), KEYS)),),
        (replace(good, pre_prepare=good.prepares[0]),),
        (replace(good, pre_prepare=seal(replace(proposal(), request=request(1)), KEYS)),),
        (good, certificate()),
        (certificate(view=1),),
    ]


@pytest.mark.parametrize("claims", bad_claims())
def test_claims_that_signatures_do_not_back_are_refused(claims: tuple[Prepared, ...]):
    """Too few or repeated prepares, the primary's own, other digests, forgeries, later views."""
    backup = replica()
    assert give(backup, view_change(2, 1, *claims)) == []
    assert backup.dropped == {"bad view change": 1}


def test_a_node_follows_a_new_view():
    """Also one that did not leave, and past views that it never saw."""
    for view in (1, 2):
        backup = replica(3)
        opening = new_view(view, [view_change(i, view) for i in (0, 1, 2)], 0)
        assert give(backup, opening) == ["Prepare"]
        assert (backup.view, backup.active) == (view, True)


def bad_openings() -> list[NewView]:
    three = [view_change(0), view_change(1), view_change(2)]
    backed = [view_change(0), view_change(1), view_change(2, 1, certificate())]
    good = new_view(1, three, 0)
    null = PrePrepare(1, 1, 1, NULL, None)
    return [
        new_view(1, three[:2], 0),
        new_view(1, [*three[:2], three[0]], 0),
        new_view(1, [*three[:2], view_change(2, 2)], 0),
        new_view(1, [*three[:2], view_change(2, 1, certificate(backups=1))], 0),
        new_view(1, backed, 1),
        new_view(1, backed),
        new_view(1, three, 0, 1),
        replace(good, pre_prepares=(seal(null, KEYS),)),
        replace(good, pre_prepares=(seal(proposal(view=2), KEYS),)),
        replace(good, pre_prepares=(seal(replace(proposal(view=1), sequence=2), KEYS),)),
        replace(good, pre_prepares=(Envelope(proposal(view=1), bytes(64)),)),
        replace(good, pre_prepares=good.view_changes[:1]),
        replace(good, view_changes=good.pre_prepares * 3),
        replace(good, view_changes=tuple(replace(e, signature=b"") for e in good.view_changes)),
    ]


@pytest.mark.parametrize("opening", bad_openings())
def test_new_views_that_do_not_follow_are_refused(opening: NewView):
    """Too few, repeated or foreign view changes, another proposal than they call for."""
    backup = replica(3)
    assert give(backup, opening) == []
    assert backup.dropped == {"bad new view": 1}
    assert (backup.view, backup.active) == (0, True)


def test_old_new_views_and_those_of_others_are_refused():
    """A view is opened once, by its primary, and not after it was left."""
    three = [view_change(i) for i in (0, 1, 2)]
    backup = replica(3)
    give(backup, replace(new_view(1, three, 0), sender=2))
    assert backup.dropped == {"wrong sender": 1}
    give(backup, new_view(1, three, 0), new_view(1, three, 0))
    assert backup.dropped["duplicate"] == 1
    give(backup, new_view(1, three, 0), view_change(0))
    assert backup.dropped["wrong view"] == 2


def test_a_decided_node_decides_once():
    """In a later view it prepares and commits again, and that is all."""
    backup = prepared(3)
    give(backup, commit(1), commit(2))
    view_changes = [view_change(0, 1, certificate()), view_change(1), view_change(2)]
    assert give(backup, new_view(1, view_changes, 0)) == ["Prepare"]
    votes = [prepare(2, view=1), commit(1, view=1), commit(2, view=1)]
    assert give(backup, *votes) == ["Commit"]
    assert len(backup.decisions) == 1


def test_proposals_of_views_to_come_are_kept():
    """Until the view is open; the first of each sequence number."""
    backup = replica(3)
    early = proposal(1, view=1)
    assert give(backup, early, proposal(0, view=1)) == []
    assert backup.dropped == {"conflicting": 1}
    assert give(backup, new_view(1, [view_change(i) for i in (0, 1, 2)])) == ["Prepare"]
    assert (1, 1) in backup.log.accepted
    assert backup.log.accepted[1, 1] == OTHER


# ---- rules


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("validators", (0, 1, 1, 2)),
        ("prepare_quorum", 5),
        ("view_quorum", 0),
        ("join_quorum", -1),
        ("window", 0),
        ("interval", -1),
        ("last", 0),
        ("slow", False),
    ],
)
def test_unusable_rules_are_named(field: str, value: object):
    """With the one-line error."""
    changes = {field: value} | ({"fast": False} if field == "slow" else {})
    with pytest.raises(InputError, match=field):
        replace(Rules.of(4), **changes)


@pytest.mark.parametrize(
    ("n", "f", "quorum"), [(4, 1, 3), (5, 1, 4), (7, 2, 5), (31, 10, 21), (100, 33, 67)]
)
def test_quorums_are_n_less_f(n: int, f: int, quorum: int):
    """2f + 1 where n = 3f + 1; any two share a correct node."""
    rules = Rules.of(n)
    assert (rules.faults, rules.prepare_quorum, rules.view_quorum) == (f, quorum, quorum)
    assert 2 * quorum - n > f


@pytest.mark.parametrize(("f", "c"), [(1, 0), (1, 1), (2, 0), (2, 1), (3, 2), (33, 0)])
def test_quorums_of_sbft_are_those_of_the_paper(f: int, c: int):
    """At n = 3f + 2c + 1."""
    rules = Rules.sbft(3 * f + 2 * c + 1, c)
    assert rules.faults == f
    assert rules.fast_quorum == 3 * f + c + 1
    assert rules.prepare_quorum == rules.commit_quorum == rules.checkpoint_quorum == 2 * f + c + 1
    assert rules.view_quorum == 2 * f + 2 * c + 1
    assert rules.reply_quorum == f + 1


def test_impossible_sizes_of_sbft_are_named():
    """Redundant nodes come in pairs beside at least one other."""
    with pytest.raises(InputError, match="c"):
        Rules.sbft(4, 2)
    with pytest.raises(InputError, match="n"):
        Rules.of(0)
