"""Replay: a schedule worked out by hand, what differs from it, and mutants that it catches."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from milpbft.errors import InputError
from milpbft.pov.reference.adversaries import Prompt, RandomNetwork, partition
from milpbft.pov.reference.labels import Label
from milpbft.pov.reference.messages import BlockMessage
from milpbft.pov.reference.replay import Replay, replay
from milpbft.pov.reference.rules import Rules
from milpbft.schedule import Decide, Deliver, Event, Fault, Schedule, Send, Timeout
from milpbft.schedule.itf import from_itf, to_itf
from milpbft.verdict import Verdict
from tests.pov.reference.povworld import give, kinds, liars, node, run, says

SETTINGS = {"commissioners": "3", "butlers": "2", "cycle": "8"}

ROUND: tuple[Event, ...] = (
    Send(0, 3, "Proposal", 0),
    *(Deliver(1, i, 3, "Proposal", 0) for i in (0, 2)),
    *(Send(1, i, "Signature", 0) for i in (0, 2)),
    Deliver(2, 3, 0, "Signature", 0),
    Deliver(3, 3, 2, "Signature", 0),
    Send(3, 3, "StampRequest", 0),
    Deliver(4, 5, 3, "StampRequest", 0),
    Send(4, 5, "Timestamp", 0),
    Deliver(5, 3, 5, "Timestamp", 0),
    Send(5, 3, "Block", 0),
    Decide(5, 3, 0),
    *(Deliver(6, i, 3, "Block", 0) for i in (0, 1, 2, 4)),
    *(Decide(6, i, 0) for i in (0, 1, 2, 4)),
)
"""Commissioner 1 hears nothing of the proposal; two signatures of three suffice."""


def schedule(*events: Event, **changes: Any) -> Schedule:
    fields: dict[str, Any] = {"protocol": "pov", "n": 6, "byzantine": (), "primaries": (3, 4)}
    fields |= {"events": events, "horizon": 7, "settings": SETTINGS}
    return Schedule(**fields | changes)


def test_a_round_by_hand():
    assert replay(schedule(*ROUND)) == Verdict("replay", "confirmed")


def test_a_schedule_survives_json():
    again = Schedule.from_json(schedule(*ROUND).to_json())
    assert replay(again)


def test_names_with_suffixes_survive_itf():
    """A Byzantine butler's requests and blocks keep their names in an ITF trace."""
    forgeries = [says(0, 3, "Proposal"), says(2, 3, "StampRequest{0,2}"),
                 says(2, 3, "StampRequest{0,2}~1"), says(4, 3, "Block{0,2}~1")]  # fmt: skip
    world = run(Rules(3, 2, cycle=8, rounds=1), 7, Prompt(forgeries=forgeries), faults=liars(3))
    kept = from_itf(to_itf(world.schedule(7)))
    assert "Block{0,2}~1" in {event.kind for event in kept.events if isinstance(event, Send)}
    assert replay(kept)


def without(event: Event) -> tuple[Event, ...]:
    assert event in ROUND
    return tuple(one for one in ROUND if one != event)


@pytest.mark.parametrize(
    ("events", "words"),
    [
        (without(Send(0, 3, "Proposal", 0)), "tick 0: node 3 sends Proposal of view 0 here, but"),
        (without(Deliver(3, 3, 2, "Signature", 0)),
         "tick 3: node 3 sends StampRequest of view 0 in the schedule, but not here"),
        (without(Decide(6, 4, 0)), "tick 6: node 4 decides in view 0 here, but not in the"),
        ((*ROUND, Decide(6, 4, 0)), "tick 6: node 4 decides in view 0 in the schedule, but not"),
        ((*ROUND, Send(2, 1, "Signature", 0)), "node 1 sends Signature of view 0 in the schedule"),
        ((*ROUND, Deliver(0, 1, 3, "Proposal", 0)), "node 1 receives Proposal of view 0 from node "
         "3, which was not sent before"),
        ((*ROUND, Deliver(2, 0, 3, "Proposal", 0)), "which it has received already"),
        ((*ROUND, Deliver(1, 0, 3, "Proposal", 0)), "node 0 receives Proposal of view 0 from node "
         "3 twice"),
        ((*ROUND, Timeout(7, 1, 0)), "the timer of node 1 expires in view 0 in the schedule"),
    ],
)  # fmt: skip
def test_the_first_difference_is_named(events: tuple[Event, ...], words: str):
    verdict = replay(schedule(*events))
    assert verdict.status == "refuted"
    assert words in verdict.reason


def test_primaries_are_compared():
    assert "primary of view 0: 4 in" in replay(schedule(*ROUND, primaries=(4, 3))).reason


def test_timeouts_follow_from_the_clock():
    """Without Timeout events they are left to it; with any, all are compared."""
    silent = (Fault(0, 3, "crash"), Send(8, 4, "Proposal", 1))
    assert replay(schedule(*silent, horizon=8))
    timeouts = [Timeout(8, i, 0) for i in (0, 1, 2, 4)]
    assert replay(schedule(*silent, *timeouts, horizon=8))
    verdict = replay(schedule(*silent, *timeouts[1:], horizon=8))
    assert "the timer of node 0 expires in view 0 here, but not in the schedule" in verdict.reason


def test_free_clocks_expire_when_the_schedule_says():
    """A drifting second butler starts at tick 2, long before T_cut = 8."""
    free = SETTINGS | {"clocks": "free"}
    events = (*ROUND, Timeout(2, 4, 0), Send(2, 4, "Proposal", 1))
    assert replay(schedule(*events, settings=free))
    assert "the timer of node 4 expires in view 0 in the sch" in replay(schedule(*events)).reason
    wrong = (*ROUND, Timeout(2, 4, 1), Send(2, 4, "Proposal", 1))
    verdict = replay(schedule(*wrong, settings=free))
    assert "node 4 expires in view 1 in the schedule, but not here" in verdict.reason
    twice = (*ROUND, Timeout(2, 4, 0), Timeout(2, 4, 1))
    assert replay(schedule(*twice, settings=free))


@pytest.mark.parametrize(
    ("forgery", "words"),
    [
        (Send(1, 4, "Proposal", 0), "node 4 is not on duty in view 0"),
        (Send(1, 4, "Block", 1), "no Byzantine node has Timestamp"),
        (Send(1, 4, "StampRequest{0}", 1), "no Byzantine node has Proposal"),
        (Send(1, 2, "StampRequest", 0), "node 2 is not on duty"),
        (Send(1, 4, "Timestamp", 1), "no Byzantine node makes a Timestamp"),
        (Send(1, 4, "Proposal@2", 0), "no Byzantine node has the block of height 1"),
    ],
)
def test_byzantine_nodes_forge_nothing(forgery: Send, words: str):
    """What they send must be made of what they have."""
    verdict = replay(schedule(Send(0, 3, "Proposal", 0), forgery, byzantine=(2, 4)))
    assert words in verdict.reason


def test_signatures_must_have_been_delivered():
    """A Byzantine butler cannot use an honest signature that it has not received."""
    events = (
        Send(0, 3, "Proposal", 0),
        *(Deliver(1, i, 3, "Proposal", 0) for i in (0, 1)),
        *(Send(1, i, "Signature", 0) for i in (0, 1)),
        Deliver(2, 3, 0, "Signature", 0),
        Send(2, 3, "StampRequest{0,1}", 0),
    )
    verdict = replay(schedule(*events, byzantine=(3,)))
    assert "no Byzantine node has the signature of commissioner 1" in verdict.reason


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"protocol": "dbft2"}, "protocol"),
        ({"settings": {"commissioners": "3", "butlers": "2"}}, "settings.cycle"),
        ({"settings": SETTINGS | {"cycle": "x"}}, "settings.cycle"),
        ({"settings": SETTINGS | {"speed": "1"}}, "settings.speed"),
        ({"n": 5}, "n"),
        ({"byzantine": (5,)}, "faults"),
        ({"events": (Fault(0, 1, "omission"),)}, "fault"),
        ({"events": (Send(0, 3, "Vote", 0),), "byzantine": (3,)}, "kind"),
    ],
)
def test_unusable_schedules(changes: dict[str, object], field: str):
    with pytest.raises(InputError) as caught:
        replay(schedule(**{"events": (), "primaries": ()} | changes))
    assert caught.value.field == field


@pytest.mark.parametrize("kind", ["Block", "Proposal#2!", "StampRequest#1{0,2}~3@4", "Ballot{7,9}"])
def test_labels_round_trip(kind: str):
    assert str(Label.parse(kind)) == kind


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("forwarding", [False, True])
def test_any_run_replays(seed: int, forwarding: bool):
    """Four commissioners, one Byzantine; three butlers, one Byzantine; random delays."""
    rules = Rules(4, 3, cycle=6, rounds=2, forwarding=forwarding)
    world = run(rules, 30, RandomNetwork(seed), faults=liars(1, 5))
    assert replay(world.schedule(30)).status == "confirmed"


@pytest.mark.parametrize("seed", [79, 151, 154, 217])
def test_runs_with_byzantine_elections_replay(seed: int):
    """What Byzantine nodes tried and could not send leaves no trace in what they can."""
    rules = Rules(5, 3, cycle=5, rounds=2, ordinary=1, votes=2)
    world = run(rules, 45, RandomNetwork(seed, deliver=0.7), faults=liars(0, 1, 5, 6))
    assert replay(world.schedule(45)).status == "confirmed"


# ---- mutants


class HalfQuorum(Rules):
    """Exactly half of the signatures suffice."""

    def enough(self, signatures: int) -> bool:
        """Decide as the mutant does."""
        return 2 * signatures >= self.commissioners


class NoCutoff(Rules):
    """T_cut is not checked."""

    def in_time(self, timestamp: int, previous: int, cycle: int) -> bool:
        """Decide as the mutant does."""
        return True


class SeatNotReduced(Rules):
    """R + 1 is not taken modulo N_b."""

    def seat(self, random: int, cycle: int) -> int:
        """Decide as the mutant does."""
        return random + cycle - 1


class DrawNotReduced(Rules):
    """R of equation 2 is not taken modulo N_b."""

    def draw(self, signatures, timestamp: int) -> int:
        """Decide as the mutant does."""
        last = super().draw(signatures, timestamp)
        return last + self.butlers


class TicketTwice(Rules):
    """A ballot may name a candidate twice, and both tickets count."""

    def repeats(self, tickets: tuple[int, ...]) -> bool:
        """Decide as the mutant does."""
        return False


def mutated(mutant: type[Rules], rules: Rules) -> Rules:
    return mutant(**{name: getattr(rules, name) for name in Rules.__dataclass_fields__})


def verdicts(rules: Rules, mutant: type[Rules], horizon: int, adversary: object,
             **world: object) -> tuple[Verdict, Verdict]:  # fmt: skip
    """Replay a run of correct nodes on correct nodes and on mutants."""
    kept = run(rules, horizon, adversary, **world).schedule(horizon)
    return replay(kept), Replay(kept, theirs=mutated(mutant, rules)).run()


def test_a_quorum_of_exactly_half_is_caught():
    """By replay, and by equal halves that both make a block."""
    rules = Rules(4, 2, cycle=8, rounds=1)
    slow = Prompt(hold=lambda tick, node, p: p.kind == "Signature" and tick < 2 + p.sender)
    right, wrong = verdicts(rules, HalfQuorum, 20, slow)
    assert right
    assert "tick 3: node 4 sends StampRequest of view 0 here, but not in" in wrong.reason
    halves = partition((0, 1, 4), (2, 3, 5), until=99)
    bridge = Prompt(reaches=lambda tick, a, b: 6 in (a, b) or halves(tick, a, b))
    mutants = run(rules, 30, bridge, theirs=mutated(HalfQuorum, rules))
    assert len(mutants.adopted(1)) == 2
    assert mutants.valid == {}
    assert run(rules, 30, bridge).adopted(1) == set()


def test_a_cutoff_not_checked_is_caught():
    """The request reaches the time server at T_cut: correct nodes publish nothing."""
    rules = Rules(3, 2, cycle=8, rounds=1)
    late = Prompt(hold=lambda tick, node, p: p.kind == "StampRequest" and tick < 8)
    right, wrong = verdicts(rules, NoCutoff, 12, late)
    assert right
    assert "node 3 sends Block of view 0 here, but not in the schedule" in wrong.reason


def test_a_seat_not_reduced_is_caught():
    """The last butler is offline, and number 0 has to follow it."""
    rules = Rules(3, 2, cycle=8, rounds=1, first=1)
    events = (Fault(0, 4, "crash"), Send(8, 3, "Proposal", 1))
    settings = SETTINGS | {"first": "1"}
    kept = schedule(*events, horizon=8, primaries=(4, 3), settings=settings)
    assert replay(kept)
    wrong = Replay(replace(kept, primaries=()), theirs=mutated(SeatNotReduced, rules)).run()
    assert "node 3 sends Proposal of view 1 in the schedule, but not here" in wrong.reason


def test_a_draw_not_reduced_is_caught():
    """Its blocks have a wrong R, which correct nodes refuse; labels alone do not show it."""
    rules = Rules(3, 2, cycle=8, rounds=1)
    mutants = run(rules, 20, theirs=mutated(DrawNotReduced, rules))
    assert mutants.valid == {}
    (block,) = {node.chain.head for node in mutants.nodes.values()}
    assert block.random >= rules.butlers
    correct = node(4)
    give(correct, BlockMessage(3, 1, 1, block))
    assert correct.dropped == {"wrong R": 1}


def test_a_ticket_counted_twice_is_caught():
    """A Byzantine commissioner gives both tickets to one candidate, which turns the result."""
    rules = Rules(3, 2, cycle=10, ordinary=1, votes=2, rounds=2)
    began = run(rules, 30).nodes[0].chain.blocks[1].timestamp
    cheat = Prompt(forgeries=[says(began + 3, 2, "Ballot{4,4}@2")])
    right, wrong = verdicts(rules, TicketTwice, 30, cheat, faults=liars(2))
    assert right
    assert not wrong
    teams = {}
    for name, theirs in (("correct", rules), ("mutants", mutated(TicketTwice, rules))):
        world = run(rules, 30, cheat, faults=liars(2), theirs=theirs)
        teams[name] = world.nodes[0].chain.ledgers[2].team
    assert teams == {"correct": (3, 4), "mutants": (4, 3)}
    offers = [p.envelope for p in world.network.log if p.kind == "Proposal@2"]
    signer = run(replace(rules, rounds=1), 8, cheat, faults=liars(2)).nodes[0]
    signer.rules = rules
    assert "Signature" not in kinds(give(signer, *offers))
    assert signer.dropped["ticket used twice"] == 1
