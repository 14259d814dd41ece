"""One replica on its own: what it has done, and what it does next, found by running it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from itertools import permutations, product
from typing import TYPE_CHECKING, Any, NamedTuple

from milpbft.pbft.enumerate.freezer import Freezer
from milpbft.pbft.enumerate.pool import bits
from milpbft.pbft.reference.admission import WRONG_VIEW

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from milpbft.pbft.enumerate.pool import Pool
    from milpbft.pbft.reference.reference import FamilyReference
    from milpbft.pbft.reference.replica import Replica


UNKNOWN = -1
"""Value of a decision on what nobody asked for, which takes a mutant."""


class Stimulus(NamedTuple):
    """Messages by number, in the order in which they come, then perhaps an expired timer."""

    messages: tuple[int, ...] = ()
    timer: bool = False


class Deed(NamedTuple):
    """What a replica did in one step, as the others and its owner see it.

    `sent` are the numbers of its messages; `view` and `active` say where it is then; `decided` is
    the view and value of its decision, if it has one.
    """

    timer: bool
    sent: tuple[int, ...]
    view: int
    active: bool
    decided: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class Local:
    """The state of one node: all that it did, and view changes that it was shown and still counts.

    Other messages are shown for the one act that they are needed for, and count no more. `before`
    is the set of messages that it sent in lives that it has forgotten, `restarts` their number, and
    `asked` the value that it was asked for since, None for what it was asked for before.
    """

    node: int
    deeds: tuple[Deed, ...] = ()
    pending: int = 0
    crashed: bool = False
    before: int = 0
    restarts: int = 0
    asked: int | None = None

    @property
    def last(self) -> Deed:
        """What it did last."""
        return self.deeds[-1] if self.deeds else Deed(False, (), 0, True, None)

    @property
    def sent(self) -> int:
        """The set of messages that it sent, in all its lives."""
        said = {number for deed in self.deeds for number in deed.sent}
        return self.before | sum(1 << number for number in said)

    @property
    def bare(self) -> Local:
        """The state without what the replica that is in it has forgotten."""
        return replace(self, before=0, restarts=0)

    def after(self, earlier: Local) -> Local:
        """Return the state with the lives that a node had forgotten before."""
        return replace(self, before=earlier.before, restarts=earlier.restarts)

    def restart(self, asked: int | None) -> Local:
        """Return its state once it has started again, without memory."""
        return Local(self.node, before=self.sent, restarts=self.restarts + 1, asked=asked)


class Move(NamedTuple):
    """A step of a node: a smallest stimulus that makes it act, as a set too, and what follows."""

    mask: int
    stimulus: Stimulus
    deed: Deed
    target: Local

    @property
    def cost(self) -> int:
        """The number of acts: messages sent, or 1 for a step without any."""
        return max(1, len(self.deed.sent))


class Nodes:
    """Runs the replicas of a reference, each on its own.

    Parameters
    ----------
    reference
        Makes the replicas.
    pool
        Numbers messages.
    views, values
        Views that are explored, and how many requests compete.
    """

    def __init__(
        self, reference: FamilyReference[Any], pool: Pool, views: int, values: int
    ) -> None:
        self._views = views
        self._reference = reference
        self._pool = pool
        requests = [reference.request(value).payload.fingerprint for value in range(values)]
        self._values = {body: value for value, body in enumerate(requests)}
        self._freezer = Freezer(reference.keys, reference.threshold)
        self._frozen: dict[Local, bytes] = {}
        self._takes: dict[tuple[Local, int], bool] = {}
        self._moves: dict[tuple[Local, int], tuple[Move, ...]] = {}

    def start(self, node: int, asked: int | None = None) -> Local:
        """Return the state of `node` before anything happens; `asked` as of :class:`Local`."""
        local = Local(node, asked=asked)
        if local not in self._frozen:
            values = None if asked is None else (asked,)
            self._frozen[local] = self._freezer.freeze(self._reference.fresh(node, values))
        return local

    def moves(self, local: Local, shown: int) -> Iterator[Move]:
        """Yield every move with messages of the set `shown`.

        A node that can act without being shown anything does that first.
        """
        if local.crashed:
            return
        at_once = self._least(local, 0)
        yield from at_once
        if any(not move.stimulus.timer for move in at_once):
            return
        for group in tuple(self._pool.groups.values()):
            if shown & group:
                yield from self._least(local, shown & group)

    def _least(self, local: Local, shown: int) -> tuple[Move, ...]:
        """Return the moves with a smallest set out of messages of one group; cached."""
        key = local, shown
        if key not in self._moves:
            found = self._find(local, [m for m in bits(shown) if self._taken(local, m)], shown == 0)
            self._moves[key] = tuple(dict.fromkeys(found))
        return self._moves[key]

    def _find(self, local: Local, messages: Sequence[int], empty: bool) -> Iterator[Move]:
        if empty:
            sets: list[tuple[int, ...]] = [()]
        elif not messages or self._useless(local, messages):
            return
        else:
            sets = self._sets(messages)
        alone = not empty and bool(self.step(local, Stimulus(timer=True)))
        known: dict[bool, list[set[int]]] = {False: [], True: []}
        for chosen in sets:
            for timer in (False, True):
                if (timer and alone) or any(least <= {*chosen} for least in known[False]):
                    continue
                if timer and any(least <= {*chosen} for least in known[True]):
                    continue
                if not self.step(local, Stimulus(chosen, timer)):
                    continue
                known[timer].append({*chosen})
                for order in permutations(chosen):
                    if move := self.step(local, Stimulus(order, timer)):
                        yield move

    def _sets(self, messages: Sequence[int]) -> list[tuple[int, ...]]:
        """Return the sets of messages, one of each sender at most, small ones first."""
        said: defaultdict[int, list[int | None]] = defaultdict(lambda: [None])
        for message in messages:
            said[self._pool.messages[message].sender].append(message)
        chosen = (tuple(m for m in some if m is not None) for some in product(*said.values()))
        return sorted(filter(None, chosen), key=len)

    def _useless(self, local: Local, messages: Sequence[int]) -> bool:
        """Whether nothing comes of messages of different senders even if all of them are shown."""
        senders = {self._pool.messages[m].sender for m in messages}
        everything = tuple(messages)
        return len(senders) == len(messages) and not any(
            self.step(local, Stimulus(everything, timer)) for timer in (False, True)
        )

    def _taken(self, local: Local, message: int) -> bool:
        """Whether the replica does not drop a message."""
        key = local, message
        if key not in self._takes:
            replica = self.replica(local)
            before = replica.dropped.total()
            replica.on_message(self._pool.envelopes[message])
            self._takes[key] = replica.dropped.total() == before
        return self._takes[key]

    def replica(self, local: Local) -> Replica:
        """Return a replica in a state that :meth:`start` or a move led to."""
        return self._freezer.thaw(self._frozen[local])

    def _run(self, replica: Replica, stimulus: Stimulus) -> None:
        for message in stimulus.messages:
            replica.on_message(self._pool.envelopes[message])
        if stimulus.timer:
            replica.on_timer()
        replica.act()

    def step(self, local: Local, stimulus: Stimulus) -> Move | None:
        """Return what comes of a stimulus; None where the replica stays silent."""
        replica = self.replica(local)
        waits = self._reference.proposes(replica)
        self._run(replica, stimulus)
        sent = tuple(self._pool.add(envelope) for envelope in replica.outbox)
        replica.outbox.clear()
        decisions = [(d.view, self._values.get(d.block, UNKNOWN)) for d in replica.decisions]
        decided = decisions[0] if decisions else None
        deed = Deed(stimulus.timer, sent, replica.view, replica.active, decided)
        switched = waits and not self._reference.proposes(replica)
        if not sent and not switched and deed[2:] == local.last[2:]:
            return None
        shown = local.pending
        for message in stimulus.messages:
            shown |= 1 << message & self._pool.view_changes
        pending = sum(1 << m for m in bits(shown) if self._counts(replica, m))
        target = Local(local.node, self._kept(local, deed), pending, asked=local.asked)
        if target not in self._frozen:
            self._frozen[target] = self._freezer.freeze(replica)
        mask = sum(1 << message for message in stimulus.messages)
        return Move(mask, stimulus, deed, target)

    def _kept(self, local: Local, deed: Deed) -> tuple[Deed, ...]:
        """Return what counts of a node's deeds: once it left the views, no more than what it said.

        Then all that it may do is to leave further.
        """
        if deed.view < self._views:
            return (*local.deeds, deed)
        sent = sorted({*deed.sent, *(number for old in local.deeds for number in old.sent)})
        return (deed._replace(timer=False, sent=tuple(sent)),)

    def _counts(self, replica: Replica, message: int) -> bool:
        """Whether a replica does not hold a message that it was shown to be past."""
        before = replica.dropped[WRONG_VIEW]
        replica.on_message(self._pool.envelopes[message])
        return replica.dropped[WRONG_VIEW] == before
