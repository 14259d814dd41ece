"""The verdicts on the paper's claims are the known ones."""

from __future__ import annotations

import pytest

from milpbft.claims import Claim, decide
from milpbft.pov.claims import CLAIMS


def test_every_lemma_is_decided():
    """The four lemmas and the K formula have claims, each with a verdict that is known."""
    places = {claim.place for claim in CLAIMS}
    assert {f"Lemma 4.{k}" for k in range(1, 5)} | {"Section IV B", "Section III H"} <= places
    assert all(claim.expected for claim in CLAIMS)
    assert len({claim.name for claim in CLAIMS}) == len(CLAIMS)


MEASURED = [claim for claim in CLAIMS if claim.measure]


@pytest.mark.parametrize("claim", MEASURED, ids=lambda claim: claim.sentence[:40])
def test_measured_claims(claim: Claim):
    """Simulations and runs give the known verdict."""
    decision = decide(claim)
    assert decision.status == claim.expected, decision.evidence


@pytest.mark.slow
@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.sentence[:40])
def test_verdicts(claim: Claim):
    """Each claim has the known verdict; what refutes one is a confirmed run."""
    decision = decide(claim)
    assert decision.status == claim.expected, decision.evidence
    for one in decision.evidence:
        if one.schedule is not None:
            assert one.replay == "confirmed"
