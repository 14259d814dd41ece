"""What the executable world asks of a replica and of a protocol's reference implementation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from milpbft.sim.network import Log


@dataclass(frozen=True, slots=True)
class Decision:
    """A block that a replica accepted: in which view, and its hash."""

    view: int
    block: bytes


E = TypeVar("E")
"""A protocol's signed message."""


class Replica(Protocol[E]):
    """A deterministic state machine without I/O and without a clock."""

    outbox: list[E]

    def on_message(self, envelope: E) -> None:
        """Take a message; act on nothing yet."""
        ...

    def on_timer(self) -> None:
        """Do what an expired timer asks for."""
        ...

    def act(self) -> None:
        """Take steps until none is enabled."""
        ...


R = TypeVar("R", bound=Replica[Any])
"""A protocol's replica."""


class Reference(Protocol[R, E]):
    """A protocol's reference implementation as the world and the replay see it.

    A message is known in a schedule by its sender and its label, a kind and a view.
    """

    @property
    def protocol(self) -> str:
        """Name of the protocol, e.g. ``dbft2``."""
        ...

    @property
    def n(self) -> int:
        """Number of nodes."""
        ...

    @property
    def kinds(self) -> tuple[str, ...]:
        """Kinds of messages that a Byzantine node may send, causes before effects."""
        ...

    @property
    def valued_kinds(self) -> frozenset[str]:
        """Kinds that may end in ``#k``, the k-th other proposal of a Byzantine primary."""
        ...

    @property
    def recovery_kinds(self) -> frozenset[str]:
        """Kinds that only repeat what was sent before; a schedule may do without them.

        They may be sent again: the second of a sender and view is named ``kind#1``, and so on.
        """
        ...

    def replicas(self) -> Mapping[int, R]:
        """Return new replicas, one per node."""
        ...

    def restarted(self, node: int, lives: int) -> R:
        """Return a replica that starts again without memory, for the `lives`-th time."""
        ...

    def primary(self, view: int) -> int:
        """Return the primary of `view`."""
        ...

    def label(self, envelope: E) -> tuple[str, int]:
        """Kind and view of a message."""
        ...

    def carrier(self, node: int, kind: str, view: int) -> str | None:
        """Return the kind that `node` really sends where a schedule has `kind`, if another."""
        ...

    def forge(self, node: int, kind: str, view: int, sent: Log[E]) -> E:
        """Make a message that Byzantine `node` signs, given what all nodes have sent so far."""
        ...

    def decisions(self, replica: R) -> Sequence[Decision]:
        """Return the blocks that a replica has accepted, in order."""
        ...

    def view(self, replica: R) -> int:
        """Return the view that a replica is in."""
        ...

    def timer(self, replica: R) -> object:
        """Name the timer of the replica's view that runs, None where none does.

        Another name means that it was started anew. The timer to propose is none of them.
        """
        ...

    def proposes(self, replica: R) -> bool:
        """Whether the replica is a primary that waits for its timer to propose."""
        ...

    def certified(self, view: int, envelopes: Sequence[E]) -> bool:
        """Whether these messages suffice for a block in `view`."""
        ...

    def explain(self, replica: R) -> str:
        """Return the state of a replica in words, for a verdict."""
        ...


@runtime_checkable
class Clocked(Protocol):
    """A reference whose replicas keep the time of their own timer, which is set anew and put off.

    Such a timer expires at the tick at which it is due, no earlier and no later, after the messages
    of that tick and once a tick at most.
    """

    def tell(self, replica: Any, tick: int) -> None:  # noqa: ANN401
        """Set the clock of a replica."""
        ...

    def begin(self, replica: Any, tick: int) -> None:  # noqa: ANN401
        """Set the clock of a replica that starts again at a tick, and its timer anew."""
        ...

    def due(self, replica: Any) -> int | None:  # noqa: ANN401
        """Return the tick at which the timer of a replica is due; None where nothing follows."""
        ...


class PlainReference:
    """What a reference of one view and without recovery says, for references to build on.

    Its replicas have an attribute ``decision``, a :class:`Decision` or None, and say their state as
    text; the primary is node 0, and no timer runs but that to propose.
    """

    recovery_kinds: frozenset[str] = frozenset()

    def primary(self, view: int) -> int:
        """Return node 0."""
        return 0

    def carrier(self, node: int, kind: str, view: int) -> str | None:
        """Say that no message is carried by another."""
        return None

    def decisions(self, replica: Any) -> Sequence[Decision]:  # noqa: ANN401
        """Return what the replica has decided, if anything."""
        return () if replica.decision is None else (replica.decision,)

    def view(self, replica: Any) -> int:  # noqa: ANN401
        """Return the only view."""
        return 0

    def timer(self, replica: Any) -> object:  # noqa: ANN401
        """Say that no timer runs."""
        return None

    def explain(self, replica: Any) -> str:  # noqa: ANN401
        """Return the replica's own words."""
        return str(replica)
