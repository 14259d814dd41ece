"""Steering R: what is reachable is valid, as likely as the formula says, and keeps the duty."""

from __future__ import annotations

from itertools import chain, combinations
from math import sqrt

import pytest

from milpbft.errors import InputError
from milpbft.pov.formulas import random_number
from milpbft.pov.reference.blocks import Block, Content, Draft, Header, stamp
from milpbft.pov.reference.genesis import genesis
from milpbft.pov.reference.ledger import Ledger
from milpbft.pov.reference.replay import Replay
from milpbft.pov.reference.rules import Rules
from milpbft.pov.reference.validity import refuse_block
from milpbft.pov.steered import steered
from milpbft.pov.steering import chance, choices, kept, reachable, rounds, signer_sets
from milpbft.sim.signatures import KeyRing


@pytest.mark.parametrize("commissioners", range(1, 10))
def test_the_number_of_choices_is_that_of_the_sets(commissioners: int):
    """Sets of quorum to N_c - 1 signers; for odd N_c one less than half of all sets."""
    everybody = range(commissioners)
    sets = chain.from_iterable(combinations(everybody, k) for k in range(commissioners + 1))
    most = max(commissioners // 2 + 1, commissioners - 1)
    valid = [one for one in sets if commissioners // 2 < len(one) <= most]
    assert choices(commissioners) == len(valid)
    assert sorted(signer_sets(Rules(commissioners, 3), everybody)) == sorted(valid)
    if commissioners % 2 and commissioners > 1:
        assert choices(commissioners) == 2 ** (commissioners - 1) - 1


def test_every_reachable_number_is_that_of_a_valid_block():
    """The reference adopts the block that each choice makes, whatever R comes out."""
    rules = Rules(5, 10, cycle=8)
    keys = KeyRing(rules.n)
    below, ledger = genesis(rules, keys), Ledger.first(rules)
    content = Content()
    header = Header(1, below.digest, 1, rules.first_team[0], content.digest)
    found = reachable(header, rules, keys, (3,))
    assert len(found) > 5
    for r, choice in found.items():
        signed = tuple((c, keys.sign(c, header.encoded)) for c in choice.signers)
        server = keys.sign(rules.server, stamp(header, signed, choice.time))
        block = Block(Draft(header, content), signed, choice.time, server, r)
        block = block.signed(header.producer, keys)
        assert refuse_block(block, below, ledger, rules, keys) is None


def test_the_order_of_signatures_is_no_choice():
    """Equation 1 is an exclusive or."""
    keys = KeyRing(4)
    signatures = [keys.sign(c, b"header") for c in range(4)]
    assert random_number(signatures, 7, 50) == random_number(signatures[::-1], 7, 50)


@pytest.mark.parametrize(
    ("commissioners", "butlers", "friends"), [(3, 4, 1), (5, 10, 1), (7, 20, 1)]
)
def test_the_chance_to_keep_the_duty(commissioners: int, butlers: int, friends: int):
    """Measured within four standard errors of 1 - (1 - b/N_b)^choices."""
    blocks = 300
    expected = chance(choices(commissioners), friends, butlers)
    error = sqrt(expected * (1 - expected) / blocks)
    measured = kept(Rules(commissioners, butlers), friends, blocks)
    assert abs(measured - expected) <= 4 * error


def test_steering_makes_long_runs():
    """3 of 10 butlers make 3 blocks of 10 without steering, nearly all with it."""
    rules = Rules(5, 10)
    honest, steering = (rounds(rules, 3, 400, steer=steer) for steer in (False, True))
    assert 0.2 < honest.share < 0.4
    assert steering.share > 0.9
    assert steering.longest > 10 * honest.longest
    assert sum(length * count for length, count in steering.runs.items()) == round(
        steering.share * 400
    )


def test_a_whole_tenure_in_byzantine_hands_is_confirmed():
    """Commissioners are honest and everything arrives at once; nodes adopt all ten blocks."""
    rules = Rules(5, 10, cycle=8, rounds=10)
    schedule = steered(rules, frozenset({0, 1, 2}))
    run = Replay(schedule)
    assert run.run()
    blocks = run.world.nodes[0].chain.blocks[1:]
    assert len(blocks) == 10
    assert {block.header.producer for block in blocks} <= set(schedule.byzantine)


def test_what_cannot_be_steered():
    """Sizes out of range are named."""
    with pytest.raises(InputError, match="friends"):
        chance(3, 5, 4)
    with pytest.raises(InputError, match="rounds"):
        steered(Rules(5, 10, cycle=8), frozenset({0}))
    with pytest.raises(InputError, match="cycle"):
        steered(Rules(5, 10, cycle=5, rounds=2), frozenset({0}))
