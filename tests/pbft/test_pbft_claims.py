"""The claims of the thesis: each has the verdict that is known."""

from __future__ import annotations

import pytest

from milpbft.claims import Claim, decide, known_claims
from milpbft.pbft.claims import CLAIMS


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.sentence[:50])
def test_verdicts_are_those_that_are_known(claim: Claim):
    """Decided anew, by solvers, replays and runs of the replicas."""
    decision = decide(claim)
    assert decision.status == claim.expected, decision.summary()
    for one in decision.evidence:
        assert one.replay in {None, "confirmed"}


def test_the_sections_on_the_family_have_claims():
    """Each section that speaks of the three protocols, and no sentence twice."""
    places = " ".join(claim.place for claim in CLAIMS)
    assert all(
        f"section {place}" in places for place in ("3.3.1", "3.3.2", "3.3.3", "3.3.4", "8.2")
    )
    assert len({claim.name for claim in CLAIMS}) == len(CLAIMS)


def test_the_command_knows_them():
    """They are found by the name of their paper."""
    assert known_claims("v2v thesis") == list(CLAIMS)
