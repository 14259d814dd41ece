"""From a point of a round's MILP to a schedule, as :mod:`milpbft.pov.reference` reads it."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import combinations
from typing import TYPE_CHECKING, Literal

import numpy as np

from milpbft.pov.settings import promised
from milpbft.schedule import Decide, Deliver, Event, Fault, Schedule, Send, Timeout

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from milpbft.pov.model.acts import Acts, Sizes

_NEVER = -1


def schedule_of(x: Acts, size: Sizes, point: NDArray[np.int64], source: str) -> Schedule:
    """Write down what a point says.

    Messages that change nothing any more (to who has a block, of cycles that are over) are
    delivered when they are due, where the network owes them.
    """
    i = size.instance
    writer = _Writer(x, size, point)
    writer.write()
    writer.hand_on()
    settings = {
        "commissioners": i.commissioners,
        "butlers": i.butlers,
        "cycle": i.cycle,
        "wrap": i.wrap,
        "forwarding": "yes" if i.forwarding else "no",
    }
    settings |= {name: "yes" for name in ("fetch", "lock", "once", "twofaced") if getattr(i, name)}
    settings |= {"overlay": i.overlay} if i.overlay else {}
    settings |= {name: getattr(i, name) for name in ("skew", "off") if getattr(i, name)}
    return Schedule(
        protocol="pov",
        n=size.nodes + 1,
        byzantine=tuple(sorted(writer.faulty)),
        primaries=tuple(size.c + size.butler(view) for view in size.views),
        events=tuple(writer.events),
        horizon=i.horizon,
        source=source,
        settings={name: str(value) for name, value in settings.items()} | writer.promised(),
    )


def first(by: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the first tick at which "by tick t" holds, along the last axis; -1 for never."""
    return np.where(by[..., -1] > 0, by.argmax(axis=-1), _NEVER)


@dataclass
class _Writer:
    """Writes the events of one point.

    Attributes
    ----------
    when
        First ticks, by the name of the block.
    late
        Deliveries that are owed: at a tick they come after those that matter.
    heard
        What which Byzantine node has been given.
    signers
        Sets of signers in requests of a view and proposal that must have different ones.
    """

    x: Acts
    size: Sizes
    point: NDArray[np.int64]
    events: list[Event] = field(default_factory=list)
    late: list[Event] = field(default_factory=list)
    heard: set[tuple[int, int, str, int]] = field(default_factory=set)
    signers: dict[tuple[int, int, int], set[tuple[int, ...]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        x = self.x
        self.when = {block.name: first(block.of(self.point)) for block in x.cumulative}
        values = self.point[x.faulty]
        self.faulty = {int(node) for node in np.flatnonzero(values)}
        self.server = self.size.nodes
        adopted = self.when["has"].reshape(self.size.nodes, -1)
        self.done = adopted.max(axis=1)

    def write(self) -> None:
        """Write everything down."""
        self.events += [Fault(0, node, "byzantine") for node in sorted(self.faulty)]
        self._start_again()
        for view in self.size.views:
            for k in range(self.size.proposals):
                if self.when["proposed"][view, k] != _NEVER:
                    self._proposal(view, k)
        self._timeouts()
        self.events += self.late

    def _start_again(self) -> None:
        """Write who starts again: commissioners and butlers that forget, and who reloads a log."""
        first, when = self.size.c, self.when
        for node, tick in enumerate(when.get("restarted", ())):
            self._fault(node, int(tick), "restart")
        for butler, tick in enumerate(when.get("lapsed", ())):
            self._fault(first + butler, int(tick), "restart")
        for node, tick in enumerate(when.get("reloaded", ())):
            self._fault(node, int(tick), "reload")

    def _fault(self, node: int, tick: int, fault: Literal["restart", "reload"]) -> None:
        if tick != _NEVER:
            self.events.append(Fault(tick, node, fault))

    def promised(self) -> dict[str, str]:
        """Name what the network and the adversary keep to."""
        said = promised(self.size.instance)
        if self.x.cut is None:
            return said
        sides: list[list[str]] = [[] for _ in self.size.instance.parts]
        for node in range(self.size.nodes + self.size.instance.isolated):
            sides[self._side(node)].append(str(node))
        said["sides"] = "|".join(".".join(side) for side in sides)
        parted = np.flatnonzero(self.x.cut.of(self.point))
        said |= {"cut": str(parted[0])} if len(parted) else {}
        heal = self.size.instance.heal
        return said if heal is None or not len(parted) else said | {"heal": str(heal)}

    def hand_on(self) -> None:
        """Give a Byzantine node what it hands on across a partition, a tick before it does."""
        crossing: dict[tuple[int, str, int], int] = {}
        for event in self.events:
            if isinstance(event, Deliver) and not self._crosses(
                event.sender, event.node, event.tick
            ):
                message = event.sender, event.kind, event.view
                crossing[message] = min(event.tick - 1, crossing.get(message, event.tick))
        for (sender, kind, view), tick in crossing.items():
            traitor = min(self.faulty)
            same = {(traitor, sender, kind, view)}
            self.events = [
                event
                for event in self.events
                if not isinstance(event, Deliver)
                or (event.node, event.sender, event.kind, event.view) not in same
            ]
            self._deliver(tick, traitor, sender, kind, view)

    # ---- sending and delivering

    def _send(self, tick: int, node: int, kind: str, view: int) -> None:
        self.events.append(Send(int(tick), node, kind, view))

    def _deliver(self, tick: int, node: int, sender: int, kind: str, view: int) -> None:
        self.events.append(Deliver(int(tick), node, sender, kind, view))

    def _tell(self, times: tuple[int, int], node: int, sender: int, kind: str, view: int) -> None:
        """Deliver what was sent and came at two ticks; to a Byzantine node, by who hears it first.

        On an overlay another may be nearer to the sender, and Byzantine nodes share what they hear.
        """
        sent, tick = times
        if node in self.faulty and sender not in self.faulty:
            ways = [(self.size.hops(sender, one), one) for one in self.faulty]
            ear = node if sent + self.size.hops(sender, node) <= tick else min(ways)[1]
            if (ear, sender, kind, view) in self.heard:
                return
            self.heard.add((ear, sender, kind, view))
            hops = self.size.hops(sender, ear)
            node, tick = ear, tick if self.size.paths.uniform else int(sent) + hops
        self._deliver(tick, node, sender, kind, view)

    def _owed(self, sent: int, node: int, sender: int, kind: str, view: int) -> None:
        """Deliver what is of no consequence when it is due, where it is owed and can cross."""
        due = self._due(sent, sender, node)
        misses = due is not None and self._misses(node, sent, due)
        if due is not None and not misses and self._crosses(sender, node, due):
            self.late.append(Deliver(due, node, sender, kind, view))

    def _misses(self, node: int, sent: int, due: int) -> bool:
        """Whether a node reloads its log while a message is under way to it."""
        again = self.when.get("reloaded")
        return again is not None and node < self.server and bool(sent < again[node] <= due)

    def _due(self, sent: int, sender: int, node: int) -> int | None:
        """Return when a message between correct nodes is due, on the walks of correct relays."""
        hops = self.size.open(sender, node, self.faulty)
        honest = not {sender, node} & self.faulty and hops is not None
        honest &= not (self.size.instance.withholding and self.server in {sender, node})
        owed = self.size.stamped_by if node == self.server else self.size.due
        return owed(int(sent), hops or 1) if honest else None

    def _side(self, node: int) -> int:
        """Return the side of a node; one that no side has for the time server, if it has none."""
        assert self.x.away is not None
        if node == self.server:
            return 0 if self.size.instance.isolated else len(self.size.instance.parts)
        if node < self.size.c:
            return self.size.part(node)
        away = self.x.away.of(self.point)[:, node - self.size.c]
        return int(away.argmax()) + 1 if away.any() else 0

    def _crosses(self, sender: int, node: int, tick: int) -> bool:
        """Whether a message arrives at a tick that a partition may keep apart from the cut on."""
        if self.x.cut is None or not self.x.cut.of(self.point)[tick]:
            return True
        sides = {self._side(sender), self._side(node)}
        served = len(self.size.instance.parts) in sides
        return served or len(sides) == 1 or bool({sender, node} & self.faulty)

    # ---- one proposal

    def _name(self, k: int) -> str:
        illegal = self.size.asks_illegal and k == self.size.proposals - 1
        return f"#{k}{'!' * illegal}" if k or illegal else ""

    def _proposal(self, view: int, k: int) -> None:
        butler, sent = self.size.c + self.size.butler(view), self.when["proposed"][view, k]
        kind = "Proposal" + self._name(k)
        self._send(sent, butler, kind, view)
        for c in range(self.size.c):
            signed = self.when["signed"][c, view, k]
            if self._forgets(c, sent) and signed == _NEVER:
                self._deliver(sent + 1, c, butler, kind, view)
            elif signed != _NEVER:
                self._tell((sent, self._arrival(sent, signed, c, butler)), c, butler, kind, view)
                self._signature(view, k, c, butler)
            elif c not in self.faulty:
                self._owed(sent, c, butler, kind, view)
        self._propose_again(view, butler)
        for j in range(self.size.instance.stamps):
            if self.when["asked"][view, k, j] != _NEVER:
                self._block(view, k, j, butler)

    def _propose_again(self, view: int, butler: int) -> None:
        """Let a butler that has forgotten what it did propose once more, which nobody signs."""
        again = self.when.get("lapsed")
        tick = int(again[butler - self.size.c]) if again is not None else _NEVER
        on_duty = self.size.start(view) < tick <= self.size.end(view)
        if on_duty and not _NEVER < self.done[butler] <= tick:
            self._send(tick, butler, "Proposal#1", view)
            for c in range(self.size.c):
                self._owed(tick, c, butler, "Proposal#1", view)

    def _forgets(self, c: int, sent: int) -> bool:
        """Whether a commissioner forgets its lock while a proposal is due: then it comes before."""
        due = self.size.due(int(sent))
        if self.x.restarted is None or not self.size.instance.lock or due is None:
            return False
        again = self.when["restarted"][c]
        before = np.where(self.when["signed"][c] == _NEVER, self.size.ticks, self.when["signed"][c])
        return bool(sent + 1 < again <= due and before.min() <= sent)

    def _arrival(self, sent: int, signed: int, c: int, butler: int) -> int:
        """Return when what is signed at a tick comes: sooner, where the signer's clock is late."""
        due = self.size.due(int(sent))
        waits = self.x.entered is not None and not {c, butler} & self.faulty
        if waits and due is not None and self._crosses(butler, c, due):
            return min(signed, due)
        return signed

    def _signature(self, view: int, k: int, c: int, butler: int) -> None:
        signed, got = self.when["signed"][c, view, k], self.when["got"][c, view, k]
        kind = "Signature" + self._name(k)
        self._send(signed, c, kind, view)
        # One that comes after its cycle changes nothing, and comes when it is owed.
        due = self._due(signed, c, butler)
        misses = due is not None and self._misses(butler, signed, due)
        if due is not None and not misses and self._crosses(c, butler, due):
            got = min(got, due) if got > signed else due
        if got > signed:
            self._tell((signed, got), butler, c, kind, view)

    def _suffix(self, view: int, k: int, j: int, butler: int) -> str:
        """Name a request: a Byzantine butler says whose signatures it takes, as few as it can.

        Requests that are stamped at one tick take different ones.
        """
        if butler not in self.faulty:
            return ""
        asked, got = self._asked(view, k, j), self.when["got"][:, view, k]
        able = [c for c in range(self.size.c) if c in self.faulty or _NEVER < got[c] <= asked]
        quorum = self.size.instance.quorum
        sets = (one for k in range(quorum, len(able) + 1) for one in combinations(able, k))
        taken = self.signers.setdefault((view, k, self._same(view, k, j)), set())
        chosen = next((one for one in sets if one not in taken), tuple(able[:quorum]))
        taken.add(chosen)
        named = ",".join(map(str, chosen))
        return f"{self._name(k)}{{{named}}}" + (f"~{j}" if j else "")

    def _same(self, view: int, k: int, j: int) -> int:
        """Return what requests have in common that must have different signers: tick, or time."""
        time, stamped = self._time(view, k, j), int(self.when["stamped"][view, k, j])
        if time is not None:
            return time
        return stamped if stamped != _NEVER and self.x.told is None else -2 - j

    def _time(self, view: int, k: int, j: int) -> int | None:
        """Return the time that a published block says, where the time server is two-faced."""
        told = self.x.told
        said = told.of(self.point)[view, k, j] if told is not None else np.zeros(1)
        return int(said.argmax()) if said.any() else None

    def _asked(self, view: int, k: int, j: int) -> int:
        """Return when a request is sent; a Byzantine butler sends it a tick before its stamp."""
        asked, stamped = self.when["asked"][view, k, j], self.when["stamped"][view, k, j]
        waits = self.size.c + self.size.butler(view) in self.faulty and stamped != _NEVER
        return int(stamped - 1 if waits else asked)

    def _block(self, view: int, k: int, j: int, butler: int) -> None:
        asked, stamped = self._asked(view, k, j), self.when["stamped"][view, k, j]
        suffix = self._suffix(view, k, j, butler)
        self._send(asked, butler, "StampRequest" + suffix, view)
        if stamped == _NEVER:
            self._owed(asked, self.server, butler, "StampRequest" + suffix, view)
            return
        self._deliver(stamped, self.server, butler, "StampRequest" + suffix, view)
        out = self.when["out"][view, k, j]
        kind = "Timestamp" + suffix + self._reading((view, k, j), timely=out != _NEVER)
        self._send(stamped, self.server, kind, view)
        if out == _NEVER:
            self._owed(stamped, butler, self.server, kind, view)
            return
        self._tell((stamped, out), butler, self.server, kind, view)
        self._send(out, butler, "Block" + suffix, view)
        for node in range(self.size.nodes):
            self._adoption(node, (view, k, j), butler, suffix)

    def _reading(self, place: tuple[int, int, int], *, timely: bool) -> str:
        """Return the suffix of a timestamp: by how much the time server's clock must be off."""
        view, stamped, time = place[0], int(self.when["stamped"][place]), self._time(*place)
        if time is not None:
            return f"{time - stamped:+d}" if time != stamped else ""
        over = self.size.cutoff(view) - stamped
        off = min(0, over - 1) if timely else max(0, over)
        return f"{off:+d}" if 0 < abs(off) <= self.size.instance.off else ""

    def _adoption(self, node: int, block: tuple[int, int, int], butler: int, suffix: str) -> None:
        out, tick = self.when["out"][block], self.when["has"][(node, *block)]
        kind, view = "Block" + suffix, block[0]
        if tick == _NEVER:
            if node != butler:
                self._owed(out, node, butler, kind, view)
            return
        self.events.append(Decide(int(tick), node, view))
        if node != butler:
            self._deliver(tick, node, butler, kind, view)
        since = self._forwards(node)
        if since is not None:
            self._send(since, node, "Forward" + suffix, view)
            for other in range(self.size.nodes):
                if other != node:
                    self._owed(since, other, node, "Forward" + suffix, view)

    def _forwards(self, node: int) -> int | None:
        """Return when a node that adopts a block forwards it; None for never.

        With `fetch` a request is late wherever it may be: it comes when it is due.
        """
        i, done = self.size.instance, int(self.done[node])
        if i.forwarding and node < self.size.c:
            return done
        asked = self.size.due(i.cycle) if i.fetch and i.cycle <= i.horizon else None
        late = (self._waits(one, i.cycle) for one in range(self.size.nodes) if one != node)
        return max(done, asked) if asked is not None and any(late) else None

    # ---- clocks

    def _timeouts(self) -> None:
        """Let timers of correct nodes without a block expire at each T_cut."""
        for node in set(range(self.size.nodes)) - self.faulty:
            for view in self.size.views:
                cutoff = self._cutoff(node, view)
                if cutoff <= self.size.instance.horizon and self._waits(node, cutoff):
                    self.events.append(Timeout(cutoff, node, view))
                    if self.size.instance.fetch:
                        self._fetch(cutoff, node, view + 1)

    def _cutoff(self, node: int, view: int) -> int:
        """Return when the clock of a node passes the end of a view; past the horizon for never."""
        if self.x.entered is None or view + 1 not in self.size.views:
            return self.size.start(view + 1)
        entered = int(self.when["entered"][node, view + 1])
        return self.size.ticks if entered == _NEVER else entered

    def _waits(self, node: int, cutoff: int) -> bool:
        """Whether a correct node has no block before a tick."""
        return node not in self.faulty and not _NEVER < self.done[node] < cutoff

    def _fetch(self, tick: int, node: int, view: int) -> None:
        self._send(tick, node, "Fetch", view)
        for other in set(range(self.size.nodes)) - {node}:
            self._owed(tick, other, node, "Fetch", view)
