"""The claims of the HGFRR report: each has the verdict that is known."""

from __future__ import annotations

import re

import pytest

from milpbft.claims import decide, known_claims
from milpbft.hgfrr.claims import CLAIMS


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.sentence[:60])
def test_verdicts_are_those_that_are_known(claim):
    """Decided anew, by solvers, replays and measurements."""
    decision = decide(claim)
    assert decision.status == claim.expected, decision.summary()
    for one in decision.evidence:
        assert one.replay in {None, "confirmed"}


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.sentence[:60])
def test_verdicts_quote_what_the_report_assumes(claim):
    """In its own words, with the section."""
    assert "section" in claim.assumes
    assert re.search(r'"[^"]+"', claim.assumes)


def test_readings_have_a_verdict_each():
    """A claim whose readings differ is open."""
    for claim in CLAIMS:
        known = {reading.expected for reading in claim.readings}
        assert None not in known
        assert (claim.expected == "open") == (len(known) > 1)


def test_the_command_knows_them():
    """They are found by the name of their paper."""
    assert all(claim in known_claims("hgfrr") for claim in CLAIMS)
