"""A bench of dBFT 2.0 nodes with the rules of a profile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.dbft.reference.messages import (
    ChangeView,
    Commit,
    Envelope,
    PrepareRequest,
    PrepareResponse,
    RecoveryMessage,
    RecoveryRequest,
    propose,
    seal,
)
from milpbft.dbft.reference.production.profile import options_in, profile
from milpbft.dbft.reference.production.reference import ProductionReference
from milpbft.dbft.reference.production.replica import ProductionReplica
from milpbft.dbft.reference.told import reason
from milpbft.errors import InputError
from milpbft.sim.bench import ReferenceBench
from milpbft.sim.network import Log

if TYPE_CHECKING:
    from milpbft.dbft.reference.messages import Payload
    from milpbft.sim.bench import Json, Lie, Setup
    from milpbft.sim.network import Packet

NOTHING = bytes(range(32))
"""Hash of a block that does not exist: what an answer to no proposal is about."""


class ProductionBench(ReferenceBench[ProductionReplica, Envelope]):
    """Nodes of a profile, with the state that recordings have.

    Parameters
    ----------
    setup
        Its `profile`, by default ``neo-go``, and `options` that differ from it.
    """

    def __init__(self, setup: Setup) -> None:
        f = (setup.n - 1) // 3
        for name, asked, usual in (("f", setup.f, f), ("quorum", setup.quorum, setup.n - f)):
            if asked not in (None, usual):
                raise InputError(name, asked, f"{usual} in a network of {setup.n} nodes")
        rules = profile(setup.profile or "neo-go").varied(
            options_in(setup.settings.get("options", "")) | setup.options
        )
        self.production = ProductionReference(
            setup.n, rules, height=setup.height, period=setup.period_ms
        )
        super().__init__(self.production)

    @property
    def kinds(self) -> tuple[str, ...]:
        """Kinds of messages that Byzantine nodes may say, recovery messages of any parts too."""
        return (*self.production.kinds, RecoveryMessage.kind)

    def restarted(self, node: int, lives: int) -> ProductionReplica:
        """Return a node that has forgotten everything, at the time that it is."""
        return self.production.restarted(node, lives, self.clock)

    def now(self, milliseconds: int) -> None:
        """Set the clock of every node."""
        super().now(milliseconds)
        for replica in self.replicas.values():
            replica.alarm.now = milliseconds

    def sign(self, lie: Lie) -> Envelope:
        """Make what a Byzantine node says, about the very proposal that is meant."""
        keys, height = self.production.keys, self.production.height
        previous = self.production.site.previous
        stamp = height, lie.view, lie.node
        match lie.kind:
            case PrepareRequest.kind:
                # Proposals of restarted nodes have small numbers.
                made = propose(height, previous, lie.view, lie.node, 1000 + lie.nonce)
                return seal(made, keys)
            case PrepareResponse.kind:
                return seal(PrepareResponse(*stamp, request=self._meant(lie).digest), keys)
            case Commit.kind:
                signature = keys.sign(lie.node, self._meant(lie).header)
                return seal(Commit(*stamp, signature=signature), keys)
            case ChangeView.kind | RecoveryRequest.kind:
                # Each names its time, and so is another message than the last one.
                return self.production.forge(
                    lie.node, f"{lie.kind}#{len(self.messages)}", lie.view, Log()
                )
            case RecoveryMessage.kind if lie.carries is not None:
                known = range(len(self.messages))
                parts = (self.messages[one].envelope for one in lie.carries if one in known)
                return seal(RecoveryMessage(*stamp, messages=tuple(parts)), keys)
        return super().sign(lie)

    def _meant(self, lie: Lie) -> PrepareRequest:
        if 0 <= lie.about < len(self.messages):
            payload = self.messages[lie.about].envelope.payload
            if isinstance(payload, PrepareRequest):
                return payload
            raise InputError("about", lie.about, "the number of a PrepareRequest, or -1")
        height = self.production.height
        return propose(height, NOTHING, lie.view, self.production.primary(lie.view))

    def describe(self, number: int, packet: Packet[Envelope]) -> Json:
        """Return what is said of a message, with what a recovery message carries."""
        payload = packet.envelope.payload
        said: Json = {
            "id": number,
            "kind": payload.kind,
            "view": payload.view,
            "sender": payload.sender,
        }
        if isinstance(payload, ChangeView):
            said["new_view"] = payload.new_view
            said["reason"] = reason(payload)
        if isinstance(payload, RecoveryMessage):
            inner = sorted((item.payload for item in payload.messages), key=_place)
            said["inner"] = [f"{item.kind}/{item.view}/{item.sender}" for item in inner]
        return said


def _place(payload: Payload) -> tuple[int, int]:
    """Return where a message stands among those that a recovery message carries."""
    order = ChangeView, PrepareRequest, PrepareResponse, Commit
    kinds = [kind.kind for kind in order]
    return kinds.index(payload.kind) if payload.kind in kinds else len(kinds), payload.sender
