"""The genesis block (section III E): the first election, written down by commissioner 0."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from milpbft.pov.reference.blocks import HASH_BYTES, Block, Content, Draft, Header
from milpbft.pov.reference.election import Ballot, Election

if TYPE_CHECKING:
    from milpbft.pov.reference.rules import Rules
    from milpbft.sim.signatures import Signatures

FOUNDING = 0
"""The tenure whose election is in the genesis block: none was served before."""


def genesis(rules: Rules, keys: Signatures) -> Block:
    """Return the genesis block, confirmed at tick 0, with R = `rules.first`.

    The candidates are the first team's nodes, as many as seats, and others as the rules say;
    commissioners, who have scored nobody yet, vote for the lowest numbers, so that node N_c + i
    becomes butler number i.
    """
    candidates = rules.first_candidates
    election = Election(replace(rules, lots=False), keys, FOUNDING, frozenset(candidates))
    votes = candidates[: election.tickets]
    ballots = tuple(
        Ballot.signed(node, FOUNDING, votes, (), keys) for node in range(rules.commissioners)
    )
    content = Content(ballots=ballots, elected=election.result(ballots))
    header = Header(0, bytes(HASH_BYTES), 1, 0, content.digest)
    return Block(Draft(header, content), (), 0, b"", rules.first).signed(0, keys)
