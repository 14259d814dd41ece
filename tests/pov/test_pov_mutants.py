"""Mutants: a promise, a count or a rule that is broken is refuted, and optima of 0 are no luck."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from milpbft.pov.enumerate.rounds import best as best_round
from milpbft.pov.enumerate.tallest import best as best_chain
from milpbft.pov.heights import ChainInstance
from milpbft.pov.instance import RoundInstance
from milpbft.pov.model.acts import Sizes
from milpbft.pov.reference.adversary import random_run, worth
from milpbft.pov.reference.elections import elect
from milpbft.pov.reference.mutants import (
    Credulous,
    Hasty,
    Late,
    Wanton,
    bribed,
    careless,
    credulous,
    deaf,
    greedy,
    halved,
    wanton,
)
from milpbft.pov.reference.node import Node
from milpbft.pov.room import POV
from milpbft.pov.voting import ElectionInstance
from milpbft.question.files import InstanceFile, parse_instance
from milpbft.schedule import Fault, Send
from milpbft.solve import replay_schedule, solve
from tests.pov.enumerate.test_pov_heights import NARROW
from tests.pov.exhausted import exhausted
from tests.witness import schedule_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from milpbft.pov.reference.rules import Rules


FOLDER = Path(__file__).parents[2] / "instances" / "pov"


BROKEN = [
    ("povround-nc3-nb2-tb10-t20-blocks-delta3", {"delta": "2"}, "has not arrived"),
    ("povround-nc3-nb2-tb6-t17-cycles-delta1-gst11", {"gst": "0"}, "has not arrived"),
    ("povround-nc4-nb3-tb6-t11-bb1-blocks-delta1", {"budget": "0-3:0,4-6:0"}, "is faulty"),
    ("povround-nc4-nb3-tb6-t11-bb1-blocks-delta1", {"budget": "0-3:1"}, "may not be"),
    ("povround-nc5-nb3-tb6-t17-blocks-delta1-side3", {"cut": "0"}, "crosses"),
    ("povround-nc5-nb3-tb6-t17-bc1-blocks-delta1-side3-cut0",
     {"budget": "0-4:0,5-7:0"}, "is faulty"),
    ("povround-nc5-nb3-tb6-t11-blocks-lock-amnesia1", {"restarts": "0"}, "starts again"),
    ("povround-nc4-nb3-tb6-t11-cycles-lapse1-delta1", {"restarts": "0"}, "starts again"),
    ("povround-nc4-nb3-tb6-t11-cycles-reload1-delta1", {"reloads": "0"}, "reloads its log"),
    ("povround-nc4-nb3-tb6-t11-blocks", {"network": "reliable"}, "has not arrived"),
    ("povround-nc3-nb2-tb6-t15-blocks-delta1-late6", {"slow": "5:1"}, "has not arrived"),
    ("povround-nc4-nb3-tb6-t11-blocks-lock-withholding-delta1", {"withheld": "6"},
     "has not arrived"),
    ("povround-nc3-nb2-tb6-t15-blocks-delta1-off4", {"off": "0"}, "clock is"),
    ("povround-nc3-nb2-tb5-t9-cycles-delta1-skew3", {"skew": "2"}, "expires"),
    ("povround-nc4-nb3-tb6-t23-cycles-delta1-side2-cut0-heal8", {"heal": "6"}, "has not arrived"),
    ("povround-nc4-nb3-tb6-t17-bb1-blocks-fetch-delta1", {"fetch": "no"}, "sends Fetch"),
    ("povround-nc3-nb2-tb5-t5-bb1-s4-blocks-once-twofaced-delta1-off1", {"twofaced": "no"},
     "sends Timestamp"),
    ("povelection-nc5-nb2-n6-k2-a2-d3-seats", {"budget": "0-4:1"}, "is faulty"),
    ("povelection-nc5-nb2-n6-k2-a2-d3-seats", {"votes": "1"}, "no election"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "settings", "words"), BROKEN)
def test_a_broken_promise_is_refuted(name: str, settings: dict[str, str], words: str):
    """A schedule that was made for a worse network, or more faults, than it says."""
    schedule = schedule_of(name)
    verdict = replay_schedule(replace(schedule, settings=schedule.settings | settings))
    assert verdict.status == "refuted"
    assert words in verdict.reason


@pytest.mark.parametrize(
    "settings", [{"delta": "4"}, {"gst": "1"}, {"budget": "0-2:0,3-4:1"}, {"network": "reliable"}]
)
def test_a_schedule_that_promises_something_else_is_no_run_of_the_instance(
    settings: dict[str, str],
):
    """The recount compares the promises with the instance's."""
    instance = parse_instance("povround-nc3-nb2-tb10-t20-blocks-delta3")
    schedule = schedule_of(instance.name)
    assert POV.recount(instance, schedule, 2)
    other = replace(schedule, settings=schedule.settings | settings)
    assert "promises something else" in POV.recount(instance, other, 2).reason


@pytest.mark.parametrize(
    "settings",
    [{"quorum": "1"}, {"clocks": "free"}, {"vrf": "yes"}, {"rounds": "2"}, {"once": "yes"},
     {"wrap": "again"}],
)  # fmt: skip
def test_a_run_by_other_rules_is_no_run_of_the_instance(settings: dict[str, str]):
    """They make the same run, and replay confirms it; of another question."""
    name = "povround-nc3-nb2-tb4-t6-bb1-s2-blocks-delta1"
    instance, schedule = parse_instance(name), schedule_of(name)
    assert POV.recount(instance, schedule, 2)
    other = replace(schedule, settings=schedule.settings | settings)
    assert "promises something else" in POV.recount(instance, other, 2).reason


@pytest.mark.parametrize(
    ("name", "without", "value"),
    [
        ("povround-nc3-nb2-tb4-t6-bb1-s2-blocks-delta1", "-s2", 2),
        ("povround-nc5-nb2-tb6-t5-bc1-bb1-e2-blocks-delta1", "-e2", 2),
        ("povround-nc2-nb2-tb4-t6-bc2-bb1-illegal-delta1", "", 1),
    ],
)
def test_a_proposal_or_a_timestamp_too_many_is_refuted(name: str, without: str, value: int):
    """A Byzantine butler does as often what it may as the instance says, and no more."""
    schedule = schedule_of(name)
    assert replay_schedule(schedule)
    assert POV.recount(parse_instance(name), schedule, value)
    told = name.replace(without, "") if without else name.replace("illegal", "blocks")
    assert "promises something else" in POV.recount(parse_instance(told), schedule, value).reason


ELECTION = "povelection-nc5-nb2-n6-k2-a2-d3-seats"


@pytest.mark.parametrize("honest", ["", "-same", "-random-seed1", "-scores-trusted2"])
def test_honest_commissioners_vote_as_the_instance_says(honest: str):
    """One of them votes for friends, or sends no ballot: an election as well, of another rule."""
    name = f"{ELECTION}{honest}"
    instance, schedule = parse_instance(name), schedule_of(name)
    value = solve(instance).solution.objective
    assert value is not None
    assert POV.recount(instance, schedule, value)
    mine = next(e for e in schedule.events if isinstance(e, Send) and e.node == 0)
    for events in (
        [replace(mine, kind="Ballot{5,6}") if e is mine else e for e in schedule.events],
        [e for e in schedule.events if e is not mine],
    ):
        other = replace(schedule, events=tuple(events))
        elected = ",".join(map(str, elect(other)))
        other = replace(other, settings=schedule.settings | {"elected": elected})
        assert replay_schedule(other)
        assert "promises something else" in POV.recount(instance, other, value).reason


@pytest.mark.parametrize("settings", [{"n": 10}, {"commissioners": 4}, {"candidates": 7}])
def test_an_election_of_another_size_is_refuted(settings: dict[str, int]):
    """With as many seats and the same winners."""
    instance, schedule = parse_instance(ELECTION), schedule_of(ELECTION)
    fields = {name: size for name, size in settings.items() if name != "n"}
    other = instance.model_copy(update=fields)
    wider = replace(schedule, n=schedule.n + 1) if "n" in settings else schedule
    assert "promises something else" in POV.recount(other, wider, 2).reason


CHAIN = "povchain-nc4-nb3-h3-bb1"
CHAINS = [
    # A plan, its value, and a promise that its performance breaks.
    (f"{CHAIN}-halt", 1, {"budget": "0-3:0,4-6:0"}, "is faulty"),
    (f"{CHAIN}-duties", 3, {"rounds": "2"}, ""),
    (f"{CHAIN}-branches", 6, {"cycle": "18"}, ""),
    ("povchain-nc4-nb3-h2-bc1-bb3-faults_branches-special", 1, {"ordinary": "9"}, ""),
    ("povchain-nc4-nb3-h3-faults_halt-reload7", 2, {"reloads": "1"}, "reloads its log"),
    ("povchain-nc4-nb3-h3-faults_halt-lock-reload7", 1, {"lock": "no"}, ""),
    ("povchain-nc3-nb2-h3-bb1-duties-term2", 3, {"ordinary": "9"}, ""),
    ("povchain-nc4-nb3-h4-halt-fetch-term2-swap2", 4, {"fetch": "no"}, ""),
    ("povchain-nc4-nb3-h4-halt-term2-swap2", 2, {"swaps": "0"}, ""),
]


@pytest.mark.parametrize(("name", "value", "settings", "words"), CHAINS)
def test_a_chain_with_a_broken_promise_or_count_is_refuted(
    name: str, value: int, settings: dict[str, str], words: str
):
    """Its run on nodes, message by message; and a value that is one off."""
    instance, schedule = parse_instance(name), schedule_of(name)
    told = POV.messages(schedule)
    assert told is not None
    assert replay_schedule(told)
    verdict = replay_schedule(replace(told, settings=told.settings | settings))
    assert verdict.status == "refuted"
    assert words in verdict.reason
    assert POV.recount(instance, schedule, value)
    for wrong in (value - 1, value + 1):
        assert f"{value} in the run" in POV.recount(instance, schedule, wrong).reason
    other = replace(schedule, settings=schedule.settings | settings)
    assert not POV.recount(instance, other, value)


COUNTS = [
    ("povround-nc3-nb2-tb10-t20-blocks-delta3", 2),
    ("povround-nc3-nb2-tb4-t6-bb1-s2-blocks-delta1", 2),
    ("povround-nc4-nb3-tb6-t17-bb1-cycles-delta1", 2),
    ("povround-nc4-nb3-tb6-t17-bb1-last-delta1", 4),
    ("povround-nc4-nb2-tb6-t9-bc4-bb2-faults_illegal-delta1", 4),
    ("povround-nc4-nb2-tb6-t9-bc3-bb2-illegal-delta1", 1),
    ("povround-nc5-nb2-tb6-t5-bc1-bb1-e2-faults_fork-delta1", 2),
    ("povround-nc5-nb3-tb6-t11-faults_fork-lock-amnesia2", 1),
    ("povround-nc4-nb3-tb6-t11-cycles-lapse1-delta1", 2),
    ("povround-nc4-nb3-tb6-t11-faults_stop-lapse2-delta1", 2),
    ("povround-nc4-nb3-tb6-t11-last-reload1-delta1", 3),
    ("povelection-nc5-nb2-n6-k2-a2-d3-seats", 2),
    ("povelection-nc5-nb2-n6-k2-a5-d3-commissioners", 2),
]


@pytest.mark.parametrize(("name", "value"), COUNTS)
def test_every_objective_is_counted_again(name: str, value: int):
    """One number passes, those beside it do not."""
    instance, schedule = parse_instance(name), schedule_of(name)
    assert POV.recount(instance, schedule, value)
    for wrong in (value - 1, value + 1):
        verdict = POV.recount(instance, schedule, wrong)
        assert f"{value} in the run, {wrong} in the model" in verdict.reason


def test_a_model_with_another_bound_is_refuted(monkeypatch: pytest.MonkeyPatch):
    """Messages that may come a tick late fork; what the schedule promises says otherwise."""
    right = Sizes.due

    def late(self: Sizes, tick: int, hops: int = 1) -> int | None:
        due = right(self, tick, hops)
        return None if due is None or due + 2 > self.instance.horizon else due + 2

    name = "povround-nc4-nb3-tb6-t17-blocks-delta1"
    assert solve(parse_instance(name)).solution.objective == 1
    monkeypatch.setattr(Sizes, "due", late)
    result = solve(parse_instance(name))
    verdict = result.verdict("replay")
    assert (result.solution.status, result.solution.bound) == ("limit", 2)
    assert verdict is not None
    assert verdict.status == "refuted"


def test_who_starts_again_and_forgets_nothing_forks_nobody(monkeypatch: pytest.MonkeyPatch):
    """Replay of a fork under a lock needs the nodes of the reference to forget."""
    schedule = schedule_of("povround-nc5-nb3-tb6-t11-blocks-lock-amnesia1")
    assert replay_schedule(schedule)
    monkeypatch.setattr(Node, "restart", lambda _: None)
    verdict = replay_schedule(schedule)
    assert verdict.status == "refuted"
    assert "in the schedule, but not here" in verdict.reason


@pytest.mark.parametrize(
    ("name", "act"),
    [
        ("povround-nc4-nb3-tb6-t11-cycles-lapse1-delta1", "restart"),
        ("povround-nc4-nb3-tb6-t11-last-reload1-delta1", "reload"),
    ],
)
def test_replay_needs_what_starting_again_costs(
    name: str, act: str, monkeypatch: pytest.MonkeyPatch
):
    """A butler that forgets nothing has its block, and so has a node that loses nothing."""
    schedule = schedule_of(name)
    assert replay_schedule(schedule)
    if act == "restart":
        monkeypatch.setattr(Node, "restart", lambda _: None)
        assert replay_schedule(schedule).status == "refuted"
        return
    lost = {(e.node, e.tick) for e in schedule.events if isinstance(e, Fault) and e.goes_on}
    kept = replace(schedule, events=tuple(e for e in schedule.events if not isinstance(e, Fault)))
    assert lost
    assert "has not arrived" in replay_schedule(kept).reason


# ---- optima of 0


ZEROES = [
    file.instance
    for path in sorted(FOLDER.glob("*.toml"))
    if (file := InstanceFile.read(path)).expected is not None and file.expected.objective == 0
]
ROUNDS = [one for one in ZEROES if isinstance(one, RoundInstance)]
ELECTIONS = [one for one in ZEROES if isinstance(one, ElectionInstance)]


@pytest.mark.parametrize("instance", ROUNDS, ids=lambda one: one.name)
def test_where_nothing_happens_mutants_of_the_replica_do_more(instance: RoundInstance):
    """The same adversary, on nodes that sign forged transactions or take half for a quorum."""
    mutant: Callable[[Rules], Rules] = halved if instance.side else credulous
    runs = range(40)
    assert not any(worth(random_run(instance, seed), instance) for seed in runs)
    assert any(worth(random_run(instance, seed, mutant), instance) for seed in runs)


@pytest.mark.parametrize("instance", ELECTIONS, ids=lambda one: one.name)
def test_where_nobody_is_elected_mutants_elect_friends(instance: ElectionInstance):
    """A butler who may leave out as many ballots as it likes counts those of its friends alone."""
    assert bribed(instance, sound=True) is None
    assert bribed(instance, sound=False)


# ---- mutants of every objective, by exhaustion


ROUND_MUTANTS = [
    ("povround-nc1-nb2-tb4-t8-cycles-delta1", Hasty, 2, 4),
    ("povround-nc1-nb2-tb4-t8-last-delta1", Hasty, 2, 4),
    ("povround-nc1-nb2-tb4-t8-bb1-faults_stop-delta1", Hasty, None, 0),
    ("povround-nc1-nb2-tb3-t6-bb1-blocks-delta1", Late, 0, 1),
    ("povround-nc1-nb2-tb4-t8-blocks-delta2", Late, 1, 2),
    ("povround-nc1-nb2-tb5-t9-blocks-lock", Wanton, 1, 2),
    ("povround-nc1-nb2-tb5-t11-faults_fork-lock-reload3-delta1", Wanton, None, 2),
    ("povround-nc2-nb2-tb4-t6-bb1-illegal-delta1", Credulous, 0, 1),
    ("povround-nc2-nb2-tb4-t7-bb1-faults_illegal-delta1", Credulous, None, 1),
]


@pytest.mark.parametrize(("name", "mutant", "value", "more"), ROUND_MUTANTS)
def test_rounds_of_mutants_come_to_more(
    name: str, mutant: type[Rules], value: int | None, more: int
):
    """Sound nodes come to the optimum, and nodes with a known fault to more, by trying all runs."""
    assert exhausted(name) == value
    instance = parse_instance(name)
    assert isinstance(instance, RoundInstance)
    assert best_round(instance, theirs=mutant) == more


CHAIN_MUTANTS = [
    # Who has lost a block is signed for once more: a lock that binds nobody is none.
    ("nc2-nb2-h1-halt-lock-reload4", wanton, {"branches": (1, 2), "faults_branches": (None, 3)}),
    ("nc1-nb2-h1-halt-lock-reload3", wanton, {"branches": (1, 2), "faults_branches": (None, 2)}),
    # Newcomers who ask for nothing are no commissioners.
    ("nc2-nb2-h3-halt-fetch-term2-swap1", deaf, {"halt": (3, 2), "faults_halt": (None, 0)}),
    # Nobody new has a block, and all are to sign.
    ("nc4-nb2-h3-halt-term2-swap1", greedy, {"halt": (3, 0), "faults_halt": (None, 0)}),
]


@pytest.mark.parametrize(("words", "mutant", "values"), CHAIN_MUTANTS)
def test_chains_of_mutants_come_to_more(
    words: str,
    mutant: Callable[[Rules], Rules],
    values: dict[str, tuple[int | None, int]],
):
    """The same for several heights."""
    instance = parse_instance(f"povchain-{words}")
    assert isinstance(instance, ChainInstance)
    sound, faulty = best_chain(instance, NARROW), best_chain(instance, NARROW, mutant)
    for objective, pair in values.items():
        told = ChainInstance.make(instance.model_dump() | {"objective": objective})
        assert solve(told).solution.objective == sound[objective]
        assert (sound[objective], faulty[objective]) == pair


@pytest.mark.parametrize("butlers", [2, 4])
def test_few_elect_a_team_where_a_butler_leaves_out_the_ballots_of_others(butlers: int):
    """By careless rules one commissioner is an election, where by sound ones it takes more."""
    told = {"protocol": "povelection", "commissioners": 5, "butlers": butlers, "candidates": 12,
            "votes": 4, "byzantine_commissioners": 4, "friends": 6,
            "objective": "commissioners"}  # fmt: skip
    instance = ElectionInstance.make(told)
    value = solve(instance).solution.objective
    assert value is not None
    assert value > 1
    assert careless(instance) == 1


def test_there_are_optima_of_zero():
    """So that the two tests above are about something."""
    assert ROUNDS
    assert ELECTIONS
