"""The formulas, against exact fractions, enumeration, and the paper's figures."""

from __future__ import annotations

from fractions import Fraction
from hashlib import sha256
from itertools import product
from math import comb

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from milpbft.errors import InputError
from milpbft.pov.formulas import (
    Reading,
    alpha_range,
    break_even,
    cutoff,
    exact_p1,
    least_votes,
    longest_round,
    mean_reward,
    p1,
    p2,
    p3,
    random_number,
    random_source,
    round_length,
    smallest_k,
    votes_chance,
)

HALF = {
    Reading.AT_LEAST_HALF: lambda i, n: 2 * i >= n,
    Reading.MORE_THAN_HALF: lambda i, n: 2 * i > n,
    Reading.ROUNDED_DOWN: lambda i, n: i >= n // 2,
}
READINGS = st.sampled_from(list(Reading))


def fraction_p1(n: int, k: int, candidates: int, reading: Reading) -> Fraction:
    """Return equation 4 as printed, term by term."""
    p = Fraction(k, candidates)
    terms = (i for i in range(n + 1) if HALF[reading](i, n))
    return sum((comb(n, i) * p**i * (1 - p) ** (n - i) for i in terms), Fraction(0))


@st.composite
def elections(draw: st.DrawFn) -> tuple[int, int, int]:
    """N_c, N_b and N_bc with N_b < N_bc."""
    candidates = draw(st.integers(2, 60))
    return draw(st.integers(1, 40)), draw(st.integers(1, candidates - 1)), candidates


def test_the_papers_k():
    """Figure 6: P1 < P2 below 81, P1 > P2 from 81 on."""
    assert smallest_k(20, 50, 200) == 81
    below, at = exact_p1(20, 80, 200), exact_p1(20, 81, 200)
    assert below < p2(50, 200) < at


def test_readings_of_half():
    """Even N_c: the sum and the words differ by a vote. Odd N_c: only rounding down differs."""
    assert [smallest_k(20, 50, 200, one) for one in Reading] == [81, 91, 81]
    assert [smallest_k(21, 50, 200, one) for one in Reading] == [86, 86, 77]
    assert [least_votes(20, one) for one in Reading] == [10, 11, 10]
    assert [least_votes(21, one) for one in Reading] == [11, 11, 10]


@given(elections(), READINGS)
@settings(max_examples=80, deadline=None)
def test_smallest_k_is_that_of_fractions(sizes: tuple[int, int, int], reading: Reading):
    """Trying every K with equation 4 in fractions finds the same."""
    n, butlers, candidates = sizes
    share = Fraction(butlers, candidates)
    exact = (k for k in range(candidates + 1) if fraction_p1(n, k, candidates, reading) > share)
    assert smallest_k(n, butlers, candidates, reading) == next(exact)


@given(elections(), READINGS, st.data())
@settings(deadline=None)
def test_p1_is_that_of_fractions(
    sizes: tuple[int, int, int], reading: Reading, data: st.DataObject
):
    """The exact form to the last digit, SciPy's to twelve, tails included."""
    n, _, candidates = sizes
    k = data.draw(st.integers(0, candidates))
    want = fraction_p1(n, k, candidates, reading)
    assert exact_p1(n, k, candidates, reading) == want
    assert p1(n, k, candidates, reading) == pytest.approx(float(want), rel=1e-12)


def test_votes_by_enumeration():
    """P(X) of three commissioners with two votes among four, over all their ballots."""
    ballots = [(a, b) for a in range(4) for b in range(a)]
    counts = [0] * 4
    for three in product(ballots, repeat=3):
        counts[sum(0 in ballot for ballot in three)] += 1
    got = [votes_chance(x, 3, 2, 4) for x in range(4)]
    assert got == pytest.approx([count / len(ballots) ** 3 for count in counts])
    assert votes_chance(4, 3, 2, 4) == 0


@pytest.mark.parametrize("n", [101, 1001, 4999])
def test_a_tie_is_decided_exactly(n: int):
    """Odd N_c and K = N_bc/2 give P1 = 1/2 exactly, so with N_b = N_bc/2 one more vote is due."""
    assert exact_p1(n, 100, 200) == Fraction(1, 2)
    assert smallest_k(n, 100, 200) == 101


@pytest.mark.parametrize("n", [3000, 5001])
@pytest.mark.parametrize("reading", list(Reading))
def test_thousands_of_commissioners(n: int, reading: Reading):
    """Integers confirm both sides of the K that SciPy finds."""
    k = smallest_k(n, 21, 977, reading)
    assert exact_p1(n, k - 1, 977, reading) <= p2(21, 977) < exact_p1(n, k, 977, reading)


def test_far_tails_keep_their_digits():
    """A chance of 1e-40 is not rounded to zero."""
    want = float(exact_p1(400, 10, 100))
    assert 0 < want < 1e-40
    assert p1(400, 10, 100) == pytest.approx(want, rel=1e-10)


def test_scores_shift_the_chance():
    """Figure 7: alpha = 0 is P1, a higher score never hurts, and its range is open."""
    assert p3(20, 81, 200, 0.0) == p1(20, 81, 200)
    chances = [p3(20, 81, 200, alpha) for alpha in (-0.3, -0.2, -0.1, 0, 0.1, 0.2, 0.3)]
    assert chances == sorted(chances)
    # K shifted by alpha * N_bc votes is the same chance.
    assert p3(20, 81, 200, 0.1) == pytest.approx(float(exact_p1(20, 101, 200)), rel=1e-12)
    assert alpha_range(81, 200) == (Fraction(-81, 200), Fraction(119, 200))


@pytest.mark.parametrize("alpha", [-0.5, 0.5, 0.6, float("nan")])
def test_alpha_outside_its_range(alpha: float):
    with pytest.raises(InputError, match=r"strictly between -0\.5 and 0\.5"):
        p3(20, 100, 200, alpha)


def test_income_by_enumeration():
    """The mean over all outcomes of three cycles, and no profit at break-even."""
    n, candidates, reward, cost = 3, 4, 12.0, 2.0
    mean = sum(
        (1 / candidates) ** sum(won) * (1 - 1 / candidates) ** (n - sum(won))
        * (sum(won) * reward - n * cost)
        for won in product((0, 1), repeat=n)
    )  # fmt: skip
    assert mean_reward(n, candidates, reward, cost) == pytest.approx(mean)
    assert break_even(candidates, cost) == 8
    assert mean_reward(n, candidates, break_even(candidates, cost), cost) == 0


def test_times():
    """T_cut grows by T_b a cycle; a round lasts N_b cycles at most."""
    assert [cutoff(100, m, 15) for m in (1, 2, 3)] == [115, 130, 145]
    assert round_length(4, 15) == 60
    assert longest_round(50, 15) == 750


@given(st.lists(st.binary(min_size=64, max_size=64), min_size=1), st.integers(0, 2**64 - 1),
       st.integers(1, 1000))  # fmt: skip
def test_random_number_byte_by_byte(signatures: list[bytes], timestamp: int, butlers: int):
    """Equations 1 and 2 written over bytes."""
    source = bytearray(56) + timestamp.to_bytes(8, "big")
    for signature in signatures:
        source = bytearray(a ^ b for a, b in zip(source, signature, strict=True))
    assert random_source(signatures, timestamp) == source
    last = sha256(source).hexdigest()[-8:]
    assert random_number(signatures, timestamp, butlers) == int(last, 16) % butlers


def test_a_signature_twice_cancels_out():
    """Why signers must be distinct: a pair of equal signatures leaves no trace in R."""
    a, b = bytes(range(64)), bytes(range(64, 128))
    assert random_source([a, b, b], 5) == random_source([a], 5)


@given(elections())
def test_p2_and_range(sizes: tuple[int, int, int]):
    """P2 is the share of seats; nobody has a K where all are elected."""
    n, butlers, candidates = sizes
    assume(butlers > 1)
    assert p2(butlers, candidates) * candidates == butlers
    with pytest.raises(InputError, match="butlers"):
        smallest_k(n, candidates, candidates)


@pytest.mark.parametrize(
    ("field", "call"),
    [
        ("commissioners", lambda: smallest_k(0, 1, 2)),
        ("commissioners", lambda: smallest_k(20_001, 1, 2)),
        ("candidates", lambda: smallest_k(3, 1, 1)),
        ("votes", lambda: p1(3, 5, 4)),
        ("votes", lambda: votes_chance(1, 3, -1, 4)),
        ("cost", lambda: break_even(3, float("inf"))),
        ("cycles", lambda: mean_reward(-1, 3, 1, 1)),
        ("cycle", lambda: cutoff(0, 0, 15)),
        ("length", lambda: cutoff(0, 1, 0)),
        ("butlers", lambda: longest_round(0, 1)),
        ("butlers", lambda: random_number([bytes(64)], 0, 0)),
        ("signatures", lambda: random_number([], 0, 4)),
        ("signatures", lambda: random_number([bytes(64), bytes(63)], 0, 4)),
        ("timestamp", lambda: random_number([bytes(64)], -1, 4)),
    ],
)
def test_unusable_input(field: str, call):
    """The field is named."""
    with pytest.raises(InputError) as caught:
        call()
    assert caught.value.field == field
