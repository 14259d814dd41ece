"""Each implied row is implied: no point of the direct encoding violates it."""

from __future__ import annotations

import numpy as np
import pytest

from milpbft.dbft.model.published import implied
from milpbft.dbft.model.published.direct import build_direct
from milpbft.dbft.model.published.sizes import Sizes
from milpbft.milp.builder import Builder, each
from tests.dbft.model.published.published import dbft2, optimum

FAMILIES = [
    implied.block_quorum,
    implied.one_block,
    implied.view_quorum,
    implied.change_or_commit,
    implied.used_view,
]


def rows_over_direct(family, n: int, horizon: int):
    """Build a family of implied rows over the variables of the direct encoding."""
    problem, x = build_direct(dbft2(n, horizon, "p1"))
    acts = implied.Acts(
        primary=each(x.primary.index),
        sent={kind: x.once(kind) for kind in x.sent},
        relayed=x.once("Blk"),
        block=each(x.block.index),
        heard={kind: x.heard(kind) for kind in x.received},
    )
    m = Builder("implied", "max")
    for block in problem.blocks:
        m.variables(block.name, *block.shape)
    family(m, acts, Sizes(n, horizon))
    return problem, m.build()


@pytest.mark.parametrize(
    ("family", "horizon"),
    [
        (implied.block_quorum, 4),
        (implied.one_block, 4),
        (implied.view_quorum, 3),
        (implied.change_or_commit, 3),
        (implied.used_view, 3),
        *[pytest.param(family, 5, marks=pytest.mark.slow) for family in FAMILIES],
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_no_direct_point_violates_an_implied_row(family, horizon):
    """At N = 4, the left-hand side of each row is at most its right-hand side."""
    problem, rows = rows_over_direct(family, 4, horizon)
    for k, rhs in enumerate(rows.rhs):
        left = rows.matrix[[k]].toarray()[0].astype(np.int64)
        assert optimum(problem, left) <= rhs, rows.row_name(k)


class AllHonest(Sizes):
    """Sizes that claim every honest node in every quorum."""

    @property
    def margin(self) -> int:
        """One too many, at N = 4: two honest commits suffice for a block."""
        return self.quorum


def test_a_row_that_is_not_implied_is_found_out():
    """The check can fail: a block does not need the commits of all honest nodes."""
    problem, rows = rows_over_direct(
        lambda m, acts, size: implied.block_quorum(m, acts, AllHonest(size.n, size.horizon)), 4, 5
    )
    left = rows.matrix[[len(rows.rhs) - 1]].toarray()[0].astype(np.int64)
    assert optimum(problem, left) > 0
