"""Why a draft is not signed, and why a block is not adopted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.pov.reference.blocks import stamp, turn
from milpbft.pov.reference.election import Election

if TYPE_CHECKING:
    from collections.abc import Iterator

    from milpbft.pov.reference.blocks import Block, Content, Draft, Header
    from milpbft.pov.reference.encoding import Signed
    from milpbft.pov.reference.ledger import Ledger
    from milpbft.pov.reference.rules import Rules
    from milpbft.sim.signatures import Signatures


def refuse_header(header: Header, below: Block, ledger: Ledger, rules: Rules) -> str | None:
    """Say why a header does not follow `below`, after which the chain is in state `ledger`."""
    if header.height != below.header.height + 1:
        return "wrong height"
    if header.previous != below.digest:
        return "another block below"
    if header.cycle < 1:
        return "no packing cycle"
    seat = rules.seat(below.random, header.cycle)
    # A vacant seat is no node's number.
    if seat >= len(ledger.team) or ledger.team[seat] != header.producer:
        return "not the butler on duty"
    return None


def refuse_draft(
    draft: Draft, below: Block, ledger: Ledger, rules: Rules, keys: Signatures
) -> str | None:
    """Say why an honest commissioner does not sign a draft (S5); None where it does."""
    reason = refuse_header(draft.header, below, ledger, rules)
    if reason:
        return reason
    if not draft.whole:
        return "content of another header"
    if rules.special(draft.header.height):
        return _refuse_election(draft.content, below, ledger, rules, keys)
    return _refuse_transactions(draft.content, ledger, keys)


def _refuse_transactions(content: Content, ledger: Ledger, keys: Signatures) -> str | None:
    if content.ballots or content.elected:
        return "election in an ordinary block"
    for transaction in content.transactions:
        reason = ledger.refuse(transaction, keys)
        if reason:
            return f"illegal transaction: {reason}"
        ledger = ledger.execute(transaction)
    return None


def _refuse_election(
    content: Content, below: Block, ledger: Ledger, rules: Rules, keys: Signatures
) -> str | None:
    if content.transactions:
        return "transactions in a special block"
    election = Election(rules, keys, ledger.tenure, ledger.eligible, below.lot)
    reason = election.refuse_all(content.ballots)
    if reason is None and content.elected != election.result(content.ballots):
        return "wrong result of the election"
    return reason


def refuse_block(
    block: Block, below: Block, ledger: Ledger, rules: Rules, keys: Signatures
) -> str | None:
    """Say why a node does not adopt a block above `below`; None where it is valid.

    What is in it is the commissioners' business: a block is valid by their votes (section III A).
    """
    return next(_objections(block, below, ledger, rules, keys), None)


def _objections(
    block: Block, below: Block, ledger: Ledger, rules: Rules, keys: Signatures
) -> Iterator[str]:
    header = block.header
    if reason := refuse_header(header, below, ledger, rules):
        yield reason
    if not block.draft.whole:
        yield "content of another header"
    if not keys.verify(header.producer, block.body, block.signature):
        yield "not signed by its butler"
    if reason := refuse_votes(header, block.signatures, rules, keys):
        yield reason
    stamped = stamp(header, block.signatures, block.timestamp)
    if not keys.verify(rules.server, stamped, block.server_signature):
        yield "timestamp not signed by the time server"
    if not rules.in_time(block.timestamp, below.timestamp, header.cycle):
        yield "confirmed too late"
    if not _proven(block, rules, keys):
        yield "R not proven by the time server"
    if block.random != rules.number(block.signatures, block.timestamp, block.proof):
        yield "wrong R"


def _proven(block: Block, rules: Rules, keys: Signatures) -> bool:
    """Whether R has the proof that it is to have: without a random function none at all."""
    if not rules.vrf:
        return not block.proof
    return rules.proves(keys.verify(rules.server, turn(block.header.height), block.proof))


def refuse_votes(header: Header, signatures: Signed, rules: Rules, keys: Signatures) -> str | None:
    """Say why signatures over a header make no valid block; None where they do."""
    signers = [node for node, _ in signatures]
    if signers != sorted(set(signers)):
        return "signatures out of order or repeated"
    if not rules.commission(rules.tenure(header.height)).issuperset(signers):
        return "signature of no commissioner"
    if any(not keys.verify(node, header.encoded, signature) for node, signature in signatures):
        return "forged signature"
    if not rules.enough(len(signers)):
        return "too few signatures"
    if len(signers) > rules.most_signatures:
        return "too many signatures"
    return None
