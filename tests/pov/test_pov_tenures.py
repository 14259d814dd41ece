"""Elections over tenures, and random votes, against closed forms."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom

from milpbft.errors import InputError
from milpbft.pov.tenures import Society, mandate, random_tallies, reliability


def test_votes_of_one_candidate_are_binomial():
    """Equation 3 holds for one candidate; that votes of a ballot differ only ties candidates."""
    tallies = random_tallies(20, 81, 200, elections=200)
    assert tallies.sum(axis=1).tolist() == [20 * 81] * 200
    share = (tallies >= 10).mean()
    expected = binom.sf(9, 20, 81 / 200)
    # Candidates of an election are negatively correlated: the error is smaller than this.
    assert abs(share - expected) < 4 * np.sqrt(expected * (1 - expected) / tallies.size)


def test_the_k_of_the_paper_gives_half_but_not_more():
    """K = 81: mostly all elected have 10 votes of 20 or more, but never all have 11."""
    assert mandate(20, 50, 200, 81, least=10, elections=300).whole > 0.6
    more = mandate(20, 50, 200, 81, least=11, elections=300)
    assert more.whole == 0
    assert more.butlers < 0.65
    assert mandate(20, 50, 200, 91, least=11, elections=300).whole > 0.6


def test_unanimous_scores_elect_whom_they_know():
    """With N_b tickets by score and reliable butlers only, the team stays."""
    society = Society(butlers=10, candidates=20, votes=10, bad=0, blocks=200)
    assert reliability(society, 5).tolist() == [1.0] * 5


def test_bad_butlers_are_voted_out_and_patient_ones_come_in():
    """Reliability grows with the first, and falls on the day that the second begin."""
    bad = np.mean([reliability(Society(), 10, seed) for seed in range(10)], axis=0)
    assert bad[0] == pytest.approx(0.7, abs=0.06)
    assert bad[-1] > 0.97
    patient = Society(conduct="patient", patience=5)
    shares = np.mean([reliability(patient, 10, seed) for seed in range(10)], axis=0)
    assert shares[:5].tolist() == [1.0] * 5
    assert shares[5] == pytest.approx(0.7, abs=0.06)


def test_byzantine_commissioners_keep_bad_butlers():
    """A quarter of the commissioners holds their candidates in the team."""
    kept = np.mean([reliability(Society(votes=50, byzantine=5), 10, s) for s in range(5)], axis=0)
    free = np.mean([reliability(Society(votes=50), 10, seed) for seed in range(5)], axis=0)
    assert kept[-1] < 0.7 < free[-1]


def test_who_cannot_vote():
    """Sizes out of range are named."""
    with pytest.raises(InputError, match="butlers"):
        Society(butlers=300)
