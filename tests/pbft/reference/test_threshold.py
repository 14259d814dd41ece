"""Threshold signatures, both kinds behind the one interface."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import pytest

from milpbft.errors import InputError
from milpbft.pbft.reference import bls
from milpbft.pbft.reference.bls import BlsThreshold
from milpbft.pbft.reference.linear_reference import LinearReference
from milpbft.pbft.reference.rules import Rules
from milpbft.pbft.reference.sbft_reference import SbftReference
from milpbft.pbft.reference.threshold import ShareSets
from milpbft.sim.adversary import RandomAdversary
from milpbft.sim.signatures import KeyRing
from milpbft.sim.world import World

if TYPE_CHECKING:
    from milpbft.pbft.reference.threshold import Threshold

QUORUMS = {"fast": 4, "slow": 3}
SCHEMES: dict[str, Threshold] = {
    "sets": ShareSets(KeyRing(4), QUORUMS),
    "bls": BlsThreshold(4, QUORUMS),
}
schemes = pytest.mark.parametrize("scheme", SCHEMES.values(), ids=SCHEMES)


def shares(scheme: Threshold, phase: str, nodes: tuple[int, ...], said: bytes = b"said"):
    return [(node, scheme.share(phase, node, said)) for node in nodes]


@schemes
def test_any_quorum_of_shares_verifies(scheme: Threshold):
    """Whichever nodes gave them."""
    for nodes in combinations(range(4), 3):
        signature = scheme.combine("slow", shares(scheme, "slow", nodes))
        assert scheme.verify("slow", b"said", signature)
        assert not scheme.verify("slow", b"another", signature)


@schemes
def test_one_share_less_does_not(scheme: Threshold):
    """Nor do no shares at all, or the same shares several times."""
    for nodes in ((), (0,), (0, 1), (2, 2, 2), (1, 1, 3)):
        assert not scheme.verify(
            "slow", b"said", scheme.combine("slow", shares(scheme, "slow", nodes))
        )


@schemes
def test_phases_have_keys_of_their_own(scheme: Threshold):
    """Neither shares nor signatures of one phase are worth anything in another."""
    assert not scheme.verify_share("fast", 0, b"said", scheme.share("slow", 0, b"said"))
    signature = scheme.combine("slow", shares(scheme, "slow", (0, 1, 2)))
    assert not scheme.verify("fast", b"said", signature)


@schemes
def test_shares_are_their_nodes(scheme: Threshold):
    """A share of one node is not that of another, and unknown nodes have none."""
    share = scheme.share("slow", 0, b"said")
    assert scheme.verify_share("slow", 0, b"said", share)
    assert not scheme.verify_share("slow", 1, b"said", share)
    assert not scheme.verify_share("slow", 0, b"another", share)
    assert not scheme.verify_share("slow", 9, b"said", share)


@schemes
@pytest.mark.parametrize(
    "garbage", [b"", b"\x00" * 96, b"\xff" * 96, b"\xc0" + bytes(95), b"x" * 216]
)
def test_garbage_does_not_verify(scheme: Threshold, garbage: bytes):
    """Bytes of any length, the point at infinity included, are no signature and no error."""
    assert not scheme.verify("slow", b"said", garbage)
    assert not scheme.verify_share("slow", 0, b"said", garbage)


def test_one_invalid_share_spoils_a_set():
    """A set is as good as its worst share."""
    scheme = SCHEMES["sets"]
    given = [*shares(scheme, "slow", (0, 1)), (2, bytes(64))]
    assert not scheme.verify("slow", b"said", scheme.combine("slow", given))


def test_who_has_a_key_but_is_no_node_has_no_share():
    """A client's signature adds nothing to a set."""
    scheme = ShareSets(KeyRing(6), QUORUMS, nodes=4)
    assert not scheme.verify_share("slow", 4, b"said", scheme.share("slow", 4, b"said"))
    signature = scheme.combine("slow", shares(scheme, "slow", (0, 1, 5)))
    assert not scheme.verify("slow", b"said", signature)
    for made, rules in ((LinearReference, Rules.of(4)), (SbftReference, Rules.sbft(4))):
        threshold = made(rules, keys=KeyRing(6)).threshold
        given = shares(threshold, "commit", (0, 1, 5))
        assert not threshold.verify("commit", b"said", threshold.combine("commit", given))


def test_all_quorums_give_the_same_bls_signature():
    """It is the one signature of the group's key, as short as a share."""
    scheme = SCHEMES["bls"]
    made = {
        scheme.combine("slow", shares(scheme, "slow", nodes)) for nodes in combinations(range(4), 3)
    }
    assert len(made) == 1
    assert len(made.pop()) == len(scheme.share("slow", 0, b"said")) == 96


@pytest.mark.parametrize(
    ("reference", "quorums"),
    [
        (LinearReference, {"prepare": 3, "commit": 3}),
        (SbftReference, {"fast": 4, "prepare": 3, "commit": 3, "state": 2}),
    ],
)
def test_replicas_decide_with_bls(
    reference: type[LinearReference] | type[SbftReference], quorums: dict[str, int]
):
    """The same run as with sets of shares: no replica sees the difference."""
    rules = Rules.of(4) if reference is LinearReference else Rules.sbft(4)
    events = []
    for threshold in (BlsThreshold(4, quorums), None):
        adversary = RandomAdversary(3, deliver=0.5, propose=0.1, expire=0)
        run = World(reference(rules, threshold=threshold), adversary, 30).run()
        assert all(run.decisions.values())
        events.append(run.schedule.events)
    assert events[0] == events[1]


def test_bls_without_its_library_is_named(monkeypatch: pytest.MonkeyPatch):
    """Without the extra, the one-line error says what to install."""
    monkeypatch.setattr(bls, "AVAILABLE", False)
    with pytest.raises(InputError, match="milpbft\\[bls\\]"):
        BlsThreshold(4, QUORUMS)


@pytest.mark.parametrize("quorum", [0, 5])
def test_quorums_must_be_possible(quorum: int):
    """Nobody can sign with more shares than there are nodes."""
    with pytest.raises(InputError, match="quorum of slow"):
        BlsThreshold(4, {"slow": quorum})
