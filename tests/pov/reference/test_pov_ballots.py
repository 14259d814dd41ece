"""Ballots, their count, and the ballots that scores make."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from milpbft.pov.reference.election import Ballot, Election
from milpbft.pov.reference.ledger import Ledger
from milpbft.pov.reference.rules import VACANT, Rules
from milpbft.pov.reference.scores import Scores
from tests.pov.reference.povworld import KEYS

RULES = Rules(3, 2, others=3, votes=3, designated=1)
ELIGIBLE = frozenset({3, 4, 6, 7})


def ballot(commissioner: int, by_score=(3, 4), designated=(6,), tenure: int = 1) -> Ballot:
    return Ballot.signed(commissioner, tenure, tuple(by_score), tuple(designated), KEYS)


def election(rules: Rules = RULES, eligible: frozenset[int] = ELIGIBLE) -> Election:
    return Election(rules, KEYS, 1, eligible)


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (ballot(3), "ballot of no commissioner"),
        (replace(ballot(1), designated=(7,)), "forged ballot"),
        (ballot(1, tenure=0), "ballot of another tenure"),
        (ballot(1, (3, 3), (6,)), "ticket used twice"),
        (ballot(1, (3, 6), (6,)), "ticket used twice"),
        (ballot(1, (3,), (6,)), "ballot without exactly 3 tickets"),
        (ballot(1, (3, 4, 7), (6,)), "ballot without exactly 3 tickets"),
        (ballot(1, (3, 4), (8,)), "vote for no candidate"),
    ],
)
def test_bad_ballots(bad: Ballot, reason: str):
    assert election().refuse(bad) == reason


def test_good_ballots():
    assert election().refuse(ballot(2)) is None
    assert election().refuse_all([ballot(1), ballot(2)]) is None
    assert election().refuse_all([ballot(1)]) == "too few ballots"
    assert election().refuse_all([ballot(1), ballot(1)]) == "two ballots of a commissioner"


def test_fewer_candidates_than_tickets():
    """A ballot then names all of them."""
    few = election(eligible=frozenset({3, 4}))
    assert few.refuse(ballot(0, (3,), (4,))) is None
    assert few.refuse(ballot(0, (3,), ())) == "ballot without exactly 2 tickets"


def test_ties_go_to_the_lower_number_and_empty_seats_are_vacant():
    assert election().result([ballot(0, (7, 6), (4,)), ballot(1, (7, 6), (3,))]) == (6, 7)
    assert election().result([ballot(0, (7,), ()), ballot(1, (4,), ())]) == (4, 7)
    assert election(eligible=frozenset({7})).result([]) == (7, VACANT)


@given(st.lists(st.permutations(sorted(ELIGIBLE)), min_size=3, max_size=3))
@settings(deadline=None)
def test_no_loser_beats_a_winner(orders: list[list[int]]):
    """Of all teams of two, the elected has most votes, and of those the lowest numbers."""
    ballots = [ballot(i, order[:2], order[2:3]) for i, order in enumerate(orders)]
    votes = {node: sum(node in one.tickets for one in ballots) for node in ELIGIBLE}
    best = max(
        combinations(sorted(ELIGIBLE), 2),
        key=lambda team: (sum(votes[node] for node in team), [-node for node in team]),
    )
    assert set(election().result(ballots)) == set(best)


def test_scores_make_ballots():
    """A point for a signed block, one off for a refused one, all lost with a missed one."""
    scores = Scores(0, replace(RULES, designated=0, votes=1))
    ledger = Ledger.first(RULES)
    assert scores.ballot(ledger, KEYS).by_score == (3,)
    scores.signed(4)
    assert scores.ballot(ledger, KEYS).by_score == (4,)
    scores.signed(3)
    scores.signed(3)
    assert scores.ballot(ledger, KEYS).by_score == (3,)
    scores.refused(3)
    scores.refused(3)
    assert scores.ballot(ledger, KEYS).by_score == (4,)
    scores.signed(4)
    scores.missed(4)
    assert scores.points[4] == 0


def test_designated_tickets():
    """Favourites first; by chance otherwise, the same in every run; never twice the same."""
    rules = replace(RULES, votes=2, designated=1)
    ledger = Ledger.first(rules)
    chosen = Scores(0, rules, favourites=(9, 4)).ballot(ledger, KEYS)
    assert (chosen.by_score, chosen.designated) == ((3,), (4,))
    blank = Scores(1, rules)
    assert blank.ballot(ledger, KEYS) == blank.ballot(ledger, KEYS)
    drawn = {Scores(i, rules).ballot(ledger, KEYS).designated for i in range(3)}
    assert drawn <= {(3,), (4,)}
    verdicts = [election(rules, ledger.eligible).refuse(Scores(i, rules).ballot(ledger, KEYS))
                for i in range(3)]  # fmt: skip
    assert verdicts == [None, None, None]
