"""Bounds that one row implies for many of its columns: valid, and not quadratic in their number."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from milpbft.milp.certificate.proof import proof_of
from milpbft.milp.certificate.steps import Combined, Given, Implied, Residues, Step
from milpbft.milp.certificate.verify import verify
from milpbft.milp.certificate.write import write_certificate
from milpbft.milp.problem import EQ, GE, LE
from tests.milp.certificate.plain_checker import accepts
from tests.solvers.handmade import problem

if TYPE_CHECKING:
    from pathlib import Path

    from milpbft.milp.certificate.proof import Proof
    from milpbft.milp.problem import Problem


def shown(width: int, sense: int) -> tuple[Problem, Proof]:
    """Prove that columns whose weighted sum is too small for any of them are not 1 in all.

    The first of `width` columns helps against the others' weights, by 1 at most; the last stands
    for one that is not bounded.
    """
    weights = [-1, *(2 + k % 3 for k in range(width - 2)), 2]
    sign = 1 if sense != GE else -1
    side = 0
    places = tuple(range(1, width - 1))
    row = [sign * weight for weight in weights]
    some = [int(k in places) for k in range(width)]
    made = problem([row, some], [sense, GE], [side, 1], [1] * width, [0] * width)
    low = [Step(GE, 0, ((k, 1),), Given(2 * k)) for k in range(width)]
    high = [Step(LE, 1, ((k, 1),), Given(2 * k + 1)) for k in range(width)]
    first = Step(sense, side, tuple(enumerate(row)), Given(2 * width))
    second = Step(GE, 1, tuple((k, 1) for k in places), Given(2 * width + 1))
    bounds = (high[0], *low[1:])
    residues = Residues(first, LE if sense != GE else GE, bounds, places)
    zeros = [Step(LE, 0, ((k, 1),), Implied(residues, k)) for k in places]
    absurd = Step(GE, 1, (), Combined([(second, 1), *((zero, -1) for zero in zeros)]))
    return made, proof_of(absurd, 2 * width + 2, 1, 10**6)


@pytest.mark.parametrize("sense", [LE, EQ, GE])
@pytest.mark.parametrize("width", [3, 4, 8, 9, 10, 31, 100])
def test_what_halves_share_is_a_proof(width: int, sense: int, tmp_path: Path):
    """Two checkers accept it, whichever way the row stands and however many columns there are."""
    made, proof = shown(width, sense)
    write_certificate(path := tmp_path / "some.vipr", made, None, proof)
    assert verify(path, made).infeasible
    assert accepts(path.read_text())


def test_its_size_is_not_quadratic():
    """Ten times the columns take at most twenty times the text, where a hundred would be due."""
    small, large = (len(shown(width, LE)[1].derivations) for width in (40, 400))
    assert large < 20 * small


@pytest.mark.parametrize("place", range(1, 8))
def test_a_bound_rests_on_what_bounds_the_others(place: int):
    """And not on what bounds its own column."""
    row = Step(LE, 0, tuple((k, 1) for k in range(9)), Given(18), mask=1 << 9)
    bounds = tuple(Step(GE, 0, ((k, 1),), Given(2 * k), mask=1 << (k % 8)) for k in range(9))
    expected = 1 << 9
    for k, bound in enumerate(bounds):
        expected |= bound.mask if k != place else 0
    assert Residues(row, LE, bounds, tuple(range(9))).mask(place) == expected
