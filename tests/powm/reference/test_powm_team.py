"""The team: expulsion, pay by full consensus, elections by tickets, and credit."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from milpbft.errors import InputError
from milpbft.powm.formulas import election
from milpbft.powm.reference.messages import Envelope, Expel, PayVote
from milpbft.powm.reference.pay import fee, issued, shares, split
from milpbft.powm.reference.team import UNTRACEABLE, expelled, paid
from milpbft.powm.reference.tickets import Tickets, commit_beacon
from milpbft.sim.signatures import KeyRing

KEYS = KeyRing(8)


def votes(voters: tuple[int, ...], against: int) -> list[Envelope]:
    return [Envelope.sealed(i, Expel(against, UNTRACEABLE), KEYS) for i in voters]


@pytest.mark.parametrize(("m", "k"), list(product(range(1, 7), range(1, 7))))
def test_who_expels_whom_is_what_the_formula_says(m: int, k: int):
    """K liars expel an honest one iff k > m/2, the honest a liar iff m + 1 - k > m/2."""
    if k > m:
        return
    team, liars = range(m + 1), tuple(range(k))
    assert (expelled(votes(liars, m), team, KEYS) == [m]) == election.liars_expel(k, m)
    honest = tuple(range(k, m + 1))
    assert (expelled(votes(honest, 0), team, KEYS) == [0]) == election.honest_expel(k, m)


def test_the_first_vote_wins_where_both_can():
    """Team of two: who is expelled votes no more."""
    both = [*votes((0,), 1), *votes((1,), 0)]
    assert expelled(both, (0, 1), KEYS) == [1]
    forged = [Envelope(3, Expel(0, UNTRACEABLE), bytes(64))] * 3
    assert expelled(forged, range(4), KEYS) == []
    assert expelled(votes((6, 7), 0), (0, 1), KEYS) == []


def test_pay_takes_all_of_them():
    """One that is silent, says something else, or forges, stops it."""
    good = [Envelope.sealed(i, PayVote(3, "d"), KEYS) for i in range(4)]
    assert paid(good, range(4), "d", 3, KEYS)
    assert not paid(good[:3], range(4), "d", 3, KEYS)
    assert not paid([*good[:3], Envelope.sealed(3, PayVote(3, "e"), KEYS)], range(4), "d", 3, KEYS)
    assert not paid([*good[:3], Envelope(3, PayVote(3, "d"), bytes(64))], range(4), "d", 3, KEYS)


CREDIT = st.dictionaries(st.integers(0, 50), st.integers(0, 10**6), min_size=1, max_size=12)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(0, 10**9), CREDIT)
def test_parts_add_up(amount: int, credit: dict[int, int]):
    """Exactly, and each within a coin of its share; without credit there is nothing to split."""
    if not sum(credit.values()):
        with pytest.raises(InputError):
            split(amount, credit)
        return
    parts, total = split(amount, credit), sum(credit.values())
    assert sum(parts.values()) == amount
    for node, part in parts.items():
        assert abs(part - Fraction(amount * credit[node], total)) < 1


def test_ties_go_to_the_lower_number():
    """Two coins for three equal nodes."""
    assert split(2, {5: 1, 3: 1, 9: 1}) == {5: 1, 3: 1, 9: 0}


def test_credit():
    """Nonces handed out, or hashes below an easier target."""
    assert issued([(1, 0, 4), (2, 2, 6)]) == {1: 4, 2: 4}
    assert shares({1: range(10), 2: range(10, 30)}, [3, 12, 14]) == {1: 1, 2: 2}


def test_fees_are_clamped():
    """The paper's own examples, a hundred million and a cent, at 1 and 2 %."""
    for share, dear, cheap in ((1, 10**6, Fraction(1, 10**4)), (2, 2 * 10**6, Fraction(2, 10**4))):
        rho = Fraction(share, 100)
        assert fee(Fraction(10**8), rho, Fraction(0), Fraction(10**9)) == dear
        assert fee(Fraction(1, 100), rho, Fraction(0), Fraction(1)) == cheap
    assert fee(Fraction(10), Fraction(1, 100), Fraction(1), Fraction(2)) == 1
    with pytest.raises(InputError):
        fee(Fraction(1), Fraction(1, 100), Fraction(2), Fraction(1))


def test_tickets_by_kind():
    """Contribution, threshold and equal opportunity; nobody without tickets."""
    work = {1: 4, 2: 1, 3: 0}
    assert Tickets.of(work).count == 5
    assert Tickets.of(work, "threshold", least=1).count == 2
    assert Tickets.of(work, "uniform").count == 3
    assert [Tickets.of(work).draw(k) for k in range(5)] == [1, 1, 1, 1, 2]
    assert Tickets.of({3: 0}).draw(5) is None
    assert Tickets.of(work).best_guess() == 0.8
    with pytest.raises(InputError):
        Tickets.of(work).owner(5)
    assert Tickets.shared(5, 2, 9).weights == (("coalition", 5), ("others", 0))


def test_the_last_to_reveal_chooses():
    """Commit and reveal: who may stay silent has two beacons to choose from, with k seats 2^k."""
    numbers = [bytes([k]) for k in (3, 5, 9)]
    assert commit_beacon(numbers) == 3 ^ 5 ^ 9
    assert len({commit_beacon(numbers[:k]) for k in (2, 3)}) == 2
    assert election.committed(0.5, 1) == 0.75
