"""Rounds: proven optima, replayed; the network that they keep to; random runs and mutants."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import pytest

from milpbft.errors import InputError
from milpbft.pov.instance import RoundInstance
from milpbft.pov.model.round import RoundModel
from milpbft.pov.reference.adversary import random_run, worth
from milpbft.pov.reference.replay import Replay
from milpbft.pov.reference.rules import Rules
from milpbft.pov.steered import steered
from milpbft.question.files import parse_instance
from milpbft.schedule import Deliver, Schedule, Send
from milpbft.solve import solve as solve_instance
from solvers import solve as solve_problem

if TYPE_CHECKING:
    from milpbft.pov.reference.encoding import Signed
    from milpbft.result import Result


def instance_of(name: str) -> RoundInstance:
    instance = parse_instance(name)
    assert isinstance(instance, RoundInstance)
    return instance


@cache
def solved(name: str) -> Result:
    """Solve once; the value is proven, and correct nodes do what the schedule says."""
    result = solve_instance(instance_of(name))
    assert result.solution.status == "optimal"
    assert result.verdict("replay"), result.verdict("replay")
    return result


def schedule_of(name: str) -> Schedule:
    schedule = solved(name).schedule
    assert schedule is not None
    return schedule


BLOCKS = [
    ("povround-nc4-nb3-tb6-t17-blocks-delta1", 1),
    ("povround-nc4-nb3-tb6-t11-blocks", 2),
    ("povround-nc4-nb3-tb6-t11-bb1-blocks-delta1", 2),
    ("povround-nc4-nb3-tb6-t17-bb1-blocks-forwarding-delta1", 2),
    ("povround-nc5-nb2-tb6-t5-bc1-bb1-e2-blocks-delta1", 2),
    ("povround-nc4-nb2-tb6-t5-bc1-bb1-e2-blocks-delta1", 1),
    ("povround-nc5-nb2-tb7-t6-bb1-s2-blocks-delta1", 2),
    ("povround-nc5-nb3-tb6-t17-blocks-delta1-side3", 2),
    ("povround-nc5-nb3-tb6-t23-blocks-delta1-side3-cut0", 1),
]


@pytest.mark.parametrize(("name", "value"), BLOCKS)
def test_blocks_at_one_height(name: str, value: int):
    """The reference's nodes adopt as many different blocks as the optimum says, all valid."""
    assert solved(name).solution.objective == value
    run = Replay(schedule_of(name))
    assert run.run()
    assert len(run.world.adopted(1)) == value
    assert len(run.world.valid[1]) >= value


@pytest.mark.parametrize("crooks", [0, 1, 2])
def test_byzantine_butlers_cost_a_cycle_each(crooks: int):
    """With delays that T_b has room for, M = b_b + 1: one honest butler suffices."""
    told = f"-bb{crooks}" if crooks else ""
    name = f"povround-nc4-nb3-tb6-t23{told}-cycles-delta1"
    assert solved(name).solution.objective == crooks + 1


@pytest.mark.parametrize(("cycle", "bound", "ever"), [(3, 1, False), (4, 1, True), (6, 2, False)])
def test_a_block_comes_if_a_cycle_has_room_for_three_delays(cycle: int, bound: int, ever: bool):
    """Proposal, signature and request must be there before T_cut: T_b > 3 d, or never a block."""
    horizon = 3 * cycle + 2
    name = f"povround-nc3-nb2-tb{cycle}-t{horizon}-cycles-delta{bound}"
    value = solved(name).solution.objective
    assert (value < instance_of(name).views + 1) == ever == (cycle > 3 * bound)


@pytest.mark.parametrize(("bound", "cycle"), [(2, 7), (3, 9), (3, 10), (3, 11), (3, 13)])
def test_honest_nodes_fork_in_a_synchronous_network_with_short_cycles(bound: int, cycle: int):
    """The next butler publishes, at best at T_b + 4, before the first block must be there.

    That is 2 d after its timestamp, which is at 3 d at the latest and before T_b.
    """
    name = f"povround-nc3-nb2-tb{cycle}-t{cycle + 5 * bound}-blocks-delta{bound}"
    late = min(3 * bound, cycle - 1) + 2 * bound
    assert solved(name).solution.objective == (2 if cycle + 4 < late else 1)


def test_m_that_starts_again_never_brings_a_block():
    """Two cycles fail; then the network is prompt. m counts on: a block. m starts at 1: none."""
    on, again = "povround-nc3-nb2-tb6-t29-cycles-delta1-gst11", "again-delta1-gst11"
    assert solved(on).solution.objective == 3
    assert solved(on.replace("delta1-gst11", again)).solution.objective == 6


def test_forged_transactions_take_a_quorum_of_commissioners_and_a_butler():
    """Lemma 4.1, from the other side."""
    name = "povround-nc4-nb2-tb6-t9-bc4-bb2-faults_illegal-delta1"
    assert solved(name).solution.objective == 4
    assert solved("povround-nc4-nb2-tb6-t9-bc2-bb2-illegal-delta1").solution.objective == 0


@pytest.mark.parametrize("solver", ["highs", "cbc"])
def test_other_solvers_agree(solver: str):
    """MILP solvers find the optima of CP-SAT."""
    for name, value in BLOCKS[4:6]:
        assert solve_problem(RoundModel(instance_of(name)).problem, solver).objective == value


def owed(schedule: Schedule, instance: RoundInstance) -> int:
    """Test that messages between correct nodes keep the bound; return how many there are."""
    sent = {(e.node, e.kind, e.view): e.tick for e in schedule.events if isinstance(e, Send)}
    came = {
        (e.sender, e.kind, e.view, e.node): e.tick
        for e in schedule.events
        if isinstance(e, Deliver)
    }
    c, server = instance.commissioners, schedule.n - 1
    everybody = set(range(server))
    takers = {
        "Proposal": lambda _: set(range(c)),
        "Signature": lambda view: {c + view % instance.butlers},
        "StampRequest": lambda _: {server},
        "Timestamp": lambda view: {c + view % instance.butlers},
        "Block": lambda _: everybody,
        "Forward": lambda _: everybody,
    }
    count = 0
    for (node, kind, view), tick in sent.items():
        if node in schedule.byzantine:
            continue
        due = max(tick, instance.gst) + instance.delta
        base = kind.partition("{")[0].partition("#")[0].partition("~")[0]
        for taker in takers[base](view) - {node} - set(schedule.byzantine):
            arrived = came.get((node, kind, view, taker))
            if due <= instance.horizon:
                assert arrived is not None, (node, kind, view, taker)
                assert tick < arrived <= due
                count += 1
    return count


@pytest.mark.parametrize(
    "name",
    [
        "povround-nc3-nb2-tb10-t25-blocks-delta3",
        "povround-nc4-nb3-tb6-t17-bb1-blocks-forwarding-delta1",
        "povround-nc3-nb2-tb6-t29-cycles-delta1-gst11",
    ],
)
def test_schedules_keep_to_the_network(name: str):
    """What correct nodes send each other is there in time, also where it changes nothing."""
    assert owed(schedule_of(name), instance_of(name)) > 10


def test_nothing_crosses_a_partition():
    """After the cut, correct commissioners hear nothing of the other side."""
    name = "povround-nc5-nb3-tb6-t23-blocks-delta1-side3-cut0"
    schedule, instance = schedule_of(name), instance_of(name)
    sides: dict[int, set[bool]] = {}
    for event in schedule.events:
        if isinstance(event, Deliver) and event.sender < 5 <= event.node < schedule.n - 1:
            sides.setdefault(event.node, set()).add(event.sender < instance.side)
    assert sides
    assert all(len(heard) == 1 for heard in sides.values())


RANDOM = [
    "povround-nc4-nb3-tb6-t17-blocks-delta1",
    "povround-nc3-nb2-tb11-t22-blocks-delta3",
    "povround-nc5-nb3-tb6-t17-blocks-delta1-side3",
    "povround-nc4-nb3-tb6-t23-bb2-cycles-delta1",
    "povround-nc3-nb2-tb6-t29-cycles-delta1-gst11",
    "povround-nc4-nb3-tb6-t11-bb1-blocks-delta1",
]


def no_run_beats(name: str, seeds: range) -> int:
    """Test random runs against the optimum; return how many reach it."""
    instance, best = instance_of(name), solved(name).solution.objective
    assert best is not None
    values = [worth(random_run(instance, seed), instance) for seed in seeds]
    assert max(values) <= best
    return values.count(best)


@pytest.mark.parametrize("name", RANDOM)
def test_random_adversaries_never_beat_the_bound(name: str):
    """Runs of the reference that know nothing of the model stay within what it proves."""
    no_run_beats(name, range(30))


@pytest.mark.slow
@pytest.mark.parametrize("name", [*RANDOM, *(name for name, _ in BLOCKS)])
def test_thousands_of_random_adversaries_never_beat_the_bound(name: str):
    """The same with many seeds."""
    no_run_beats(name, range(2000))


def test_random_adversaries_are_no_straw_men():
    """They fork where it is possible, so that their silence elsewhere means something."""
    assert no_run_beats("povround-nc5-nb3-tb6-t17-blocks-delta1-side3", range(60)) > 0


class Late(Rules):
    """Rules by which T_cut is not checked."""

    def in_time(self, timestamp: int, previous: int, cycle: int) -> bool:
        """Answer without looking."""
        return previous <= timestamp


class Unreduced(Rules):
    """Rules by which R is not reduced modulo N_b."""

    def draw(self, signatures: Signed, timestamp: int) -> int:
        """Draw a number that no butler has."""
        reduced = super().draw(signatures, timestamp)
        return reduced + self.butlers


def mutant_verdict(schedule: Schedule, kind: type[Rules], **changes: str):
    """Replay a schedule on nodes that run by other rules."""
    theirs = kind.of(schedule.n, schedule.settings | changes)
    return Replay(schedule, theirs=theirs).run()


def test_a_quorum_of_half_is_caught():
    """Equal halves stall; nodes that take half for a quorum ask for a timestamp."""
    schedule = schedule_of("povround-nc4-nb3-tb6-t11-blocks-delta1-side2-cut0")
    assert mutant_verdict(schedule, Rules)
    verdict = mutant_verdict(schedule, Rules, quorum="2")
    assert verdict.status == "refuted"
    assert "StampRequest" in verdict.reason


def test_an_unchecked_cutoff_is_caught():
    """Where m starts again no block is in time; nodes that do not look publish one."""
    schedule = schedule_of("povround-nc3-nb2-tb6-t29-cycles-again-delta1-gst11")
    assert mutant_verdict(schedule, Rules)
    verdict = mutant_verdict(schedule, Late)
    assert verdict.status == "refuted"
    assert "Block" in verdict.reason


def test_an_unreduced_number_is_caught():
    """A chain in which R is drawn by equation 2 is not that of nodes that forget the modulus."""
    schedule = steered(Rules(5, 10, cycle=8, rounds=3), frozenset({0, 1, 2}))
    assert mutant_verdict(schedule, Rules)
    assert mutant_verdict(schedule, Unreduced).status == "refuted"


def test_schedules_survive_json():
    """What is kept can be replayed."""
    schedule = schedule_of("povround-nc5-nb2-tb7-t6-bb1-s2-blocks-delta1")
    assert Schedule.from_json(schedule.to_json()) == schedule


NAMES = [
    *(name for name, _ in BLOCKS),
    "povround-nc5-nb3-tb6-t11-bc2-bb3-e2-s2-illegal-again-delta1-gst3-side2-cut4",
    "povelection-nc20-nb50-n200-k81-a7-d50-seats-scores-lost-dropped3-trusted5-designated2",
    "povelection-nc3-nb2-n4-k2-d1-commissioners-random-seed3",
]


@pytest.mark.parametrize("name", NAMES)
def test_names_are_read_back(name: str):
    """A name says every field."""
    assert parse_instance(name).name == name


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("povround-nc4-nb3-tb6-t11", "instance"),
        ("povround-nc4-nb3-tb6-t11-undecided", "objective"),
        ("povround-nc4-nc5-nb3-tb6-t11-blocks", "instance"),
        ("povround-nc4-nb3-tb6-t11-bc5-blocks", "byzantine_commissioners"),
        ("povround-nc4-nb3-tb6-t11-blocks-gst5", "gst"),
        ("povround-nc4-nb3-tb6-t11-blocks-cut5", "cut"),
        ("povround-nc4-nb3-tb6-t11-blocks-forwarding-side2", "forwarding"),
        ("povround-nc4-nb3-tb6-t11-e2-blocks", "byzantine_butlers"),
        ("povelection-nc4-nb3-n2-k1-d1-seats", "butlers"),
        ("povelection-nc4-nb2-n4-k1-d1-seats-trusted1", "honest"),
    ],
)
def test_what_is_not_allowed_is_named(name: str, field: str):
    """The error names the field."""
    with pytest.raises(InputError) as caught:
        parse_instance(name)
    assert caught.value.field == field
