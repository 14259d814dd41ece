"""What a commissioner does: it signs headers, votes in elections, and forwards blocks."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from milpbft.pov.reference.messages import (
    BallotMessage,
    BallotRequest,
    Proposal,
    SignatureMessage,
)
from milpbft.pov.reference.validity import refuse_draft

if TYPE_CHECKING:
    from milpbft.pov.reference.blocks import Block
    from milpbft.pov.reference.host import Host
    from milpbft.pov.reference.scores import Scores

M = TypeVar("M", Proposal, BallotRequest)


class Commissioner:
    """The commissioner in a node.

    Proposals and ballot requests of later rounds and cycles wait until the node is there.
    """

    def __init__(self, node: Host, scores: Scores) -> None:
        self._node = node
        self.scores = scores
        self._proposals: list[Proposal] = []
        self._requests: list[BallotRequest] = []
        self._signed: set[tuple[int, int]] = set()
        self._voted: set[tuple[int, int]] = set()
        self._volunteered = False

    def take(self, message: Proposal | BallotRequest) -> None:
        """Take what a butler sends."""
        if isinstance(message, Proposal):
            self._proposals.append(message)
        else:
            self._requests.append(message)

    @property
    def keeps(self) -> tuple[object, ...]:
        """What it keeps of its round and later ones, for telling runs apart."""
        here = (self._node.place[0], 1 if self._node.rules.lock else self._node.place[1])
        waiting = (one.subject for one in self._proposals)
        signed = (one for one in self._signed if one >= here)
        voted = (one for one in self._voted if one >= here)
        return tuple(sorted(waiting)), tuple(sorted(signed)), tuple(sorted(voted))

    def act(self) -> bool:
        """Answer what is of the cycle that the node is in; say whether anything was sent."""
        if not self._node.rules.sits(self._node.number, self._node.place[0]):
            return False
        signed = [self._sign(one) for one in self._due(self._proposals)]
        voted = [self._vote(one) for one in self._due(self._requests)]
        return any(signed) or any(voted)

    def _due(self, waiting: list[M]) -> list[M]:
        here = self._node.place
        due = [one for one in waiting if (one.height, one.cycle) == here]
        late = [one for one in waiting if (one.height, one.cycle) < here]
        for _ in late:
            self._node.dropped["cycle is over"] += 1
        waiting[:] = [one for one in waiting if (one.height, one.cycle) > here]
        return due

    def _sign(self, proposal: Proposal) -> bool:
        """Sign the header of a block that is found in order, one per cycle (S5).

        One per cycle is what "only one block can receive at least N_c/2 + 1 signatures in one
        packing cycle" (section III B) takes; nothing in the paper binds a commissioner who signed
        in an earlier cycle of the round.
        """
        node, header = self._node, proposal.draft.header
        reason = self._refuse(proposal)
        if reason:
            node.dropped[reason] += 1
            if reason != "signed another":
                self.scores.refused(proposal.sender)
            return False
        self._signed.add(node.place)
        self.scores.signed(header.producer)
        signature = node.keys.sign(node.number, header.encoded)
        node.send(SignatureMessage(node.number, *node.place, header.digest, signature))
        return True

    def _refuse(self, proposal: Proposal) -> str | None:
        node, header = self._node, proposal.draft.header
        if proposal.sender != header.producer or proposal.cycle != header.cycle:
            return "another's proposal"
        locked = node.rules.lock and node.place[0] in {height for height, _ in self._signed}
        if node.rules.bound(locked or node.place in self._signed):
            return "signed another"
        chain = node.chain
        return refuse_draft(proposal.draft, chain.head, chain.ledger, node.rules, node.keys)

    def _vote(self, request: BallotRequest) -> bool:
        node = self._node
        duty = node.chain.on_duty(node.cycle)
        if not node.rules.special(request.height) or request.sender != duty:
            node.dropped["no election"] += 1
            return False
        if node.place in self._voted:
            return False
        self._voted.add(node.place)
        ballot = self.scores.ballot(node.chain.ledger, node.keys)
        node.send(BallotMessage(node.number, *node.place, ballot))
        return True

    def after(self, block: Block, missed: tuple[int, ...]) -> None:
        """Note a block that the node adopted, and who `missed` theirs in the cycles before."""
        for butler in missed:
            self.scores.missed(butler)
        self._volunteer()
        if self._node.rules.forwarding:
            self._node.forward(block)

    def _volunteer(self) -> None:
        """Apply with an own letter where candidates lack, lowest commissioners first (III E)."""
        node, ledger = self._node, self._node.chain.ledger
        lack = node.rules.butlers - len(ledger.eligible)
        free = [i for i in range(node.rules.commissioners) if not ledger.accounts[i].candidate]
        if node.number in free[: max(0, lack)] and not self._volunteered:
            self._volunteered = True
            node.recommend_self(serial=ledger.tenure)
