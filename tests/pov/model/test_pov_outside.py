"""Candidates from outside: whom commissioners elect, and what a new team makes of a chain."""

from __future__ import annotations

from dataclasses import replace

import pytest

from milpbft.errors import InputError
from milpbft.pov.enumerate.heights import Width
from milpbft.pov.heights import ChainInstance
from milpbft.pov.reference.chain_adversary import random_chain
from milpbft.pov.reference.chains import perform, worth, written
from milpbft.pov.room import POV
from milpbft.question.files import parse_instance
from milpbft.schedule import Decide, Send
from tests.pov.enumerate.test_pov_heights import differs
from tests.proven import proven
from tests.witness import schedule_of

VALUES = [
    # All are honest until the end of the first term; then the one from outside has the chain.
    ("nc4-nb3-h4-bo1-halt-term2-outside1", 3),
    ("nc4-nb3-h4-bo1-duties-term2-outside1", 2),
    ("nc4-nb3-h4-bo1-branches-term2-outside1", 7),
    ("nc3-nb2-h5-bo1-duties-term2-outside2", 3),
    ("nc3-nb2-h5-bo1-halt-lock-term2-outside2", 2),
    # Nobody from outside is Byzantine: a change of the team stops nothing.
    ("nc4-nb3-h4-halt-term2-outside1", 4),
    ("nc4-nb3-h4-branches-term2-outside1", 1),
    # An incumbent that is elected again: a candidate besides has a block of its own as well.
    ("nc3-nb2-h3-bb1-branches-term2-outside1", 5),
    ("nc3-nb2-h3-bb1-duties-term2-outside1", 3),
    ("nc3-nb2-h3-bb1-bo1-faults_halt-term2-outside1", 1),
]


@pytest.mark.parametrize(("words", "value"), VALUES)
def test_a_byzantine_candidate_waits_for_its_term(words: str, value: int):
    """Cases by hand, performed on nodes and replayed message by message."""
    assert proven(f"povchain-{words}", "highs") == value


def test_the_new_team_makes_the_blocks_of_its_term():
    """The ledger after the special block has the one from outside, and its producer is that."""
    run = perform(schedule_of("povchain-nc3-nb2-h3-bo1-duties-term2-outside2"))
    chain = next(iter(run.world.nodes.values())).chain
    assert [set(one.team) for one in chain.ledgers[:2]] == [{3, 4}, {3, 4}]
    liar = next(iter(run.world.faults.byzantine))
    assert liar in chain.ledgers[2].team
    assert [one.header.producer == liar for one in chain.blocks[1:]] == [False, False, True]


def test_another_team_is_another_run():
    """Replay holds ballots to whom the schedule says that commissioners designate."""
    schedule = schedule_of("povchain-nc3-nb2-h3-bo1-duties-term2-outside2")
    told = written(perform(schedule), schedule)
    assert POV.replay(told)
    assert not POV.replay(replace(told, settings=told.settings | {"teams": "3.4"}))
    other = replace(schedule, settings=schedule.settings | {"teams": "3.4"})
    assert perform(other, seeds=2).difference


def test_a_candidate_has_what_is_sent_to_all():
    """It adopts blocks before it has a seat, so that it can act once it has one."""
    schedule = schedule_of("povchain-nc3-nb2-h3-bo1-duties-term2-outside2")
    run = written(perform(schedule), schedule)
    honest = ({6, 7} - set(schedule.byzantine)).pop()
    assert [e for e in run.events if isinstance(e, Decide) and e.node == honest]
    assert {e.node for e in run.events if isinstance(e, Send) and e.kind.startswith("Block")} & {
        *schedule.byzantine
    }


def test_random_adversaries_beat_no_chain_with_candidates():
    """Whoever is elected, at random, and whatever Byzantine nodes send."""
    instance = parse_instance("povchain-nc3-nb2-h3-bo1-halt-term2-outside1")
    assert isinstance(instance, ChainInstance)
    runs = [random_chain(instance, seed) for seed in range(10)]
    assert min(worth(run, "halt") or 0 for run in runs) >= 3
    assert max(worth(run, "duties") or 0 for run in runs) == 1
    assert max(worth(run, "branches") or 0 for run in runs) <= 5


SECOND = Width(cycles=3, moments=(0, 3, -2))
"""Who is shown what is chosen as a cycle begins, before a block is published, and at its end."""


LATE = Width(cycles=3, moments=(0, 3, -2), asked=(8, -4, -3), most=2_000_000)
"""Three timestamps after a proposal of the third height can be signed, one for each correct node.

With a lock there is no second header. Ticks 2, 8 and -3, of which the first comes too early, made
two blocks, and so two branches of the three that there can be.
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("told", "width"), [("", SECOND), ("-fetch", SECOND), ("-lock", LATE), ("-fetch-lock", LATE)]
)
def test_a_third_height_is_that_of_exhaustion(told: str, width: Width):
    """Every team that can be elected, every R, every objective."""
    assert not differs(f"povchain-nc1-nb2-h3-bo1-halt{told}-term2-outside1", width)


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ("h3-bb1-halt-outside1", "outside"),
        ("h3-bo2-halt-term2-outside1", "byzantine_outside"),
        ("h3-bc1-halt-term2-outside1", "term"),
        ("h3-halt-term2-outside21", "outside"),
    ],
)
def test_candidates_that_are_not_modelled_are_refused(words: str, field: str):
    """In one line that names the field."""
    with pytest.raises(InputError, match=field):
        parse_instance(f"povchain-nc4-nb3-{words}")
