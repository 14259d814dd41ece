"""Relays that are replaced: when a message comes, against what happens hop by hop."""

from __future__ import annotations

from itertools import product

import pytest

from milpbft.automaton.pernode.encoding import PerNode
from milpbft.automaton.pernode.network import Network
from milpbft.automaton.pernode.paths import Paths
from solvers import solve
from tests.automaton.pernode.test_pernode import ECHO, table

BEHIND = {(0, 2): ((1,),), (2, 0): ((1,),)}
STRAIGHT = Paths()
LAST, NEVER = 6, 7


def came(paths: Paths, sent: int, crash: int | None, sense: str) -> int:
    """Return the earliest or latest tick at which node 2 is given node 0's echo, of a known run."""
    encoded = PerNode(
        "channel", sense, table(4), ("idle",) * 3, {"N": 3}, horizon=LAST,
        network=Network("synchronous", sent, 1, paths=paths), crashes=1,
    )  # fmt: skip
    rows, nodes, traffic = encoded.rows, encoded.nodes, encoded.traffic
    rows.equal("sent", traffic.sent(0, ECHO, sent), 1)
    if sent:
        rows.equal("sent", traffic.sent(0, ECHO, sent - 1), 0)
    for node in (0, 2):
        rows.equal("lives", nodes.crashed(node, LAST), 0)
    rows.equal("crashed", nodes.crashed(1, LAST), int(crash is not None))
    if crash is not None:
        rows.equal("crashed", nodes.crashed(1, crash), 1)
        if crash:
            rows.equal("crashed", nodes.crashed(1, crash - 1), 0)
    numbers = [encoded.binary(f"z_{tick}") for tick in range(LAST + 1)]
    for tick, one in enumerate(numbers):
        rows.equal("z", one + traffic.got((2, 0, ECHO), tick), 1)
    encoded.optimise(sum(numbers[1:], numbers[0]))
    value = solve(encoded.build(), "cpsat").objective
    assert value is not None
    return value


def happens(sent: int, crash: int | None, heartbeat: int) -> int:
    """Return when it comes, by hand: relay 1 has it a tick after it was sent, and hands it on."""
    if crash is not None and sent >= crash + heartbeat:
        return sent + 1
    return sent + 2 if crash is None or crash > sent + 1 else NEVER


CASES = list(product(range(4), [None, 0, 1, 2, 3], [1, 2]))


@pytest.mark.parametrize(
    ("sent", "crash", "heartbeat"),
    [case if k % 7 == 0 else pytest.param(*case, marks=pytest.mark.slow)
     for k, case in enumerate(CASES)],
)  # fmt: skip
def test_a_relay_that_crashed_is_replaced(sent: int, crash: int | None, heartbeat: int):
    """What is sent before it was found is lost behind it; what is sent later goes straight."""
    paths = Paths(BEHIND, heartbeat, lambda _: STRAIGHT)
    wanted = happens(sent, crash, heartbeat)
    assert came(paths, sent, crash, "min") == wanted
    assert came(paths, sent, crash, "max") == min(wanted, NEVER)


@pytest.mark.parametrize(
    ("sent", "wanted"), [(0, 2), (1, 3), (2, 3), pytest.param(3, 4, marks=pytest.mark.slow), (4, 6)]
)
def test_walks_change_from_period_to_period(sent: int, wanted: int):
    """Two ticks over the relay, then two ticks straight, and so on: the tick of sending counts."""
    turns = (Paths(BEHIND), STRAIGHT)
    paths = Paths(BEHIND, period=2, turn=lambda number: turns[number % 2])
    assert came(paths, sent, None, "min") == wanted
    assert came(paths, sent, None, "max") == wanted
