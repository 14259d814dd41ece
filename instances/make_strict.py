"""Make the instance files of `instances/strict/`, with verdicts that two solvers prove.

    python instances/make_strict.py [--only TEXT]

Questions about dBFT under strict semantics: the fork of dBFT 1.0; of dBFT 2.0 the liveness locks by
variant of the return rule and by fault, forks by number of Byzantine nodes, fewest faults, fewest
acts, weighted totals, and a state that a live network was in; the same with the rules of production
profiles; with nodes that start again, and with lost messages, of all of the family; locks and forks
of dBFT 2.1. Every optimum is proven by CP-SAT and by HiGHS, what is about ticks, a profile or
restarts by CP-SAT alone, and its run is replayed.
"""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

from making import make

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(__file__).parent / "strict"
SIZES = (4, 7, 10, 22, 100)


def names() -> Iterator[str]:
    """Yield the names of the family."""
    for returns in ("", "-own-view", "-never", "-committed-or-lost"):
        for faults in ("", "-c1", "-b1"):
            yield f"dbft2-strict-n4-v2{faults}-undecided{returns}"
    for n in (*SIZES, 31):
        yield f"dbft2-strict-n{n}-v2-steps_lock"
    yield "dbft2-strict-n4-v2-undecided-agreement"
    yield "dbft2-strict-n4-v2-steps_lock-own-view"
    yield "dbft2-strict-n7-v2-steps_lock-own-view"
    for n in SIZES:
        f = (n - 1) // 3
        yield f"dbft2-strict-n{n}-v2-c1-steps_lock"
        yield f"dbft2-strict-n{n}-v2-c1-b1-faults_lock"
        yield f"dbft2-strict-n{n}-v1-b{f}-e2-forks"
        yield f"dbft2-strict-n{n}-v1-b{f + 1}-e2-forks"
        yield f"dbft2-strict-n{n}-v1-b{f + 1}-e2-faults_fork"
    for n in (4, 7, 100):
        yield f"dbft2-strict-n{n}-v3-steps_lock"
    for k in range(1, 8):
        yield f"dbft2-strict-n4-v2-p{k}"
    yield "dbft2-strict-n4-v2-b1-p3"
    yield "dbft2-strict-n100-v2-b1-p3"
    yield "dbft2-strict-n4-v2-b1-e2-forks"
    yield "dbft2-strict-n7-v2-b2-e2-forks"
    yield "dbft2-strict-n4-v2-b2-e2-faults_fork"
    yield "dbft2-strict-n7-v2-b3-e2-faults_fork"
    for n in (4, 7, 100):
        yield f"dbft1-strict-n{n}-v2-forks"
    yield from live()
    yield from dbft21()
    yield from ticks()
    yield from production()
    yield from paper()
    yield from restarts()
    yield from losses()
    yield from family()
    yield "dbft1-strict-n4-v2-steps_fork"
    yield "dbft1-strict-n4-v1-forks"


def live() -> Iterator[str]:
    """Yield the state of neo-go issue 2552 under every return rule, and the lock that it is."""
    for returns in ("", "-own-view", "-never", "-committed-or-lost"):
        yield f"dbft2-strict-n7-v2-steps_state{returns}-4c0.3v1"
    for n in SIZES:
        yield f"dbft2-strict-n{n}-v2-steps_lock-committed-or-lost"
    yield "dbft2-strict-n4-v2-b1-e2-forks-committed-or-lost"


def dbft21() -> Iterator[str]:
    """Yield locks and forks of dBFT 2.1, of what nodes have seen and of one pool of messages."""
    for faults in ("", "-c1", "-b1"):
        yield f"dbft21-strict-n4-v2{faults}-undecided"
    for n in (*SIZES, 31):
        yield f"dbft21-strict-n{n}-v2-steps_lock"
        yield f"dbft21-strict-n{n}-v2-steps_fork"
    for faults in ("c1", "b1"):
        yield f"dbft21-strict-n4-v2-{faults}-steps_lock"
        yield f"dbft21-strict-n4-v2-{faults}-steps_fork"
    for n in (4, 7):
        f = (n - 1) // 3
        yield f"dbft21-strict-n{n}-v1-b{f}-e2-forks"
        yield f"dbft21-strict-n{n}-v1-b{f + 1}-e2-forks"
    for n in (4, 7):
        for faults in ("", "-c1"):
            yield f"dbft21-strict-n{n}-v2{faults}-steps_lock-pool"
            yield f"dbft21-strict-n{n}-v2{faults}-steps_fork-pool"
    yield "dbft21-strict-n4-v1-b1-steps_lock-pool"


def production() -> Iterator[str]:
    """Yield locks, forks and a live network's state with the rules that networks run."""
    for profile in ("neo-go", "neo-cs"):
        for n in (4, 7, 10, 31):
            for faults in ("", "-c1", "-b1"):
                yield f"dbft2-strict-n{n}-v2{faults}-steps_lock-{profile}"
        for n in (4, 7, 10, 31, 100):
            for faults in ("", "-c1", "-b1-e2"):
                yield f"dbft2-strict-n{n}-v2{faults}-forks-{profile}"
        for faults in ("", "-c1", "-b1"):
            yield f"dbft2-strict-n4-v2{faults}-undecided-{profile}"
        for n, state in ((4, "2c0.2v1"), (7, "4c0.3v1")):
            yield f"dbft2-strict-n{n}-v2-steps_state-{profile}-{state}"
        yield f"dbft2-strict-n4-v2-b2-e2-faults_fork-{profile}"
    for faults, profile in product(("", "-c1", "-b1"), ("neo-go", "neo-cs")):
        yield f"dbft2-strict-n100-v2{faults}-steps_lock-{profile}"
    yield from options()
    for horizon, profile in ((23, "neo-go"), (14, "neo-cs")):
        timed = f"delay_first-{profile}-gst0-delta1-timer6"
        yield f"dbft2-strict-n4-v2-t9-{timed}"
        yield f"dbft2-strict-n4-v2-c1-t{horizon}-{timed}"


def options() -> Iterator[str]:
    """Yield what options of a profile do to locks, one at a time and in pairs, and what they cost.

    Without the guard `hold`, whose tables are bounds that no run reaches.
    """
    pair = "failed=nobody+guard=preparations"
    single = ("guard=preparations", "failed=nobody", "failed=height")
    for option in (*single, pair, "failed=height+guard=preparations"):
        yield f"dbft2-strict-n100-v2-steps_lock-neo-go-{option}"
    yield "dbft2-strict-n100-v2-steps_lock-neo-cs-guard=responses"
    for n in (4, 7, 10, 31):
        for option in (*single, pair, "failed=height+guard=preparations"):
            yield f"dbft2-strict-n{n}-v2-steps_lock-neo-go-{option}"
        for option in ("guard=responses", "failed=view"):
            yield f"dbft2-strict-n{n}-v2-steps_lock-neo-cs-{option}"
        if n < 31:
            yield f"dbft2-strict-n{n}-v2-steps_lock-neo-cs-failed=view+guard=responses"
    for n in (4, 7):
        for faults in ("c1", "b1"):
            yield f"dbft2-strict-n{n}-v2-{faults}-steps_lock-neo-go-{pair}"
        for faults in ("", "-c1", "-b1-e2"):
            yield f"dbft2-strict-n{n}-v2{faults}-forks-neo-go-{pair}"
    for faults in ("", "-c1"):
        horizon = 23 if faults else 9
        timed = f"t{horizon}-delay_first-neo-go-gst0-delta1-timer6"
        yield f"dbft2-strict-n4-v2{faults}-{timed}-{pair}"
    yield f"dbft2-strict-n7-v2-steps_state-neo-go-{pair}-4c0.3v1"
    yield "dbft2-strict-n7-v2-steps_state-neo-go-guard=preparations-4c0.3v1"


def paper() -> Iterator[str]:
    """Yield what `paper` says where the other profiles are asked, and no other file does."""
    yield "dbft2-strict-n31-v2-c1-steps_lock"
    for n in (4, 7, 10, 31, 100):
        yield f"dbft2-strict-n{n}-v2-b1-steps_lock"
        for faults in ("", "-c1", "-b1-e2"):
            if (n, faults) != (4, "-b1-e2"):
                yield f"dbft2-strict-n{n}-v2{faults}-forks"


def restarts() -> Iterator[str]:
    """Yield forks and locks by nodes that start again without memory."""
    for n in (4, 7, 31):
        yield f"dbft2-strict-n{n}-v2-faults_fork-amnesia{(n - 1) // 3 + 1}"
        for word in ("amnesia1", "reload1"):
            yield f"dbft2-strict-n{n}-v2-faults_lock-{word}"
    for profile, n in product(("neo-go", "neo-cs"), (4, 7, 31, 100)):
        f = (n - 1) // 3
        yield f"dbft2-strict-n{n}-v2-forks-{profile}-amnesia{f}"
        yield f"dbft2-strict-n{n}-v2-faults_fork-{profile}-amnesia{f + 1}"
        yield f"dbft2-strict-n{n}-v2-steps_fork-{profile}-amnesia{f + 1}"
    for profile, n in product(("neo-go", "neo-cs"), (4, 7, 31)):
        for what in ("faults_lock", "steps_lock"):
            yield f"dbft2-strict-n{n}-v1-{what}-{profile}-amnesia1"
    for profile, n in product(("neo-go", "neo-cs"), (4, 7)):
        yield f"dbft2-strict-n{n}-v1-undecided-{profile}-amnesia1"
    for profile, (n, b, again) in product(
        ("neo-go", "neo-cs"), ((4, 1, 1), (7, 1, 2), (7, 2, 1), (31, 5, 6))
    ):
        yield f"dbft2-strict-n{n}-v2-b{b}-e2-steps_fork-{profile}-amnesia{again}"
    for profile, (n, b) in product(("neo-go", "neo-cs"), ((7, 1), (31, 5))):
        yield f"dbft2-strict-n{n}-v2-b{b}-e2-forks-{profile}-amnesia{b}"
    for profile, (n, f) in product(("neo-go", "neo-cs"), ((4, 1), (7, 2))):
        yield f"dbft2-strict-n{n}-v2-b{f}-e2-faults_fork-{profile}-amnesia{f + 1}"
    for n in (4, 7, 31, 100):
        yield f"dbft2-strict-n{n}-v2-faults_lock-neo-cs-reload{n}"
    for n in (4, 7, 31):
        yield f"dbft2-strict-n{n}-v2-faults_lock-neo-go-reload1"
        yield f"dbft2-strict-n{n}-v1-faults_lock-neo-go-reload{n}"
        yield f"dbft2-strict-n{n}-v1-losses_lock-neo-go-lossy{n}"
        yield f"dbft2-strict-n{n}-v2-losses_lock-neo-go-lossy{n}"
        yield f"dbft2-strict-n{n}-v2-losses_lock-neo-cs-lossy{n}"
    yield "dbft2-strict-n4-v2-c1-faults_lock-neo-cs-reload1"
    yield "dbft2-strict-n4-v2-forks-amnesia1"
    yield "dbft2-strict-n4-v2-steps_fork-amnesia2"
    yield "dbft2-strict-n4-v2-steps_lock-amnesia1"
    yield "dbft2-strict-n4-v2-undecided-amnesia1"
    yield "dbft2-strict-n4-v1-t5-undecided-amnesia1"
    yield "dbft2-strict-n4-v1-t5-undecided-reload2"
    for what, word in product(("first", "last"), ("", "-amnesia1", "-reload1")):
        yield f"dbft2-strict-n4-v2-t8-delay_{what}-gst0-delta1-timer8{word}"
    yield from restarts_of_profiles()


def restarts_of_profiles() -> Iterator[str]:
    """Yield by how much a restart delays decisions of profiles, or lost messages."""
    for profile, horizon in (("neo-go", 12), ("neo-cs", 14)):
        timed = f"{profile}-gst0-delta1-timer6"
        yield f"dbft2-strict-n4-v2-t9-delay_last-{timed}"
        for word in ("amnesia1", "reload1"):
            yield f"dbft2-strict-n4-v2-t{horizon}-delay_first-{timed}-{word}"
            yield f"dbft2-strict-n4-v2-t18-delay_last-{timed}-{word}"
    for profile, (horizon, word) in product(
        ("neo-go", "neo-cs"), ((10, "amnesia1"), (12, "reload1"))
    ):
        timed = f"{profile}-gst0-delta1-timer4-{word}"
        yield f"dbft2-strict-n4-v2-c1-t{horizon}-delay_first-{timed}"
    for profile, first, last in (("neo-go", 10, 18), ("neo-cs", 13, 12)):
        timed = f"{profile}-gst0-delta1-timer4"
        yield f"dbft2-strict-n4-v2-t{first}-delay_first-{timed}-lossy2"
        yield f"dbft2-strict-n4-v2-t{last}-delay_last-{timed}-lossy1"


def family() -> Iterator[str]:
    """Yield what restarts and losses do to dBFT 1.0 and 2.1."""
    for n in (4, 7):
        for word in ("amnesia1", "lossy1", "lossy2"):
            yield f"dbft21-strict-n{n}-v1-steps_lock-{word}"
    for most in (1, 2, 6):
        yield f"dbft21-strict-n4-v2-steps_lock-lossy{most}"
    for most in (1, 2, 4):
        yield f"dbft21-strict-n4-v2-c1-steps_lock-lossy{most}"
    for most in (2, 4):
        yield f"dbft21-strict-n7-v2-steps_lock-lossy{most}"
    for n, beside in ((4, "lossy2"), (4, "amnesia1"), (7, "lossy2")):
        yield f"dbft21-strict-n{n}-v1-b1-steps_lock-{beside}"
    yield "dbft21-strict-n4-v1-b1-e2-steps_fork-amnesia1"
    yield "dbft21-strict-n4-v2-undecided-reload1"
    yield "dbft21-strict-n4-v2-t9-ticks_fork-amnesia1"
    yield "dbft21-strict-n4-v2-t8-ticks_fork-amnesia2"
    for protocol, what, word in product(
        ("dbft1", "dbft21"), ("first", "last"), ("", "-amnesia1", "-reload1")
    ):
        yield f"{protocol}-strict-n4-v2-t8-delay_{what}-gst0-delta1-timer8{word}"


def losses() -> Iterator[str]:
    """Yield locks by messages that are lost for good."""
    for most, what in ((4, "losses_lock"), (1, "steps_lock"), (2, "steps_lock")):
        yield f"dbft2-strict-n4-v1-{what}-lossy{most}"
    for n in (7, 31):
        yield f"dbft2-strict-n{n}-v1-losses_lock-lossy{n}"
    yield "dbft2-strict-n4-v1-losses_lock-nofetch-lossy4"
    for n in (4, 7):
        yield from two_views(n)
    yield from large()
    yield "dbft2-strict-n4-v2-c1-losses_lock-lossy4"
    yield "dbft2-strict-n4-v2-undecided-lossy1"
    for ticks in ("t9-losses_lock-lossy4", "c1-t8-losses_lock-lossy4", "t8-steps_lock-lossy2"):
        yield f"dbft2-strict-n4-v2-{ticks}"
    for most in (1, 2, 6):
        yield f"dbft2-strict-n4-v2-steps_lock-lossy{most}"
    yield "dbft2-strict-n7-v2-steps_lock-lossy1"
    for most in (2, 3):
        yield f"dbft2-strict-n4-v2-b1-steps_lock-lossy{most}"
    yield "dbft2-strict-n7-v2-b1-steps_lock-lossy2"
    for profile in ("neo-go", "neo-cs"):
        yield f"dbft2-strict-n4-v2-c1-steps_lock-{profile}-lossy4"
        yield f"dbft2-strict-n4-v2-undecided-{profile}-lossy4"
    yield from losses_of_first()


def losses_of_first() -> Iterator[str]:
    """Yield the same of dBFT 1.0."""
    for faults, views, most in (("", 1, 8), ("-c1", 1, 8), ("", 2, 6), ("-c1", 2, 6)):
        yield f"dbft1-strict-n4-v{views}{faults}-losses_lock-lossy{most}"
    for n, most in ((7, 12), (10, 16), (13, 30)):
        yield f"dbft1-strict-n{n}-v2-losses_lock-lossy{most}"
    for most in (4, 6):
        yield f"dbft1-strict-n4-v2-steps_lock-lossy{most}"
    yield "dbft1-strict-n4-v2-undecided-lossy3"
    yield "dbft1-strict-n4-v2-b1-losses_lock-lossy6"
    yield "dbft1-strict-n4-v1-t6-losses_lock-lossy8"
    yield "dbft1-strict-n4-v2-t10-losses_lock-lossy6"


def two_views(n: int) -> Iterator[str]:
    """Yield fewest lost messages that lock n nodes in two views, by return rule."""
    for word in ("", "-agreement", "-own-view", "-never"):
        yield f"dbft2-strict-n{n}-v2-losses_lock{word}-lossy4"


def large() -> Iterator[str]:
    """Yield the same of 31 and 100 nodes, which HiGHS takes minutes for."""
    for n in (31, 100):
        yield from two_views(n)


def ticks() -> Iterator[str]:
    """Yield how soon a live network's state is there, and what dBFT 2.1 does, by tick."""
    yield "dbft2-strict-n7-v2-t2-steps_state-committed-or-lost-4c0.3v1"
    yield "dbft2-strict-n7-v2-t4-ticks_state-committed-or-lost-4c0.3v1"
    for n in (4, 7):
        yield f"dbft21-strict-n{n}-v2-t6-ticks_lock"
        yield f"dbft21-strict-n{n}-v2-t9-ticks_fork"
        yield f"dbft21-strict-n{n}-v2-c1-t13-delay_first-gst0-delta1-timer6"
    yield "dbft21-strict-n4-v2-b1-t6-ticks_lock"
    yield "dbft21-strict-n4-v2-b1-t8-ticks_fork"
    yield "dbft21-strict-n4-v2-t8-delay_first-gst0-delta1-timer6"
    yield "dbft21-strict-n4-v2-t14-ticks_lock-gst4-delta2-timer6"


if __name__ == "__main__":
    places = ((FOLDER / name.partition("-")[0], name) for name in names())
    make(
        places,
        __doc__,
        second=False,
        first={*production(), *paper(), *restarts(), *family(), *large()},
    )
