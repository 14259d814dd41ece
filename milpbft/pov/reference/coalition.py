"""The Byzantine nodes of a run: what they know together, and what they can make of it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from milpbft.pov.reference.blocks import Block, Content, Draft, Header
from milpbft.pov.reference.election import Ballot, Election
from milpbft.pov.reference.messages import (
    BallotMessage,
    BallotRequest,
    BlockMessage,
    Envelope,
    Fetch,
    Payload,
    Proposal,
    SignatureMessage,
    StampRequest,
    Timestamp,
    seal,
)
from milpbft.pov.reference.node import Node
from milpbft.pov.reference.scores import Scores
from milpbft.pov.reference.transactions import Record, Transaction

if TYPE_CHECKING:
    from milpbft.pov.reference.chain import Chain
    from milpbft.pov.reference.encoding import Signed
    from milpbft.pov.reference.labels import Label
    from milpbft.pov.reference.ledger import Ledger
    from milpbft.pov.reference.rules import Rules
    from milpbft.sim.signatures import Signatures


class Impossible(Exception):  # noqa: N818  (not an error: a finding)
    """Why the Byzantine nodes cannot make a message."""


class Coalition:
    """Nodes that share keys and whatever any of them receives, but forge nobody else's signature.

    An observer, which runs honest code and says nothing, follows the chain for them.

    Attributes
    ----------
    names
        Suffix of what was made, by what it is about: for naming what others answer to it.
    """

    def __init__(
        self, members: frozenset[int], rules: Rules, keys: Signatures, genesis: Block
    ) -> None:
        self.members = members
        self.names: dict[bytes, str] = {}
        self._rules = rules
        self._keys = keys
        silent = replace(rules, fetch=False, forwarding=False)
        self._observer = Node(rules.n, silent, keys, genesis)
        self._drafts: dict[tuple[int, int, str], Draft] = {}
        self._signatures: defaultdict[bytes, dict[int, bytes]] = defaultdict(dict)
        self._requests: dict[tuple[int, int, str], StampRequest] = {}
        self._times: dict[bytes, Timestamp] = {}

    # ---- what they hear

    def hear(self, envelope: Envelope) -> None:
        """Take a message that one of them received."""
        payload = envelope.payload
        match payload:
            case Proposal():
                place = payload.height, payload.cycle, ""
                if payload.sender not in self.members:
                    self._drafts.setdefault(place, payload.draft)
            case SignatureMessage():
                self._signatures[payload.header][payload.sender] = payload.signature
            case Timestamp():
                self._times[payload.request] = payload
        self._observer.on_message(envelope)
        self._observer.act()

    @property
    def height(self) -> int:
        """Height of the block that they wait for."""
        return self._observer.chain.height + 1

    def follow(self, chain: Chain) -> None:
        """Follow a chain from now on: that of a node whose blocks one of them has received."""
        own = self._observer.chain
        if own.height < chain.height or own.blocks[chain.height].digest != chain.head.digest:
            own.blocks[:], own.ledgers[:] = chain.blocks, chain.ledgers

    def below(self, height: int) -> Block:
        """Return the block below a height, or the last that they know."""
        return self._observer.chain.blocks[min(height, self.height) - 1]

    def cycle(self, height: int, tick: int) -> int:
        """Return the packing cycle at a tick of a height whose block below they know."""
        return max(0, tick - self.below(height).timestamp) // self._rules.cycle + 1

    def duties(self, node: int, height: int) -> list[int]:
        """Return the views of the first N_b at `height` in which `node` is on duty."""
        chain = self._observer.chain
        cycles = range(1, self._rules.butlers + 1)
        return [m - 1 for m in cycles if chain.on_duty(m, height) == node]

    # ---- what they make

    def make(self, node: int, label: Label, cycle: int) -> Envelope:
        """Make the message `label` of packing cycle `cycle`, signed by `node`.

        Raises
        ------
        Impossible
            Where it takes what none of them has received or may sign.
        """
        makers = {
            "Proposal": self._propose,
            "Signature": self._sign,
            "StampRequest": self._ask,
            "Block": self._complete,
            "BallotRequest": self._call,
            "Ballot": self._vote,
            "Fetch": self._fetch,
        }
        if label.base not in makers:
            raise Impossible(f"no Byzantine node makes a {label.base}")
        payload = makers[label.base](node, label, cycle)
        self._name(payload, label)
        self._keep(payload, label)
        envelope = seal(payload, self._keys)
        self.hear(envelope)
        return envelope

    @staticmethod
    def _fetch(node: int, label: Label, cycle: int) -> Payload:
        return Fetch(node, label.height, cycle)

    def _name(self, payload: Payload, label: Label) -> None:
        short = isinstance(payload, Proposal | SignatureMessage)
        suffix = label.proposal if short else label.suffix
        if payload.subject and self.names.setdefault(payload.subject, suffix) != suffix:
            other = self.names[payload.subject] or "without suffix"
            raise Impossible(f"{label} is the same as that {other}")

    def _keep(self, payload: Payload, label: Label) -> None:
        match payload:
            case Proposal():
                self._drafts[label.height, payload.cycle, label.proposal] = payload.draft
            case StampRequest():
                self._requests[label.height, payload.cycle, label.suffix] = payload

    def _below(self, height: int) -> tuple[Block, Ledger]:
        chain = self._observer.chain
        if height - 1 > chain.height:
            raise Impossible(f"no Byzantine node has the block of height {height - 1}")
        return chain.blocks[height - 1], chain.ledgers[height - 1]

    def _draft(self, label: Label, cycle: int) -> Draft:
        draft = self._drafts.get((label.height, cycle, label.proposal))
        if draft is None:
            raise Impossible(f"no Byzantine node has Proposal{label.proposal}")
        return draft

    def _check_duty(self, node: int, label: Label, cycle: int) -> tuple[Block, Ledger]:
        """Return what is below the height, if `node` is on duty there: no other is listened to."""
        below, ledger = self._below(label.height)
        if self._observer.chain.on_duty(cycle, label.height) != node:
            raise Impossible(f"node {node} is not on duty in view {cycle - 1}")
        return below, ledger

    def _propose(self, node: int, label: Label, cycle: int) -> Payload:
        below, ledger = self._check_duty(node, label, cycle)
        if self._rules.special(label.height):
            content = self._elect(below, ledger, label)
        else:
            content = self._pack(node, ledger, label)
        header = Header(label.height, below.digest, cycle, node, content.digest)
        return Proposal(node, label.height, cycle, Draft(header, content))

    def _pack(self, node: int, ledger: Ledger, label: Label) -> Content:
        chosen = list(self._observer.pool.choose(ledger, self._rules.block_size))
        if label.variant:
            own = sum(one.author == node for one in chosen)
            nonce = ledger.accounts[node].transactions + own
            action = Record(f"variant {label.variant}".encode())
            chosen.append(Transaction.signed(node, nonce, action, self._keys))
        if label.illegal:
            nonce = ledger.accounts[0].transactions + sum(one.author == 0 for one in chosen)
            chosen.append(Transaction(0, nonce, Record(b"forged"), bytes(64)))
        return Content(tuple(chosen))

    def _elect(self, below: Block, ledger: Ledger, label: Label) -> Content:
        known = self._observer.pool.ballots
        named = tuple(sorted(known)) if label.named is None else label.named
        if missing := set(named) - known.keys():
            raise Impossible(f"no Byzantine node has a ballot of commissioner {min(missing)}")
        ballots = tuple(known[node] for node in named)
        election = Election(self._rules, self._keys, ledger.tenure, ledger.eligible, below.lot)
        elected = election.result(ballots)
        return Content(ballots=ballots, elected=elected[::-1] if label.illegal else elected)

    def _sign(self, node: int, label: Label, cycle: int) -> Payload:
        header = self._draft(label, cycle).header
        signature = self._signature(node, header)
        return SignatureMessage(node, label.height, cycle, header.digest, signature)

    def _signature(self, node: int, header: Header) -> bytes:
        if not self._rules.sits(node, header.height):
            raise Impossible(f"node {node} is no commissioner")
        signature = self._signatures[header.digest].get(node)
        if signature is None and node in self.members:
            signature = self._keys.sign(node, header.encoded)
        if signature is None:
            raise Impossible(f"no Byzantine node has the signature of commissioner {node}")
        return signature

    def _ask(self, node: int, label: Label, cycle: int) -> Payload:
        self._check_duty(node, label, cycle)
        header = self._draft(label, cycle).header
        known = self._signatures[header.digest].keys() | self.members
        available = sorted(known & self._rules.commission(self._rules.tenure(label.height)))
        default = tuple(available[: self._rules.most_signatures])
        named = default if label.named is None else label.named
        signatures: Signed = tuple((one, self._signature(one, header)) for one in named)
        return StampRequest(node, label.height, cycle, header, signatures, label.attempt)

    def _complete(self, node: int, label: Label, cycle: int) -> Payload:
        self._check_duty(node, label, cycle)
        request = self._requests.get((label.height, cycle, label.suffix))
        answer = self._times.get(request.subject) if request else None
        if request is None or answer is None:
            raise Impossible(f"no Byzantine node has Timestamp{label.suffix}")
        if not request.signatures:
            raise Impossible("R of a block without signatures is not defined")
        draft = self._draft(label, cycle)
        random = self._rules.number(request.signatures, answer.time, answer.proof)
        block = Block(draft, request.signatures, answer.time, answer.signature, random,
                      proof=answer.proof)  # fmt: skip
        return BlockMessage(node, label.height, cycle, block.signed(node, self._keys))

    def _call(self, node: int, label: Label, cycle: int) -> Payload:
        self._check_duty(node, label, cycle)
        return BallotRequest(node, label.height, cycle)

    def _vote(self, node: int, label: Label, cycle: int) -> Payload:
        _, ledger = self._below(label.height)
        if label.named is None:
            ballot = Scores(node, self._rules).ballot(ledger, self._keys)
        else:
            ballot = Ballot.signed(node, ledger.tenure, (), label.named, self._keys)
        return BallotMessage(node, label.height, cycle, ballot)
