"""Rules of the C# node that no recording holds: runs by hand, each beside what Go does."""

from __future__ import annotations

import pytest

from milpbft.dbft.bench import ProductionBench
from milpbft.sim.bench import Lie, Setup


def nodes_of(profile: str) -> ProductionBench:
    """Four nodes at height 4: node 0 is the primary of view 0; a block's time is a second."""
    made = ProductionBench(Setup("dbft2", 4, 4, 1000, profile))
    made.start()
    return made


def kinds(answer: dict[str, list[dict[str, str]]]) -> list[str]:
    return [message["kind"] for message in answer["sent"]]


@pytest.mark.parametrize(("profile", "due"), [("neo-go", 2666), ("neo-cs", 3333)])
def test_a_response_of_its_own_puts_the_timer_off_too(profile: str, due: int):
    """Two seconds from the start, and two thirds of one for the request; in C# twice."""
    nodes = nodes_of(profile)
    request = nodes.timeout(0)["sent"][0]["id"]
    assert nodes.deliver(1, request)["state"]["due_ms"] == due


@pytest.mark.parametrize(("profile", "view"), [("neo-go", 1), ("neo-cs", 0)])
def test_a_change_view_for_the_same_view_again_is_looked_at_or_not(profile: str, view: int):
    """One asks for view 1, then two for view 2: M nodes ask for view 1, and nobody looks."""
    nodes = nodes_of(profile)
    for node, from_view in ((2, 0), (3, 1), (0, 1)):
        asked = nodes.forge(Lie(node, "ChangeView", from_view))["sent"][0]["id"]
        assert nodes.deliver(1, asked)["state"]["view"] == 0
    again = nodes.forge(Lie(2, "ChangeView", 0))["sent"][0]["id"]
    assert nodes.deliver(1, again)["state"]["view"] == view


def restarted(profile: str) -> tuple[ProductionBench, int]:
    """The primary proposed, two answered, it restarted and has their answers; its request's id."""
    nodes = nodes_of(profile)
    request = nodes.timeout(0)["sent"][0]["id"]
    responses = [nodes.deliver(node, request)["sent"][0]["id"] for node in (1, 2)]
    nodes.restart(0)
    for response in responses:
        assert kinds(nodes.deliver(0, response)) == []
    return nodes, request


@pytest.mark.parametrize(
    ("profile", "sent"),
    [("neo-go", ["PrepareRequest", "Commit"]), ("neo-cs", ["PrepareRequest"])],
)
def test_a_primary_that_proposes_counts_what_it_has_or_waits_for_a_response(
    profile: str, sent: list[str]
):
    nodes, _ = restarted(profile)
    proposed = nodes.timeout(0)
    assert kinds(proposed) == sent
    answer = nodes.deliver(3, proposed["sent"][0]["id"])["sent"][0]["id"]
    assert kinds(nodes.deliver(0, answer)) == ([] if "Commit" in sent else ["Commit"])


def test_a_primary_that_regains_its_request_commits_when_a_response_comes():
    nodes, request = restarted("neo-cs")
    assert kinds(nodes.deliver(0, request)) == []
    late = nodes.deliver(3, request)["sent"][0]["id"]
    assert kinds(nodes.deliver(0, late)) == ["Commit"]


@pytest.mark.parametrize(("profile", "more"), [("neo-go", 0), ("neo-cs", 1333)])
def test_a_node_that_regains_its_own_commit_puts_its_timer_off_or_not(profile: str, more: int):
    nodes = nodes_of(profile)
    request = nodes.timeout(0)["sent"][0]["id"]
    response = nodes.deliver(1, request)["sent"][0]["id"]
    own = nodes.deliver(2, request)["sent"][0]["id"]
    commit = nodes.deliver(2, response)["sent"][0]["id"]
    assert own != commit
    before = nodes.restart(2)["state"]["due_ms"]
    assert nodes.deliver(2, commit)["state"]["due_ms"] - before == more


def test_a_node_that_asks_for_recovery_again_is_answered_again():
    """Requests and change views name their time, so that each is another message.

    Only the very same message, passed on once more, is not answered (C `knownHashes`).
    """
    nodes = nodes_of("neo-cs")
    for again in (1, 2):
        asked = nodes.restart(1) if again == 1 else nodes.forge(Lie(1, "RecoveryRequest", 0))
        request = asked["sent"][0]["id"]
        assert kinds(nodes.deliver(2, request)) == ["RecoveryMessage"], again
        assert kinds(nodes.deliver(2, request)) == [], again
    for again in (1, 2):
        old = nodes.forge(Lie(1, "ChangeView", 0))["sent"][0]["id"]
        for other in (0, 3):
            nodes.deliver(2, nodes.forge(Lie(other, "ChangeView", 0))["sent"][0]["id"])
        told = nodes.deliver(2, old)
        assert told["state"]["view"] == 1
        assert kinds(told) == (["ChangeView"] if again == 1 else ["RecoveryMessage"])


@pytest.mark.parametrize(("profile", "carried"), [("neo-go", 4), ("neo-cs", 3)])
def test_a_recovery_message_carries_the_change_views_that_led_here_or_m_of_them(
    profile: str, carried: int
):
    """Three ask for views 3, 2 and 3, then one for view 1, which all four so ask for or beyond."""
    nodes = nodes_of(profile)
    for node, view in ((0, 2), (2, 1), (3, 2), (1, 0)):
        asked = nodes.forge(Lie(node, "ChangeView", view))["sent"][0]["id"]
        told = nodes.deliver(1, asked)
    assert told["state"]["view"] == 1
    late = nodes.forge(Lie(0, "RecoveryRequest", 1))["sent"][0]["id"]
    (message,) = nodes.deliver(1, late)["sent"]
    assert len([part for part in message["inner"] if part.startswith("ChangeView")]) == carried
