"""Sequence numbers: watermarks, checkpoints, gaps in new views, state transfer."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from milpbft.pbft.reference.checkpoints import Checkpoints
from milpbft.pbft.reference.ledger import GENESIS, follow
from milpbft.pbft.reference.messages import (
    NULL,
    Checkpoint,
    Commit,
    Envelope,
    Fetch,
    NewView,
    Payload,
    Prepare,
    Prepared,
    PrePrepare,
    Request,
    State,
    ViewChange,
    seal,
)
from milpbft.pbft.reference.mutants import MUTANTS
from milpbft.pbft.reference.pbft import PbftReplica
from milpbft.pbft.reference.rules import Rules
from milpbft.pbft.reference.threshold import ShareSets
from tests.pbft.reference.hearing import KEYS, give

RULES = Rules.of(4, window=4, interval=2)


def asked(number: int) -> Envelope:
    """Return request `number` of a stream, 1 and more; other numbers make others."""
    return seal(Request(9, number, b"next"), KEYS)


def replica(node: int = 1, rules: Rules = RULES) -> PbftReplica:
    return PbftReplica(node, rules, KEYS, ShareSets(KEYS, {}))


def propose(sequence: int, view: int = 0, number: int | None = None) -> PrePrepare:
    item = asked(number or sequence + 100 * view)
    return PrePrepare(view % 4, view, sequence, item.payload.fingerprint, item)


def votes(vote: PrePrepare, *nodes: int) -> list[Payload]:
    about = vote.view, vote.sequence, vote.digest
    return [made(node, *about) for made in (Prepare, Commit) for node in nodes]


def settle(node: PbftReplica, vote: PrePrepare) -> None:
    """Let a backup decide on a proposal."""
    others = [other for other in (1, 2, 3) if other != node.node]
    give(node, vote, *votes(vote, *others))


def state(count: int) -> bytes:
    reached = GENESIS
    for number in range(1, count + 1):
        reached = follow(reached, asked(number).payload.fingerprint)
    return reached


def checkpoints(sequence: int, *nodes: int) -> list[Checkpoint]:
    return [Checkpoint(node, sequence, state(sequence)) for node in nodes]


def stable(sequence: int = 2) -> PbftReplica:
    """Return a backup with a stable checkpoint."""
    backup = replica()
    for number in range(1, sequence + 1):
        settle(backup, propose(number))
    give(backup, *checkpoints(sequence, 2, 3))
    assert backup.checkpoints.stable == sequence
    return backup


# ---- watermarks


@pytest.mark.parametrize(("sequence", "taken"), [(0, False), (1, True), (4, True), (5, False)])
def test_sequence_numbers_up_to_the_window_are_taken(sequence: int, taken: bool):
    """From the stable checkpoint, exclusive, to the window's length above it."""
    backup = replica()
    assert give(backup, propose(sequence, number=1)) == (["Prepare"] if taken else [])
    assert bool(backup.dropped["out of the watermarks"]) is not taken


def test_a_checkpoint_moves_both_watermarks():
    """What is below is refused from then on, also votes, and as much more is taken above."""
    backup = stable()
    late = votes(propose(2), 2)
    assert give(backup, propose(2), *late) == []
    assert backup.dropped["out of the watermarks"] == 3
    assert give(backup, propose(6)) == ["Prepare"]
    assert give(backup, propose(7)) == []


def test_a_checkpoint_needs_a_quorum_that_agrees():
    """N - f nodes, on one state."""
    backup = replica()
    settle(backup, propose(1))
    settle(backup, propose(2))
    give(backup, *checkpoints(2, 2), Checkpoint(3, 2, NULL), *checkpoints(2, 3))
    assert backup.checkpoints.stable == 0
    assert backup.dropped["conflicting"] == 1
    give(backup, *checkpoints(2, 0))
    assert backup.checkpoints.stable == 2
    assert len(backup.log) == 0


@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.sampled_from([2, 4, 6]), st.booleans(), st.booleans()),
        max_size=20,
    )
)
@example([(node, at, True, (node, at) == (2, 4)) for at in (2, 4) for node in range(3)])
def test_the_stable_checkpoint_is_the_highest_with_a_quorum(
    heard: list[tuple[int, int, bool, bool]],
):
    """Of the first message of each node at each sequence number; it never falls back."""
    known, said = Checkpoints(RULES), {}
    for node, sequence, honest, settles in heard:
        if sequence > known.stable and (node, sequence) not in said:
            said[node, sequence] = state(sequence) if honest else NULL
            known.add(Envelope(Checkpoint(node, sequence, said[node, sequence]), b""), sequence)
        if not settles:
            continue
        reached = Counter((s, made) for (_, s), made in said.items() if s > known.stable)
        quorums = [s for (s, _), count in reached.items() if count >= 3]
        before, new = known.stable, known.settle()
        assert new == bool(quorums)
        assert known.stable == max(quorums, default=before)
        assert len({e.sender for e in known.proof}) >= (3 if known.stable else 0)
        admitted = [sequence for sequence in range(12) if known.admits(sequence)]
        assert admitted == list(range(known.stable + 1, known.stable + 5))


def exchange(nodes: dict[int, PbftReplica], *messages: Envelope) -> None:
    """Show messages to all nodes, then to all what any of them says, until nobody does."""
    under_way = list(messages)
    while under_way:
        for node in nodes.values():
            for envelope in under_way:
                node.on_message(envelope)
        under_way = []
        for node in nodes.values():
            node.act()
            under_way += node.outbox
            node.outbox.clear()


@pytest.mark.parametrize("broken", [True, False])
def test_without_watermarks_a_collected_sequence_number_forks(broken: bool):
    """Nodes that forgot sequence number 1 agree on another request for it with node 3.

    Node 0, the primary, is Byzantine; node 3 heard nothing before. Nodes 1 and 2 have executed
    sequence number 1, made the checkpoint stable and forgotten what they accepted.
    """
    rules = replace(RULES, interval=1)
    rules = MUTANTS["no watermarks"].change(rules) if broken else rules
    nodes = {i: replica(i, rules) for i in (1, 2, 3)}
    help_ = [seal(item, KEYS) for item in (*votes(propose(1), 0)[1:], *checkpoints(1, 0))]
    exchange({i: nodes[i] for i in (1, 2)}, seal(propose(1), KEYS), *help_)
    assert [nodes[i].checkpoints.stable for i in (1, 2, 3)] == [1, 1, 0]
    other = propose(1, number=7)
    exchange(nodes, seal(other, KEYS), *(seal(item, KEYS) for item in votes(other, 0)[1:]))
    blocks = {decision.block for node in nodes.values() for decision in node.decisions}
    assert len(blocks) == (2 if broken else 1)


def test_without_watermarks_a_primary_can_exhaust_the_numbers():
    """It gets a prepare for a number that nobody will reach, and a new view would have to fill."""
    sound, broken = replica(), replica(1, MUTANTS["no watermarks"].change(RULES))
    far = propose(2**40, number=1)
    assert give(sound, far) == []
    assert give(broken, far) == ["Prepare"]


# ---- new views


def prepared(sequence: int, view: int = 0) -> Prepared:
    vote = propose(sequence, view)
    backups = [node for node in range(4) if node != vote.sender][:2]
    prepares = [Prepare(i, view, sequence, vote.digest) for i in backups]
    return Prepared(seal(vote, KEYS), tuple(seal(item, KEYS) for item in prepares))


def opened(primary: PbftReplica, *view_changes: ViewChange) -> list[tuple[int, bytes]]:
    """Return sequence numbers and digests of O in the view that the primary opens."""
    for view_change in view_changes:
        primary.on_message(seal(view_change, KEYS))
    primary.act()
    opening = next(e.payload for e in primary.outbox if isinstance(e.payload, NewView))
    proposals = [e.payload for e in opening.pre_prepares]
    follower = replica(2)
    give(follower, opening)
    assert not follower.dropped
    assert (follower.view, follower.active) == (opening.view, True)
    return [(p.sequence, p.digest) for p in proposals if isinstance(p, PrePrepare)]


def test_gaps_in_a_new_view_are_filled_with_null_requests():
    """O goes up to the highest sequence number that was prepared; null requests do nothing."""
    view_changes = [ViewChange(0, 1, 0, (), ()), ViewChange(3, 1, 0, (), (prepared(3),))]
    digest = asked(3).payload.fingerprint
    assert opened(replica(), *view_changes) == [(1, NULL), (2, NULL), (3, digest)]


def test_a_new_view_starts_at_the_latest_stable_checkpoint():
    """What was prepared below it needs no proposal; requests that wait come after."""
    proof = tuple(seal(item, KEYS) for item in checkpoints(2, 0, 2, 3))
    view_changes = [
        ViewChange(0, 1, 2, proof, ()),
        ViewChange(3, 1, 0, (), (prepared(2), prepared(3))),
    ]
    primary = replica()
    give(primary, asked(8))
    numbers = [sequence for sequence, _ in opened(primary, *view_changes)]
    assert numbers == [3, 4]
    assert primary.checkpoints.stable == 2


def test_a_new_view_above_the_watermarks_is_entered_with_its_proposals():
    """Its checkpoint is taken over first: what it proposes is above the window of before."""
    proof = tuple(seal(item, KEYS) for item in checkpoints(4, 0, 2, 3))
    view_changes = [ViewChange(0, 1, 4, proof, ()), ViewChange(3, 1, 4, proof, (prepared(5),))]
    primary = replica()
    assert opened(primary, *view_changes) == [(5, asked(5).payload.fingerprint)]
    assert primary.log.accepted == {(1, 5): asked(5).payload.fingerprint}
    follower = replica(2)
    assert give(follower, primary.outbox[-1]) == ["Fetch", "Prepare"]
    assert follower.log.accepted == primary.log.accepted


def test_a_primary_with_a_later_checkpoint_opens_a_view_that_others_take():
    """They judge its own proposals by the window above the checkpoint in the view changes."""
    primary = replica()
    for number in (1, 2):
        settle(primary, propose(number))
    primary.ledger.add(asked(10))
    primary.on_timer()
    give(primary, *checkpoints(2, 2, 3), *map(asked, range(11, 16)))
    assert primary.checkpoints.stable == 2
    claims = prepared(1), prepared(2)
    view_changes = [ViewChange(node, 1, 0, (), claims) for node in (0, 3)]
    assert [number for number, _ in opened(primary, *view_changes)] == [1, 2, 3, 4]


@settings(max_examples=30, deadline=None)
@given(
    stables=st.tuples(*[st.sampled_from([0, 2])] * 3),
    claimed=st.tuples(*[st.dictionaries(st.integers(1, 4), st.integers(0, 2))] * 3),
)
def test_o_is_what_was_prepared_last_and_null_requests(
    stables: tuple[int, ...], claimed: tuple[dict[int, int], ...]
):
    """From the latest checkpoint to the highest number prepared, whatever nodes 0 to 2 claim.

    Every view has requests of its own; each node claims per sequence number the view given.
    """
    proof = tuple(seal(item, KEYS) for item in checkpoints(2, 0, 1, 2))
    view_changes = [
        ViewChange(i, 3, low, proof if low else (),
                   tuple(prepared(s, v) for s, v in claims.items() if s > low))
        for i, (low, claims) in enumerate(zip(stables, claimed, strict=True))
    ]  # fmt: skip
    low = max(stables)
    latest: dict[int, int] = {}
    for claims in claimed:
        for sequence, view in claims.items():
            if sequence > low:
                latest[sequence] = max(view, latest.get(sequence, 0))
    expected = [
        (s, propose(s, latest[s]).digest if s in latest else NULL)
        for s in range(low + 1, max(latest, default=low) + 1)
    ]
    assert opened(replica(3), *view_changes) == expected


@pytest.mark.parametrize("count", [0, 2])
def test_checkpoints_in_view_changes_are_proven(count: int):
    """By a quorum, of one state, at that sequence number; none are owed at 0."""
    backup = replica()
    proof = tuple(seal(item, KEYS) for item in checkpoints(2, *range(count)))
    give(backup, ViewChange(2, 1, 2, proof, ()), ViewChange(3, 1, 0, proof or (asked(1),), ()))
    assert backup.dropped == {"bad view change": 2}


def test_clients_prove_nothing():
    """They have keys as nodes do, and may be in league with a Byzantine one."""
    backup = replica()
    proof = tuple(seal(item, KEYS) for item in checkpoints(2, 3, 8, 9))
    about = (0, 3, asked(3).payload.fingerprint)
    prepares = tuple(seal(Prepare(client, *about), KEYS) for client in (8, 9))
    claim = Prepared(seal(propose(3), KEYS), prepares)
    give(backup, ViewChange(3, 1, 2, proof, ()), ViewChange(2, 1, 0, (), (claim,)))
    assert backup.dropped == {"bad view change": 2}


def test_claims_out_of_the_watermarks_are_refused():
    """Above the window, or not above the sender's stable checkpoint."""
    backup = replica()
    proof = tuple(seal(item, KEYS) for item in checkpoints(2, 0, 2, 3))
    give(backup, ViewChange(2, 1, 0, (), (prepared(5),)))
    give(backup, ViewChange(2, 1, 2, proof, (prepared(2),)))
    assert backup.dropped == {"bad view change": 2}
    give(backup, ViewChange(2, 1, 2, proof, (prepared(5),)))
    assert backup.dropped == {"bad view change": 2}


# ---- order and state


def test_execution_waits_for_what_comes_before():
    """Sequence number 2 is decided first and executed second."""
    backup = replica()
    settle(backup, propose(2))
    assert not backup.decisions
    settle(backup, propose(1))
    assert [d.block for d in backup.decisions] == [asked(i).payload.fingerprint for i in (1, 2)]


def test_a_request_takes_effect_once():
    """Ordered twice, it counts as a number and gets one reply."""
    backup = replica()
    settle(backup, propose(1))
    settle(backup, propose(2, number=1))
    assert len(backup.decisions) == 2
    assert len(backup.replies) == 1


def test_a_node_behind_fetches_the_state():
    """It asks once, and executes what leads to the state that a quorum vouched for."""
    behind, ahead = replica(3), stable()
    assert give(behind, *checkpoints(2, 0, 1, 2)) == ["Fetch"]
    ahead.on_message(seal(Fetch(3, 1), KEYS))
    answer = ahead.outbox.pop()
    wrong = State(2, 1, (asked(1), asked(9)))
    give(behind, wrong)
    assert not behind.decisions
    assert behind.dropped == {"bad state": 1}
    give(behind, answer)
    assert behind.ledger.state == ahead.ledger.state
    assert len(behind.decisions) == 2
    assert give(behind, answer) == []
    assert behind.dropped["out of the watermarks"] == 1


@pytest.mark.parametrize("sequence", [0, 3])
def test_what_was_not_executed_is_not_handed_out(sequence: int):
    """Nor anything before the first."""
    ahead = stable()
    give(ahead, propose(3))
    assert give(ahead, Fetch(3, sequence)) == []
    assert ahead.dropped == {"out of the watermarks": 1}


def test_a_node_behind_is_answered_by_those_whose_checkpoint_is_not_stable_yet():
    """They executed it, or they had not vouched for it; nobody is asked a second time."""
    behind, ahead = replica(3), replica()
    for number in (1, 2, 3):
        settle(ahead, propose(number))
    assert ahead.checkpoints.stable == 0
    assert give(behind, *checkpoints(2, 0, 1, 2)) == ["Fetch"]
    ahead.on_message(seal(Fetch(3, 1), KEYS))
    give(behind, ahead.outbox.pop())
    assert behind.ledger.state == state(2)
    assert behind.checkpoints.stable == 2


def test_states_that_leave_something_out_are_of_no_use():
    """Too short, or starting above what is missing."""
    behind = replica(3)
    give(behind, *checkpoints(2, 0, 1, 2))
    give(behind, State(1, 1, (asked(1),)), State(1, 2, (asked(2),)))
    assert not behind.decisions
    assert behind.dropped == {"out of the watermarks": 2}
