"""Hand-made schedules, small enough to check by eye."""

from __future__ import annotations

import pytest

from milpbft.schedule import Decide, Deliver, Event, Fault, Schedule, Send, Timeout


def broadcast(tick: int, sender: int, kind: str, view: int, to: list[int]) -> list[Event]:
    """Return a send, and its deliveries to `to` one tick later."""
    deliveries = [Deliver(tick + 1, node, sender, kind, view) for node in to if node != sender]
    return [Send(tick, sender, kind, view), *deliveries]


def good_round(start: int, view: int, primary: int, nodes: list[int]) -> list[Event]:
    """Return a view in which every message of `nodes` takes one tick and all of them decide."""
    events = broadcast(start + 2, primary, "PrepareRequest", view, nodes)
    events += broadcast(start + 2, primary, "PrepareResponse", view, nodes)
    for node in nodes:
        if node != primary:
            events += broadcast(start + 3, node, "PrepareResponse", view, nodes)
        events += broadcast(start + 4, node, "Commit", view, nodes)
    return events + [Decide(start + 5, node, view) for node in nodes]


def failed_round(start: int, view: int, primary: int) -> list[Event]:
    """Return a view of four nodes that ends in change views; nobody gets the primary's commit."""
    everybody = [0, 1, 2, 3]
    events = broadcast(start + 2, primary, "PrepareRequest", view, everybody)
    events.append(Send(start + 4, primary, "Commit", view))
    for node in everybody:
        if node != primary:
            events.append(Timeout(start + 6, node, view))
            events += broadcast(start + 6, node, "ChangeView", view, everybody)
    return events


@pytest.fixture
def good() -> Schedule:
    """Return four correct nodes, one view, a block at tick 5."""
    events = good_round(0, 0, 0, [0, 1, 2, 3])
    return Schedule("dbft2", 4, (), (0,), tuple(events), 10, 10, "by hand")


@pytest.fixture
def views() -> Schedule:
    """Return four nodes, node 3 Byzantine, that change views until the last one has a block."""
    events: list[Event] = [Fault(0, 3, "byzantine")]
    for view in range(3):
        events += failed_round(10 * view, view, primary=view)
    events += good_round(30, 3, 3, [0, 1, 3])
    return Schedule("dbft2", 4, (3,), (0, 1, 2, 3), tuple(events), 40, 10, "by hand")


@pytest.fixture
def one_clock() -> Schedule:
    """Return three nodes of another protocol on one clock: node 2 crashes, and view 1 decides."""
    events: list[Event] = [Fault(1, 2, "crash"), Timeout(6, 0, 0), Timeout(7, 1, 0)]
    events += broadcast(2, 0, "Proposal", 0, [1])
    events += broadcast(6, 0, "ChangeView", 0, [0, 1]) + broadcast(7, 1, "ChangeView", 0, [0, 1])
    events += [*broadcast(9, 1, "Proposal", 1, [0]), Decide(10, 0, 1), Decide(11, 1, 1)]
    return Schedule("toy", 3, (), (0, 1), tuple(events), 14, 0, "by hand")
