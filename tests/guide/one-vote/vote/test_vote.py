"""What makes the numbers believable: two encodings, a replay, and every run of the replicas."""

import milpbft
from vote.enumerate import most_blocks


def test_model_replicas_and_enumeration_agree():
    for byzantine, blocks in ((1, 1), (2, 2)):
        assert most_blocks(4, byzantine) == blocks
        for horizon in ("", "-t6"):
            worst = milpbft.solve(f"vote-n4-v1-b{byzantine}-e2{horizon}-forks", expect=blocks)
            assert all([worst, *worst.checks.values()])


def test_a_byzantine_primary_locks_all():
    worst = milpbft.solve("vote-n4-v1-b1-e2-undecided", expect=3)
    assert all([worst, *worst.checks.values()])
