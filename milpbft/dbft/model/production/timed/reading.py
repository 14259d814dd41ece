"""Reading: a point as a schedule, with the recovery traffic that follows from its acts."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, NamedTuple

from milpbft.automaton.pernode.rows import ZERO
from milpbft.dbft.model.family import CHANGE, COMMIT, REQUEST, RESPONSE
from milpbft.dbft.model.production.timed.variables import VIEWS
from milpbft.dbft.model.production.unfold import RECOVERY, RECOVERY_REQUEST
from milpbft.dbft.model.unfold import about
from milpbft.schedule import Decide, Deliver, Event, Fault, Send, Timeout
from milpbft.schedule.losses import Loss

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from milpbft.automaton.pernode.rows import Affine
    from milpbft.dbft.model.production.timed.variables import Cast

ORDER = (RECOVERY, RECOVERY_REQUEST, REQUEST, RESPONSE, COMMIT, CHANGE)
"""In which order a node is given what comes at one tick."""


class Sent(NamedTuple):
    """A message, and when it was sent."""

    tick: int
    sender: int
    kind: str
    view: int


class Reading:
    """What happens in a point, tick by tick.

    Parameters
    ----------
    cast
        The variables.
    x
        A point that satisfies every row.
    """

    def __init__(self, cast: Cast, x: NDArray[np.int64]) -> None:
        self._cast = cast
        self._x = x
        self._events: list[Event] = []
        self._arrivals: defaultdict[tuple[int, int], list[Sent]] = defaultdict(list)
        self._again: Counter[tuple[int, str, int]] = Counter()
        self._wants: dict[int, set[int]] = {i: set() for i in range(cast.n)}
        self._view = dict.fromkeys(range(cast.n), 0)
        self._answered: set[tuple[int, Sent]] = set()
        self._life = list(range(cast.n))
        self._about: dict[tuple[int, int], int] = {}
        self.lost: set[Loss] = set()
        """What the network loses; known once the events are."""

    def _is(self, expression: Affine) -> bool:
        terms = expression.terms.items()
        return expression.constant + sum(c * int(self._x[k]) for k, c in terms) > 0

    def events(self) -> list[Event]:
        """Return all events."""
        for tick in range(self._cast.last + 1):
            for node in range(self._cast.n):
                self._step(node, tick)
        return self._events

    # ---- a node at a tick

    def _step(self, node: int, tick: int) -> None:
        cast = self._cast
        if self._starts(cast.lives.restarted, node, tick):
            self._restart(node, tick)
        if self._starts(cast.lives.reloaded, node, tick):
            self._reload(node, tick)
        life = self._life[node]
        if self._is(cast.crashed(life, tick)):
            if not self._is(cast.crashed(life, tick - 1)):
                self._events.append(Fault(tick, node, "crash"))
            return
        came = self._arrivals.pop((node, tick), [])
        for message in sorted(came, key=lambda m: (ORDER.index(m.kind.partition("#")[0]), m.view)):
            kind = message.kind
            self._events.append(Deliver(tick, node, message.sender, kind, message.view))
            self._take(node, tick, message)
        for view in range(VIEWS):
            self._prepare(node, view, tick)
        self._expire(node, tick)
        for view in range(VIEWS):
            if self._new(cast.done_in, life, view, tick):
                self._events.append(Decide(tick, node, view))
        while self._is(cast.entered(life, self._view[node] + 1, tick)):
            self._view[node] += 1
            if self._view[node] == VIEWS:
                break

    def _starts(self, by: Callable[[int, int], Affine], node: int, tick: int) -> bool:
        return self._is(by(node, tick) - by(node, tick - 1))

    def _restart(self, node: int, tick: int) -> None:
        """Begin the second life of a node, which asks for recovery where the profile does so."""
        cast = self._cast
        self._events.append(Fault(tick, node, "restart"))
        self._life[node] = cast.n + node
        self._view[node], self._wants[node] = 0, set()
        self._answered = {(other, message) for other, message in self._answered if other != node}
        self._about = {place: one for place, one in self._about.items() if place[0] != node}
        if cast.rules.requests and not self._is(cast.crashed(cast.n + node, tick)):
            self._send(node, RECOVERY_REQUEST, 0, tick)

    def _reload(self, node: int, tick: int) -> None:
        """Lose what is under way to a node that reloads its log."""
        self._events.append(Fault(tick, node, "reload"))
        for (other, arrives), messages in self._arrivals.items():
            if other == node:
                kept = [message for message in messages if message.tick >= tick]
                self._arrivals[other, arrives] = kept

    def _new(self, act: Callable[[int, int, int], Affine], life: int, view: int, tick: int) -> bool:
        return self._is(act(life, view, tick) - act(life, view, tick - 1))

    def _prepare(self, node: int, view: int, tick: int) -> None:
        """Send what preparations and commits that came lead to."""
        cast, life = self._cast, self._life[node]
        proposal = self._about.get((node, view), 0)
        if node != cast.primary(view) and self._new(cast.responded, life, view, tick):
            self._send(node, about(RESPONSE, proposal), view, tick)
        if self._new(cast.committed, life, view, tick):
            self._send(node, about(COMMIT, proposal), view, tick)

    def _expire(self, node: int, tick: int) -> None:
        cast, life = self._cast, self._life[node]
        if not self._is(cast.expires(life, tick)):
            return
        view = next(v for v in range(VIEWS) if self._is(cast.standing(life, v, tick)))
        self._events.append(Timeout(tick, node, view))
        if self._is(cast.asks(life, view, tick)):
            self._send(node, CHANGE, view, tick)
        elif self._is(cast.calls(life, view, tick)):
            self._send(node, RECOVERY_REQUEST, view, tick)
        elif self._is(cast.repeats(life, tick)):
            self._send(node, RECOVERY, view, tick)
        else:
            proposal = self._about[node, view] = life // cast.n
            self._send(node, about(REQUEST, proposal), view, tick)

    # ---- messages

    def _take(self, node: int, tick: int, message: Sent) -> None:
        """Let a node answer what it is given, and note whether it comes to a view by it."""
        cast, life = self._cast, self._life[node]
        kind, _, proposal = message.kind.partition("#")
        if kind == REQUEST:
            self._about.setdefault((node, message.view), int(proposal or 0))
        if kind == RECOVERY_REQUEST:
            later = message.view > self._view[node] and cast.rules.later == "newest"
            deaf = self._is(cast.done(life, tick - 1)) and cast.rules.once
            if not (later or deaf):
                self._answer(node, tick, message)
        if kind == RECOVERY and cast.losses.most:
            self._move(node, tick, message)
        if kind == CHANGE:
            self._change(node, tick, message)

    def _change(self, node: int, tick: int, message: Sent) -> None:
        """Count a ChangeView, or answer it where it is for a view that was reached."""
        cast, life = self._cast, self._life[node]
        view, locked = self._view[node], self._is(cast.locked(life, tick))
        if self._is(cast.done(life, tick)):
            return
        if message.view + 1 <= view:
            self._answer(node, tick, message)
        elif locked:
            if not cast.rules.once:
                self._send(node, RECOVERY, view, tick, message)
        elif self._is(cast.comes(life, view + 1, tick)):
            self._wants[node].add(message.sender)
            asked = self._is(cast.asked(life, view, tick - 1))
            if len(self._wants[node]) + asked >= cast.quorum:
                self._wants[node] = set()
                self._view[node] = view + 1
                if cast.rules.agreement and not asked:
                    self._send(node, CHANGE, view, tick)
        else:
            self._wants[node].add(message.sender)

    def _move(self, node: int, tick: int, message: Sent) -> None:
        """Come to the view of a RecoveryMessage, and say so where the profile does."""
        cast, life, view = self._cast, self._life[node], self._view[node]
        moves = message.view > view and self._is(cast.comes(life, view + 1, tick))
        if not moves or self._is(cast.locked(life, tick - 1)):
            return
        self._view[node], self._wants[node] = view + 1, set()
        if cast.rules.agreement and not self._is(cast.asked(life, view, tick - 1)):
            self._send(node, CHANGE, view, tick)

    def _answer(self, node: int, tick: int, message: Sent) -> None:
        """Send what a node knows, if it is committed or one of the f + 1 after the asker."""
        cast = self._cast
        if cast.rules.once and (node, message) in self._answered:
            return
        self._answered.add((node, message))
        helps = 1 <= (node - message.sender) % cast.n <= cast.n - cast.quorum + 1
        if helps or self._is(cast.locked(self._life[node], tick - 1)):
            self._send(node, RECOVERY, self._view[node], tick, message)

    def _send(self, node: int, kind: str, view: int, tick: int, cause: Sent | None = None) -> None:
        """Send a message to all that it is not lost to; `cause` is what it answers."""
        cast = self._cast
        if kind in (RECOVERY, RECOVERY_REQUEST):
            number = self._again[node, kind, view]
            self._again[node, kind, view] += 1
            kind = about(kind, number)
        self._events.append(Send(tick, node, kind, view))
        last, message = cast.deadline(tick), Sent(tick, node, kind, view)
        for other in cast.others(node):
            if cast.losses.most and self._is(self._loss(other, message, cause)):
                self.lost.add(Loss(node, other, kind, view, tick))
                continue
            arrives = next(
                (t for t in range(tick + 1, last) if self._comes(other, node, kind, view, t)), last
            )
            if arrives <= cast.last:
                self._arrivals[other, arrives].append(message)

    def _loss(self, node: int, message: Sent, cause: Sent | None) -> Affine:
        """Say where a message is lost on its way to a node."""
        cast, lost = self._cast, self._cast.losses
        tick, sender, kind, view = message
        if not kind.startswith(RECOVERY):
            return lost.of(kind.partition("#")[0], node, sender, view, tick)
        if cause is None:
            return lost.repeat(node, sender, tick)
        asks = cast.calls if cause.kind.startswith(RECOVERY_REQUEST) else cast.asks
        by_timer = self._is(asks(cause.sender, cause.view, cause.tick))
        return lost.answer(node, sender, cause.sender, cause.tick) if by_timer else ZERO

    def _comes(self, node: int, sender: int, kind: str, view: int, tick: int) -> bool:
        """Whether a message has come by the end of a tick, as the point has it."""
        cast = self._cast
        life = node + cast.n * self._is(cast.lives.restarted(node, tick))
        match kind.partition("#")[0]:
            case "PrepareRequest":
                return self._is(cast.responded(life, view, tick))
            case "PrepareResponse":
                return self._is(cast.has_response(life, sender, view, tick))
            case "Commit":
                return self._is(cast.has_commit(life, sender, view, tick))
            case "ChangeView":
                return self._is(cast.wants(life, sender, view, tick))
        return False
