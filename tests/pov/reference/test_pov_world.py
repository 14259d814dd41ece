"""Whole runs: tenures with elections, pay and new teams, and what stands in the way."""

from __future__ import annotations

import pytest

from milpbft.errors import InputError
from milpbft.pov.reference.adversaries import Prompt, RandomNetwork
from milpbft.pov.reference.replay import replay
from milpbft.pov.reference.rules import Rules
from milpbft.pov.reference.transactions import Apply, Deposit, Letter, Record, Register, Resign
from milpbft.pov.reference.world import World
from milpbft.sim.faults import Faults
from milpbft.sim.signatures import KeyRing
from tests.pov.reference.povworld import KEYS, liars, run, says

TENURES = Rules(3, 2, cycle=10, others=2, ordinary=2, votes=2, designated=1, rounds=6)
"""Commissioners 0 to 2, butlers 3 and 4, time server 5, users 6 and 7; blocks 3 and 6 elect."""


def joining(node: int) -> list[tuple[int, object]]:
    letter = Letter.signed(1, node, 0, KeyRing(8))
    return [(node, Register()), (node, Apply(letter)), (node, Deposit(10))]


def test_two_tenures():
    """A user joins in the first, is wanted by all, and serves in the second."""
    agenda = {0: [*joining(6), (7, Record(b"invoice"))]}
    favourites = dict.fromkeys(range(3), (6,))
    world = run(TENURES, 60, agenda=agenda, favourites=favourites)
    chain = world.nodes[0].chain
    assert chain.height == 6
    assert [bool(block.draft.content.ballots) for block in chain.blocks[1:]] == [
        False, False, True, False, False, True,
    ]  # fmt: skip
    assert chain.ledgers[2].team == (3, 4)
    assert 6 in chain.ledgers[3].team
    assert chain.ledgers[3].roles(4) | chain.ledgers[3].roles(3) >= {"butler", "candidate"}
    producers = {block.header.producer for block in chain.blocks[4:]}
    assert producers <= set(chain.ledgers[3].team)
    packed = [t for block in chain.blocks for t in block.draft.content.transactions]
    assert {(t.author, t.action.kind) for t in packed} == {
        (6, "register"), (6, "apply"), (6, "deposit"), (7, "record"),
    }  # fmt: skip
    assert chain.ledger.money == chain.ledgers[0].money
    assert len({node.chain.head.digest for node in world.nodes.values()}) == 1
    assert not world.forks
    assert len(world.nodes[0].pool) == 0
    assert world.nodes[0].pool.ballots == {}


def test_pay_is_for_blocks_made():
    """At the special block the fund has paid one unit for each of its blocks."""
    world = run(TENURES, 60)
    ledgers = world.nodes[0].chain.ledgers
    assert [ledgers[h].fund for h in (2, 3, 5, 6)] == [100, 97, 97, 94]


def test_a_commissioner_who_does_not_vote_holds_up_no_election():
    """The butler waits for half a cycle, and then takes the quorum of ballots that it has."""
    world = run(TENURES, 60, faults=Faults(crashes={2: 0}))
    special = world.nodes[0].chain.blocks[3]
    assert [ballot.commissioner for ballot in special.draft.content.ballots] == [0, 1]


def test_an_election_needs_a_quorum_of_ballots():
    """Two of three commissioners gone: nothing is elected, and the old team goes round."""
    world = run(TENURES, 60, faults=Faults(crashes={1: 12, 2: 12}))
    assert max(node.chain.height for node in world.nodes.values()) <= 3


def test_a_wrong_result_is_not_signed():
    """A Byzantine butler turns the winners' order round; honest commissioners say no."""
    rules = Rules(3, 2, cycle=10, ordinary=1, votes=1, rounds=2)
    clean = run(rules, 30)
    duty = clean.nodes[0].chain.on_duty(1, 2)
    began = clean.nodes[0].chain.blocks[1].timestamp
    forgeries = [says(began + 2, duty, "BallotRequest@2"), says(began + 4, duty, "Proposal#1!@2")]
    first = [says(0, 3, "Proposal"), says(2, 3, "StampRequest"), says(4, 3, "Block")]
    world = run(rules, 12, Prompt(forgeries=[*(first if duty == 3 else []), *forgeries]),
                faults=liars(duty))  # fmt: skip
    assert world.impossible == []
    assert "Proposal#1!@2" in {e.kind for e in world.events if e.event == "send"}
    assert world.nodes[0].dropped["wrong result of the election"] == 1
    assert not [e for e in world.events if e.event == "send" and e.kind == "Signature#1!@2"]


def test_commissioners_step_in_where_candidates_lack():
    """A butler resigns and nobody else runs: commissioner 0 recommends itself (section III E)."""
    rules = Rules(3, 2, cycle=10, ordinary=4, votes=2, rounds=5)
    world = run(rules, 80, agenda={0: [(4, Resign())]})
    ledgers = world.nodes[1].chain.ledgers
    assert ledgers[2].team == (3, -1)
    assert ledgers[4].roles(0) == {"commissioner", "candidate"}
    assert ledgers[5].roles(0) == {"commissioner", "butler"}
    assert world.nodes[1].chain.height == 5


def test_a_node_with_both_roles_counts_its_own_messages():
    """A commissioner who is butler too signs its own proposal without the network."""
    rules = Rules(3, 2, cycle=10, ordinary=4, votes=2, rounds=20)
    world = run(rules, 200, agenda={0: [(4, Resign())]})
    blocks = world.nodes[1].chain.blocks[6:]
    own = [block for block in blocks if block.header.producer == 0]
    assert own
    assert all(0 in dict(block.signatures) for block in own)


def test_missed_blocks_clear_the_score():
    """The first butler is offline: the second makes the block, and the first's score is gone."""
    world = run(Rules(3, 2, cycle=8, rounds=1), 20, faults=Faults(crashes={3: 0}))
    scores = world.nodes[0].commissioner.scores.points
    assert (scores[3], scores[4]) == (0, 1)
    assert world.nodes[0].chain.head.header.cycle == 2


def test_forwarding_brings_a_block_to_who_was_left_out():
    """A Byzantine butler tells one commissioner only; with forwarding the others hear of it."""
    forgeries = [says(0, 3, "Proposal"), says(2, 3, "StampRequest"), says(4, 3, "Block")]

    def hold(tick, node, packet):
        return packet.kind == "Block" and packet.sender == 3 and node != 0

    heights = []
    for forwarding in (False, True):
        rules = Rules(3, 2, cycle=8, rounds=1, forwarding=forwarding)
        world = run(rules, 7, Prompt(hold=hold, forgeries=forgeries), faults=liars(3))
        heights.append([world.nodes[i].chain.height for i in (0, 1, 2, 4)])
    assert heights == [[1, 0, 0, 0], [1, 1, 1, 1]]


def test_forwarding_brings_a_transaction_to_the_butlers():
    """A user's record reaches one other user only; with forwarding a block has it (S1)."""

    def hold(tick, node, packet):
        return packet.kind == "Transaction" and packet.sender == 6 and node != 7

    packed = []
    for forwarding in (False, True):
        rules = Rules(3, 2, cycle=8, others=2, rounds=3, forwarding=forwarding)
        world = run(rules, 30, Prompt(hold=hold), agenda={0: [(6, Record(b"invoice"))]})
        blocks = world.nodes[0].chain.blocks
        packed.append([t.author for block in blocks for t in block.draft.content.transactions])
    assert packed == [[], [6]]


def test_a_message_may_outrun_the_block_below():
    """Proposals and blocks of later rounds wait until the node is there."""

    def hold(tick, node, packet):
        return node == 0 and packet.kind == "Block" and tick < 20

    world = run(Rules(3, 2, cycle=30, rounds=3), 40, Prompt(hold=hold))
    assert world.nodes[0].chain.height == 3
    assert not world.forks


@pytest.mark.parametrize("seed", range(6))
def test_runs_with_elections_replay(seed: int):
    """A run under random delays, with elections and teams that change, replays event by event."""
    rules = Rules(3, 2, cycle=9, ordinary=1, votes=1, rounds=4)
    world = run(rules, 70, RandomNetwork(seed, deliver=0.8))
    assert replay(world.schedule(70)).status == "confirmed"


def test_what_makes_no_world():
    """The time server is trusted, settings are checked, and forgeries need a Byzantine node."""
    with pytest.raises(InputError, match="not the time server"):
        World(TENURES, faults=liars(5))
    with pytest.raises(InputError, match="a Byzantine node"):
        run(TENURES, 1, Prompt(forgeries=[says(0, 3, "Proposal")]))
    for name, value in (("commissioners", 0), ("first", 2), ("quorum", 4), ("designated", 3)):
        with pytest.raises(InputError, match=name):
            Rules(**{"commissioners": 3, "butlers": 2, "votes": 2, name: value})
    assert len(KEYS.sign(0, b"")) == 64
