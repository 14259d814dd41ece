"""Instances at the edges of what fields allow: every encoding and two solvers against a search."""

from __future__ import annotations

import pytest

from milpbft.powm.enumerate.answer import answer
from milpbft.question.files import parse_instance
from milpbft.solve import solve
from solvers import Limits

LIMITS = Limits(seconds=200)

ASSIGN = """
u1-p1-ticks-costs-1
u1-p3-c5-ticks-costs-7_2
u5-p1-g1-ticks-costs-1
u5-p9-g9-ticks-costs-1x3
u4-p1-c3-g1-ticks-costs-1x2
u6-p2-c1-g2-ticks-costs-1_4x2
u7-p1-c2-ticks-costs-3x2_1
u9-p1-ticks-costs-2_3_5
u8-p2-c1-ticks-costs-1x2_6x2
u3-p1-c4-ticks-costs-1_5
u10-p1-ticks-costs-1_18
u7-p3-ticks-costs-1_18x2
u2-p2-ticks-costs-9x2
u6-p1-c1-g3-ticks-costs-2_1_2
u5-p2-c6-g2-ticks-costs-1_2
u4-p4-g2-ticks-costs-3_2_1
u12-p1-ticks-costs-1_2
u6-p1-g4-ticks-costs-2_7
u3-p3-c1-ticks-costs-1_2_3
u8-p1-c1-g4-ticks-costs-1x3
u5-p1-c9-ticks-costs-1x3
"""

# Takeovers of no time, gaps longer than blocks, failures of all at once, stock beyond sets,
# latency beyond sets, blocks of one nonce, teams that fail to the last, at every objective.
FAIL = """
g1-d0-e0-x1-m0-time-rates-1
g1-d0-e0-x6-m0-b1-time-managers-rates-1x2
g2-d0-e0-x9-m2-b2-time-managers-rates-1x2
g2-d0-e0-x9-m1-b2-time-rates-3_1x2
g1-d5-e4-x3-m1-b1-time-managers-rates-2
g3-a9-d1-e1-x8-m1-b1-time-managers-rates-1x2
g1-c4-a1-d1-e1-x6-m1-b1-time-rates-2_1
g2-c3-d1-e0-x7-m1-b1-f2-time-rates-1_2
g3-d1-e1-x10-ec4-m0-b2-time-managers-rates-2_1x2
g2-d1-e1-x9-ec1-m1-b2-time-managers-hashing-rates-1x2
g2-d1-e1-x12-m2-rs3-b2-time-managers-hashing-rates-1
g2-d2-e1-x9-m2-rs2-b3-time-managers-hashing-solo-rates-1x2
g2-d0-e1-x9-m0-b1-time-managers-solo-rates-1_3
g3-d1-e1-x10-m0-b2-time-solo-rates-4_1x2
g4-c1-a1-d2-e2-x14-m1-b2-f3-time-solo-rates-2_1x2
g2-d1-e1-x7-m1-b2-time-miners-rates-1x3
g2-d1-e1-x6-m0-b1-f9-time-managers-rates-1x2
g4-c2-d1-e1-t6-m1-b1-lost-rates-2_1
g4-c5-a2-d1-e1-t9-m1-b2-lost-miners-rates-2_1x2
g2-d1-e1-t5-m0-b2-f3-lost-solo-rates-3_1
g1-d0-e0-t4-m1-b2-lost-rates-1_2
g3-d1-e1-t6-m2-rs2-b3-lost-hashing-rates-1
g2-d1-e1-t1-m1-s5-b1-twice-rates-1
g2-d0-e0-t9-m3-b3-twice-rates-1_2
g1-a2-d1-e0-t9-m2-s3-b2-twice-rates-1x2
g3-c2-a1-d1-e1-t12-m2-s5-b2-f1-twice-rates-2_1
g2-d1-e1-t10-m2-rs2-s4-b2-twice-hashing-rates-1
g2-d1-e1-t9-m2-s2-b2-twice-hashing-stride-rates-1
g2-d1-e1-t9-m1-s9-b1-twice-before-rates-1
"""

CUT = """
g1-d0-e0-t1-w1-twice-rates-1
g1-d0-e0-t4-w4-twice-rates-1x2
g1-d0-e0-t4-w1-twice-rates-1x2
g2-d0-e0-t8-w3-twice-rates-3_1
g3-d1-e1-t8-w2-twice-rates-1x2
g3-d1-e1-t8-w3-twice-rates-1x2
g2-d3-e3-t8-w8-twice-rates-1_2
g2-d5-e4-t8-w8-twice-rates-1x2
g2-c3-d1-e1-t9-w6-twice-rates-1x2
g2-a3-d1-e1-t9-w5-twice-rates-2_1
g1-c2-a2-d1-e0-t9-w7-twice-rates-1x3
g4-d0-e1-t9-w5-twice-rates-1x2_2
g2-d0-e0-t5-w5-twice-eclipse-rates-1x2
g2-d2-e1-t9-w1-twice-eclipse-rates-2_1
g3-a1-d1-e2-t9-w4-twice-eclipse-rates-1x2
g2-c2-d1-e1-t9-w9-twice-eclipse-rates-1_3
g2-d6-e6-t7-w7-twice-eclipse-rates-1x2
g2-d1-e1-t8-w6-twice-before-rates-1x2
g2-d1-e1-t8-w6-twice-stride-rates-1x2
g2-d1-e1-t8-w6-twice-eclipse-before-rates-1x2
g2-d1-e1-t8-w6-twice-eclipse-stride-rates-1x2
g1-d1-e1-t7-w6-twice-rates-1_2_3
"""

ELECT = """
w1-k1-managed
w1-a1-k3-v2-managed
w2-k2-v3-managed
w2-a2-k2-v1-managed
w3-a2-k3-v2-managed
w3-a1-k1-v6-managed
w3-a1-k4-v1-l1-managed
w3-a1-k3-v1-l3-managed
w4-a1-k3-v2-managed-final
w4-a2-k2-v2-l2-managed-final
w5-a1-k2-v2-l4-managed
w6-a2-k2-v2-managed
w7-a3-k3-v1-l1-managed-final
w1-k1-share
w2-k1-v3-share
w3-k2-v2-share
w3-k3-v1-l1-share
w4-k2-v2-share-final
w4-k3-v2-l3-share-final
w5-k3-v2-share
w6-k2-v1-l1-share
w9-k1-v2-share
"""

FAMILIES = {"powmassign": ASSIGN, "powmfail": FAIL, "powmcut": CUT, "powmelect": ELECT}
NAMES = [f"{family}-{rest}" for family, text in FAMILIES.items() for rest in text.split()]


def encodings(name: str) -> tuple[str, ...]:
    """Return those that an instance has."""
    if name.startswith("powmfail"):
        return "direct", "compact"
    single = name.startswith("powmassign") and "-g" not in name
    return ("direct", "compact") if single else ("direct",)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_edges_agree_with_the_search(name: str):
    """Each encoding by CP-SAT and by HiGHS, with its replay and recount."""
    wanted = answer(parse_instance(name))
    for encoding in encodings(name):
        instance = parse_instance(name, encoding=encoding)
        for solver in ("cpsat", "highs"):
            found = solve(instance, solver, LIMITS)
            case = (name, encoding, solver)
            assert (found.solution.status, found.solution.objective) == ("optimal", wanted), case
            for check in found.checks:
                assert check, (case, check)


def test_there_are_twenty_of_each():
    """So many that every option meets every objective, and all names can be read."""
    for text in FAMILIES.values():
        assert len(text.split()) >= 20
    for name in NAMES:
        assert parse_instance(name).name == name
