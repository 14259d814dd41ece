"""Make the files of `instances/v2v/`, with verdicts of two solvers.

    python instances/make_v2v.py [--only TEXT]

Best matchings, stable ones, worst markets for first come, first served, and what the order of
requests is worth to a Byzantine primary. Toy markets are solved by hand in docs/market.md. Every
optimum is proven by CP-SAT and by HiGHS, and its witness runs on the replicated state machine.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from making import make

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(__file__).parent / "v2v"


def names() -> Iterator[str]:
    """Yield the names of all instances."""
    for goal in ("cost", "consumer", "matched", "welfare"):
        yield f"v2vmatch-{goal}-a1"
        yield f"v2vmatch-{goal}-d2"
    yield from ("v2vmatch-matched-a2", "v2vmatch-welfare-a2", "v2vmatch-cost-a3")
    yield from ("v2vmatch-matched-a4", "v2vmatch-matched-loss", "v2vmatch-matched-lossenergy")
    yield from ("v2vmatch-matched-r6x6x3s0", "v2vmatch-cost-r6x6x3s0")
    for goal in ("cost", "welfare", "pairs", "envy"):
        yield f"v2vstable-{goal}-d2"
    yield from ("v2vworst-n2-l2-worst-k1", "v2vworst-n2-l3-gap", "v2vworst-n3-l3-worst-k1")
    yield from ("v2vworst-n3-l4-worst-k1", "v2vworst-n3-l4-gap")
    for n in (1, 2, 3):
        yield f"v2vworst-n{n}-pairs-lots"
    for length in (3, 4, 5):
        yield f"v2vworst-n1-l{length}-gap-ends"
    yield "v2vworst-n2-l3-gap-prices-v7"
    for patience in range(4):
        for defence in ("", "-seat", "-batch3"):
            yield f"v2vorder-p{patience}-victim{defence}-c1"
    for patience in range(3):
        for defence in ("", "-batch3", "-batch4"):
            yield f"v2vorder-p{patience}-gain{defence}-c3"
    for patience in range(2):
        yield f"v2vorder-p{patience}-matched-a2slots"
        yield f"v2vorder-p{patience}-blocking-d2"
    yield from ("v2vorder-p0-matched-batch4-a2slots", "v2vorder-p0-matched-best-batch4-a2slots")


if __name__ == "__main__":
    make(((FOLDER, name) for name in names()), __doc__)
