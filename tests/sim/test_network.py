"""Messages under way."""

from __future__ import annotations

import pytest

from milpbft.sim.network import Log, Network, Packet


def packet(tick: int, kind: str = "Commit") -> Packet[str]:
    return Packet(tick, 0, kind, 0, "envelope")


def test_a_message_takes_a_tick_and_spares_its_sender():
    """Nothing arrives at the tick of its sending, and nothing comes back to its sender."""
    network: Network[str] = Network(3)
    network.broadcast(message := packet(5))
    assert network.under_way(1, 5) == []
    assert network.under_way(1, 6) == [message]
    assert network.under_way(0, 6) == []


def test_a_message_is_taken_once_per_receiver():
    """What one node took is still under way to the others."""
    network: Network[str] = Network(3)
    network.broadcast(message := packet(5))
    network.take(1, message)
    assert network.under_way(1, 9) == []
    assert network.under_way(2, 9) == [message]
    with pytest.raises(KeyError):
        network.take(1, message)


def test_the_log_finds_the_latest_before_a_tick():
    """A label used twice stands for its last message sent before the tick asked for."""
    log: Log[str] = Log()
    log.add(first := packet(1))
    log.add(second := packet(4))
    assert log.latest(0, "Commit", 0) is second
    assert log.latest(0, "Commit", 0, before=4) is first
    assert log.latest(0, "Commit", 0, before=1) is None
    assert log.latest(0, "Commit", 1) is None
    assert list(log) == [first, second]


def test_repeated_labels_are_numbered():
    """The first keeps its name, the next get numbers."""
    log: Log[str] = Log()
    assert log.numbered(0, "RecoveryMessage", 0) == "RecoveryMessage"
    log.add(packet(1, "RecoveryMessage"))
    assert log.numbered(0, "RecoveryMessage", 0) == "RecoveryMessage#1"
    log.add(packet(2, "RecoveryMessage#1"))
    assert log.numbered(0, "RecoveryMessage", 0) == "RecoveryMessage#2"


def test_what_is_said_again_gets_the_first_free_number():
    """Also where somebody has used a later one, and however often it is asked for."""
    log: Log[str] = Log()
    log.add(packet(1, "Recovery"))
    log.add(packet(1, "Recovery#2"))
    assert log.numbered(0, "Recovery", 0) == "Recovery#1"
    assert log.numbered(0, "Recovery", 0) == "Recovery#1"
    log.add(packet(2, "Recovery#1"))
    assert log.numbered(0, "Recovery", 0) == "Recovery#3"
    assert log.numbered(1, "Recovery", 0) == "Recovery"
