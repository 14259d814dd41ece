"""The claims of the paper of the dBFT MILP: each has the verdict that is known."""

from __future__ import annotations

import pytest

from milpbft.claims import Claim, decide, known_claims
from milpbft.dbft.claims import CLAIMS

QUICK = CLAIMS[2:4]


def verdict_is_known(claim: Claim) -> None:
    """Decide a claim, and each reading of it, anew."""
    decision = decide(claim)
    assert decision.as_expected, decision.summary()


@pytest.mark.parametrize("claim", QUICK, ids=lambda claim: claim.place)
def test_small_ones_have_the_verdict_that_is_known(claim: Claim):
    """Solved, and replayed where replicas do what the model does."""
    verdict_is_known(claim)


@pytest.mark.slow
@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.place)
def test_verdicts_are_those_that_are_known(claim: Claim):
    """All of them."""
    verdict_is_known(claim)


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.place)
def test_no_verdict_rests_on_a_reading_that_is_not_named(claim: Claim):
    """The paper's own words are quoted; what is refuted is so in one of several readings."""
    assert '"' in claim.sentence
    assert claim.expected == ("open" if claim.readings else "holds")


def test_the_command_knows_them():
    """They are found by the name of their paper."""
    assert known_claims("dbft milp") == list(CLAIMS)
