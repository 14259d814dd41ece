"""The compact encoding has the optima of the direct one, and of the paper."""

from __future__ import annotations

import pytest

from milpbft.dbft.model.published.compact import build_compact
from milpbft.dbft.model.published.direct import build_direct
from milpbft.dbft.model.published.model import PublishedModel
from tests.dbft.model.published.published import dbft2, optimum, relaxed, solve

PRINTED = [
    (4, 5, "p1", (), 1400),
    (4, 10, "p1", (), 1400),
    (7, 5, "p1", (), 1700),
    (4, 5, "p2", (), 900),
    (7, 15, "p2", (), 900),
    (10, 25, "p2", (), 900),
    (4, 5, "p3", (), 100),
    (4, 5, "p3", (4,), 100),
    (4, 5, "p3", (3, 4), 200),
    (4, 5, "p3", (1, 2, 3, 4), 1100),
    (4, 5, "p7", (1, 2, 3, 4), 707),
]


@pytest.mark.parametrize("line", PRINTED, ids=lambda line: dbft2(*line[:4]).name)
def test_optimum_is_the_printed_one(line: tuple):
    """Table 2, section 4.5 and the caption of Figure 4."""
    assert optimum(build_compact(dbft2(*line[:4]))[0]) == line[4]


SAME = [
    *[(4, 2, f"p{k}", ()) for k in (1, 6)],
    *[(4, 3, f"p{k}", d) for k in range(1, 8) for d in ((), (1, 3), (2,), (4,))],
    *[(4, 4, f"p{k}", (1, 2, 3, 4)) for k in range(1, 8)],
    *[(4, 5, "p3", d) for d in ((), (3, 4), (1, 2, 3, 4))],
    (5, 4, "p6", ()),
]
SAME_SLOWLY = [
    *[(4, 4, f"p{k}", d) for k in range(1, 8) for d in ((), (2, 4))],
    *[(4, 5, f"p{k}", d) for k in (4, 7) for d in ((), (1,), (3, 4), (1, 2, 3, 4))],
    (4, 5, "p3", (1,)),
    (4, 6, "p3", (3, 4)),
    (4, 7, "p3", (3,)),
    (5, 5, "p3", (3, 4)),
    (4, 5, "p5", (3,)),
    (6, 5, "p1", ()),
    *[(4, 5, f"p{k}", ()) for k in (1, 2, 5, 6)],
    *[(4, 6, f"p{k}", ()) for k in (1, 4, 7)],
    (4, 8, "p7", (1, 2, 3, 4)),
    (5, 5, "p4", ()),
    (5, 5, "p7", ()),
    (7, 5, "p3", (1, 2, 3, 4)),
]


@pytest.mark.parametrize("line", SAME, ids=lambda line: dbft2(*line).name)
def test_optimum_is_that_of_the_direct_encoding(line: tuple):
    """Every sense, weight, short horizon and delivery property, N = 3f+1 and otherwise."""
    instance = dbft2(*line)
    assert optimum(build_compact(instance)[0]) == optimum(build_direct(instance)[0])


@pytest.mark.slow
@pytest.mark.parametrize("line", SAME_SLOWLY, ids=lambda line: dbft2(*line).name)
def test_optimum_is_that_of_the_direct_encoding_slowly(line: tuple):
    """The same where the direct encoding takes long."""
    test_optimum_is_that_of_the_direct_encoding(line)


@pytest.mark.parametrize(("n", "value"), [(4, 1400), (7, 1700), (10, 2000), (16, 2600)])
def test_implied_rows_close_the_gap_of_p1(n: int, value: int):
    """The relaxation of P1 gives the optimum with the implied rows, and N blocks without."""
    instance = dbft2(n, 5, "p1")
    assert relaxed(build_compact(instance)[0]) == pytest.approx(value)
    assert relaxed(build_compact(instance, implied=False)[0]) == pytest.approx(1100 * n)


@pytest.mark.parametrize("objective", ["p1", "p4", "p6", "p7"])
@pytest.mark.parametrize("without", ["implied", "symmetry"])
def test_neither_implied_nor_symmetry_rows_change_an_optimum(objective: str, without: str):
    """Both kinds of rows only cut off what is not needed."""
    instance = dbft2(4, 5, objective, (3,))
    assert optimum(build_compact(instance, **{without: False})[0]) == optimum(
        build_compact(instance)[0]
    )


@pytest.mark.parametrize("horizon", [3, 4, 5, 9])
@pytest.mark.parametrize("objective", [f"p{k}" for k in range(1, 8)])
def test_a_compact_optimum_is_a_solution_of_the_direct_encoding(horizon: int, objective: str):
    """Given senders and instants, a compact point satisfies every direct row at equal value."""
    model = PublishedModel(dbft2(4, horizon, objective))
    assert model.lift(solve(model.problem))


def test_size_does_not_depend_on_the_horizon():
    """From 5 instants on the problem is the same."""
    sizes = {build_compact(dbft2(7, horizon, "p1"))[0].size for horizon in (5, 10, 25)}
    assert len(sizes) == 1
