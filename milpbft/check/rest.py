"""Rest: whether a run that is said to end at rest stays as it is, whatever still may happen.

A lock is one only if nothing that the network owes and no timer frees anybody. What is owed is read
off the events and the network's promises here, and not taken from whoever made the schedule:

- **Messages.** What nodes that are not Byzantine sent to nodes that run their own code, and what
  they send while this goes on. Excused is what a Byzantine or crashed relay of an overlay may lose.
  Recovery traffic is owed where the schedule has any, see :mod:`milpbft.check.replay`.
- **Losses.** What the network lost, which the schedule says, is not owed; it may not be more than
  the schedule's network loses, see :mod:`milpbft.check.losses`. With the setting ``resent`` it is
  owed all the same while its sender is in the view of which it is.
- **Reloads.** What was under way to a node as it reloaded its log is lost, and not owed to it,
  unless replicas repeat themselves and say the very same again.
- **Gossip.** Where the setting says so, what one of them was given is owed to all of them.
- **Repetition.** Where replicas repeat themselves, and what they say again matters since others may
  have dropped or forgotten it (:class:`Repeating`), everything that they say is delivered each
  time, recovery traffic included, until a whole round of timers changes no replica. Who stands as
  it stood when it was last given the very same message is not given it once more: it would do what
  it did then, which was delivered. Where a sender's next message repeats all that one carries which
  is still under way, the next is given alone: who is not changed by it is not by its parts.
- **Timers.** Every timer that runs expires, that of a primary that has not proposed included, again
  and again, until nobody says anything new. What a schedule's settings rule out does not: with
  ``calm`` the timers of views, with ``fastpath`` also those by which a collector changes paths.
- **Fetch.** Whoever decides frees the others, which get its block.

All of it is given to copies of the replicas, in several orders. Byzantine nodes say nothing more.
A schedule says in its setting ``rest`` that it ends so: ``fetch`` or, where blocks are not fetched,
``alone``.
"""

from __future__ import annotations

from copy import deepcopy
from itertools import product
from random import Random
from typing import TYPE_CHECKING, Any, Generic, Protocol, runtime_checkable

from milpbft.check.carriage import Carriage
from milpbft.check.losses import unlawful
from milpbft.check.replay import Replay
from milpbft.schedule.losses import Loss, lost_in
from milpbft.sim.network import Packet
from milpbft.sim.replica import E, R, Reference
from milpbft.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from milpbft.schedule import Schedule

SETTING = "rest"
ORDERS = 4
"""Orders of delivery that are tried: as sent, backwards, by receiver, and at random."""
ROUNDS = 100
"""How often all timers expire before the run is given up as endless."""


@runtime_checkable
class Repeating(Protocol):
    """A reference whose replicas repeat themselves, and others need that."""

    def standing(self, replica: Any) -> object:  # noqa: ANN401
        """Return all of a replica's state that what it is given and says can change.

        A replica that says again just what it said sends the very same envelope.
        """
        ...

    def repeats(self, later: Any, earlier: Any) -> bool:  # noqa: ANN401
        """Whether a message carries in the same view all that an earlier one carried."""
        ...


def rests(schedule: Schedule, reference: Reference[Any, Any]) -> Verdict:
    """Let everything happen that is owed at the end of a schedule.

    Returns
    -------
    Verdict
        Of the check ``rest``: ``confirmed``; ``refuted`` with the first correct node that decides,
        leaves the modelled views, or says something new; ``undecided`` where it goes on for ever,
        or the schedule does not happen.
    """
    done = Replay(schedule, reference)
    if not (replayed := done.run()):
        return Verdict("rest", "undecided", f"it does not happen: {replayed.reason}")
    for reason in unlawful(schedule):
        return Verdict("rest", "refuted", reason)
    for number in range(ORDERS):
        verdict = _Settling(schedule, reference, done, number).run()
        if not verdict:
            return verdict
    return Verdict("rest", "confirmed")


class _Settling(Generic[R, E]):
    """One order in which everything owed is delivered, to copies of the replicas."""

    def __init__(
        self, schedule: Schedule, reference: Reference[R, E], done: Replay[R, E], number: int
    ) -> None:
        self._reference = reference
        self._views = len(schedule.primaries)
        self._carriage = Carriage.of(schedule)
        self._lost = lost_in(schedule)
        self._resent = schedule.settings.get("resent") == "true"
        self._gossip = schedule.settings.get("gossip") == "true"
        self._relayed = schedule.settings.get("relayed", "").split(",")
        self._calm = schedule.settings.get("calm") == "true"
        self._fastpath = schedule.settings.get("fastpath") == "true"
        self._repeating = reference if isinstance(reference, Repeating) else None
        self._silent = frozenset() if self._repeating else done.silent
        self._done = done
        self._gone = set(done.gone)
        self._order = _order(number)
        self._log = list(done.sent)
        # Messages and keys are shared: replicas do not change them.
        shared = [*vars(reference).values(), *(packet.envelope for packet in self._log)]
        memo = {id(one): one for one in shared}
        running = [node for node in done.replicas if done.runs_own_code(node)]
        self._replicas: dict[int, R] = {i: deepcopy(done.replicas[i], memo) for i in running}
        self._has = {(node, packet) for node, packet in done.delivered if node in self._replicas}
        self._has |= set(self._twins())
        self._said = {(packet.sender, packet.kind, packet.view) for packet in self._log}
        self._decided = {i: len(reference.decisions(r)) for i, r in self._replicas.items()}
        self._news: list[str] = []
        self._places = {id(packet.envelope): packet for packet in self._log}
        self._changes = dict.fromkeys(self._replicas, 0)
        self._stood = dict(zip(self._replicas, self._stand(), strict=False))
        self._seen: dict[tuple[int, Packet[E]], int] = {}
        self._last: dict[tuple[int, int], Packet[E]] = {}

    def run(self) -> Verdict:
        """Deliver and expire until nothing changes."""
        for _ in range(ROUNDS):
            stood = self._stand()
            while owed := self._order(list(self._owed())):
                for node, packet in owed:
                    self._has.add((node, packet))
                    self._seen[node, packet] = self._changes[node]
                    self._replicas[node].on_message(packet.envelope)
                    self._step(node)
                if self._news:
                    return self._refuted()
            before = len(self._log)
            for node, replica in self._replicas.items():
                if self._expires(node, replica):
                    replica.on_timer()
                    self._step(node)
            if self._news:
                return self._refuted()
            still = stood == self._stand() if self._repeating else len(self._log) == before
            if still:
                return Verdict("rest", "confirmed")
        return Verdict("rest", "undecided", f"something is said after {ROUNDS} rounds of timers")

    def _twins(self) -> Iterator[tuple[int, Packet[E]]]:
        """Yield what nodes need not be given, since they were given a later copy of it.

        It could have come with that copy, where it is no news; to replicas that repeat themselves
        it may be.
        """
        if self._repeating is not None:
            return
        given: dict[tuple[int, int, E], int] = {}
        for node, packet in self._has:
            copy = node, packet.sender, packet.envelope
            given[copy] = max(packet.tick, given.get(copy, packet.tick))
        for node, packet in product(self._replicas, self._log):
            if given.get((node, packet.sender, packet.envelope), packet.tick - 1) >= packet.tick:
                yield node, packet

    def _stand(self) -> list[object]:
        """Return where the replicas stand, if they repeat themselves."""
        one = self._repeating
        return [] if one is None else [one.standing(r) for r in self._replicas.values()]

    def _expires(self, node: int, replica: R) -> bool:
        """Whether a timer of a replica runs that may expire."""
        if not self._calm and self._reference.timer(replica) is not None:
            return True
        collects = self._fastpath and any(packet.sender == node for packet in self._log)
        return self._reference.proposes(replica) and not collects

    def _refuted(self) -> Verdict:
        return Verdict("rest", "refuted", f"not at rest: once all is delivered, {self._news[0]}")

    def _owed(self) -> Iterator[tuple[int, Packet[E]]]:
        """Yield what has not arrived yet, each message with its receiver."""
        liars = self._done.byzantine
        passed = self._has if liars else ()
        heard = {packet for _, packet in passed if self._passed_on(packet)}
        for packet in self._log:
            if packet.sender in liars and packet not in heard:
                continue
            for node in self._replicas:
                has = node == packet.sender or (node, packet) in self._has
                has |= (node, packet) in self._gone
                if not has and self._passes(packet, node):
                    yield node, packet

    def _passed_on(self, packet: Packet[E]) -> bool:
        """Whether correct nodes pass on what they have of others: everything, or some kinds."""
        return self._gossip or packet.kind.partition("#")[0] in self._relayed

    def _passes(self, packet: Packet[E], node: int) -> bool:
        """Whether a message is not lost, and no relay may lose it."""
        way = Loss(packet.sender, node, packet.kind, packet.view)
        lost = self._lost & {way, way._replace(tick=packet.tick)}
        if lost and not self._says_again(packet):
            return False
        walks = self._carriage.relays(packet.sender, node, packet.tick)
        return any(all(relay in self._replicas for relay in walk) for walk in walks)

    def _says_again(self, packet: Packet[E]) -> bool:
        """Whether what was lost is sent again until it arrives."""
        sender = self._replicas.get(packet.sender) if self._resent else None
        return sender is not None and self._reference.view(sender) <= packet.view

    def _step(self, node: int) -> None:
        """Let a node act; note what it says, and what is news of it."""
        replica = self._replicas[node]
        replica.act()
        for envelope in replica.outbox:
            kind, view = self._reference.label(envelope)
            new = self._repeating is not None or (node, kind, view) not in self._said
            if kind not in self._silent and new:
                self._said.add((node, kind, view))
                self._say(Packet(-1, node, kind, view, envelope))
        replica.outbox.clear()
        self._notice(node, replica)
        taken = self._reference.decisions(replica)
        if len(taken) > self._decided[node]:
            self._news.append(f"node {node} decides in view {taken[-1].view}")
        elif (view := self._reference.view(replica)) >= self._views:
            self._news.append(f"node {node} enters view {view}, which is not modelled")

    def _say(self, packet: Packet[E]) -> None:
        """Send a message; what was sent before is owed to those that have changed since."""
        before = self._places.setdefault(id(packet.envelope), packet)
        if before is packet:
            self._log.append(packet)
            self._replace(packet)
            return
        for node, changes in self._changes.items():
            self._gone.discard((node, before))  # What is said again is under way again.
            if self._seen.get((node, before)) != changes:
                self._has.discard((node, before))

    def _replace(self, packet: Packet[E]) -> None:
        """Withdraw what is under way of a sender where its next message repeats all of it."""
        one, place = self._repeating, (packet.sender, packet.view)
        if one is None or not one.repeats(packet.envelope, packet.envelope):
            return
        last = self._last.get(place)
        self._last[place] = packet
        if last is not None and one.repeats(packet.envelope, last.envelope):
            self._has.update((node, last) for node in self._replicas)

    def _notice(self, node: int, replica: R) -> None:
        """Note whether what a replica was given, or its timer, changed it."""
        if (
            self._repeating is not None
            and (now := self._repeating.standing(replica)) != (self._stood[node])
        ):
            self._stood[node] = now
            self._changes[node] += 1


def _order(number: int) -> Callable[[list[Any]], list[Any]]:
    """Return a way of ordering what is owed, given as sent."""
    match number:
        case 0:
            return lambda owed: owed
        case 1:
            return lambda owed: owed[::-1]
        case 2:
            return lambda owed: sorted(owed, key=lambda one: one[0])
    random = Random(number)
    return lambda owed: random.sample(owed, len(owed))
