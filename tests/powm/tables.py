"""The hand-solved instances of four families, by their place in the specification."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from milpbft.errors import InputError
from milpbft.question.files import make_instance

if TYPE_CHECKING:
    from random import Random

    from milpbft.question.part import Question

_B = "powmfail-g2-d1-e1-x8-ec3"
_B5 = "powmfail-g4-{}-d1-e1-x16-ec3-{}-time-managers-rates-1x2"
_C = "powmcut-g2-d1-e1-t12"

A = {
    "powmassign-u6-p2-ticks-costs-1_10": 6,
    "powmassign-u7-p3-ticks-costs-1x2_9": 4,
    "powmassign-u8-p1-c1-ticks-costs-1x4": 5,
    "powmassign-u2-p1-ticks-costs-2_3": 3,
    "powmassign-u7-p1-c1-g2-ticks-costs-1_2": 8,
}
B = {
    f"{_B}-m1-time-rates-1x2": 4,
    f"{_B}-m1-b1-time-managers-rates-1x2": 6,
    f"{_B}-m1-b1-time-rates-1x2": 8,
    f"{_B}-m2-b2-time-managers-rates-1x2": 8,
    f"{_B}-m1-b2-time-managers-rates-1x2": 14,
    _B5.format("a2", "m1-b1-f1"): 8,
    _B5.format("a1", "m1-b1-f1"): 9,
    _B5.format("a2", "m1-b1"): 10,
    _B5.format("a2", "m2-b2-f1"): 10,
    "powmfail-g5-a4-d1-e1-x16-ec3-m2-b2-f1-time-managers-rates-1x2": 8,
    "powmfail-g5-d1-e1-x70-ec3-m1-b1-time-managers-hashing-rates-1x6": 14,
    "powmfail-g2-d1-e1-t8-m1-b1-twice-rates-1x2": 4,
    "powmfail-g2-d1-e1-t10-m1-s4-b1-twice-rates-1x2": 8,
    "powmfail-g2-d1-e1-t12-m2-b2-twice-rates-1x2": 8,
    "powmfail-g5-d1-e1-x20-ec3-m1-b1-time-managers-hashing-rates-1": 22,
    "powmfail-g5-d1-e1-x70-ec3-m0-b1-time-managers-solo-rates-1x7": 71,
    "powmfail-g3-d1-e1-x12-ec3-m0-b1-time-managers-solo-rates-1x4": 13,
    "powmfail-g3-d1-e1-x12-ec3-m0-b1-f1-time-managers-solo-rates-1x4": 6,
    "powmfail-g3-c1-d1-e1-t8-m1-b1-lost-rates-2_1": 6,
    "powmfail-g3-d1-e1-t8-m1-b1-lost-rates-2_1": 4,
}
C = {
    f"{_C}-w6-twice-rates-1x2": 4,
    f"{_C}-w6-twice-rates-1x3": 6,
    f"{_C}-w8-twice-rates-1x3": 8,
    f"{_C}-w6-twice-eclipse-rates-1x3": 6,
    "powmcut-g2-d2-e1-t12-w6-twice-eclipse-rates-1x3": 12,
    f"{_C}-w6-twice-rates-2_1x2": 8,
    f"{_C}-w2-twice-rates-1x2": 0,
    f"{_C}-w3-twice-rates-1x2": 2,
}
D = {
    "powmelect-w2-a1-k1-v1-managed": 10,
    "powmelect-w2-a1-k2-v1-managed": 78,
    "powmelect-w3-a1-k2-l1-managed": 63,
    "powmelect-w5-k1-share": 3,
    "powmelect-w5-k1-v1-share": 3,
    "powmelect-w5-k1-v2-share": 2,
    "powmelect-w4-a1-k2-v1-l1-managed-final": 2908,
}
TABLES = {**A, **B, **C, **D}


def draw(family: str, random: Random) -> Question:
    """Draw a small instance of a family; all options come up, with every objective."""
    while True:
        try:
            return make_instance({"protocol": family, **_FIELDS[family](random)})
        except InputError:
            continue


def rates(random: Random, most: int, high: int = 3) -> str:
    return "_".join(str(random.randint(1, high)) for _ in range(random.randint(1, most)))


def assign(random: Random) -> dict[str, Any]:
    limited = random.random() < 0.4
    return {
        "objective": "ticks",
        "costs": rates(random, 3, 4),
        "units": random.randint(1, 6),
        "ports": random.randint(1, 3),
        "latency": random.randint(0, 2),
        "largest": random.randint(1, 3) if limited else None,
        "encoding": "direct" if limited else random.choice(["direct", "compact"]),
    }


def common(random: Random) -> dict[str, Any]:
    return {
        "rates": rates(random, 3),
        "set_ticks": random.randint(1, 3),
        "latency": random.choice([0, 0, 1, 2]),
        "ahead": random.choice([0, 0, 1, 2]),
        "detect": random.randint(0, 2),
        "elect": random.randint(0, 2),
        "sync": random.choice(["after", "after", "after", "before", "stride"]),
    }


def fail(random: Random) -> dict[str, Any]:
    hashing = random.random() < 0.4
    aim = random.choice(["time", "time", "time", "lost", "twice"])
    return common(random) | {
        "objective": aim,
        "goal": random.randint(1, 9) if aim == "time" else 0,
        "horizon": None if aim == "time" else random.randint(2, 7),
        "collective": random.choice([None, random.randint(0, 3)]),
        "supports": random.randint(0, 2),
        "role": "hashing" if hashing else "idle",
        "support_rate": random.randint(1, 2) if hashing else 1,
        "every": random.randint(1, 4) if aim == "twice" else 1,
        "crashes": random.randint(0, 2),
        "first": random.choice([0, 0, 1, 2]),
        "victims": random.choice(["any", "managers", "miners"]),
        "collapse": random.choice(["collective", "collective", "solo"]),
        "encoding": random.choice(["direct", "compact"]),
    }


def cut(random: Random) -> dict[str, Any]:
    horizon = random.randint(2, 8)
    return common(random) | {
        "objective": "twice",
        "horizon": horizon,
        "width": random.randint(1, horizon),
        "shape": random.choice(["cut", "cut", "eclipse"]),
    }


def elect(random: Random) -> dict[str, Any]:
    aim = random.choice(["managed", "managed", "share"])
    return {
        "objective": aim,
        "tickets": random.randint(1, 4),
        "coalition": random.randint(0, 3) if aim == "managed" else 0,
        "elections": random.randint(1, 3),
        "redraws": random.randint(0, 2),
        "lies": random.randint(0, 2),
        "finaliser": random.choice(["peers", "manager"]),
    }


_FIELDS = {"powmassign": assign, "powmfail": fail, "powmcut": cut, "powmelect": elect}
FAMILIES = tuple(_FIELDS)
