"""The verdicts on the claims about the energy market are the known ones."""

from __future__ import annotations

import pytest

from milpbft.claims import Claim, decide, known_claims
from milpbft.v2v.claims import CLAIMS, PAPER


def test_all_claims_are_there():
    """Every claim has a verdict that is known, a name of its own, and is found by the paper's."""
    assert known_claims("market") == list(CLAIMS)
    assert {claim.paper for claim in CLAIMS} == {PAPER}
    assert len({claim.name for claim in CLAIMS}) == len(CLAIMS)
    for claim in CLAIMS:
        assert claim.expected
        assert all(reading.expected for reading in claim.readings)


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.sentence[:90])
def test_verdicts_are_those_that_are_known(claim: Claim):
    """Each claim has the known verdict, and every run of a solver is confirmed by its replay."""
    decision = decide(claim)
    assert decision.status == claim.expected, decision.evidence
    assert decision.as_expected, decision.readings
    for one in decision.evidence:
        assert one.schedule is None or one.replay == "confirmed"
