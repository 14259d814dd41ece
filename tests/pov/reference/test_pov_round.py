"""An ordinary round, message by message (S1 to S8); silence is asserted as much as speech."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import pytest

from milpbft.pov.formulas import random_number
from milpbft.pov.reference.blocks import Block, Content, Draft, stamp
from milpbft.pov.reference.election import Election
from milpbft.pov.reference.genesis import genesis
from milpbft.pov.reference.messages import (
    BlockMessage,
    Envelope,
    Proposal,
    SignatureMessage,
    StampRequest,
    Timestamp,
    TransactionMessage,
    seal,
)
from milpbft.pov.reference.rules import Rules
from milpbft.pov.reference.server import TimeServer
from milpbft.pov.reference.transactions import Record, Resign, Supplement, Transaction
from tests.pov.reference.povworld import KEYS, SMALL, give, kinds, node, proposal, valid_block

FIVE = Rules(5, 2, cycle=8)


def test_the_whole_round():
    """Proposal, signatures, request, timestamp, block, and everybody begins the next round."""
    butler, second = node(3), node(4)
    server = TimeServer(SMALL, KEYS)
    commissioners = [node(i) for i in range(3)]
    (offer,) = give(butler)
    assert kinds([offer]) == ["Proposal"]
    signatures = [give(one, offer)[0] for one in commissioners]
    assert kinds(signatures) == ["Signature"] * 3
    assert give(butler, signatures[0]) == []
    (request,) = give(butler, signatures[1])
    assert kinds([request]) == ["StampRequest"]
    server.on_clock(3)
    (answer,) = give(server, request)
    sent = give(butler, answer)
    assert kinds(sent)[0] == "Block"
    block = sent[0].payload.block
    assert block.timestamp == 3
    raw = [signature for _, signature in block.signatures]
    assert block.random == random_number(raw, 3, 2)
    for one in (*commissioners, second):
        give(one, sent[0])
    assert all(one.chain.head == block for one in (butler, second, *commissioners))
    assert all(one.place == (2, 1) and one.deadline == 11 for one in commissioners)


def test_only_the_butler_on_duty_speaks():
    """Nobody else has anything to send at the start."""
    assert all(give(node(i)) == [] for i in (0, 1, 2, 4))
    assert kinds(give(node(4, Rules(3, 2, cycle=8, first=1)))) == ["Proposal"]
    assert give(node(3, Rules(3, 2, cycle=8, first=1))) == []


@pytest.mark.parametrize(("commissioners", "quorum"), [(1, 1), (2, 2), (3, 2), (4, 3), (5, 3)])
def test_quorum(commissioners: int, quorum: int):
    """floor(N_c/2) + 1 signatures of different commissioners; one less is silence."""
    rules = Rules(commissioners, 2, cycle=8)
    offer = proposal(rules)
    signatures = [give(node(i, rules), offer)[0] for i in range(commissioners)]
    butler = node(commissioners, rules)
    give(butler)
    assert give(butler, *signatures[: quorum - 1], *signatures[: quorum - 1]) == []
    assert kinds(give(butler, signatures[quorum - 1])) == ["StampRequest"]


def test_a_commissioner_signs_once_per_cycle():
    """The second proposal of a cycle gets silence; one in the next cycle a signature."""
    signer, other = node(0), proposal()
    draft = other.payload.draft
    another = replace(draft.header, content=Content(elected=(1,)).digest)
    assert kinds(give(signer, other)) == ["Signature"]
    assert give(signer, Proposal(3, 1, 1, Draft(another, Content(elected=(1,))))) == []
    assert signer.dropped["signed another"] == 1
    following = node(4)
    following.on_timer()
    (offer,) = give(following)
    assert give(signer, offer) == []  # it waits until the signer is there
    signer.on_timer()
    assert kinds(give(signer)) == ["Signature"]


def bad_proposals() -> dict[str, Envelope]:
    payload = proposal().payload
    draft = payload.draft
    header, theft = draft.header, Transaction(0, 0, Record(b""), bytes(64))
    contents = {
        "illegal transaction: forged transaction": Content((theft,)),
        "election in an ordinary block": Content(elected=(3, 4)),
    }
    headers = {
        "another block below": replace(header, previous=bytes(32)),
        "wrong height": replace(header, height=2),
        "content of another header": replace(header, content=bytes(32)),
    }
    made = {
        reason: Proposal(3, 1, 1, Draft(replace(header, content=content.digest), content))
        for reason, content in contents.items()
    }
    made |= {reason: replace(payload, draft=Draft(h, Content())) for reason, h in headers.items()}
    other = replace(header, producer=4)
    made["not the butler on duty"] = Proposal(4, 1, 1, Draft(other, Content()))
    made["another's proposal"] = Proposal(4, 1, 1, draft)
    return {reason: seal(message, KEYS) for reason, message in made.items()}


@pytest.mark.parametrize(("reason", "bad"), bad_proposals().items())
def test_bad_proposals_get_no_signature(reason: str, bad: Envelope):
    """Each is refused with its reason, and costs the sender a point."""
    signer = node(0)
    assert give(signer, bad) == []
    assert signer.dropped == {reason: 1}
    assert signer.commissioner.scores.points[bad.payload.sender] == -1


def test_forged_messages_are_dropped():
    signer = node(0)
    assert give(signer, replace(proposal(), signature=bytes(64))) == []
    assert signer.dropped == {"forged message": 1}


def test_malformed_messages_are_dropped():
    """Wherever the fault is: in a number, in a field, or deep in the content of a block."""
    draft = proposal().payload.draft
    negative = Transaction(3, 0, Supplement(-1), bytes(64))
    bad = [
        Proposal(3, -1, 1, draft),
        Proposal(3, 1, 1, Draft(draft.header, Content((negative,)))),
        Proposal(3, 1, 1, None),
        TransactionMessage(3, 0, 1, negative),
        BlockMessage(3, 1, 1, replace(valid_block(), timestamp=2**64)),
        SignatureMessage(3, 1, 1, None, None),
    ]
    for machine in (node(0), TimeServer(SMALL, KEYS)):
        assert give(machine, *(Envelope(one, bytes(64)) for one in bad)) == []
        assert machine.dropped == {"malformed message": len(bad)}


def test_late_proposals_are_dropped():
    """A commissioner whose timer has expired does not sign for the cycle before."""
    signer = node(0)
    signer.on_timer()
    assert give(signer, proposal()) == []
    assert signer.dropped == {"cycle is over": 1}


def stamped(block: Block, time: int, signatures=None, number: int | None = None) -> Block:
    """Return `block` completed anew as its butler and the time server could have."""
    chosen = block.signatures if signatures is None else signatures
    mark = KEYS.sign(SMALL.server, stamp(block.header, chosen, time))
    raw = [signature for _, signature in chosen]
    drawn = random_number(raw, time, 2) if number is None else number
    return Block(block.draft, chosen, time, mark, drawn).signed(block.header.producer, KEYS)


def bad_blocks() -> dict[str, Block]:
    block = valid_block()
    first, second = block.signatures
    wrong = 1 - block.random
    third = (2, KEYS.sign(2, block.header.encoded))
    return {
        "not signed by its butler": replace(block, signature=bytes(64)),
        "content of another header": replace(
            block, draft=replace(block.draft, content=Content(elected=(3,)))
        ).signed(3, KEYS),
        "too few signatures": stamped(block, 3, (first,)),
        "signatures out of order or repeated": stamped(block, 3, (first, first)),
        "forged signature": stamped(block, 3, (first, (1, bytes(64)))),
        "signature of no commissioner": stamped(block, 3, (first, (3, second[1]))),
        "too many signatures": stamped(block, 3, (first, second, third)),
        "timestamp not signed by the time server": replace(block, timestamp=2).signed(3, KEYS),
        "confirmed too late": stamped(block, 8),
        "wrong R": stamped(block, 3, number=wrong),
    }


@pytest.mark.parametrize(("reason", "bad"), bad_blocks().items())
def test_bad_blocks_are_not_adopted(reason: str, bad: Block):
    """Each is refused with its reason."""
    one = node(4)
    assert give(one, BlockMessage(3, 1, 1, bad)) == []
    assert one.chain.height == 0
    assert one.dropped == {reason: 1}


def test_t_cut_is_exclusive():
    """A timestamp of 7 is before T_cut = 8; one of 8 is not (section III G, S6)."""
    block = valid_block()
    one = node(4)
    give(one, BlockMessage(3, 1, 1, stamped(block, 7)))
    assert one.chain.height == 1


def test_a_butler_gives_up_at_t_cut():
    """Signatures after its timer are of no use; a timestamp of T_cut publishes nothing (S7)."""
    butler, offer = node(3), proposal()
    signatures = [give(node(i), offer)[0] for i in range(2)]
    give(butler)
    butler.on_timer()
    assert give(butler, *signatures) == []
    late = node(3)
    give(late)
    (request,) = give(late, *signatures)
    late.on_timer()
    server = TimeServer(SMALL, KEYS)
    server.on_clock(8)
    assert give(late, *give(server, request)) == []


def test_a_butler_publishes_what_was_stamped_in_time():
    """Also after its own timer has expired: the timestamp decides, as the paper says (S6)."""
    butler, offer = node(3), proposal()
    give(butler)
    (request,) = give(butler, *(give(node(i), offer)[0] for i in range(2)))
    server = TimeServer(SMALL, KEYS)
    server.on_clock(7)
    butler.on_timer()
    assert kinds(give(butler, *give(server, request)))[0] == "Block"


def test_the_cap_on_signatures():
    """An honest butler puts in at most N_c - 1, lowest commissioners first."""
    butler, offer = node(5, FIVE), proposal(FIVE)
    give(butler)
    signatures = [give(node(i, FIVE), offer)[0] for i in (4, 3, 2, 1, 0)]
    (request,) = give(butler, *signatures)
    assert [signer for signer, _ in request.payload.signatures] == [0, 1, 2, 3]


def test_forged_answers_are_dropped():
    """Neither a signature nor a timestamp of somebody else's helps a butler."""
    butler = node(3)
    (offer,) = give(butler)
    digest = offer.payload.draft.header.digest
    good = KEYS.sign(0, offer.payload.draft.header.encoded)
    assert give(butler, SignatureMessage(1, 1, 1, digest, good)) == []
    assert give(butler, SignatureMessage(4, 1, 1, digest, good)) == []
    assert butler.dropped == {"forged signature": 1, "signature of no commissioner": 1}
    (request,) = give(butler, *(give(node(i), offer)[0] for i in range(2)))
    subject = request.payload.subject
    assert give(butler, Timestamp(5, 1, 1, subject, 3, bytes(64))) == []
    assert butler.dropped["forged timestamp"] == 1


def test_the_time_server_stamps_anything():
    """Also a header without signatures, and as often as it is asked; nothing else."""
    server, offer = TimeServer(SMALL, KEYS), proposal()
    header = offer.payload.draft.header
    assert kinds(give(server, *(StampRequest(4, 1, 1, header, (), i) for i in range(2)))) == [
        "Timestamp", "Timestamp",
    ]  # fmt: skip
    assert give(server, offer) == []
    assert server.dropped == {"not for the time server": 1}


def test_another_valid_block_is_noted_as_a_conflict():
    """What was adopted is final; the other block is kept as evidence of a fork."""
    one, block = node(4), valid_block()
    other = stamped(block, 4)
    give(one, BlockMessage(3, 1, 1, block), BlockMessage(3, 1, 1, other))
    assert (one.chain.height, one.chain.head) == (1, block)
    assert one.chain.conflicts == [other]
    assert one.dropped == {"another block was adopted": 1}
    give(one, BlockMessage(3, 1, 1, block), BlockMessage(3, 1, 1, other))
    assert one.chain.conflicts == [other]


def test_transactions_wait_in_the_pool_until_a_block_has_them():
    """S2, S4 and S8: legal ones are kept and packed once; illegal ones go."""
    butler = node(3)
    record = Transaction.signed(4, 0, Record(b"paid"), KEYS)
    forged = Transaction(4, 0, Record(b"paid"), bytes(64))
    repeated = Transaction.signed(4, 0, Record(b"paid twice"), KEYS)
    (offer,) = give(butler, *(TransactionMessage(4, 0, 1, t) for t in (record, forged, repeated)))
    assert butler.dropped == {"forged transaction": 1}
    assert offer.payload.draft.content.transactions == (record,)
    assert len(butler.pool) == 2
    (request,) = give(butler, *(give(node(i), offer)[0] for i in range(2)))
    give(butler, *give(TimeServer(SMALL, KEYS), request))
    assert len(butler.pool) == 0


def test_transactions_out_of_order_are_packed_in_order():
    butler = node(3)
    made = [Transaction.signed(4, i, Record(bytes([i])), KEYS) for i in range(3)]
    (offer,) = give(butler, *(TransactionMessage(4, 0, 1, made[i]) for i in (2, 0, 1)))
    assert offer.payload.draft.content.transactions == tuple(made)


def test_a_vacant_seat_makes_no_block():
    """A butler that resigned is refused at the next block, and says nothing itself."""
    butler = node(3)
    (offer,) = give(butler, TransactionMessage(3, 0, 1, Transaction.signed(3, 0, Resign(), KEYS)))
    (request,) = give(butler, *(give(node(i), offer)[0] for i in range(2)))
    give(butler, *give(TimeServer(SMALL, KEYS), request))
    assert butler.chain.ledger.team == (-1, 4)
    assert butler.deadline is None
    assert [butler.chain.on_duty(m) for m in (1, 2)].count(-1) == 1


def test_r_differs_with_the_signatures_chosen():
    """Which signatures a butler takes decides R: that is what a Byzantine one can choose."""
    rules = Rules(5, 4, cycle=8)
    drawn = {valid_block(rules, signers).random for signers in combinations(range(5), 3)}
    assert len(drawn) > 1
    assert drawn <= set(range(4))


def test_genesis():
    """All commissioners elect the first team, in the order of its nodes; one of them writes it."""
    for rules in (SMALL, FIVE, Rules(3, 4, votes=2)):
        first = genesis(rules, KEYS)
        content = first.draft.content
        assert KEYS.verify(0, first.body, first.signature)
        assert (first.header.height, first.random, first.timestamp) == (0, 0, 0)
        assert content.elected == rules.first_team
        assert Election(rules, KEYS, 0, frozenset(rules.first_team)).refuse_all(
            content.ballots
        ) is None  # fmt: skip


def test_ballots_of_genesis_count_once():
    """They are of tenure 0, and the first election at the end of a tenure is of tenure 1."""
    ballots = genesis(SMALL, KEYS).draft.content.ballots
    ledger = node(0).chain.ledger
    election = Election(SMALL, KEYS, ledger.tenure, ledger.eligible)
    assert election.refuse_all(ballots) == "ballot of another tenure"
