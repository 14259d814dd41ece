"""Replay of hand-written schedules for four nodes, and of what faulty replicas would do."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from milpbft.check.replay import Replay, replay
from milpbft.dbft.reference.context import Context
from milpbft.dbft.reference.messages import Envelope, PrepareRequest, Reason
from milpbft.dbft.reference.reference import DbftReference
from milpbft.dbft.reference.replica import Replica
from milpbft.dbft.reference.rules import Rules
from milpbft.errors import InputError
from milpbft.schedule import Decide, Deliver, Event, Fault, Schedule, Send, Timeout

ALL = (0, 1, 2, 3)


def sent(tick: int, kind: str, view: int, *nodes: int) -> list[Event]:
    return [Send(tick, node, kind, view) for node in nodes]


def heard(tick: int, kind: str, view: int, senders: tuple[int, ...], *nodes: int) -> list[Event]:
    return [Deliver(tick, i, j, kind, view) for i in nodes for j in senders if i != j]


def timeouts(tick: int, view: int, *nodes: int) -> list[Event]:
    return [Timeout(tick, node, view) for node in nodes]


def decided(tick: int, view: int, *nodes: int) -> list[Event]:
    return [Decide(tick, node, view) for node in nodes]


def view_from(start: int, view: int) -> list[Event]:
    """All four nodes agree in `view`, whose primary is node `view`, from tick `start` on."""
    backups = tuple(node for node in ALL if node != view)
    return [
        *timeouts(start, view, view),
        *sent(start, "PrepareRequest", view, view),
        *heard(start + 1, "PrepareRequest", view, (view,), *backups),
        *sent(start + 1, "PrepareResponse", view, *backups),
        *heard(start + 2, "PrepareResponse", view, backups, *ALL),
        *sent(start + 2, "Commit", view, *ALL),
        *heard(start + 3, "Commit", view, ALL, *ALL),
        *decided(start + 3, view, *ALL),
    ]


def view_change() -> list[Event]:
    """Nodes 1 to 3 ask for view 1; node 0 hears of it and joins them."""
    return [
        *timeouts(1, 0, 1, 2, 3),
        *sent(1, "ChangeView", 0, 1, 2, 3),
        *heard(2, "ChangeView", 0, (1, 2, 3), *ALL),
        *sent(2, "ChangeView", 0, 0),
    ]


def schedule(*parts: list[Event], byzantine: tuple[int, ...] = ()) -> Schedule:
    events = tuple(event for part in parts for event in part)
    return Schedule("dbft2", 4, byzantine, (0, 1), events, horizon=12)


def without(events: list[Event], *gone: Event) -> list[Event]:
    assert all(event in events for event in gone)
    return [event for event in events if event not in gone]


def reference(replica: type[Replica] = Replica, **rules: Any) -> DbftReference:
    return DbftReference(replace(Rules.of(4), **rules), replica=replica)


def refuted(events: list[Event], words: str, byzantine: tuple[int, ...] = ()) -> None:
    verdict = replay(schedule(events, byzantine=byzantine), reference())
    assert verdict.status == "refuted"
    assert words in verdict.reason, verdict.reason


def test_the_good_case_is_confirmed():
    """Request, responses, commits and blocks of one view happen as written."""
    assert replay(schedule(view_from(1, 0)), reference())


def test_a_view_change_is_confirmed_and_views_are_told():
    """Three change views lead to view 1, where a block is accepted."""
    run = Replay(schedule(view_change(), view_from(3, 1)), reference())
    assert run.run()
    assert run.views == {node: [(2, 1)] for node in ALL}


def test_the_primarys_own_response_rides_on_its_request():
    """A schedule in the published manner, with responses of the primary and own deliveries."""
    own = [*sent(1, "PrepareResponse", 0, 0), *heard(2, "PrepareResponse", 0, (0,), 1, 2, 3)]
    copies = [Deliver(1, 0, 0, "PrepareRequest", 0), Deliver(1, 0, 0, "PrepareResponse", 0)]
    assert replay(schedule(view_from(1, 0), own, copies), reference())


def test_nobody_receives_the_primarys_response_without_its_request():
    """The request carries its primary's response, so no network delivers the response alone."""
    events = [
        *timeouts(1, 0, 0),
        *sent(1, "PrepareRequest", 0, 0),
        *sent(1, "PrepareResponse", 0, 0),
        *heard(2, "PrepareResponse", 0, (0,), 1),
    ]
    verdict = replay(schedule(events), reference())
    assert verdict.status == "refuted"
    assert "without the PrepareRequest that carries it" in verdict.reason


def test_a_response_of_the_primary_before_its_request_is_refuted():
    """The riding response cannot be sent ahead of the request."""
    events = [*sent(0, "PrepareResponse", 0, 0), *view_from(1, 0)]
    refuted(events, "tick 0: node 0 sends PrepareResponse of view 0 in the schedule, but")


def test_a_missing_send_is_refuted():
    """A replica that acts where the schedule has it silent."""
    events = without(view_from(1, 0), Send(3, 2, "Commit", 0))
    refuted(events, "tick 3: the replica of node 2 sends Commit of view 0, which the schedule")


def test_an_extra_send_is_refuted():
    """A schedule that has a replica say what it does not."""
    events = [*view_from(1, 0), *sent(2, "ChangeView", 0, 3)]
    refuted(events, "tick 2: node 3 sends ChangeView of view 0 in the schedule, but the replica")


def test_a_commit_with_two_preparations_is_refuted():
    """Two of three preparations are no quorum, and the reason says how many there are."""
    gone = [Deliver(3, 2, 1, "PrepareResponse", 0), Deliver(3, 2, 3, "PrepareResponse", 0)]
    refuted(without(view_from(1, 0), *gone), "2 of 3 preparations")


def test_a_block_with_two_commits_is_refuted():
    """Two of three commits are no block."""
    gone = [Deliver(4, 2, 1, "Commit", 0), Deliver(4, 2, 3, "Commit", 0)]
    refuted(without(view_from(1, 0), *gone), "tick 4: node 2 decides in view 0 in the schedule")


def test_an_unscheduled_decision_is_refuted():
    """A replica that accepts where the schedule has it undecided."""
    events = without(view_from(1, 0), Decide(4, 1, 0))
    refuted(events, "tick 4: the replica of node 1 decides in view 0")


@pytest.mark.parametrize("tick", [0, 1])
def test_a_delivery_before_or_at_the_sending_is_refuted(tick: int):
    """A message takes a tick at least."""
    events = [*view_from(1, 0), *heard(tick, "PrepareRequest", 0, (0,), 3)]
    refuted(events, f"tick {tick}: node 3 receives PrepareRequest of view 0 from node 0, which was")


def test_a_delivery_of_what_was_never_sent_is_refuted():
    """Nobody can forge what a correct node did not say."""
    events = [*view_from(1, 0), *heard(2, "Commit", 1, (3,), 0)]
    refuted(events, "receives Commit of view 1 from node 3, which was not sent before")


def test_an_own_message_before_its_sending_is_refuted():
    """Not even to itself has a node said what it says later."""
    events = [*view_from(1, 0), Deliver(2, 1, 1, "Commit", 0)]
    refuted(events, "tick 2: node 1 receives Commit of view 0 from node 1, which was not sent")


def test_a_timer_in_another_view_is_refuted():
    """A timer can only expire in the view that the replica is in."""
    refuted([Timeout(1, 2, 1)], "node 2 is in view 1 in the schedule as its timer expires")


def test_other_primaries_are_refuted():
    """Schedule and reference must agree on who leads."""
    verdict = replay(replace(schedule(), primaries=(1,)), reference())
    assert verdict.reason == "primary of view 0: 1 in the schedule, 0 here"


def test_any_order_of_primaries_can_be_replayed():
    """Primaries that a schedule picked are put first in the order of validators."""
    events = schedule(
        timeouts(1, 0, 3),
        sent(1, "PrepareRequest", 0, 3),
        heard(2, "PrepareRequest", 0, (3,), 0),
        sent(2, "PrepareResponse", 0, 0),
    )
    ours = DbftReference(Rules.of(4, primaries=(3, 1)))
    assert replay(replace(events, primaries=(3, 1)), ours)


def committed_then_asked() -> list[Event]:
    """Node 1 commits in view 0, and then its timer expires; the others ask for view 1."""
    first = [event for event in view_from(1, 0) if event.tick < 3]
    return [
        *first,
        *heard(3, "PrepareResponse", 0, (2, 3), 1),
        *sent(3, "Commit", 0, 1),
        *timeouts(4, 0, 0, 1, 2, 3),
        *sent(4, "ChangeView", 0, 0, 2, 3),
        *heard(5, "ChangeView", 0, (0, 2, 3), 1),
    ]


def test_a_committed_node_stays_silent():
    """The lock: no change view of a committed node, though its timer expires."""
    assert replay(schedule(committed_then_asked()), reference())


def test_a_broken_lock_is_refuted():
    """A schedule in which a committed node asks for a view change."""
    events = [*committed_then_asked(), *sent(4, "ChangeView", 0, 1)]
    refuted(events, "tick 4: node 1 sends ChangeView of view 0 in the schedule, but the replica")


def test_after_a_forbidden_message_nothing_may_be_sent():
    """A response of the wrong sender, and the receivers' silence after it."""
    lie = [*sent(1, "PrepareRequest", 0, 3), *heard(2, "PrepareRequest", 0, (3,), 0, 1, 2)]
    assert replay(schedule(lie, byzantine=(3,)), reference())
    refuted([*lie, *sent(2, "PrepareResponse", 0, 1)], "has no request", byzantine=(3,))


def test_a_byzantine_decision_needs_a_certificate():
    """A Byzantine node's block counts with three really signed commits, and not with fewer."""
    gone = [Deliver(4, 3, j, "Commit", 0) for j in (0, 1, 2)]
    events = without(view_from(1, 0), *gone)
    assert replay(schedule(events, byzantine=(3,)), reference())
    late = [Decide(3, 3, 0) if event == Decide(4, 3, 0) else event for event in events]
    refuted(late, "tick 3: Byzantine node 3 decides in view 0, but no certificate", byzantine=(3,))


def test_a_byzantine_primary_may_propose_two_values():
    """Responses to the second proposal carry its number, and do not count for the first."""
    events = [
        *sent(1, "PrepareRequest", 0, 0),
        *sent(1, "PrepareRequest#1", 0, 0),
        *heard(2, "PrepareRequest", 0, (0,), 1),
        *heard(2, "PrepareRequest#1", 0, (0,), 2, 3),
        *sent(2, "PrepareResponse", 0, 1),
        *sent(2, "PrepareResponse#1", 0, 2, 3),
        *heard(3, "PrepareResponse#1", 0, (2, 3), 1, 2, 3),
        *sent(3, "Commit#1", 0, 2, 3),
    ]
    assert replay(schedule(events, byzantine=(0,)), reference())


def test_a_crashed_node_sends_nothing():
    """A crash silences a node from its tick on."""
    crash = [Fault(2, 3, "crash")]
    refuted([*crash, *view_from(1, 0)], "tick 2: node 3 sends PrepareResponse of view 0")


def test_recovery_is_compared_only_where_the_schedule_has_it():
    """A second expiry makes a replica ask for recovery; one such event brings all into play."""
    events = [*timeouts(1, 0, 1, 2), *sent(1, "ChangeView", 0, 1, 2), *timeouts(2, 0, 1)]
    assert replay(schedule(events), reference())
    later = [*timeouts(3, 0, 2), *sent(3, "RecoveryRequest", 0, 2)]
    refuted([*events, *later], "tick 2: the replica of node 1 sends RecoveryRequest")
    assert replay(schedule(events, sent(2, "RecoveryRequest", 0, 1), later), reference())


def test_another_protocol_or_size_is_unusable():
    """A schedule is replayed on its own protocol and number of nodes only."""
    with pytest.raises(InputError, match="protocol: 'pbft'"):
        replay(replace(schedule(), protocol="pbft"), reference())
    with pytest.raises(InputError, match="n: 4"):
        replay(schedule(), DbftReference(Rules.of(7)))


class Unlocked(Replica):
    """Forgets that it committed."""

    @property
    def locked(self) -> bool:
        """Never."""
        return False


class ChangesAfterCommit(Replica):
    """Keeps its lock, but asks for a view change all the same."""

    def on_timer(self) -> None:
        """Ask, whatever happened before; propose where it is time to."""
        if self.locked:
            self._ask_for_next_view(Reason.TIMEOUT)
        else:
            super().on_timer()


class NoReturnRule(Replica):
    """Takes part although it asked for a view change."""

    def _takes_part(self) -> bool:
        return True


class Credulous(Context):
    """Takes a response to another request for one to its own."""

    def matches(self, envelope: Envelope, request: PrepareRequest) -> bool:
        """Whatever it says."""
        return True


class NoHashCheck(Replica):
    """Counts preparations whatever they prepared."""

    knowledge = Credulous


def two_preparations() -> list[Event]:
    """Prepare node 1 with the request and its own response only."""
    return [event for event in view_from(1, 0) if event.tick < 3]


def two_commits() -> list[Event]:
    """Two nodes commit and hear of each other."""
    events = [event for event in view_from(1, 0) if event.tick < 3]
    heard_all = heard(3, "PrepareResponse", 0, (1, 2, 3), 1, 2)
    commits = [*sent(3, "Commit", 0, 1, 2), *heard(4, "Commit", 0, (1, 2), 1, 2)]
    return [*events, *heard_all, *commits]


def two_change_views() -> list[Event]:
    """Two nodes ask for view 1 and hear of each other."""
    asked = [*timeouts(1, 0, 1, 2), *sent(1, "ChangeView", 0, 1, 2)]
    return [*asked, *heard(2, "ChangeView", 0, (1, 2), 0, 1, 2)]


def asked_and_silent() -> list[Event]:
    """Node 1 asks for a view change and then gets the request."""
    asked = [*timeouts(1, 0, 0, 1), *sent(1, "PrepareRequest", 0, 0), *sent(1, "ChangeView", 0, 1)]
    return [*asked, *heard(2, "PrepareRequest", 0, (0,), 1)]


def split_preparations() -> list[Event]:
    """Show node 1 one value and node 2 another, as a Byzantine primary does."""
    return [
        *sent(1, "PrepareRequest", 0, 0),
        *sent(1, "PrepareRequest#1", 0, 0),
        *heard(2, "PrepareRequest", 0, (0,), 1),
        *heard(2, "PrepareRequest#1", 0, (0,), 2),
        *sent(2, "PrepareResponse", 0, 1),
        *sent(2, "PrepareResponse#1", 0, 2),
        *heard(3, "PrepareResponse#1", 0, (2,), 1),
    ]


@pytest.mark.parametrize(
    ("events", "mutant", "liars"),
    [
        (two_preparations(), reference(prepare_quorum=2), ()),
        (two_commits(), reference(commit_quorum=2), ()),
        (two_change_views(), reference(view_quorum=2), ()),
        (committed_then_asked(), reference(Unlocked), ()),
        (committed_then_asked(), reference(ChangesAfterCommit), ()),
        (asked_and_silent(), reference(NoReturnRule), ()),
        (split_preparations(), reference(NoHashCheck), (0,)),
    ],
    ids=["prepare", "commit", "view", "lock", "change-after-commit", "return", "hash"],
)
def test_mutants_are_caught(events: list[Event], mutant: DbftReference, liars: tuple[int, ...]):
    """Each schedule holds on the replica and not on one with the fault."""
    assert replay(schedule(events, byzantine=liars), reference())
    assert replay(schedule(events, byzantine=liars), mutant).status == "refuted"
