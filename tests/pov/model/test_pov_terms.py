"""Terms that end within a chain: ballots are messages, and the team is elected again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from milpbft.errors import InputError
from milpbft.pov.enumerate.heights import Width
from milpbft.pov.heights import ChainInstance
from milpbft.pov.reference.chain_adversary import random_chain
from milpbft.pov.reference.chains import perform, worth, written
from milpbft.pov.room import POV
from milpbft.question.files import parse_instance
from milpbft.schedule import Deliver, Send
from milpbft.solve import solve
from tests.pov.enumerate.test_pov_heights import NARROW, TWICE, differs
from tests.proven import proven
from tests.witness import schedule_of

if TYPE_CHECKING:
    from milpbft.pov.reference.chains import Performance

NAME = "povchain-nc3-nb2-h3-bb1"


def run_of(name: str) -> Performance:
    """Perform the plan of an optimum."""
    return perform(schedule_of(name))


@pytest.mark.parametrize(("aim", "value"), [("halt", 1), ("duties", 3), ("branches", 4)])
def test_a_butler_keeps_the_chain_whatever_is_elected(aim: str, value: int):
    """The same as without the end of a term, performed with an election at the second height."""
    result = solve(parse_instance(f"{NAME}-{aim}-term2"))
    assert result.solution.objective == value
    assert all(result.checks)
    assert solve(parse_instance(f"{NAME}-{aim}")).solution.objective == value


def test_ballots_are_messages_of_the_run():
    """A quorum of commissioners votes at the second height, and the term is another after it."""
    run = run_of(f"{NAME}-duties-term2")
    sent = [e for e in run.world.events if isinstance(e, Send) and "Ballot" in e.kind]
    voters = {e.node for e in sent if e.kind.startswith("Ballot@2")}
    assert len(voters) >= 2
    assert any(isinstance(e, Deliver) and e.kind.startswith("Ballot@2") for e in run.world.events)
    assert not [e for e in sent if not e.kind.endswith("@2")]
    ledgers = run.world.nodes[0].chain.ledgers
    assert [one.tenure for one in ledgers] == [1, 1, 2, 2]
    assert {frozenset(one.team) for one in ledgers} == {frozenset({3, 4})}


def test_a_run_without_its_ballots_is_refuted():
    """What is written down is replayed: no ballot, no special block."""
    schedule = schedule_of(f"{NAME}-duties-term2")
    kept = written(perform(schedule), schedule)
    events = tuple(
        e
        for e in kept.events
        if not (isinstance(e, Send | Deliver) and e.kind.startswith("BallotRequest"))
    )
    assert POV.replay(kept)
    assert not POV.replay(replace(kept, events=events))


def test_a_commissioner_whose_ballot_is_needed_stops_the_election_or_does_not():
    """Two ballots of two are a quorum; once the plan with its ballot could not be performed."""
    assert not differs("povchain-nc2-nb2-h2-bc1-halt-special", NARROW)


def test_a_butler_that_is_shown_a_block_late_makes_two_in_what_is_left_of_its_cycle():
    """Eleven ticks are enough for an election and two timestamps; the plan was refuted once."""
    assert proven("povchain-nc2-nb3-h2-bc1-bb1-duties-special-fetch") == 2


def test_a_byzantine_butler_has_the_ballot_of_a_byzantine_commissioner():
    """A quorum takes it where the commissioner is one of two; the plan was refuted once."""
    assert proven("povchain-nc2-nb2-h2-bc1-bb1-duties-special") == 2


def test_random_adversaries_beat_no_chain_of_terms():
    """They call for ballots and withhold them as they like."""
    instance = parse_instance(f"{NAME}-halt-term2")
    assert isinstance(instance, ChainInstance)
    for seed in range(6):
        run = random_chain(instance, seed)
        assert 1 <= (worth(run, "halt") or 0) <= 3
        assert (worth(run, "branches") or 0) <= 4


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "width"),
    [("nc1-nb2-h2-bb1-halt-special", TWICE), ("nc1-nb2-h2-bb1-halt-special-lock", TWICE),
     ("nc2-nb2-h2-bc1-halt-fetch-special", Width(cycles=3, moments=(0, 3, -2)))],
)  # fmt: skip
def test_special_blocks_are_those_of_exhaustion(name: str, width: Width):
    """Requests and ballots of Byzantine nodes come to whom and when the search likes."""
    assert not differs(f"povchain-{name.replace('-special-lock', '-lock-special')}", width)


@pytest.mark.parametrize(
    "words",
    ["h3-bb1-halt-special-term2", "h2-bb1-halt-term2", "h3-bb1-halt-term1", "h3-bc1-halt-term2"],
)
def test_terms_that_are_not_modelled_are_refused(words: str):
    """In one line that names the field."""
    with pytest.raises(InputError, match="term"):
        parse_instance(f"povchain-nc4-nb3-{words}")
