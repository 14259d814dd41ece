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


def test_a_row_is_a_sentence():
    """With what each number counts, and what it rests on."""
    row = Row("sbft", 6, 1, 1, fork=2, lock=1, silent=2, stall=3, slow=2, confirmed=True)
    assert row.answer == (
        "SBFT with n = 6, f = 1, c = 1 takes 2 Byzantine nodes for a fork, one Byzantine node for "
        "a lock without gossip, 2 silent nodes for a lock, 3 faulty nodes to stall a view with a "
        "correct primary, 2 silent nodes to leave the fast path, and fewer do not do; proven "
        "within two views, replayed."
    )
    refuted = Row("pbft", 4, 1, 0, fork=2, lock=1, silent=2, stall=2, slow=None, confirmed=False)
    assert "fast path" not in refuted.answer
    assert refuted.answer.endswith("but not every replay is confirmed.")
