"""The direct encoding, to the digit, and by hand."""

from __future__ import annotations

from dataclasses import astuple

import numpy as np
import pytest

from milpbft.dbft.model.published.direct import build_direct
from milpbft.dbft.model.published.direct_point import direct_of_traffic, traffic_of_direct
from milpbft.dbft.model.published.sizes import Sizes
from milpbft.dbft.model.published.traffic import Traffic
from tests.dbft.model.published.published import dbft2, relaxed

TABLE_1 = [
    (4, 5, 1722, 1700, 22, 2838, 611, 2227, 11708),
    (4, 10, 3402, 3380, 22, 5238, 931, 4307, 36233),
    (4, 15, 5082, 5060, 22, 7638, 1251, 6387, 72758),
    (7, 5, 8196, 8141, 55, 12745, 2453, 10292, 55871),
    (7, 10, 16281, 16226, 55, 23700, 3433, 20267, 177571),
    (7, 15, 24366, 24311, 55, 34655, 4413, 30242, 361396),
    (10, 5, 22716, 22610, 106, 34358, 6203, 28155, 154982),
    (10, 15, 67716, 67610, 106, 93958, 10203, 83755, 1021962),
    (10, 25, 112716, 112610, 106, 153558, 14203, 139355, 2604942),
    (16, 5, 88854, 88592, 262, 130846, 22019, 108827, 606716),
    (16, 25, 442134, 441872, 262, 589086, 42499, 546587, 10450216),
    (19, 25, 731772, 731405, 367, 969093, 64261, 904832, 17405223),
]


@pytest.mark.parametrize("line", TABLE_1, ids=lambda line: f"{line[0]}-{line[1]}")
def test_dimensions_agree_with_table_1(line: tuple[int, ...]):
    """Variables, binaries, integers, rows, equalities, inequalities and nonzeros as printed."""
    problem, _ = build_direct(dbft2(line[0], line[1], "p1"))
    assert astuple(problem.size) == line[2:]


@pytest.mark.parametrize("horizon", [2, 3, 5])
def test_no_row_holds_a_variable_twice(horizon: int):
    """The matrix is canonical: no duplicates, no explicit zeros."""
    problem, _ = build_direct(dbft2(4, horizon, "p5", (1, 2, 3, 4)))
    matrix = problem.matrix.copy()
    matrix.sum_duplicates()
    matrix.eliminate_zeros()
    assert matrix.nnz == problem.matrix.nnz


@pytest.mark.parametrize(("n", "bound"), [(4, 4400), (7, 7700)])
def test_linear_relaxation_is_as_weak_as_printed(n: int, bound: int):
    """The relaxation of P1 allows a block in every view."""
    problem, _ = build_direct(dbft2(n, 5, "p1"))
    assert relaxed(problem) == pytest.approx(bound)


def good_case(horizon: int = 5) -> Traffic:
    """Four nodes, all three honest ones decide in the first view; node 3, Byzantine, is silent."""
    traffic = Traffic.empty(Sizes(4, horizon))
    honest = range(3)
    traffic.primary[0] = 0
    traffic.sent["Req"][0, 0] = traffic.sent["Res"][0, 0] = 2
    traffic.sent["Res"][1:3, 0] = 3
    traffic.sent["Com"][honest, 0] = 4
    traffic.relayed[honest, 0] = 5
    for i in honest:
        traffic.received["Req"][i, 0, 0] = traffic.received["Res"][i, 0, 0] = 2 if i == 0 else 3
        for j in honest:
            own = i == j
            traffic.received["Com"][i, j, 0] = 4 if own else 5
            if j > 0:
                traffic.received["Res"][i, j, 0] = 3 if own else 4
    return traffic


def test_the_good_case_by_hand_satisfies_every_row():
    """A hand-made run of four nodes is a solution worth one block and one view."""
    problem, blocks = build_direct(dbft2(4, 5, "p1"))
    x = direct_of_traffic(blocks, good_case(), problem.size.variables, weighted=False)
    assert problem.violations(x) == []
    assert problem.value(x) == 1100


def test_the_good_case_counts_its_messages():
    """1 request, 3 responses and 3 commits are sent; 3, 9 and 9 are received, own ones included."""
    problem, blocks = build_direct(dbft2(4, 5, "p5"))
    x = direct_of_traffic(blocks, good_case(), problem.size.variables, weighted=True)
    assert problem.violations(x) == []
    assert problem.value(x) == 1000 + 100 + 7 + 21


def test_points_and_traffic_are_one():
    """Reading a point as traffic and writing it again changes nothing."""
    problem, blocks = build_direct(dbft2(4, 7, "p5"))
    x = direct_of_traffic(blocks, good_case(7), problem.size.variables, weighted=True)
    again = traffic_of_direct(blocks, Sizes(4, 7), x)
    y = direct_of_traffic(blocks, again, problem.size.variables, weighted=True)
    assert np.array_equal(x, y)


def _late(traffic: Traffic) -> None:
    traffic.received["Req"][1, 0, 0] = 2


BROKEN = {
    "first_primary": lambda t: t.primary.__setitem__(0, -1),
    "certificate": lambda t: t.primary.__setitem__(1, 1),
    "needs": lambda t: t.received["Com"].__setitem__((1, 2, 0), 0),
    "own_receipt": lambda t: t.received["Com"].__setitem__((1, 1, 0), 0),
    "lag": _late,
    "duty": lambda t: t.relayed.__setitem__((1, 0), 0),
    "change_duty": lambda t: [
        t.sent["Com"].__setitem__((2, 0), 0),
        t.received["Com"].__setitem__((slice(None), 2, 0), 0),
        t.relayed.__setitem__((slice(None), 0), 0),
    ],
    "order_in_view": lambda t: [
        t.sent["CV"].__setitem__((1, 0), 3),
        t.received["CV"].__setitem__((1, 1, 0), 3),
    ],
    "proven_view": lambda t: [
        t.sent["CV"].__setitem__((1, 1), 3),
        t.received["CV"].__setitem__((1, 1, 1), 3),
    ],
    "start_empty": lambda t: t.received["Req"].__setitem__((1, 0, 0), 1),
}


@pytest.mark.parametrize("family", BROKEN)
def test_a_broken_good_case_breaks_the_family_that_forbids_it(family: str):
    """Each mutation of the hand-made run is caught, among others by the family of that name."""
    problem, blocks = build_direct(dbft2(4, 5, "p1"))
    traffic = good_case()
    BROKEN[family](traffic)
    x = direct_of_traffic(blocks, traffic, problem.size.variables, weighted=False)
    assert any(name.startswith(family) for name in problem.violations(x, limit=1000))
