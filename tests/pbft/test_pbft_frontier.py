"""The resilience frontier: proven minima equal the closed forms, in sizes that a test can bear."""

from __future__ import annotations

import pytest

from milpbft.pbft.frontier import Row, frontier

QUICK = [("pbft", 1, 0), ("linear", 2, 0), ("sbft", 1, 1), ("sbftfast", 1, 1)]
MORE = [
    *((protocol, f, 0) for protocol in ("pbft", "linear", "sbft") for f in (2, 3, 10, 33)),
    *(("sbft", f, c) for f in (1, 2, 5) for c in (0, 1, 2)),
    ("sbftfast", 2, 2),
]


def expected(protocol: str, f: int, c: int) -> Row:
    """Return f + 1 for forks and silent nodes, f + c + 1 in a view, c + 1 for the fast path.

    Without gossip, one Byzantine node locks any number of replicas.
    """
    n = 3 * f + 2 * c + 1
    stall = c + 1 if protocol == "sbftfast" else f + c + 1
    slow = c + 1 if protocol.startswith("sbft") else None
    return Row(protocol, n, f, c, f + 1, 1, f + 1, stall, slow, confirmed=True)


@pytest.mark.parametrize(
    "size", [*QUICK, *(pytest.param(size, marks=pytest.mark.slow) for size in MORE)], ids=str
)
def test_minima_are_one_more_than_the_protocols_bear(size: tuple[str, int, int]):
    """Forks, both locks, a view that stalls, and the way off the fast path; all replayed."""
    assert list(frontier([size])) == [expected(*size)]
