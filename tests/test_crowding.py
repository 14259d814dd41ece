"""What random adversaries leave for later among very many nodes."""

from __future__ import annotations

import pytest
from crowding import CROWD, Latest
from faulting import Mutant
from hunting import hunted

from milpbft.dbft.instance import DbftInstance
from milpbft.question.files import parse_instance
from milpbft.sim.network import Packet


def packet(tick: int, kind: str) -> Packet[str]:
    return Packet(tick, 0, kind, 0, "envelope")


def test_the_last_message_of_a_label_is_under_way():
    """What only repeats others is of one label; another proposal is not, and what came has come."""
    network: Latest[str] = Latest(3, frozenset({"Recovery"}))
    first, second = packet(1, "PrepareRequest"), packet(1, "PrepareRequest#1")
    calls = [packet(1, "Recovery"), packet(2, "Recovery#1"), packet(3, "Recovery#2")]
    again = packet(4, "PrepareRequest")
    for one in (first, second, *calls):
        network.broadcast(one)
    network.take(1, first)
    assert network.under_way(1, 9) == [second, calls[2]]
    assert network.under_way(2, 9) == [first, second, calls[2]]
    network.broadcast(again)
    assert network.under_way(2, 9) == [second, calls[2], again]
    assert len(list(network.log)) == 6


def test_runs_of_very_many_nodes_are_of_the_question_and_quick():
    """A run of 31 nodes of a profile stays within the views, and locks nobody."""
    instance = parse_instance("dbft2-strict-n31-v2-steps_lock-neo-cs")
    assert isinstance(instance, DbftInstance)
    assert instance.n > CROWD
    assert {*hunted(instance, range(3))} == {None}


@pytest.mark.slow
def test_camps_that_leave_together_lock_nodes_with_a_fault():
    """31 nodes that commit though they are about to leave are locked; sound ones are not."""
    instance = parse_instance(
        "dbft2-strict-n31-v2-steps_lock-neo-go-failed=height+guard=preparations"
    )
    assert isinstance(instance, DbftInstance)
    seeds = range(20, 22)
    assert {*hunted(instance, seeds)} == {None}
    assert any(hunted(instance, seeds, Mutant(willing=True)))
