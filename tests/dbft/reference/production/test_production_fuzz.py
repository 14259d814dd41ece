"""Inputs in any order, of any kind and by any node: replicas of a profile always answer.

Recordings hold runs of four and seven nodes, and no forged recovery message; here are other sizes,
several liars, far views, answers to proposals that nobody made, and recovery messages of any parts.
"""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING

import pytest

from milpbft.dbft.bench import ProductionBench
from milpbft.sim.bench import Lie, Setup

if TYPE_CHECKING:
    from milpbft.sim.bench import Json

KINDS = ("PrepareRequest", "PrepareResponse", "Commit", "ChangeView", "RecoveryRequest",
         "RecoveryMessage")  # fmt: skip
SIZES = (1, 2, 3, 4, 4, 5, 6, 7, 10)
VIEWS = (0, 0, 1, 1, 2, 5, 31, 32, 255)


class Fuzz:
    """One run of random inputs."""

    def __init__(self, profile: str, seed: int) -> None:
        self.random = Random(seed)
        self.n = self.random.choice(SIZES)
        height = self.random.choice((1, self.n, 41, 2**31))
        self.bench = ProductionBench(Setup("dbft2", self.n, height, 1000, profile))
        self.bench.start()

    def run(self, steps: int) -> None:
        """Give random inputs; hold each answer to what is always so."""
        for _ in range(steps):
            before = len(self.bench.messages)
            answer = self.random.choice((self.deliver, self.deliver, self.deliver, self.other))()
            sent = answer.get("sent", [])
            assert [one["id"] for one in sent] == list(range(before, len(self.bench.messages)))
            if "state" in answer:
                self.holds(answer["state"])

    def holds(self, state: Json) -> None:
        """A node counts nobody twice, and what it has fits its view."""
        assert 0 <= state["nc"] + state["nf"] <= self.n
        assert state["primary"] == self.bench.production.primary(state["view"])
        assert state["nc"] == len({one.partition("@")[0] for one in state["commits"] or ()})
        own = state["committed"]
        assert own is None or own >= 0
        assert state["done"] <= (state["request"] and state["commits"] is not None)

    def deliver(self) -> Json:
        """Give a node a message of another, as often as it comes up."""
        node = self.random.randrange(self.n)
        others = [k for k, one in enumerate(self.bench.messages) if one.sender != node]
        return self.bench.deliver(node, self.random.choice(others)) if others else self.other()

    def other(self) -> Json:
        """Let a timer expire, mostly; start a node again, or let one lie."""
        node = self.random.randrange(self.n)
        match self.random.randrange(8):
            case 0:
                return self.bench.restart(node)
            case 1 | 2:
                return self.bench.forge(self.lie(node))
            case _:
                return self.bench.timeout(node)

    def lie(self, node: int) -> Lie:
        """Make up a message, about any proposal or about none, or with any parts."""
        kind, choose = self.random.choice(KINDS), self.random.choice
        there = self.bench.messages
        requests = [k for k, one in enumerate(there) if one.kind.startswith("PrepareRequest")]
        parts = tuple(self.random.sample(range(len(there)), min(len(there), 5)))
        carries = parts if kind == "RecoveryMessage" and choose((True, False)) else None
        return Lie(node, kind, choose(VIEWS), choose([-1, *requests]), choose((0, 1)), carries)


@pytest.mark.parametrize("profile", ["neo-go", "neo-cs", "paper"])
def test_replicas_answer_whatever_comes(profile: str):
    for seed in range(12):
        Fuzz(profile, seed).run(120)


@pytest.mark.slow
@pytest.mark.parametrize("profile", ["neo-go", "neo-cs", "paper"])
def test_replicas_answer_whatever_comes_for_long(profile: str):
    for seed in range(100, 200):
        Fuzz(profile, seed).run(400)
