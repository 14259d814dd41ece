"""Network: whether a schedule keeps the promises of its network and of its timers.

A schedule says in its settings what it was made for, see :mod:`milpbft.check.promises`. Nothing
here is shared with the models that make schedules: deadlines are counted from the events, timers
are asked of the replicas.

- **Faults.** No more nodes are faulty than the budget has.
- **Partition.** From its cut on nothing comes from a correct node of one side to one of another but
  what a Byzantine node had at an earlier tick. What is due after the cut is excused.

- **Messages.** What a node that is not Byzantine sends is due at every other by ``max(sent, gst) +
  delta``, and in a reliable network by the last tick. Excused are Byzantine receivers, those that
  crash up to the deadline, and deadlines after the last tick; and what the network lost, which
  may be no more than it loses, see :mod:`milpbft.check.losses`.
- **Restarts.** A message is due in whichever life of its receiver. To one that has started again
  without memory what it was given before is due anew, as if it were sent then, but for protocols
  that send nothing twice, and for replicas that keep the time of their timers, whose recovery
  brings it; what these say again is due again. What was under way to one that reloaded its log is
  lost, and so excused.
- **Overlay.** Where the setting ``overlay`` names one, a message takes a tick per hop at least and
  the delay bound per hop at most; what a Byzantine relay does not pass on is excused, and what
  comes to one that had crashed is lost.
- **Gossip.** What a node that is correct throughout was given, the first of a kind, view and
  sender, is due at every other by the same deadline from then on.
- **Timers.** None expires before its time: a tick after the view was entered where a primary
  proposes or timers are free, ``collector`` ticks after its proposal where a collector changes
  paths, the timeout of the view after its replica started it otherwise. In a synchronous network
  one that is due has expired by ``max(due, gst) + delta``, unless the node would do nothing about
  it; free timers are never due. Where timers expire ``again``, a node that has had something to do
  for delta ticks has let one expire. Views that the schedule names no primary for are not looked
  at. Replicas that keep the time of their timers (`milpbft.sim.replica.Clocked`) are held to it:
  they expire at the tick at which they are due.
"""

from __future__ import annotations

from collections import defaultdict
from copy import deepcopy
from itertools import product
from typing import TYPE_CHECKING, Any, Generic

from milpbft.check.carriage import Carriage
from milpbft.check.losses import unlawful
from milpbft.check.promises import NEVER, Partition, Promises, crossed, overspent
from milpbft.check.replay import Difference, Replay
from milpbft.schedule import Deliver, Fault, Schedule, Send, Timeout
from milpbft.schedule.losses import Loss, lost_in
from milpbft.sim.clock import Timers, Watch
from milpbft.sim.replica import Clocked, E, R, Reference
from milpbft.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
    from typing import TypeAlias

    Takers: TypeAlias = Callable[[int, str, int], Collection[int]]

Message = tuple[int, str, int]
"""Sender, kind and view."""


def keeps(schedule: Schedule, reference: Reference[Any, Any]) -> Verdict:
    """Check a schedule against the promises in its settings, timers included.

    Returns
    -------
    Verdict
        Of the check ``network``: ``confirmed``, or ``refuted`` with the first promise that the
        events break, else with the first timer that expires too early or too late.

    Raises
    ------
    InputError
        Where the settings are unreadable.
    """
    kept = carries(schedule, anew=not isinstance(reference, Clocked))
    if not kept:
        return kept
    watch = _Watch(schedule, reference, Promises.of(schedule.settings))
    try:
        watch.look(-1)
        verdict = watch.run()
    except Difference as difference:
        return Verdict("network", "refuted", str(difference))
    # Where the replicas do something else, their timers say nothing: that is the replay's finding.
    return Verdict("network", verdict.status, verdict.reason)


def carries(schedule: Schedule, takers: Takers | None = None, *, anew: bool = True) -> Verdict:
    """Check the events of a schedule against the promises in its settings.

    Parameters
    ----------
    takers
        Given sender, kind and view of a message: the nodes that it is for, who alone are owed it.
        By default all.
    anew
        Whether a node that has started again without memory is owed what it was given before, and
        what is said again is the same message to who has it. A protocol that sends nothing twice,
        or says it as another message, owes it none of that.

    Returns
    -------
    Verdict
        Of the check ``network``: ``confirmed``, or ``refuted`` with what is wrong with the losses,
        else with the first fault too many, or message that is late, missing, too early, or on the
        wrong side of a partition.

    Raises
    ------
    InputError
        Where the settings are unreadable.
    """
    promises, carriage = Promises.of(schedule.settings), Carriage.of(schedule)
    for reason in unlawful(schedule):
        return Verdict("network", "refuted", reason)
    broken = min(
        (
            *overspent(schedule),
            *crossed(schedule),
            *_late(schedule, promises, carriage, takers, anew=anew),
            *_early(schedule, carriage),
        ),
        default=None,
    )
    if broken is None:
        return Verdict("network", "confirmed")
    return Verdict("network", "refuted", f"tick {broken[0]}: {broken[1]}")


def _crashes(schedule: Schedule) -> dict[int, int]:
    """Return since when each node that fails for good does."""
    faults = (e for e in schedule.events if isinstance(e, Fault))
    return {e.node: e.tick for e in faults if not e.goes_on}


def _early(schedule: Schedule, carriage: Carriage) -> Iterator[tuple[int, str]]:
    """Yield every delivery that comes sooner than hops allow, or over a relay that had crashed."""
    crashes = _crashes(schedule)
    sent: dict[Message, int] = {}
    for event in schedule.events:
        if isinstance(event, Send):
            sent.setdefault((event.node, event.kind, event.view), event.tick)
    for event in schedule.events:
        if not isinstance(event, Deliver) or event.sender in schedule.byzantine:
            continue
        since = sent.get((event.sender, event.kind, event.view))
        if since is None:
            continue  # Not sent at all: that is the replay's finding.
        way = f"{event.kind} of view {event.view} from node {event.sender} to node {event.node}"
        hops = carriage.hops(event.sender, event.node, since)
        if event.tick < since + hops:
            yield event.tick, f"{way}, sent at tick {since}, takes {hops} ticks at least"
        dead = [
            [relay for hop, relay in enumerate(walk, start=1)
             if crashes.get(relay, NEVER) <= since + hop and relay in schedule.correct]
            for walk in carriage.relays(event.sender, event.node, since)
            if event.tick > since + len(walk)
        ]  # fmt: skip
        if dead and all(dead):
            yield event.tick, f"{way} comes over node {dead[0][0]}, which had crashed"


def _late(
    schedule: Schedule,
    promises: Promises,
    carriage: Carriage,
    takers: Takers | None,
    *,
    anew: bool,
) -> Iterator[tuple[int, str]]:
    """Yield every missed deadline with what is missing."""
    partition = Partition.of(schedule)
    crashes = _crashes(schedule)
    given, lives = _given(schedule), _lives(schedule, anew=anew)
    last, lost = schedule.horizon, lost_in(schedule)
    for message, since, giver in _owed(schedule, promises, crashes):
        for node in schedule.correct if takers is None else takers(*message):
            late = promises.slow.get(node, 0)
            times = given.get((node, message), [])
            if giver == message[0]:
                way = Loss(giver, node, *message[1:])
                if lost & {way, way._replace(tick=since)}:
                    continue
                if not anew:
                    times = [tick for tick in times if tick > since]
            for walk, (begun, until) in product(
                carriage.relays(giver, node, since), _due(lives.get(node, ()), times, since)
            ):
                deadline = promises.deadline(begun, last, len(walk) + 1) + late
                excused = node in {giver, message[0], *schedule.byzantine}
                excused |= bool({node, giver} & promises.withheld)
                excused |= crashes.get(node, NEVER) <= deadline or partition.apart(
                    giver, node, deadline
                )
                for hop, relay in enumerate(walk, start=1):
                    due = min(promises.deadline(begun, last, hop), deadline)
                    excused |= relay in schedule.byzantine or crashes.get(relay, NEVER) <= due
                if not excused and deadline <= min(last, until - 1):
                    by = "" if giver == message[0] else f", which node {giver} has,"
                    what = f"{message[1]} of view {message[2]} from node {message[0]}{by}"
                    yield deadline, f"{what} has not arrived at node {node}"
                    break


def _given(schedule: Schedule) -> dict[tuple[int, Message], list[int]]:
    """Return when each node was given each message."""
    given: defaultdict[tuple[int, Message], list[int]] = defaultdict(list)
    for event in schedule.events:
        if isinstance(event, Deliver):
            given[event.node, (event.sender, event.kind, event.view)].append(event.tick)
    return given


def _lives(schedule: Schedule, *, anew: bool) -> dict[int, list[Fault]]:
    """Return per node that reloads its log, or starts again and is owed things `anew`: when."""
    lives: defaultdict[int, list[Fault]] = defaultdict(list)
    for event in schedule.events:
        counts = anew or (isinstance(event, Fault) and event.fault == "reload")
        if isinstance(event, Fault) and event.goes_on and counts:
            lives[event.node].append(event)
    return lives


def _due(lives: Iterable[Fault], given: list[int], since: int) -> list[tuple[int, int]]:
    """Return from when on a message is on its way to a node, and when it came or was lost.

    Once, and again for each life that has forgotten it.

    Parameters
    ----------
    lives
        The restarts and reloads of the node, in order.
    given
        When it was given the message.
    since
        When that was sent.
    """
    found = [(since, min(given, default=NEVER))]
    for fault in lives:
        had = found[-1][1] < fault.tick
        if fault.fault == "restart" and had:
            anew = (tick for tick in given if tick >= fault.tick)
            found.append((max(since, fault.tick), min(anew, default=NEVER)))
        if fault.fault == "reload" and not had and since < fault.tick:
            return [*found[:-1], (found[-1][0], fault.tick)]
    return found


def _owed(
    schedule: Schedule, promises: Promises, crashes: Mapping[int, int]
) -> Iterator[tuple[Message, int, int]]:
    """Yield what is owed to everybody, since when, and by whom."""
    had: set[tuple[int, int, str, int]] = set()
    for event in schedule.events:
        match event:
            case Send() if event.node in schedule.correct:
                yield (event.node, event.kind, event.view), event.tick, event.node
            case Deliver() if promises.passes_on(event.kind) and event.node in schedule.correct:
                slot = (event.node, event.sender, event.kind.partition("#")[0], event.view)
                if slot not in had and event.node not in crashes:
                    yield (event.sender, event.kind, event.view), event.tick, event.node
                had.add(slot)


class _Watch(Replay[R, E], Generic[R, E]):
    """A replay that watches the timers."""

    def __init__(self, schedule: Schedule, reference: Reference[R, E], promises: Promises) -> None:
        super().__init__(schedule, reference)
        self._promises = promises
        self._timers = Timers(promises.timeout, promises.collector)
        self._watch = Watch(self._timers)
        self._waiting: dict[int, int] = {}
        self._able: dict[int, int] = {}
        self._expired: set[int] = set()
        self._ticks = sorted({event.tick for event in schedule.events} | {schedule.horizon + 1})

    def expiring(self, event: Timeout) -> None:
        """Refuse a timer that expires before its time."""
        due = self._due(event.node)
        self._expired.add(event.node)
        if event.tick < due:
            what = f"the timer of node {event.node} expires in view {event.view}"
            raise Difference(f"tick {event.tick}: {what}, which it may from tick {due} on")
        self._able.pop(event.node, None)

    def restarting(self, node: int, tick: int) -> None:
        """Let the timers of a replica that starts again run from then on."""
        replica = self.replicas[node]
        self._able.pop(node, None)
        self._waiting.pop(node, None)
        if self._reference.proposes(replica):
            self._waiting[node] = tick - 1
        self._watch.note(node, None, tick - 1)
        self._watch.note(node, self._reference.timer(replica), tick - 1)

    def look(self, tick: int) -> None:
        """Refuse a timer that is overdue before anything happens again."""
        if isinstance(self._reference, Clocked):
            self._look_at_clocks(self._reference, tick)
            return
        for node, replica in self.replicas.items():
            if self._reference.proposes(replica):
                self._waiting.setdefault(node, tick)
            else:
                self._waiting.pop(node, None)
            self._watch.note(node, self._reference.timer(replica), tick)
        if self._promises.network != "synchronous":
            return
        until = next(other for other in self._ticks if other > tick) - 1
        for node in self.replicas:
            replica = self.replicas[node]
            proposes = self._reference.proposes(replica)
            if not self.runs_own_code(node) or not (proposes or self._promises.timeout):
                continue
            start = max(self._due(node), self._promises.gst)
            deadline = max(start, self._since(node, tick)) + self._promises.delta
            modelled = self._reference.view(replica) < len(self._schedule.primaries)
            if deadline <= until and modelled and self._minds(node):
                what = f"the timer of node {node} should have expired at tick {deadline}"
                raise Difference(f"tick {max(deadline, tick)}: {what}")

    def _look_at_clocks(self, reference: Clocked, tick: int) -> None:
        """Refuse a timer of replicas that keep its time, if it has not expired when it was due."""
        expired, self._expired = self._expired, set()
        until = next(other for other in self._ticks if other > tick) - 1
        for node, replica in self.replicas.items():
            due = reference.due(replica)
            modelled = self._reference.view(replica) < len(self._schedule.primaries)
            if due is None or not self.runs_own_code(node) or not modelled:
                continue
            at = max(due, tick + (node in expired))
            if at <= until:
                what = f"the timer of node {node} should have expired at tick {at}"
                raise Difference(f"tick {at}: {what}")

    def _since(self, node: int, tick: int) -> int:
        """Return since when an expiry has had something to do, where timers expire again."""
        if not self._promises.again:
            return -1
        if not self._minds(node):
            self._able.pop(node, None)
            return tick
        return self._able.setdefault(node, tick)

    def _due(self, node: int) -> int:
        replica = self.replicas[node]
        if isinstance(self._reference, Clocked):
            due = self._reference.due(replica)
            return NEVER if due is None else due
        entered = self.views[node][-1][0] if self.views[node] else -1
        if self._reference.proposes(replica):
            return self._waiting.get(node, entered) + self._timers.proposal
        return self._watch.due(node, self._reference.view(replica), entered)

    def _minds(self, node: int) -> bool:
        """Whether a replica would say something new if its timer expired: a copy of it tells."""
        copy = deepcopy(self.replicas[node])
        copy.on_timer()
        copy.act()
        kinds = {self._reference.label(envelope)[0] for envelope in copy.outbox}
        return bool(kinds - self._reference.recovery_kinds)
