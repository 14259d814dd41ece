"""Make the instance files of `instances/quorums/`, with verdicts that two solvers prove.

    python instances/make_quorums.py [--only TEXT]

Sizes and quorums of one's own: 2f + 1 of n nodes, which forks with f Byzantine ones where n is not
3f + 1; n - f, which does not; view changes of few nodes for a new view; f below its maximum.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from making import make

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(__file__).parent / "quorums"
SIZES = (4, 5, 6, 7, 8, 9, 10, 32)
PROTOCOLS = ("pbft", "linear", "sbft", "dbft1-strict", "dbft2-strict", "dbft21-strict")


def names() -> Iterator[str]:
    """Yield the names of the family."""
    for protocol in PROTOCOLS:
        for n in SIZES:
            for quorum in ("2f+1", "n-f"):
                yield f"{protocol}-n{n}-v1-b{(n - 1) // 3}-e2-forks-quorum-{quorum}"
        yield f"{protocol}-n5-v1-b1-e2-steps_fork-quorum-2f+1"
        if protocol != "dbft21-strict":  # whose counted runs with liars leave more to the replay
            yield f"{protocol}-n5-v2-b1-e2-forks-quorum-n-f"
        yield f"{protocol}-n7-f1-v2-b1-e2-forks"
    for quorum in ("1", "f+1", "2f+1"):
        for n, f in ((4, 1), (7, 2)):
            yield f"pbft-n{n}-v2-b{f}-e2-steps_fork-viewquorum-{quorum}"
    yield "pbft-n4-v2-e2-steps_fork-viewquorum-1"
    yield "pbft-n31-v2-b10-e2-steps_fork-viewquorum-1"
    for n in (4, 5):
        yield f"sbft-n{n}-v2-b1-e2-steps_fork-viewquorum-f+1"
        yield f"dbft2-strict-n{n}-v2-b1-undecided-viewquorum-f+1"
    # More view changes than there are correct nodes: no new view without Byzantine ones.
    yield "pbft-n4-v2-c1-faults_lock-viewquorum-n"
    yield "dbft2-strict-n5-v2-c1-t12-delay_first-gst0-delta1-timer5-quorum-2f+1"


if __name__ == "__main__":
    make(((FOLDER / name.partition("-")[0], name) for name in names()), __doc__, second=False)
