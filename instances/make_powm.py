"""Make the files of `instances/powm/`, with verdicts of three solvers.

    python instances/make_powm.py [--only TEXT]

Parallel proof of work with elected managers: nonce sets, failures, cuts, and captured elections.
Every optimum is proven by CBC, CP-SAT and HiGHS, and its run is replayed.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from making import make

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(__file__).parent / "powm"
B, C = "powmfail-g2-d1-e1", "powmcut-g2-d1-e1-t12"
SOLVERS = ("cbc", "cpsat", "highs")


def sets() -> Iterator[str]:
    """Yield nonce sets (A1 to A5), and three that nobody had solved by hand."""
    yield "powmassign-u6-p2-ticks-costs-1_10"
    yield "powmassign-u7-p3-ticks-costs-1x2_9"
    yield "powmassign-u8-p1-c1-ticks-costs-1x4"
    yield "powmassign-u2-p1-ticks-costs-2_3"
    yield "powmassign-u7-p1-c1-g2-ticks-costs-1_2"
    yield "powmassign-u20-p1-c1-ticks-costs-1_2_3"
    yield "powmassign-u24-p2-c2-g4-ticks-costs-1x2_3"


def failures() -> Iterator[str]:
    """Yield failures (B0 to B10), and the pair of figure 5."""
    times = f"{B}-x8-ec3"
    yield f"{times}-m1-time-rates-1x2"
    yield f"{times}-m1-b1-time-managers-rates-1x2"
    yield f"{times}-m1-b1-time-rates-1x2"
    yield f"{times}-m2-b2-time-managers-rates-1x2"
    yield f"{times}-m1-b2-time-managers-rates-1x2"
    for ahead, rest in (("2", "m1-b1-f1"), ("1", "m1-b1-f1"), ("2", "m1-b1"), ("2", "m2-b2-f1")):
        yield f"powmfail-g4-a{ahead}-d1-e1-x16-ec3-{rest}-time-managers-rates-1x2"
    yield "powmfail-g5-a4-d1-e1-x16-ec3-m2-b2-f1-time-managers-rates-1x2"
    yield from figure5()
    yield f"{B}-t8-m1-b1-twice-rates-1x2"
    yield f"{B}-t8-m1-b1-twice-before-rates-1x2"
    yield f"{B}-t8-m1-b1-twice-stride-rates-1x2"
    yield f"{B}-t10-m1-s4-b1-twice-rates-1x2"
    yield f"{B}-t12-m2-b2-twice-rates-1x2"
    yield "powmfail-g5-d1-e1-x20-ec3-m1-b1-time-managers-hashing-rates-1"
    yield "powmfail-g3-d1-e1-x12-ec3-m0-b1-time-managers-solo-rates-1x4"
    yield "powmfail-g3-d1-e1-x12-ec3-m0-b1-f1-time-managers-solo-rates-1x4"
    yield "powmfail-g3-c1-d1-e1-t8-m1-b1-lost-rates-2_1"
    yield "powmfail-g3-d1-e1-t8-m1-b1-lost-rates-2_1"
    yield "powmfail-g3-c1-a1-d1-e2-x30-m1-b1-time-rates-3_2_1"
    yield f"{B}-x12-ec3-m0-b2-time-solo-rates-2_1x2"


def restarts() -> Iterator[str]:
    """Yield miners that forget their sets or miss them, and supports that forget the cursor."""
    for sync in ("", "-before", "-stride"):
        yield f"{B}-t8-m1-b1-twice{sync}-amnesia1-rates-1x2"
    yield f"{B}-t12-m2-b2-twice-amnesia1-rates-1x2"
    yield f"{B}-x8-m1-time-amnesia1-rates-1x2"
    for again in ("", "-amnesia1", "-reload1"):
        yield f"powmfail-g2-c1-d1-e1-x8-m1-time{again}-rates-1x2"
    for most in (1, 2):
        stock = "powmfail-g4-a2-d1-e1-x16-ec3-m1-b1-f1"
        yield f"{stock}-time-managers-amnesia{most}-rates-1x2"
    yield "powmfail-g3-d1-e1-t8-m1-lost-amnesia1-rates-2_1"
    for again in ("amnesia1", "reload1", "reload2"):
        yield f"powmfail-g3-c1-d1-e1-t8-m1-lost-{again}-rates-2_1"


def figure5() -> Iterator[str]:
    """Yield eight nodes whose manager fails: with a support that hashes, and with none."""
    yield "powmfail-g5-d1-e1-x70-ec3-m1-b1-time-managers-hashing-rates-1x6"
    yield "powmfail-g5-d1-e1-x70-ec3-m0-b1-time-managers-solo-rates-1x7"


def cuts() -> Iterator[str]:
    """Yield cuts (C1 to C5)."""
    yield f"{C}-w6-twice-rates-1x2"
    yield f"{C}-w6-twice-rates-1x3"
    yield f"{C}-w8-twice-rates-1x3"
    yield f"{C}-w6-twice-eclipse-rates-1x3"
    yield "powmcut-g2-d2-e1-t12-w6-twice-eclipse-rates-1x3"
    yield f"{C}-w6-twice-rates-2_1x2"
    yield f"{C}-w2-twice-rates-1x2"
    yield f"{C}-w3-twice-rates-1x2"
    yield f"{C}-w6-twice-before-rates-1x2"
    yield "powmcut-g2-c1-a1-d1-e1-t10-w5-twice-rates-2_1"


def elections() -> Iterator[str]:
    """Yield captured elections (D1 to D5)."""
    yield "powmelect-w2-a1-k1-v1-managed"
    yield "powmelect-w2-a1-k2-v1-managed"
    yield "powmelect-w3-a1-k2-l1-managed"
    yield "powmelect-w5-k1-share"
    yield "powmelect-w5-k1-v1-share"
    yield "powmelect-w5-k1-v2-share"
    yield "powmelect-w4-a1-k2-v1-l1-managed-final"
    yield "powmelect-w3-a1-k3-v2-managed"


def places() -> Iterator[tuple[Path, str]]:
    """Yield the folder and the name of every file."""
    for family in (sets, failures, restarts, cuts, elections):
        for name in family():
            yield FOLDER, name


if __name__ == "__main__":
    make(places(), __doc__, solvers=SOLVERS)
