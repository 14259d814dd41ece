"""The verdicts on the 36 claims are the known ones."""

from __future__ import annotations

import re

import pytest

from milpbft.claims import Claim, decide, known_claims
from milpbft.powm.claims import CLAIMS, PAPER


def test_all_claims_are_there():
    """36 numbers, every one with a verdict that is known, found by the paper's name."""
    numbers = {int(found[1]) for c in CLAIMS if (found := re.search(r"\[(\d+)\]", c.place))}
    assert numbers == set(range(1, 37))
    assert len(CLAIMS) == 36
    assert all(claim.expected for claim in CLAIMS)
    assert len({claim.name for claim in CLAIMS}) == len(CLAIMS)
    assert known_claims("parallel") == list(CLAIMS)
    assert {claim.paper for claim in CLAIMS} == {PAPER}


QUICK = ("16", "17", "18", "20", "21", "22", "23", "24", "25", "28", "30", "31", "32", "33")
MEASURED = [
    claim for claim in CLAIMS if claim.measure or any(reading.measure for reading in claim.readings)
]


@pytest.mark.parametrize(
    "claim",
    [
        pytest.param(
            claim, id=claim.place.split("[")[1].rstrip("]"),
            marks=[] if claim.place.split("[")[1].startswith(QUICK) else [pytest.mark.slow],
        )
        for claim in MEASURED
    ],
)  # fmt: skip
def test_measured_claims(claim: Claim):
    """Formulas and runs give the known verdict."""
    decision = decide(claim)
    assert decision.status == claim.expected, decision.evidence
    assert decision.as_expected, decision.readings


@pytest.mark.slow
@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.place.split("[")[1].rstrip("]"))
def test_verdicts(claim: Claim):
    """Each claim has the known verdict; two provers agree, and every run is confirmed."""
    decision = decide(claim)
    assert decision.status == claim.expected, decision.evidence
    assert decision.as_expected, decision.readings
    for one in decision.evidence:
        if one.schedule is not None:
            assert one.replay == "confirmed"
        if one.source != "measured":
            assert one.words.endswith("agrees")
