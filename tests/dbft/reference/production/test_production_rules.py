"""Rules of the profiles on runs that are made by hand."""

from __future__ import annotations

import pytest

from milpbft.dbft.bench import ProductionBench
from milpbft.dbft.enumerate.hunt import Faults, Hunt, hunt, shortened
from milpbft.dbft.enumerate.hunted import schedule_of
from milpbft.dbft.enumerate.standstill import standstill
from milpbft.dbft.reference.production.profile import NEO_GO, PROFILES, values
from milpbft.driver.meaning import setup_of
from milpbft.driver.play import play
from milpbft.room import room_of
from milpbft.schedule import Fault
from milpbft.sim.bench import Lie, Setup


def bench(**options: str) -> ProductionBench:
    """Four nodes at height 4: node 0 is the primary of view 0, node 3 that of view 1."""
    made = ProductionBench(Setup("dbft2", 4, 4, 1000, "neo-go", options))
    made.start()
    return made


def sent(answer: dict[str, object]) -> list[str]:
    messages = answer["sent"]
    assert isinstance(messages, list)
    return [message["kind"] for message in messages]


def test_an_expired_timer_asks_for_recovery_until_enough_nodes_are_known():
    nodes = bench()
    assert sent(nodes.timeout(1)) == ["RecoveryRequest"]
    for other in (2, 3):
        nodes.timeout(other)
        nodes.deliver(1, other - 1)
    assert sent(nodes.timeout(1)) == ["ChangeView"]
    assert sent(nodes.timeout(1)) == ["ChangeView"]


def test_a_node_that_asked_for_a_view_change_responds_to_a_late_request():
    for guard, expected in (("responses", ["PrepareResponse"]), ("preparations", [])):
        nodes = bench(guard=guard)
        for node in (1, 2, 3):
            nodes.timeout(node)
        nodes.deliver(1, 1)
        nodes.deliver(1, 2)
        assert sent(nodes.timeout(1)) == ["ChangeView"]
        request = nodes.timeout(0)["sent"][0]["id"]
        assert sent(nodes.deliver(1, request)) == expected


def test_a_primary_that_gets_its_own_request_back_answers_it_and_is_stuck():
    """Go has no guard there; of the recordings only one that was made for it shows that."""
    for regained, kind in (("answered", ["PrepareResponse"]), ("kept", [])):
        nodes = bench(regained=regained)
        nodes.timeout(0)
        nodes.deliver(1, 0)
        nodes.restart(0)
        nodes.timeout(2)
        told = nodes.deliver(1, 2)
        if "RecoveryMessage" not in sent(told):
            nodes.timeout(3)
            told = nodes.deliver(1, 3)
        assert sent(told) == ["RecoveryMessage"]
        assert sent(nodes.deliver(0, told["sent"][0]["id"])) == kind


def test_commits_before_the_request_count_unseen_and_mislead():
    """With one liar a node holds a block that only two commits sign, and believes it is done."""
    nodes = ProductionBench(Setup("dbft2", 4, 4, 1000, "neo-go"))
    nodes.start()
    lie = nodes.forge(Lie(3, "Commit", 0))["sent"][0]["id"]
    nodes.deliver(1, lie)
    nodes.timeout(0)
    request = 1
    response1 = nodes.deliver(1, request)["sent"][0]["id"]
    response2 = nodes.deliver(2, request)["sent"][0]["id"]
    commit2 = nodes.deliver(2, response1)["sent"][0]["id"]
    nodes.deliver(1, response2)
    state = nodes.deliver(1, commit2)["state"]
    assert state["done"]
    assert state["commits"] == ["1@0", "2@0", "3@0"]
    assert not nodes.replicas[1].has_valid_block


def test_first_block_after_a_crashed_primary_comes_at_tick_22_and_not_12():
    """Timers of 6 and delays of 1, as in dbft2-strict-n4-v2-c1-t13-delay_first-gst0-delta1-timer6.

    The first expiry asks for recovery and arms a timer of 12, the second for a view change at 18;
    view 1 is entered at 19, its primary proposes at once, and three rounds later nodes decide.
    """
    nodes = ProductionBench(Setup("dbft2", 4, 4, 3, "neo-go"))
    states = nodes.start()["states"]
    up, waiting, now = (1, 2, 3), [], 0
    while not any(state["done"] for state in states):
        now = min([states[i]["due_ms"] for i in up] + [when for when, _, _ in waiting])
        nodes.now(now)
        inputs = [(node, msg) for when, node, msg in waiting if when == now]
        waiting = [entry for entry in waiting if entry[0] != now]
        answers = [(node, nodes.deliver(node, msg)) for node, msg in inputs]
        answers += [(i, nodes.timeout(i)) for i in up if nodes.states()[i]["due_ms"] == now]
        for node, answer in answers:
            for message in answer["sent"]:
                waiting += [(now + 1, other, message["id"]) for other in up if other != node]
        states = nodes.states()
    assert now == 22


def test_four_nodes_lock_without_a_fault_and_the_schedule_replays():
    found = Hunt(NEO_GO, 4, 70, Faults()).run()
    assert (found.ending, found.state) == ("lock", "2c0.2v1")
    short = shortened(NEO_GO, 4, found)
    assert len(short.acts) <= 20
    schedule = schedule_of(short, "neo-go", 4)
    assert room_of("dbft2").replay(schedule)
    played = play(schedule, ProductionBench(setup_of(schedule, "neo-go")))
    assert not played.difference
    assert played.settled
    assert played.freed == []
    for profile in ("paper", "neo-cs"):
        told = play(schedule, ProductionBench(setup_of(schedule, profile)))
        assert told.difference, profile


@pytest.mark.slow
@pytest.mark.parametrize("profile", ["neo-cs", "neo-go"])
def test_two_restarts_without_memory_fork_four_nodes(profile):
    """Nobody is Byzantine; neo-modules issue 780 is of this kind."""
    found, _ = hunt(PROFILES[profile], 4, range(3000), Faults(restart=2), ending="fork")
    assert found is not None
    schedule = schedule_of(found, profile, 4)
    restarts = [event for event in schedule.events if isinstance(event, Fault)]
    assert [event.fault for event in restarts] == ["restart", "restart"]
    assert room_of("dbft2").replay(schedule)


def test_one_restart_without_memory_forks_nothing_in_some_hundred_runs():
    found, runs = hunt(NEO_GO, 4, range(150), Faults(restart=1), ending="fork")
    assert found is None
    assert runs == 150


@pytest.mark.parametrize(("n", "state"), [(4, "2c0.2v1"), (7, "4c0.3v1"), (10, "6c0.4v1")])
def test_standstill_without_faults_is_there_at_every_size(n, state):
    found = Hunt(NEO_GO, n, 0, Faults()).replay(standstill(n))
    assert (found.ending, found.state) == ("lock", state)
    schedule = schedule_of(found, "neo-go", n)
    assert room_of("dbft2").replay(schedule)


def test_standstill_is_freed_by_five_values_of_three_options_and_no_other():
    freeing = {
        ("guard", "hold"), ("guard", "preparations"), ("failed", "nobody"), ("failed", "height"),
        ("acts", "enabled"),
    }  # fmt: skip
    for option, allowed in values().items():
        for value in allowed:
            found = Hunt(NEO_GO.varied({option: value}), 4, 0, Faults()).replay(standstill(4))
            assert (found.ending == "decided") == ((option, value) in freeing), (option, value)
