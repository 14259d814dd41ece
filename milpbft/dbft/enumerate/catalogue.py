"""Every message that the nodes of one network can sign in the first views, made once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.dbft.reference.messages import Commit, PrepareRequest
from milpbft.dbft.reference.reference import DbftReference
from milpbft.sim.network import Log, Packet
from milpbft.sim.seals import Seals

if TYPE_CHECKING:
    from collections.abc import Sequence

    from milpbft.dbft.reference.messages import Envelope
    from milpbft.dbft.reference.replica import Replica
    from milpbft.dbft.reference.rules import Rules

Label = tuple[str, int]
"""Kind and view of a message, as in schedules."""


class Catalogue:
    """The messages of views 0 to `views` - 1 by label and sender.

    Parameters
    ----------
    rules
        What the network agrees on.
    views
        Number of views, at least 1.
    values
        Proposals that there may be in a view: 2 where primaries may be Byzantine, else 1.
    replica
        The class of correct nodes, by default the protocol's own.
    family
        The reference of a protocol.
    """

    def __init__(
        self,
        rules: Rules,
        views: int,
        values: int,
        replica: type[Replica] | None = None,
        family: type[DbftReference] = DbftReference,
    ) -> None:
        self.protocol = family.protocol
        self.settings = rules.settings
        self._reference = family(rules, keys=Seals(), replica=replica)
        self._replica = replica or family.correct
        self._envelopes: dict[Label, dict[int, Envelope]] = {}
        self._values: dict[bytes, tuple[int, str]] = {}
        self._log: Log[Envelope] = Log()
        reference = self._reference
        kinds = [kind for kind in reference.kinds if kind not in reference.recovery_kinds]
        for view in range(views):
            for kind in kinds:
                for value in range(values if kind in reference.valued_kinds else 1):
                    self._add(f"{kind}#{value}" if value else kind, view)

    def _add(self, kind: str, view: int) -> None:
        """Make what each node can say under this label, if another one takes it."""
        messages = self._envelopes[kind, view] = {}
        # The primary last: the reference remembers the last other proposal that it made.
        nodes = sorted(range(self._reference.n), key=self._reference.primary(view).__eq__)
        for node in nodes:
            envelope = self._reference.forge(node, kind, view, self._log)
            listener = self.replica((node + 1) % self._reference.n)
            listener.on_message(envelope)
            if listener.dropped:
                continue
            messages[node] = envelope
            self._log.add(Packet(0, node, kind, view, envelope))
            if isinstance(envelope.payload, PrepareRequest):
                self._values[envelope.payload.block] = (view, kind[len(PrepareRequest.kind) :])

    @property
    def labels(self) -> tuple[Label, ...]:
        """All labels, causes before effects."""
        return tuple(self._envelopes)

    def primary(self, view: int) -> int:
        """Return the primary of `view`."""
        return self._reference.primary(view)

    @property
    def blocks(self) -> list[tuple[int, str]]:
        """View and value of the blocks that there may be."""
        return list(self._values.values())

    @property
    def proposals(self) -> tuple[Label, ...]:
        """Labels of the request that a correct primary sends, view by view."""
        return tuple(label for label in self._envelopes if label[0] == PrepareRequest.kind)

    @property
    def commits(self) -> bool:
        """Whether there are commits, on which blocks are accepted."""
        return Commit.kind in self._reference.kinds

    def concerns_first(self, label: Label) -> bool:
        """Whether a message is about the request that a correct primary sends."""
        return label[0] in self._reference.valued_kinds

    def replica(self, node: int) -> Replica:
        """Return a new replica."""
        reference = self._reference
        return self._replica(node, reference.rules, reference.keys, reference.height)

    def senders(self, label: Label, node: int = -1) -> Sequence[int]:
        """Return those from whom `node` takes `label`, by default all who can send it."""
        return [sender for sender in self._envelopes[label] if sender != node]

    def envelope(self, label: Label, sender: int) -> Envelope:
        """Return the message."""
        return self._envelopes[label][sender]

    def said(self, replica: Replica) -> list[Label]:
        """Empty the outbox of a replica and return the labels, recovery messages apart."""
        labels = [self._reference.label(envelope) for envelope in replica.outbox]
        replica.outbox.clear()
        return [label for label in labels if label[0] not in self._reference.recovery_kinds]

    def accepted(self, replica: Replica) -> tuple[int, str] | None:
        """View and value (``""`` or ``#1``) of the block that a replica accepted."""
        decision = replica.decision
        return None if decision is None else self._values[decision.block]
