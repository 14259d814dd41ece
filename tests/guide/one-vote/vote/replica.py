"""What a node runs: its own code, which knows nothing of the table."""

from dataclasses import dataclass, field
from hashlib import sha256
from typing import NamedTuple

from milpbft.sim.replica import Decision, PlainReference
from milpbft.sim.signatures import KeyRing


class Message(NamedTuple):
    """A signed message; a second proposal has the value 1."""

    kind: str
    sender: int
    value: int
    signature: bytes = b""

    def signed(self, keys):
        return self._replace(signature=keys.sign(self.sender, self.text))

    @property
    def text(self):
        return f"{self.kind} {self.value}".encode()


@dataclass(unsafe_hash=True)
class Replica:
    """A correct node. Node 0 is the primary; its proposal is its vote."""

    node: int
    quorum: int
    keys: KeyRing = field(compare=False, repr=False)
    proposal: int | None = None
    voted: int | None = None
    votes: frozenset = frozenset()
    decision: Decision | None = None
    outbox: list = field(default_factory=list, compare=False, repr=False)

    def on_message(self, message):
        kind, sender, value, signature = message
        if self.keys.verify(sender, message.text, signature) and (kind == "Vote" or sender == 0):
            self.votes |= {(sender, value)}
            if kind == "Propose" and self.proposal is None:
                self.proposal = value

    def on_timer(self):
        if self.node == 0:
            self.proposal = 0

    def act(self):
        if self.voted is None and self.proposal is not None:
            self.voted = self.proposal
            self.votes |= {(self.node, self.voted)}
            said = Message("Vote" if self.node else "Propose", self.node, self.voted)
            self.outbox.append(said.signed(self.keys))
        if [value for _, value in self.votes].count(self.voted) >= self.quorum:
            self.decision = Decision(0, sha256(b"block %d" % self.voted).digest())


class Reference(PlainReference):
    """The protocol as replay and simulation see it."""

    protocol = "vote"
    kinds = valued_kinds = ("Propose", "Vote")

    def __init__(self, n):
        self.n, self.keys, self.quorum = n, KeyRing(n), n - (n - 1) // 3

    def replicas(self):
        return {node: Replica(node, self.quorum, self.keys) for node in range(self.n)}

    def label(self, message):
        return message.kind + "#1" * message.value, 0

    def forge(self, node, kind, view, sent):
        kind, _, value = kind.partition("#")
        return Message(kind, node, int(value or 0)).signed(self.keys)

    def proposes(self, replica):
        return replica.node == 0 and replica.voted is None

    def certified(self, view, messages):
        votes = [value for _, value in {(message.sender, message.value) for message in messages}]
        return max(votes.count(0), votes.count(1)) >= self.quorum
