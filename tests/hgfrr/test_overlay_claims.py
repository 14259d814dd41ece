"""The claims of the HGFRR report: each has the verdict that is known."""

from __future__ import annotations

import pytest

from milpbft.claims import decide, known_claims
from milpbft.hgfrr.claims import CLAIMS

SLOW = "consensus protocol that tolerates"


@pytest.mark.parametrize(
    "claim",
    [claim for claim in CLAIMS if SLOW not in claim.sentence],
    ids=lambda claim: claim.sentence[:50],
)
def test_verdicts_are_those_that_are_known(claim):
    """Decided anew, by solvers, replays and measurements."""
    decision = decide(claim)
    assert decision.status == claim.expected, decision.summary()
    for one in decision.evidence:
        assert one.replay in {None, "confirmed"}


@pytest.mark.slow
def test_consensus_is_locked_by_one_relay():
    """The claim whose instance takes longest."""
    claim = next(claim for claim in CLAIMS if SLOW in claim.sentence)
    decision = decide(claim)
    assert decision.status == "refuted"
    assert decision.witness is not None


def test_the_command_knows_them():
    """They are found by the name of their paper."""
    assert all(claim in known_claims("hgfrr") for claim in CLAIMS)
