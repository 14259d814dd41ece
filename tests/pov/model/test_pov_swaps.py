"""Commissioners who are replaced as a term begins, and newcomers who have to get the chain."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pytest

from milpbft.errors import InputError
from milpbft.pov.heights import ChainInstance
from milpbft.pov.reference.chain_adversary import random_chain
from milpbft.pov.reference.chains import perform, worth, written
from milpbft.pov.reference.rules import Rules
from milpbft.pov.room import POV
from milpbft.question.files import parse_instance
from milpbft.report.naming import names_of
from milpbft.schedule import Send
from tests.pov.enumerate.test_pov_heights import NARROW, differs
from tests.proven import proven
from tests.witness import schedule_of

VALUES = [
    # Two of four are new, get no block, and two more are no quorum.
    ("nc4-nb3-h4-halt-term2-swap2", 2),
    ("nc4-nb3-h4-faults_halt-term2-swap2", 0),
    # One a term: the second is one too many.
    ("nc4-nb3-h4-halt-term2-swap1", 4),
    ("nc4-nb3-h6-halt-term2-swap1", 4),
    # With `fetch` all four can be new.
    ("nc4-nb3-h4-halt-fetch-term2-swap4", 4),
    ("nc4-nb3-h4-branches-fetch-term2-swap4", 1),
]


@pytest.mark.parametrize(("words", "value"), VALUES)
def test_newcomers_without_a_chain_are_no_quorum(words: str, value: int):
    """Cases by hand, performed on nodes and replayed message by message."""
    assert proven(f"povchain-{words}", "highs") == value


def test_newcomers_sign_and_vote_and_nobody_who_left_does():
    """From the first block of the term on, and for the ballots at its end."""
    schedule = schedule_of("povchain-nc4-nb3-h4-halt-fetch-term2-swap2")
    run = written(perform(schedule), schedule)
    left = {*map(int, schedule.settings["swaps"].split("."))}
    there = {*range(4)} - left | {8, 9}
    senders = [
        {e.node for e in run.events if isinstance(e, Send) and e.kind == kind}
        for kind in ("Signature", "Signature@2", "Signature@3", "Signature@4", "Ballot@4")
    ]
    assert senders == [{*range(4)}, {*range(4)}, there, there, there]


def test_pictures_name_newcomers_and_candidates():
    """By the numbers that events have, or in order."""
    newcomers = schedule_of("povchain-nc4-nb3-h4-halt-fetch-term2-swap2")
    assert names_of(newcomers)[6:] == ["butler 2", "time server", "newcomer 8", "newcomer 9"]
    candidates = schedule_of("povchain-nc4-nb3-h4-halt-term2-outside1")
    assert names_of(candidates)[7:] == ["time server", "candidate 0"]


def test_replay_holds_a_run_to_who_left():
    """With others, or nobody, it is another run; without the newcomers' asking too."""
    schedule = schedule_of("povchain-nc4-nb3-h4-halt-fetch-term2-swap2")
    told = written(perform(schedule), schedule)
    assert POV.replay(told)
    other = "0.1" if told.settings["swaps"] != "0.1" else "2.3"
    for swaps in (other, "", "0"):
        assert not POV.replay(replace(told, settings=told.settings | {"swaps": swaps}))
    kept = tuple(e for e in told.events if not (isinstance(e, Send) and e.kind == "Fetch"))
    assert not POV.replay(replace(told, events=kept))


def test_replicas_that_answer_newcomers_are_caught():
    """With them the chain goes on where it stops without."""
    schedule = schedule_of("povchain-nc4-nb3-h4-halt-term2-swap2")
    assert not perform(schedule, seeds=1).difference
    run = perform(schedule, seeds=1, theirs=partial(replace, fetch=True))
    assert run.difference
    assert {node.chain.height for node in run.world.nodes.values() if node.present} == {4}


@pytest.mark.parametrize("words", ["nc1-nb2-h3-halt-term2-swap1", "nc2-nb2-h3-halt-term2-swap1",
                                   "nc2-nb2-h3-halt-fetch-term2-swap2"])  # fmt: skip
def test_three_heights_are_those_of_exhaustion(words: str):
    """Whoever leaves, and every R."""
    assert not differs(f"povchain-{words}", NARROW)


@pytest.mark.slow
@pytest.mark.parametrize(
    "words", ["nc3-nb2-h5-halt-term2-swap1", "nc3-nb2-h5-halt-fetch-lock-term2-swap2"]
)
def test_five_heights_are_those_of_exhaustion(words: str):
    """Two terms end, and newcomers of the first may leave again."""
    assert not differs(f"povchain-{words}", NARROW)


def test_no_random_chain_with_newcomers_stops():
    """Whoever leaves, with delays as they come."""
    instance = parse_instance("povchain-nc3-nb2-h4-halt-fetch-term2-swap1")
    assert isinstance(instance, ChainInstance)
    for seed in range(6):
        run = random_chain(instance, seed)
        assert worth(run, "halt") == 4
        assert worth(run, "branches") == 1


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ("h3-halt-swap1", "swaps"),
        ("h3-bb1-halt-term2-swap1", "swaps"),
        ("h3-bb1-halt-fetch-term2-swap1", "swaps"),
        ("h3-bo1-halt-fetch-term2-outside1-swap1", "swaps"),
        ("h3-halt-term2-swap5", "swaps"),
    ],
)
def test_swaps_that_are_not_modelled_are_refused(words: str, field: str):
    """In one line that names the field."""
    with pytest.raises(InputError, match=field):
        parse_instance(f"povchain-nc4-nb3-{words}")


@pytest.mark.parametrize("text", ["0.0", "0..1", ".0", "0.", "x", "7", "0.1.2", "0|0"])
def test_swaps_that_cannot_be_are_refused(text: str):
    """Nobody leaves twice, or without a seat, and there are newcomers for all."""
    settings = {"commissioners": "4", "butlers": "3", "cycle": "19", "ordinary": "1"}
    with pytest.raises(InputError, match="swaps"):
        Rules.of(10, settings | {"swaps": text})


def test_the_commission_of_each_tenure():
    """Newcomers are numbered in sequence, and may leave again."""
    settings = {"commissioners": "4", "butlers": "3", "cycle": "19", "ordinary": "1"}
    rules = Rules.of(11, settings | {"swaps": "0.3|8"})
    assert [sorted(rules.commission(k)) for k in (1, 2, 3)] == [
        [0, 1, 2, 3], [1, 2, 8, 9], [1, 2, 9, 10]
    ]  # fmt: skip
    assert rules.newcomers == {8: 2, 9: 2, 10: 3}
    assert [rules.begins(node) for node in (0, 8, 10)] == [0, 3, 5]
    assert [rules.sits(0, height) for height in (1, 2, 3)] == [True, True, False]
    assert Rules.of(11, rules.settings()) == rules
