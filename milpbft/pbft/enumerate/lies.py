"""What Byzantine nodes can sign, given what others signed: found by forging and asking replicas."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

from milpbft.pbft.enumerate.pool import bits
from milpbft.pbft.reference.messages import NewView, ViewChange
from milpbft.sim.network import Log, Packet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from milpbft.pbft.enumerate.pool import Pool
    from milpbft.pbft.reference.messages import Envelope
    from milpbft.pbft.reference.reference import FamilyReference


class Lie(NamedTuple):
    """A message that a Byzantine node may want to send."""

    node: int
    kind: str
    view: int


class Lies:
    """Tells which messages of Byzantine nodes a correct node would take.

    A message that was possible stays so as more is sent. So each has smallest sets of messages that
    back it, and largest sets that do not; they are found as they are asked for.

    Parameters
    ----------
    reference
        Forges messages.
    pool
        Numbers them.
    liars
        The Byzantine nodes.
    views, values
        How many there are.
    waits
        Whether they ask for the view after those explored too. Where nobody is followed there, to
        ask for the last view does as much.
    """

    def __init__(
        self,
        reference: FamilyReference[Any],
        pool: Pool,
        liars: frozenset[int],
        views: int,
        values: int,
        *,
        waits: bool,
    ) -> None:
        self._reference = reference
        self._pool = pool
        self._liars = liars
        self._wanted = [
            Lie(node, f"{kind}#{value}" if value else kind, view)
            for view in range(views + waits)
            for kind in reference.kinds
            if _possible(kind, view, views)
            for value in range(values if kind in reference.valued_kinds else 1)
            for node in sorted(liars)
        ]
        self._enough: dict[Lie, dict[int, int]] = {lie: {} for lie in self._wanted}
        self._wanting: dict[Lie, list[int]] = {lie: [] for lie in self._wanted}
        self._known: dict[int, int] = {}
        self.backed = 0
        """Messages that rest on others', view changes apart: acts of Byzantine primaries."""

    def possible(self, sent: int) -> int:
        """Return the set of messages that Byzantine nodes can show where `sent` was sent."""
        if not self._liars:
            return 0
        if sent not in self._known:
            told, before = 0, -1
            while told != before:
                before = told
                for lie in self._wanted:
                    told |= self._makes(lie, sent | told)
            self._known[sent] = told
        return self._known[sent]

    def backing(self, message: int, sent: int) -> list[int]:
        """Return the lies that a possible lie rests on, causes first, and itself at the end."""
        found: dict[int, None] = {}
        (least,) = islice(
            (
                least
                for enough in self._enough.values()
                for least, made in enough.items()
                if made == 1 << message and not least & ~(sent | self.possible(sent))
            ),
            1,
        )
        for cause in bits(least & ~sent):
            found |= dict.fromkeys(self.backing(cause, sent))
        return [*found, message]

    def _makes(self, lie: Lie, sent: int) -> int:
        for least, made in self._enough[lie].items():
            if not least & ~sent:
                return made
        if any(not sent & ~most for most in self._wanting[lie]):
            return 0
        if (envelope := self._forge(lie, sent)) is None:
            self._wanting[lie].append(self._grown(lie, sent))
            return 0
        least = sent
        for message in bits(sent):
            if self._forge(lie, least & ~(1 << message)) is not None:
                least &= ~(1 << message)
        made = 1 << self._pool.add(envelope)
        if least and not made & self._pool.view_changes:
            self.backed |= made
        self._enough[lie][least] = made
        return made

    def _grown(self, lie: Lie, sent: int) -> int:
        """Add known messages while they do not suffice, of each node one view change at most."""
        pool = self._pool
        more, known = [], sent
        for number, message in enumerate(pool.messages):
            alike = known & pool.of_sender[message.sender] & pool.group(number)
            rivals = bool(alike) and bool(pool.view_changes >> number & 1)
            if not known >> number & 1 and not (rivals and message.sender not in self._liars):
                known |= 1 << number
                more.append(number)
        return self._with(lie, sent, more)

    def _with(self, lie: Lie, sent: int, more: Sequence[int]) -> int:
        """Add those of some messages that do not suffice, half by half."""
        known = sent | sum(1 << number for number in more)
        if not more or self._forge(lie, known) is None:
            return known
        if len(more) == 1:
            return sent
        half = len(more) // 2
        return self._with(lie, self._with(lie, sent, more[:half]), more[half:])

    def _forge(self, lie: Lie, sent: int) -> Envelope | None:
        """Make a message; None where it is not what was wanted, or where nobody takes it."""
        log: Log[Envelope] = Log()
        for number in bits(sent):
            said = self._pool.messages[number]
            log.add(Packet(0, said.sender, said.kind, said.view, self._pool.envelopes[number]))
        envelope = self._reference.forge(*lie, log)
        payload = envelope.payload
        if isinstance(payload, NewView) and not payload.pre_prepares:
            return None
        if self._reference.label(envelope) != lie[1:]:
            return None
        for node, replica in self._reference.replicas().items():
            if node == lie.node:
                continue
            replica.on_message(envelope)
            if not replica.dropped:
                return envelope
        return None


def _possible(kind: str, view: int, views: int) -> bool:
    """Whether a kind of message is one of a view.

    Of the view after those explored there are view changes only, and since nobody opens it, what
    they claim does not matter.
    """
    if view == views:
        return kind == ViewChange.kind
    return view > 0 or not kind.endswith((ViewChange.kind, NewView.kind))
