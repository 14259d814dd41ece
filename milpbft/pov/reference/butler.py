"""What a butler does: it proposes, collects signatures, gets a timestamp, and publishes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.pov.reference.blocks import Block, Content, Draft, Header, stamp, turn
from milpbft.pov.reference.election import Election
from milpbft.pov.reference.messages import (
    BallotRequest,
    BlockMessage,
    Proposal,
    SignatureMessage,
    StampRequest,
    Timestamp,
)

if TYPE_CHECKING:
    from milpbft.pov.reference.encoding import Signed
    from milpbft.pov.reference.host import Host


class Butler:
    """The butler in a node; it does nothing while the node has no seat.

    Attributes
    ----------
    draft
        What it proposed in this cycle of duty.
    """

    def __init__(self, node: Host) -> None:
        self._node = node
        self.draft: Draft | None = None
        self._called = False
        self._signatures: dict[int, bytes] = {}
        self._request: StampRequest | None = None
        self._timestamp: Timestamp | None = None

    # ---- input

    def take_signature(self, message: SignatureMessage) -> str | None:
        """Take a commissioner's signature over the header of the draft."""
        if self.draft is None or message.header != self.draft.header.digest:
            return "signature of no draft here"
        if not self._node.rules.sits(message.sender, self._node.place[0]):
            return "signature of no commissioner"
        keys = self._node.keys
        if not keys.verify(message.sender, self.draft.header.encoded, message.signature):
            return "forged signature"
        self._signatures[message.sender] = message.signature
        return None

    def take_timestamp(self, message: Timestamp) -> str | None:
        """Take the time server's answer to the request."""
        request, rules = self._request, self._node.rules
        if request is None or message.request != request.subject or message.sender != rules.server:
            return "timestamp of no request here"
        stamped = stamp(request.header, request.signatures, message.time)
        if not self._node.keys.verify(rules.server, stamped, message.signature):
            return "forged timestamp"
        if rules.vrf and not self._node.keys.verify(
            rules.server, turn(request.height), message.proof
        ):
            return "forged proof"
        self._timestamp = message
        return None

    def on_timer(self) -> None:
        """Give up collecting: the cycle is over (S7). A request that is out stays out."""
        self._called = False
        self._signatures.clear()
        if self._request is None:
            self.draft = None

    def reset(self) -> None:
        """Begin another round."""
        self._called = False
        self.draft = self._request = self._timestamp = None
        self._signatures.clear()

    @property
    def keeps(self) -> tuple[object, ...]:
        """What it keeps, for telling runs apart."""
        draft = self.draft.header.digest if self.draft else None
        asked = self._request.subject if self._request else None
        time = self._timestamp.time if self._timestamp else None
        return draft, self._called, tuple(sorted(self._signatures)), asked, time

    # ---- steps

    def act(self) -> bool:
        """Take one step, if one is enabled."""
        return self._publish() or self._ask_time() or self._propose()

    def _propose(self) -> bool:
        """Propose once on duty (S4)."""
        node = self._node
        if node.chain.on_duty(node.cycle) != node.number or self._proposed():
            return False
        if node.rules.special(node.place[0]):
            if self._call():
                return True
            content = self._election()
        else:
            content = Content(node.pool.choose(node.chain.ledger, node.rules.block_size))
        if content is None:
            return False
        # The last duty's request may still be out; a new duty in the round replaces it.
        self.reset()
        self._called = True
        self.draft = _draft(node, content)
        node.send(Proposal(node.number, *node.place, self.draft))
        return True

    def _proposed(self) -> bool:
        return self.draft is not None and self.draft.header.cycle == self._node.cycle

    def _call(self) -> bool:
        """Call for ballots, once (section III F)."""
        if self._called:
            return False
        self._called = True
        self._node.send(BallotRequest(self._node.number, *self._node.place))
        return True

    def _election(self) -> Content | None:
        """Hold the election on all ballots, or on a quorum in the second half of the cycle.

        The paper does not say how long a butler waits for ballots; one Byzantine commissioner must
        not hold it up.
        """
        node, rules, ledger = self._node, self._node.rules, self._node.chain.ledger
        lot = node.chain.head.lot
        election = Election(rules, node.keys, ledger.tenure, ledger.eligible, lot)
        sent = (ballot for _, ballot in sorted(node.pool.ballots.items()))
        ballots = tuple(ballot for ballot in sent if election.refuse(ballot) is None)
        waits = len(ballots) < rules.commissioners and node.now < node.began + rules.cycle // 2
        if waits or election.refuse_all(ballots):
            return None
        return Content(ballots=ballots, elected=election.result(ballots))

    def _ask_time(self) -> bool:
        """Send header and signatures to the time server at a quorum, within the cycle (S6)."""
        node = self._node
        if self.draft is None or not self._proposed() or self._request is not None:
            return False
        if not node.rules.enough(len(self._signatures)):
            return False
        chosen: Signed = tuple(sorted(self._signatures.items())[: node.rules.most_signatures])
        self._request = StampRequest(node.number, *node.place, self.draft.header, chosen)
        node.send(self._request)
        return True

    def _publish(self) -> bool:
        """Complete the block with time, R and signature, if it is in time, and publish it (S6)."""
        node, request, answer = self._node, self._request, self._timestamp
        if self.draft is None or request is None or answer is None:
            return False
        draft = self.draft
        self.reset()
        self._called = True
        if not node.rules.in_time(answer.time, node.chain.head.timestamp, draft.header.cycle):
            # S7; the draft stays, so that the node does not propose twice in the cycle.
            self.draft = draft
            return False
        random = node.rules.number(request.signatures, answer.time, answer.proof)
        block = Block(draft, request.signatures, answer.time, answer.signature, random,
                      proof=answer.proof)  # fmt: skip
        place = draft.header.height, draft.header.cycle
        node.send(BlockMessage(node.number, *place, block.signed(node.number, node.keys)))
        return True


def _draft(node: Host, content: Content) -> Draft:
    """Return a draft above the head of the node's chain."""
    height, cycle = node.place
    header = Header(height, node.chain.head.digest, cycle, node.number, content.digest)
    return Draft(header, content)
