"""Optima that are solved by hand, by the name of the instance; money in minor units."""

from __future__ import annotations

MATCHINGS = {
    "v2vmatch-cost-a1": 7,
    "v2vmatch-consumer-a1": 46,
    "v2vmatch-matched-a2": 2,
    "v2vmatch-welfare-a2": 60,
    "v2vmatch-cost-a3": 4,
    "v2vmatch-matched-a4": 1,
    "v2vmatch-cost-d2": 6,
    "v2vmatch-welfare-d2": 84,
    "v2vmatch-matched-loss": 1,
    "v2vmatch-matched-lossenergy": 0,
}
STABLE = {"v2vstable-cost-d2": 16, "v2vstable-welfare-d2": 74, "v2vstable-pairs-d2": 0}
WORST = {
    "v2vworst-n2-l2-gap": 2,
    "v2vworst-n2-l3-gap": 2,
    "v2vworst-n2-l2-worst-k1": 3,
    "v2vworst-n1-pairs-lots": 0,
    "v2vworst-n2-pairs-lots": 1,
    "v2vworst-n1-l2-gap-ends": 0,
    "v2vworst-n1-l3-gap-ends": 2,
    "v2vworst-n1-l4-gap-ends": 2,
    "v2vworst-n1-l5-gap-ends": 4,
}
LARGER_WORST = {
    "v2vworst-n3-l3-worst-k1": 5,
    "v2vworst-n3-l4-worst-k1": 7,
    "v2vworst-n3-l4-gap": 6,
    "v2vworst-n3-pairs-lots": 1,
    "v2vworst-n2-l3-gap-prices-v7": 6,
}
LARGEST_WORST = {
    "v2vworst-n3-l8-gap": 12,
    "v2vworst-n4-l4-worst-k1": 7,
    "v2vworst-n4-l4-gap": 8,
    "v2vworst-n4-l8-worst-k1": 15,
    "v2vworst-n4-l8-gap": 16,
    "v2vworst-n4-pairs-lots": 2,
}
ORDERS = {
    **{f"v2vorder-p{p}-victim-c1": 20 if p > 2 else 10 for p in range(5)},
    **{f"v2vorder-p{p}-victim-seat-c1": 20 if p > 1 else 10 for p in range(4)},
    **{f"v2vorder-p{p}-victim-batch2-c1": 20 if p > 3 else 10 for p in range(5)},
    **{f"v2vorder-p{p}-victim-batch3-c1": 20 if p > 2 else 10 for p in range(4)},
    "v2vorder-p3-victim-batch4-c1": 10,
    "v2vorder-p4-victim-batch4-c1": 20,
    "v2vorder-p4-victim-batch5-c1": 10,
    "v2vorder-p5-victim-batch5-c1": 20,
    **{f"v2vorder-p{p}-gain-c3": (0, 9, 30)[p] for p in range(3)},
    **{f"v2vorder-p{p}-gain-batch3-c3": 30 if p > 2 else 9 for p in range(4)},
    **{f"v2vorder-p{p}-gain-batch4-c3": 9 for p in range(4)},
    "v2vorder-p0-matched-a2slots": 2,
    "v2vorder-p1-matched-a2slots": 1,
    "v2vorder-p0-matched-batch4-a2slots": 1,
    "v2vorder-p0-matched-best-batch4-a2slots": 2,
    "v2vorder-p0-blocking-d2": 0,
    "v2vorder-p1-blocking-d2": 1,
}
