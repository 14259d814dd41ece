"""One execution that an enumeration found, as a schedule."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.pbft.enumerate.pool import bits
from milpbft.schedule import Decide, Deliver, Event, Fault, Schedule, Send, Timeout
from milpbft.schedule.losses import Loss, losing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from milpbft.pbft.enumerate.local import Local, Move
    from milpbft.pbft.enumerate.search import Search, Taken


def schedule(search: Search, steps: Sequence[Taken], *, quiet: bool) -> Schedule:
    """Write down what happens in `steps`, two ticks for each.

    Parameters
    ----------
    search
        Where the steps are from.
    steps
        What happens, from the start on.
    quiet
        Whether all that is owed is delivered in the end and all timers expire once more.
    """
    teller = _Teller(search)
    for step in steps:
        teller.tell(step)
    if quiet:
        teller.settle(search.kept_from)
    return teller.schedule()


class _Teller:
    def __init__(self, search: Search) -> None:
        self._search = search
        self._messages = search.pool.messages
        self._locals: dict[int, Local] = {
            node: search.nodes.start(node)
            for node in range(search.reference.n)
            if node not in search.liars
        }
        self._sent = self._told = 0
        self._again: dict[int, int] = {}
        self._lost: list[Loss] = []
        self._shown: set[tuple[int, int]] = set()
        self._events: list[Event] = [Fault(0, node, "byzantine") for node in sorted(search.liars)]
        self._tick = 0

    def tell(self, step: Taken) -> None:
        """Note a step."""
        self._tick += 2
        if step.again is not None:
            self._restart(step.again)
            return
        if step.move is None:
            self._events.append(Fault(self._tick, step.node, "crash"))
            del self._locals[step.node]
            return
        self._move(step.node, step.move)

    def _restart(self, anew: Local) -> None:
        """Let a node start again, to which all but its own messages may come once more."""
        self._events.append(Fault(self._tick, anew.node, "restart"))
        self._shown = {shown for shown in self._shown if shown[0] != anew.node}
        self._locals[anew.node] = anew
        if anew.asked is not None:
            self._again[anew.node] = anew.asked

    def _move(self, node: int, move: Move) -> None:
        tick, before = self._tick, self._locals[node].last
        for number in move.stimulus.messages:
            if not self._sent >> number & 1:
                self._lie(number)
            self._deliver(node, number)
        if move.stimulus.timer:
            self._events.append(Timeout(tick, node, before.view))
        deed = move.deed
        for number in deed.sent:
            said = self._messages[number]
            self._events.append(Send(tick, node, said.kind, said.view))
            self._sent |= 1 << number
        if deed.decided is not None and before.decided is None:
            self._events.append(Decide(tick, node, deed.decided[0]))
        self._locals[node] = move.target

    def _lie(self, number: int) -> None:
        """Let Byzantine nodes send a message, after those of theirs that it rests on."""
        for lie in self._search.lies.backing(number, self._sent):
            if not self._told >> lie & 1:
                said = self._messages[lie]
                self._events.append(Send(self._tick - 1, said.sender, said.kind, said.view))
                self._told |= 1 << lie

    def _deliver(self, node: int, number: int) -> None:
        said = self._messages[number]
        self._shown.add((node, number))
        self._events.append(Deliver(self._tick, node, said.sender, said.kind, said.view))

    def settle(self, lost: dict[int, int]) -> None:
        """Deliver what is owed at one tick, and let every timer expire at the next.

        Parameters
        ----------
        lost
            By node the messages that it never has; where nodes reload their logs, it has nothing
            more.
        """
        self._tick += 2
        if self._search.reloads:
            missing = [node for node, mask in lost.items() if mask]
            self._events += [Fault(self._tick, node, "reload") for node in missing]
            lost = dict.fromkeys(missing, -1)
            self._owe(lost)
            return
        self._lost = [
            Loss(said.sender, node, said.kind, said.view)
            for node, mask in lost.items()
            for said in (self._messages[number] for number in bits(mask))
        ]
        self._owe(lost)

    def _owe(self, lost: dict[int, int]) -> None:
        """Deliver what is not lost, and let timers expire."""
        for node in self._locals:
            for number in bits(self._sent):
                sender = self._messages[number].sender
                lost_here = lost.get(node, 0) >> number & 1
                if sender != node and (node, number) not in self._shown and not lost_here:
                    self._deliver(node, number)
        self._tick += 1
        self._events += [
            Timeout(self._tick, node, local.last.view) for node, local in self._locals.items()
        ]

    def schedule(self) -> Schedule:
        """Return what was told."""
        search = self._search
        rules = search.reference.rules
        settings = {} if rules.execution else {"execution": "false"}
        if rules.redundant:
            settings["redundant"] = str(rules.redundant)
        if not rules.keeps_claims:
            settings["blind"] = "true"
        for field, usual in (("follows", "freely"), ("counts", "exact"), ("joins", "lowest")):
            if (reading := getattr(rules, field)) != usual:
                settings[field] = reading
        settings |= rules.own_sizes() | losing(self._lost)
        if search.requests:
            known = ",".join(f"{i}:{value}" for i, (value,) in sorted(search.requests.items()))
            settings["requests"] = known
        if self._again:
            known = ",".join(f"{i}:{value}" for i, value in sorted(self._again.items()))
            settings["requests_again"] = known
        return Schedule(
            protocol=search.reference.protocol,
            n=rules.n,
            byzantine=tuple(sorted(search.liars)),
            primaries=tuple(rules.primary(view) for view in range(search.views)),
            events=tuple(self._events),
            horizon=self._tick,
            source="enumeration",
            settings=settings,
        )
