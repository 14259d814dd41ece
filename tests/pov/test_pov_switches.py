"""An unpredictable R and random ties: claims with them on, mutants, and what they leave alone."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256

import pytest

from milpbft.claims import Claim, decide
from milpbft.errors import InputError
from milpbft.pov.formulas import drawn_order, proven_number
from milpbft.pov.reference.blocks import Block, turn
from milpbft.pov.reference.encoding import encode
from milpbft.pov.reference.genesis import genesis
from milpbft.pov.reference.ledger import Ledger
from milpbft.pov.reference.messages import StampRequest, Timestamp, seal
from milpbft.pov.reference.replay import Replay, replay
from milpbft.pov.reference.rules import Rules
from milpbft.pov.reference.server import TimeServer
from milpbft.pov.reference.validity import refuse_block
from milpbft.pov.steered import steered
from milpbft.pov.switches import CLAIMS, draws, valid_blocks
from milpbft.sim.signatures import KeyRing
from tests.pov.reference.povworld import KEYS, give, node, proposal, run, valid_block
from tests.witness import schedule_of

DRAWN = Rules(3, 2, cycle=8, vrf=True)


ASKED = [
    pytest.param(claim, id=f"{claim.paper} {claim.sentence}"[:60],
                 marks=[pytest.mark.slow] if claim.instances else [])
    for claim in CLAIMS
]  # fmt: skip


@pytest.mark.parametrize("claim", ASKED)
def test_claims_with_switches(claim: Claim):
    """Each has the known verdict, and runs that are shown are confirmed."""
    decision = decide(claim)
    assert decision.as_expected, decision.evidence
    assert all(one.replay in (None, "confirmed") for one in decision.evidence)


def test_a_number_is_the_last_bytes_of_the_hash_of_its_proof():
    """By hand, with the key of the time server."""
    keys = KeyRing(DRAWN.n)
    proof = keys.sign(DRAWN.server, encode("turn", 4))
    assert draws(DRAWN, 4)[3] == int(sha256(proof).hexdigest()[-8:], 16) % 2
    with pytest.raises(InputError, match="proof"):
        proven_number(b"", 3)
    with pytest.raises(InputError, match="butlers"):
        proven_number(b"proof", 0)


def test_lots_order_by_hashes():
    """By hand; every node is there once."""
    by_hand = sorted(range(9), key=lambda i: sha256(b"lot" + bytes(7) + bytes([i])).hexdigest())
    assert drawn_order(b"lot", range(9)) == by_hand != list(range(9))


# ---- nodes


def refusal(block: Block, rules: Rules = DRAWN) -> str | None:
    signed = block.signed(block.header.producer, KEYS)
    return refuse_block(signed, genesis(rules, KEYS), Ledger.first(rules), rules, KEYS)


def test_a_block_carries_its_proof_and_no_other():
    """A missing one, another height's, a butler's own, and one where none belongs, are refused."""
    block = valid_block(DRAWN)
    assert refusal(block) is None
    assert block.proof == KEYS.sign(DRAWN.server, turn(1))
    for proof in (KEYS.sign(DRAWN.server, turn(2)), KEYS.sign(3, turn(1)), bytes(64)):
        random = proven_number(proof, DRAWN.butlers)
        forged = replace(block, proof=proof, random=random)
        assert refusal(forged) == "R not proven by the time server"
    other = replace(block, random=1 - block.random)
    assert refusal(other) == "wrong R"
    printed = replace(DRAWN, vrf=False)
    plain = valid_block(printed)
    assert refusal(plain, printed) is None
    assert refusal(replace(plain, proof=b"x"), printed) == "R not proven by the time server"


def test_what_is_in_a_block_does_not_move_its_number():
    """All signers, timestamps and contents: one R with the switch, both R without it."""
    assert len({block.random for block in valid_blocks(DRAWN, 4, 3)}) == 1
    assert len({block.random for block in valid_blocks(replace(DRAWN, vrf=False), 4, 3)}) == 2


def test_the_time_server_shows_no_number_before_a_quorum_has_signed():
    """Nor that of another height than the header's."""
    header = proposal(DRAWN).payload.draft.header
    signed = tuple((c, KEYS.sign(c, header.encoded)) for c in (0, 1))
    server = TimeServer(DRAWN, KEYS)
    few = StampRequest(3, 1, 1, header, signed[:1])
    forged = StampRequest(3, 1, 1, header, (signed[0], (1, signed[0][1])))
    assert give(server, few, forged) == []
    assert server.dropped["no quorum"] == 2
    (answer,) = give(server, StampRequest(3, 7, 1, header, signed))
    assert answer.payload.proof == KEYS.sign(DRAWN.server, turn(1))


def test_a_butler_takes_no_forged_proof():
    """It waits for the right one."""
    butler = node(3, DRAWN)
    offer = give(butler)[0]
    (request,) = give(butler, *(give(node(i, DRAWN), offer)[0] for i in (0, 1)))
    right = give(TimeServer(DRAWN, KEYS), request)[0].payload
    assert isinstance(right, Timestamp)
    assert give(butler, seal(replace(right, proof=bytes(64)), KEYS)) == []
    assert butler.dropped["forged proof"] == 1
    assert [one.payload.kind for one in give(butler, right)] == ["Block"]


# ---- mutants


class Gullible(Rules):
    """Rules by which any proof will do."""

    def proves(self, verified: bool) -> bool:
        """Answer without looking."""
        return True


def test_nodes_that_do_not_verify_proofs_are_caught():
    """They adopt a block whose R its butler has made up."""
    mutant = Gullible(**vars(DRAWN))
    block = valid_block(DRAWN)
    forged = replace(block, proof=b"mine", random=proven_number(b"mine", 2))
    assert refusal(forged) == "R not proven by the time server"
    assert refusal(forged, mutant) is None


@pytest.mark.parametrize("changed", [{"vrf": False}, {"lots": False}])
def test_nodes_without_the_switch_do_something_else(changed: dict[str, bool]):
    """A run of two tenures, on nodes of one switch less."""
    rules = Rules(3, 3, cycle=10, others=4, ordinary=1, votes=2, rounds=6, vrf=True, lots=True)
    schedule = run(rules, 70).schedule(70)
    assert replay(schedule)
    assert Rules.of(schedule.n, schedule.settings) == rules
    assert Replay(schedule, theirs=replace(rules, **changed)).run().status == "refuted"


def test_ties_of_an_election_are_drawn_from_the_proof_below():
    """The team of a special block, ranked by hand."""
    rules = Rules(3, 3, cycle=10, ordinary=1, votes=3, rounds=2, vrf=True, lots=True)
    chain = run(rules, 30).nodes[0].chain
    assert chain.height == 2
    wanted = drawn_order(KeyRing(rules.n).sign(rules.server, turn(1)), range(3, 6))
    assert list(chain.ledger.team) == wanted != [3, 4, 5]
    printed = run(replace(rules, lots=False), 30).nodes[0].chain
    assert list(printed.ledger.team) == [3, 4, 5]


def test_steering_leads_nowhere():
    """The same three butlers who make ten blocks of ten as printed make those that are drawn."""
    rules = Rules(5, 10, cycle=8, rounds=10)
    printed = steered(rules, frozenset({0, 1, 2}))
    drawn = steered(replace(rules, vrf=True), frozenset({0, 1, 2}))
    blocks = [
        sum(e.event == "send" and e.kind.startswith("Block") and e.node in (5, 6, 7)
            for e in run_.events)
        for run_ in (printed, drawn)
    ]  # fmt: skip
    assert blocks == [10, sum(r < 3 for r in [0, *draws(replace(rules, vrf=True), 9)])]


WITNESSES = [
    "povround-nc4-nb3-tb6-t17-bb1-blocks-delta1",
    "povround-nc3-nb2-tb4-t6-bb1-s2-blocks-delta1",
    "povround-nc5-nb2-tb6-t5-bc1-bb1-e2-blocks-delta1",
    "povround-nc4-nb3-tb6-t11-bc2-bb3-illegal-delta1",
    "povround-nc3-nb2-tb6-t17-cycles-delta1-gst11",
]


@pytest.mark.parametrize("name", WITNESSES)
@pytest.mark.parametrize("switch", ["vrf", "lots"])
def test_a_run_of_one_height_is_one_with_either_switch(name: str, switch: str):
    """Why no claim on rounds is asked again: the same events, R and ties whatever they are."""
    schedule = schedule_of(name)
    assert replay(replace(schedule, settings=schedule.settings | {switch: "yes"}))
