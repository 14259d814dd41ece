"""Make the instance files of `instances/pbft/`, with verdicts that two solvers prove.

    python instances/make_pbft.py [--only TEXT]

Questions about PBFT, Linear BFT and SBFT: forks within a view and across views by number of
Byzantine nodes, the same with a broken view change, fewest faults for forks and locks, how many
silent nodes SBFT's fast path bears, messages that are lost for good, and the latest first and last
decision after GST. Every optimum is proven by CP-SAT and, but for latencies, restarts and three
views of SBFT, by HiGHS; its run is replayed.
"""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

from making import make

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(__file__).parent / "pbft"
SIZES = (4, 7, 10, 31, 100)
READINGS = (
    *("asked", "later", "status", "gossip", "stepwise"),
    *("asked-stepwise", "stepwise-status", "asked-status"),
)
"""Words of the view change; without any, one Byzantine node locks any number."""
REDUNDANT = ((6, 1), (8, 2), (9, 1), (11, 2))
"""n and c of SBFT with redundant nodes: f = 1 and 2."""

THREE_VIEWS = (
    *("sbftfast-n4-v3-b1-e2-forks", "sbft-n4-v3-b1-e2-forks"),
    *("sbft-n4-v3-b1-faults_lock", "sbft-n6-r1-v3-c2-faults_lock"),
)
"""Of SBFT; CP-SAT alone solves them."""


def names() -> Iterator[str]:
    """Yield the names of the family."""
    for protocol in ("pbft", "linear", "sbft"):
        for n in SIZES:
            yield from agreement(protocol, n)
            yield from locks(protocol, n, (n - 1) // 3)
    for n, c in REDUNDANT:
        yield from agreement("sbft", n, c)
        yield from locks("sbft", n, (n - 2 * c - 1) // 3, c)
    for n, c in ((4, 0), (7, 0), *REDUNDANT):
        yield from paths(n, c)
    yield "pbft-n4-v3-b1-e2-forks"
    yield "pbft-n7-v3-b2-e2-forks"
    yield "linear-n4-v3-b1-e2-forks"
    yield "sbftfast-n4-v2-b1-e2-forks"
    yield "sbftfast-n6-r1-v2-b1-e2-forks"
    yield from latencies()
    yield from paths_in_ticks()
    yield from lies()
    yield from readings()
    yield from restarts()
    yield from losses()
    yield from THREE_VIEWS
    yield from ("sbft-n7-f1-v2-b2-e2-forks", "sbft-n5-v2-b1-e2-forks")


def readings() -> Iterator[str]:
    """Yield fewest Byzantine nodes that lock, by reading of the view change and by relay."""
    for protocol, n, word in product(("pbft", "linear", "sbft"), (4, 7, 31, 100), READINGS):
        yield f"{protocol}-n{n}-v2-b{(n - 1) // 3 + 1}-faults_lock-{word}"


def restarts() -> Iterator[str]:
    """Yield forks and locks by nodes that start again without memory; CP-SAT alone solves them."""
    for protocol in ("pbft", "linear", "sbftfast"):
        for n in (4, 7):
            yield f"{protocol}-n{n}-v2-e2-faults_fork-amnesia{(n - 1) // 3 + 1}"
        yield f"{protocol}-n4-v2-e2-forks-amnesia1"
        yield f"{protocol}-n4-v2-e2-steps_fork-amnesia2"
    yield "sbft-n4-v2-e2-faults_fork-amnesia2"
    yield "sbft-n4-v2-e2-forks-amnesia1"
    yield "pbft-n4-v1-e2-steps_fork-amnesia2"
    for protocol, n in product(("pbft", "linear", "sbft", "sbftfast"), (4, 7, 31)):
        f = (n - 1) // 3
        # However many start again beside f that crash, no lock; it takes one crash more.
        yield f"{protocol}-n{n}-v1-c{f}-undecided-amnesia{n - f}"
        yield f"{protocol}-n{n}-v1-c{f + 1}-faults_lock-amnesia{n - f - 1}"
        # With their logs, they miss what was under way to them.
        yield f"{protocol}-n{n}-v2-faults_lock-reload{f + 1}"
    for n, rest in (
        (4, "undecided-amnesia2"),
        (7, "undecided-amnesia3"),
        (31, "c10-undecided-amnesia21"),
    ):
        yield f"sbftfast-n{n}-v2-{rest}"
    yield "sbftfast-n31-v2-e2-forks-amnesia10"
    for protocol in ("pbft", "linear", "sbft"):
        yield f"{protocol}-n7-v2-c2-undecided-amnesia5"
        yield f"{protocol}-n31-v2-c10-undecided-amnesia21"
    for what in ("first", "last"):
        for word in ("", "-amnesia1", "-reload1"):
            yield f"pbft-n4-v2-t9-delay_{what}-gst0-delta1-timer6{word}"
            yield f"sbftfast-n4-v2-t12-delay_{what}-gst0-delta1-timer6{word}"
            yield f"linear-n4-v2-t16-delay_{what}-gst0-delta1-timer8{word}"
    yield "pbft-n4-v2-t8-faults_lock-reload2"


def losses() -> Iterator[str]:
    """Yield fewest lost messages that lock, with and without the protocol's own retransmission."""
    for protocol in ("pbft", "linear", "sbft", "sbftfast"):
        yield f"{protocol}-n4-v1-losses_lock-lossy6"
        yield f"{protocol}-n7-v1-losses_lock-lossy20"
        yield f"{protocol}-n4-v2-losses_lock-lossy4"
        yield f"{protocol}-n7-v2-losses_lock-lossy8"
        yield f"{protocol}-n4-v2-c1-losses_lock-lossy2"
        yield f"{protocol}-n4-v2-losses_lock-resent-lossy8"
        yield f"{protocol}-n4-v2-c1-losses_lock-resent-lossy2"
        yield f"{protocol}-n4-v2-b1-losses_lock-asked-resent-lossy2"
    # Four correct replicas, a transient disconnection, no progress ever after: fabric issue 1917.
    yield "pbft-n4-v2-steps_lock-lossy4"
    yield "pbft-n4-v2-t5-losses_lock-lossy6"
    yield "pbft-n4-v2-c1-t5-losses_lock-resent-lossy2"


def agreement(protocol: str, n: int, c: int = 0) -> Iterator[str]:
    """Yield forks within a view and across two, with f and f + 1 Byzantine nodes."""
    f = (n - 2 * c - 1) // 3
    sizes = f"{protocol}-n{n}" + (f"-r{c}" if c else "")
    for views in (1, 2):
        yield f"{sizes}-v{views}-b{f}-e2-forks"
        yield f"{sizes}-v{views}-b{f + 1}-e2-steps_fork"
    yield f"{sizes}-v2-b{f + 1}-e2-faults_fork"
    # A correct primary may be asked for another request than the one before it.
    yield f"{sizes}-v2-e2-steps_fork-blind"
    yield f"{sizes}-v2-b{f}-e2-forks-blind"


def locks(protocol: str, n: int, f: int, c: int = 0) -> Iterator[str]:
    """Yield locks across two views with free timers, by silent and Byzantine nodes; and in one."""
    sizes = f"{protocol}-n{n}" + (f"-r{c}" if c else "")
    yield f"{sizes}-v2-c{f + 1}-faults_lock"
    # One Byzantine node is enough, whose new view is followed without view changes.
    yield f"{sizes}-v2-c{f + 1}-b1-faults_lock"
    if n <= 11:
        yield f"{sizes}-v2-c{f}-undecided"
        yield f"{sizes}-v2-b{f}-e2-undecided"
        yield f"{sizes}-v1-c{f + c + 1}-b1-faults_lock-calm"


def paths(n: int, c: int) -> Iterator[str]:
    """Yield how many silent nodes push SBFT off its fast path, and lock it without another."""
    sizes = f"n{n}-r{c}" if c else f"n{n}"
    for protocol, words in (("sbft", "calm-fastpath"), ("sbftfast", "calm")):
        yield f"{protocol}-{sizes}-v1-c{c + 1}-b1-faults_lock-{words}"
        yield f"{protocol}-{sizes}-v1-c{c + 1}-steps_lock-{words}"
        silent = f"-c{c}" if c else ""
        yield f"{protocol}-{sizes}-v1{silent}-steps_lock-{words}"


def latencies() -> Iterator[str]:
    """Yield latest decisions: GST early, one tick too late for a laggard, and later still."""
    for what in ("first", "last"):
        for silent in ("", "-c1"):
            yield f"pbft-n4-v2{silent}-t13-delay_{what}-gst0-delta1-timer6"
            yield f"pbft-n4-v2{silent}-t20-delay_{what}-gst0-delta2-timer9"
            yield f"linear-n4-v2{silent}-t17-delay_{what}-gst1-delta1-timer8"
        yield f"pbft-n4-v2-t9-delay_{what}-gst2-delta1-timer6"
    yield "pbft-n4-v3-c1-t26-delay_first-gst3-delta1-timer6"
    yield "pbft-n7-v3-c2-t22-delay_first-gst0-delta1-timer5"


def paths_in_ticks() -> Iterator[str]:
    """Yield latest decisions of SBFT: on its fast path, and what it takes to leave that."""
    for what in ("first", "last"):
        for silent in ("", "-c1"):
            yield f"sbft-n4-v2{silent}-t20-delay_{what}-gst0-delta1-timer9-collector3"
            yield f"sbft-n6-r1-v2{silent}-t16-delay_{what}-gst0-delta1-timer9-collector3"
            yield f"sbft-n4-v1{silent}-t14-delay_{what}-calm-gst0-delta1-collector3"
            yield f"sbft-n4-v1{silent}-t20-delay_{what}-calm-gst2-delta2-collector7"
        for silent in (1, 2):
            yield f"sbft-n6-r1-v1-c{silent}-t14-delay_{what}-calm-gst0-delta1-collector3"
            yield f"sbft-n9-r1-v1-c{silent}-t14-delay_{what}-calm-gst0-delta1-collector6"
        # A timer that is too short takes the fast path away, without a fault.
        yield f"sbft-n4-v2-t14-delay_{what}-gst0-delta1-timer9"
        yield f"sbft-n4-v2-b1-t20-delay_{what}-gst0-delta1-timer9-collector3"
        yield f"sbftfast-n6-r1-v2-c1-t16-delay_{what}-gst0-delta1-timer9"
    yield "sbftfast-n4-v1-c1-t14-delay_first-calm-gst0-delta1"


def lies() -> Iterator[str]:
    """Yield latest decisions with Byzantine nodes, per node and tick, and the lock behind them."""
    yield "pbft-n4-v2-b1-t13-delay_first-gst0-delta1-timer6"
    yield "pbft-n4-v2-b1-t21-delay_first-gst2-delta2-timer9"
    yield "linear-n4-v2-b1-t16-delay_first-gst0-delta1-timer8"
    for gst in (3, 4):
        yield f"pbft-n4-v3-b1-t22-delay_first-gst{gst}-delta1-timer4"
    for protocol in ("pbft", "linear"):
        yield f"{protocol}-n4-v2-b1-t9-delay_last-gst0-delta1-timer7"
        yield f"{protocol}-n4-v3-b1-t4-undecided"
        yield f"{protocol}-n4-v3-b1-t4-undecided-gossip"
    yield "sbft-n4-v2-b1-t4-undecided"
    yield "sbft-n4-v2-b1-t4-undecided-gossip"
    yield "pbft-n7-v3-b1-t5-undecided"
    yield "pbft-n4-v2-b1-t9-delay_last-gossip-gst0-delta1-timer7"
    yield "pbft-n4-v3-b1-t4-ticks_lock"
    yield "pbft-n7-v2-b1-t11-delay_first-gst0-delta1-timer5"


if __name__ == "__main__":
    make(
        ((FOLDER / name.partition("-")[0], name) for name in names()),
        __doc__,
        second=False,
        first={*THREE_VIEWS, *restarts()},
    )
