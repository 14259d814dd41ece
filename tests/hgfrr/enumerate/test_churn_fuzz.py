"""Broadcasts over rings that change, drawn by chance: every optimum is that of exhaustion."""

from __future__ import annotations

from math import comb
from random import Random

import pytest

from milpbft.errors import InputError
from milpbft.hgfrr.churn import ChurnInstance
from milpbft.hgfrr.enumerate.churn import worst
from milpbft.hgfrr.room import HGFRR
from milpbft.question.files import parse_instance
from tests.agreeing import difference

SILENT = ("silent", "crash")


def drawn(seed: int, kind: str) -> ChurnInstance:
    """Draw an instance that exhaustion can do, and that the model takes.

    Its kind is ``leave``, ``beat`` for crashes that are found, ``period``, or ``both`` for
    either of the first two where contacts change by periods; ``newcomer`` for one that fails,
    ``known`` for any of the first four where word of changes takes a while, or relays go by what
    they know.
    """
    random = Random(f"churn {kind} {seed}")
    asked = kind
    while True:
        if asked == "known":
            kind = random.choice(KINDS[:4])
        contacts = random.choice([1, 1, 2, 3])
        n = random.randint(3 + contacts, 12)
        horizon = random.randint(3, 8)
        removes = kind in {"leave", "beat", "both"} or (
            kind == "newcomer" and random.random() < 0.6
        )
        found = kind == "beat" or (removes and kind != "leave" and random.random() < 0.5)
        faults = random.choice([1, 1, 1, 2]) if removes else random.randint(0, 2)
        said = {
            "protocol": "churn",
            "n": n,
            "ring": random.randint(max(4, 3 * contacts), 10),
            "k": random.randint(2, 4),
            "contacts": contacts,
            "serving": random.randint(1, contacts),
            "seed": random.randint(0, 99),
            "source": random.randrange(n),
            "faults": faults,
            "joins": 1
            if kind == "newcomer"
            else random.choice([0, 0, 1])
            if kind in {"leave", "beat"}
            else 0,
            "horizon": horizon,
            "fault": "crash" if found else "leave" if removes else random.choice(SILENT),
            "handover": random.choice(["no", "yes"]),
            "beat": random.randint(1, 3) if found else 0,
            "period": random.randint(1, 4) if kind in {"period", "both"} else 0,
            "again": random.choice([0, 0, random.randint(1, horizon)]),
            "objective": random.choice(["coverage", "ticks", "messages"]),
        }
        if kind == "newcomer":
            others = [said["fault"]] if said["fault"] != "silent" else []
            said["newcomer"] = random.choice(["silent", *others, *others])
            if said["newcomer"] != "silent":
                said["faults"] = random.choice([0, 1, 1])
        if asked in {"known", "newcomer"}:
            rest = asked == "newcomer"
            said["trees"] = random.choice(["begun", "present", *["begun"] * rest])
            said["news"] = random.choice([0, 1, 2, 3, *[0, 0, 0, 0] * rest])
        try:
            instance = ChurnInstance.make(said)
            if size(instance) > 3000:
                continue
            _ = HGFRR.model(instance).problem
        except InputError:
            continue
        return instance


def size(i: ChurnInstance) -> int:
    """Return how many runs there are at least."""
    ticks = i.horizon + 1
    faulty = comb(i.n - 1, i.faults) * (ticks**i.faults if i.fault != "silent" else 1)
    fails = ticks // 2 + 1 if i.newcomer in {"crash", "leave"} else 1
    return faulty * (i.n * ticks * fails if i.joins else 1)


def agrees(seed: int, kind: str) -> str:
    """Return what is wrong with the optimum of a drawn instance; empty for nothing."""
    instance = drawn(seed, kind)
    return difference(instance, worst(instance))


KINDS = ("leave", "beat", "period", "both", "newcomer", "known")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("seed", range(2))
def test_a_few_changes_of_rings_are_those_of_exhaustion(seed: int, kind: str):
    """All crashes at all ticks, all newcomers, and all elections."""
    assert agrees(seed, kind) == ""


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("churn-n6-r5-k2-s2-src1-j1-t3-ticks-present-news2", 3),
        ("churn-n6-r5-k2-s2-src1-b1-j1-t4-ticks-leave-present-news2", 3),
    ],
)
def test_a_newcomer_relays_on_whichever_ring_it_joins(name: str, value: int):
    """It may join any of several, and did so on the last alone."""
    instance = parse_instance(name)
    assert isinstance(instance, ChurnInstance)
    assert worst(instance) == value
    assert difference(instance, value) == ""


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("block", range(20))
def test_hundreds_of_changes_of_rings_are_those_of_exhaustion(block: int, kind: str):
    """The same for 500 instances of each kind."""
    found = [agrees(seed, kind) for seed in range(100 + 25 * block, 125 + 25 * block)]
    assert not [words for words in found if words]
