"""A bench: replicas that are given one input at a time, each handled whole before the next.

Messages have numbers, from 0 on, in the order in which they are sent or forged. What a bench
answers is plain JSON, as `docs/drivers.md` has it: a driver in another process is a bench too.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol

from milpbft.errors import InputError
from milpbft.sim.network import Log, Packet
from milpbft.sim.replica import E, R, Reference
from milpbft.sim.telling import Telling, plain_state

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Setup:
    """What the nodes of a bench are.

    Parameters
    ----------
    protocol
        Name of a protocol in the registry.
    n
        Number of nodes.
    height
        Height of the block that is agreed on, 1 or more.
    period_ms
        Time of a block, in milliseconds.
    profile
        The rules, by name, where the protocol has several; empty for the only ones.
    options
        Options that are set apart from the profile, by name.
    settings
        Of the schedule that is to be played: variants of the protocol, by name.
    f, quorum, rotation
        As in `milpbft.schedule.Detail`, where a schedule says them.
    """

    protocol: str
    n: int
    height: int = 1
    period_ms: int = 1000
    profile: str = ""
    options: dict[str, str] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)
    f: int | None = None
    quorum: int | None = None
    rotation: str | None = None

    def __post_init__(self) -> None:
        for name, value, most in (("n", self.n, 100), ("height", self.height, 2**31)):
            if not 1 <= value <= most:
                raise InputError(name, value, f"a number from 1 to {most}")
        if not 1 <= self.period_ms <= 10**9:
            raise InputError("period_ms", self.period_ms, "milliseconds, 1 to a billion")


@dataclass(frozen=True, slots=True)
class Lie:
    """What a Byzantine node says.

    Parameters
    ----------
    node
        Who says it.
    kind, view
        Its label.
    about
        The number of the proposal that it answers; -1 for none that exists.
    nonce
        Of a proposal: which one, so that others differ.
    carries
        Of a recovery message: the numbers of the messages in it; None for all that it may.
    """

    node: int
    kind: str
    view: int
    about: int = -1
    nonce: int = 0
    carries: tuple[int, ...] | None = None


class Bench(Protocol):
    """Nodes that can be driven, here or in another process."""

    @property
    def kinds(self) -> tuple[str, ...]:
        """Kinds of messages that Byzantine nodes may say; the first are proposals."""
        ...

    def start(self) -> Json:
        """Start all nodes; return ``states``, and what they ``sent``."""
        ...

    def deliver(self, node: int, msg: int, *, more: bool = False) -> Json:
        """Give a node a message; return what it ``sent`` and its ``state``.

        Where `more` comes at the same instant, a node that takes inputs together acts after that.
        """
        ...

    def timeout(self, node: int, *, more: bool = False) -> Json:
        """Let the timer of a node expire; likewise."""
        ...

    def restart(self, node: int) -> Json:
        """Start a node again at the same height, without memory; likewise."""
        ...

    def forge(self, lie: Lie) -> Json:
        """Have a Byzantine node say something; return it as ``sent``."""
        ...

    def now(self, milliseconds: int) -> None:
        """Set the clock."""
        ...

    def states(self) -> list[Json]:
        """Return the state of every node."""
        ...


class ReferenceBench(Generic[R, E]):
    """A reference implementation as a bench.

    Parameters
    ----------
    reference
        The protocol.
    """

    def __init__(self, reference: Reference[R, E]) -> None:
        self.reference = reference
        self.replicas: dict[int, R] = {}
        self.messages: list[Packet[E]] = []
        self.log: Log[E] = Log()
        self.clock = 0
        self._lives: Counter[int] = Counter()

    @property
    def kinds(self) -> tuple[str, ...]:
        """Kinds of messages that Byzantine nodes may say; the first are proposals."""
        return self.reference.kinds

    def start(self) -> Json:
        """Start all nodes."""
        reference = self.reference
        self.replicas = dict(reference.replicas())
        sent = [message for node in self.replicas for message in self._act(node)]
        told = {"rotation": reference.rotation} if isinstance(reference, Telling) else {}
        return {**told, "states": self.states(), "sent": sent}

    def deliver(self, node: int, msg: int, *, more: bool = False) -> Json:
        """Give a node a message."""
        if not 0 <= msg < len(self.messages):
            raise InputError("msg", msg, f"a message from 0 to {len(self.messages) - 1}")
        self._at(node).on_message(self.messages[msg].envelope)
        return self._answer(node, more=more)

    def timeout(self, node: int, *, more: bool = False) -> Json:
        """Let the timer of a node expire."""
        self._at(node).on_timer()
        return self._answer(node, more=more)

    def restart(self, node: int) -> Json:
        """Start a node again without memory."""
        self._at(node)
        self._lives[node] += 1
        self.replicas[node] = self.restarted(node, self._lives[node])
        return self._answer(node)

    def restarted(self, node: int, lives: int) -> R:
        """Return a node that has forgotten everything for the `lives`-th time."""
        return self.reference.restarted(node, lives)

    def forge(self, lie: Lie) -> Json:
        """Have a Byzantine node say something."""
        self._at(lie.node)
        return {"sent": [self._note(lie.node, self.sign(lie))]}

    def sign(self, lie: Lie) -> E:
        """Make what a Byzantine node says; proposals differ where the nonces do."""
        suffix = lie.nonce
        if 0 <= lie.about < len(self.messages):
            _, _, variant = self.messages[lie.about].kind.partition("#")
            suffix = int(variant or 0)
        kind = lie.kind
        if suffix and kind in self.reference.valued_kinds:
            kind = f"{kind}#{suffix}"
        unheard = lie.about < 0 and isinstance(self.reference, Telling) and self.reference.hashes
        sent: Log[E] = Log() if unheard else self.log
        return self.reference.forge(lie.node, kind, lie.view, sent)

    def now(self, milliseconds: int) -> None:
        """Set the clock; replicas without one ignore it."""
        self.clock = milliseconds

    def states(self) -> list[Json]:
        """Return the state of every node."""
        return [self.state(node) for node in self.replicas]

    def state(self, node: int) -> Json:
        """Return the state of a node."""
        replica = self.replicas[node]
        if isinstance(self.reference, Telling):
            return self.reference.state(replica)
        return plain_state(self.reference, replica)

    def describe(self, number: int, packet: Packet[E]) -> Json:
        """Return what is said of a message."""
        kind = packet.kind
        told: Json = {"id": number, "kind": kind, "view": packet.view, "sender": packet.sender}
        if isinstance(self.reference, Telling):
            said = self.reference.said(packet, self.messages[:number])
            told |= {name: getattr(said, name) for name in ("new_view", "reason")}
            if said.carries is not None:
                carried = (self.messages[one] for one in said.carries)
                told["inner"] = [f"{one.kind}/{one.view}/{one.sender}" for one in carried]
        return {name: value for name, value in told.items() if value is not None}

    def _at(self, node: int) -> R:
        if node not in self.replicas:
            raise InputError("node", node, f"a node from 0 to {len(self.replicas) - 1}")
        return self.replicas[node]

    def _answer(self, node: int, *, more: bool = False) -> Json:
        return {"sent": [] if more else self._act(node), "state": self.state(node)}

    def _act(self, node: int) -> list[Json]:
        replica = self.replicas[node]
        replica.act()
        sent = [self._note(node, envelope) for envelope in replica.outbox]
        replica.outbox.clear()
        return sent

    def _note(self, node: int, envelope: E) -> Json:
        kind, view = self.reference.label(envelope)
        packet = Packet(0, node, kind, view, envelope)
        self.messages.append(packet)
        self.log.add(packet)
        return self.describe(len(self.messages) - 1, packet)
