"""Hunt: random runs of production replicas that end in a lock or a fork.

A run has two parts. First the network is asynchronous: any message may come at any time or wait,
any timer may expire, faulty nodes crash, start again or lie. Then it settles: everything is
delivered, recovery included, and every timer expires, again and again, until a whole round changes
nobody's state. A run that came to rest while no correct node has a block is a lock. One that found
nothing proves nothing: a hunt says in how many runs it looked.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Literal

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
from milpbft.dbft.reference.production.reference import ProductionReference
from milpbft.sim.seals import Seals

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from milpbft.dbft.reference.production.profile import Profile
    from milpbft.dbft.reference.production.replica import ProductionReplica

Label = tuple[int, str, int, int]
"""A message: sender, kind, view, and how many of that label its sender has sent before."""
Act = tuple[str, int, Label | None]
"""What happened: ``deliver`` to a node, ``timeout``, ``restart`` or ``crash`` of one."""
ROUNDS = 12
SWEEPS = 4
"""How often what was sent meanwhile is delivered too: a view takes three."""


@dataclass(frozen=True)
class Faults:
    """How many nodes may fail, and how.

    Parameters
    ----------
    crash
        Nodes that stop at some time.
    restart
        Times that some node starts again without memory, after it committed.
    byzantine
        Nodes that lie.
    """

    crash: int = 0
    restart: int = 0
    byzantine: int = 0


@dataclass
class Found:
    """What a run ended in, and how it got there."""

    ending: Literal["decided", "lock", "fork", "restless"]
    seed: int
    acts: list[Act] = field(default_factory=list)
    where: dict[int, str] = field(default_factory=dict)
    """Per correct node: ``c0`` committed in view 0, ``v1`` only in view 1, ``done``, or
    ``misled`` with a block that M commits do not sign."""

    @property
    def state(self) -> str:
        """The state in short, such as ``2c0.2v1``."""
        names = sorted(self.where.values())
        return ".".join(f"{names.count(name)}{name}" for name in sorted(set(names)))


class Hunt:
    """One run.

    Parameters
    ----------
    profile
        The rules of the nodes.
    n
        Number of nodes.
    seed
        Chooses what happens.
    faults
        Who may fail.
    views
        The first part ends before a node has entered view `views`.
    """

    def __init__(
        self, profile: Profile, n: int, seed: int, faults: Faults, *, views: int = 2
    ) -> None:
        self._reference = ProductionReference(n, profile, height=n, keys=Seals())
        self._random = Random(seed)
        self._views = views
        self._faults = faults
        self.nodes = dict(self._reference.replicas())
        chosen = self._random.sample(range(n), n)
        self._liars = set(chosen[: faults.byzantine])
        self._doomed = set(chosen[faults.byzantine : faults.byzantine + faults.crash])
        self._down: set[int] = set()
        self._lives = dict.fromkeys(range(n), 0)
        self._restarts = faults.restart
        self.messages: list[Envelope] = []
        self._names: list[Label] = []
        self._labels: dict[Label, int] = {}
        self._counts: Counter[tuple[int, str, int]] = Counter()
        self._waiting: list[tuple[int, int]] = []
        self.found = Found("decided", seed)
        self.blocks: set[bytes] = set()

    @property
    def up(self) -> list[int]:
        """Correct nodes that run."""
        return [node for node in self.nodes if node not in self._liars | self._down]

    def run(self, acts: int = 60) -> Found:
        """Run both parts."""
        patience = self._random.choice((0.1, 0.3, 0.5))
        for _ in range(acts):
            self._disturb()
            self._one(patience)
        self._settle()
        return self.found

    def replay(self, acts: Iterable[Act]) -> Found:
        """Take given acts in place of the first part, and settle."""
        for what, node, label in acts:
            if label is None:
                self._do(what, node)
            elif (node, msg := self._labels.get(label, -1)) in self._waiting:
                self._do(what, node, msg)
        self._settle()
        return self.found

    # ---- the first part

    def _one(self, patience: float) -> None:
        if self._waiting and self._random.random() > patience:
            node, msg = self._random.choice(self._waiting)
            if node not in self._down and not self._is_recovery(msg):
                self._do("deliver", node, msg)
            return
        nodes = [i for i in self.up if self.nodes[i].view < self._views]
        if nodes:
            self._do("timeout", self._random.choice(nodes))

    def _is_recovery(self, msg: int) -> bool:
        return isinstance(self.messages[msg].payload, RecoveryMessage)

    def _disturb(self) -> None:
        if self._doomed and self._random.random() < 0.03:
            self._do("crash", self._doomed.pop())
        if self._restarts and self._random.random() < 0.2:
            committed = [i for i in self.up if self.nodes[i].locked]
            if committed:
                self._restarts -= 1
                self._do("restart", self._random.choice(committed))
        if self._liars and self._random.random() < 0.15:
            self._lie(self._random.choice(sorted(self._liars)))

    def _lie(self, node: int) -> None:
        reference, keys = self._reference, self._reference.keys
        view = self._random.randint(0, self._views - 1)
        stamp = reference.height, view, node
        proposals = [e.payload for e in self.messages if isinstance(e.payload, PrepareRequest)]
        about = [p for p in proposals if p.view == view]
        said = self._random.choice((PrepareRequest, PrepareResponse, Commit, ChangeView))
        if said is PrepareRequest and reference.primary(view) == node:
            value = 1000 + self._random.randint(0, 1)
            previous = reference.site.previous
            self._send(seal(propose(reference.height, previous, view, node, value), keys))
        elif said is ChangeView:
            self._send(seal(ChangeView(*stamp, new_view=view + 1), keys))
        elif about:
            request = self._random.choice(about)
            if said is PrepareResponse:
                self._send(seal(PrepareResponse(*stamp, request=request.digest), keys))
            else:
                signature = keys.sign(node, request.header)
                self._send(seal(Commit(*stamp, signature=signature), keys))

    # ---- acts

    def _do(self, what: str, node: int, msg: int = -1) -> None:
        if len(self.blocks) <= 1:
            self.found.acts.append((what, node, self._names[msg] if msg >= 0 else None))
        if what == "crash":
            self._down.add(node)
            return
        if what == "restart":
            self._lives[node] += 1
            self.nodes[node] = self._reference.restarted(node, self._lives[node])
        replica = self.nodes[node]
        if what == "deliver":
            if (node, msg) in self._waiting:
                self._waiting.remove((node, msg))
            replica.on_message(self.messages[msg])
        elif what == "timeout":
            replica.on_timer()
        self._gather(node, replica)

    def _gather(self, node: int, replica: ProductionReplica) -> None:
        replica.act()
        sent, replica.outbox[:] = list(replica.outbox), []
        for envelope in sent:
            self._send(envelope, node)
        if replica.decision is not None and replica.has_valid_block:
            self.blocks.add(replica.decision.block)

    def _send(self, envelope: Envelope, node: int = -1) -> None:
        sender = envelope.sender if node < 0 else node
        number = len(self.messages)
        kind = sender, envelope.payload.kind, envelope.payload.view
        label = (*kind, self._counts[kind])
        self._counts[kind] += 1
        self._labels[label] = number
        self._names.append(label)
        self.messages.append(envelope)
        self._waiting += [(i, number) for i in self.nodes if i not in self._liars | {sender}]

    # ---- settling

    def _settle(self) -> None:
        """Deliver everything and let all timers expire, until that changes nothing.

        Messages are faster than timers now, and primaries that wait propose before others give up:
        as good a network as there is. A lock under it is one under any.
        """
        kept = len(self.found.acts)
        # What follows from given acts depends on nothing else.
        self._random = Random(self.found.seed)
        rest = False
        for _ in range(ROUNDS):
            before = list(self._look())
            self._deliver_all()
            self._expire([i for i in self.up if self.nodes[i].awaits_timer_to_propose])
            self._expire(self.up)
            rest = before == list(self._look())
            if rest or any(self.nodes[i].has_valid_block for i in self.up):
                break
        if len(self.blocks) <= 1:
            del self.found.acts[kept:]
        self.found.where = {node: self._name(self.nodes[node]) for node in self.up}
        done = any(self.nodes[node].has_valid_block for node in self.up)
        if len(self.blocks) > 1:
            self.found.ending = "fork"
        elif not done:
            self.found.ending = "lock" if rest else "restless"

    def _deliver_all(self) -> None:
        for _ in range(SWEEPS):
            waiting, self._waiting = self._newest(self._waiting), []
            self._random.shuffle(waiting)
            for node, msg in waiting:
                if node not in self._down:
                    self._do("deliver", node, msg)

    def _expire(self, nodes: list[int]) -> None:
        for node in self._random.sample(nodes, len(nodes)):
            self._do("timeout", node)
        self._deliver_all()

    def _newest(self, waiting: list[tuple[int, int]]) -> list[tuple[int, int]]:
        """Leave out recovery messages, and requests for them, that a newer one replaces."""
        newest: dict[tuple[int, int, str, int], tuple[int, int]] = {}
        for node, msg in waiting:
            payload = self.messages[msg].payload
            again = isinstance(payload, RecoveryMessage | RecoveryRequest)
            newest[node, payload.sender, payload.kind, payload.view if again else -msg - 1] = (
                node,
                msg,
            )
        return list(newest.values())

    def _look(self) -> Iterator[tuple[object, ...]]:
        for node in self.up:
            book = self.nodes[node].book
            yield (
                node,
                book.view,
                sorted(book.preparations),
                sorted(book.commits),
                sorted((i, book.view_asked_by(i)) for i in book.change_views),
                sorted(book.heard.items()),
                self.nodes[node].done,
            )

    def _name(self, replica: ProductionReplica) -> str:
        if replica.done:
            return "done" if replica.has_valid_block else "misled"
        own = replica.book.own_commit
        return f"c{own.payload.view}" if own else f"v{replica.view}"


def hunt(
    profile: Profile,
    n: int,
    seeds: Iterable[int],
    faults: Faults | None = None,
    *,
    acts: int = 60,
    ending: str = "lock",
) -> tuple[Found | None, int]:
    """Run seeds until one ends as wanted; return it, and how many runs were made."""
    runs = 0
    for seed in seeds:
        runs += 1
        found = Hunt(profile, n, seed, faults or Faults()).run(acts)
        if found.ending == ending:
            return found, runs
    return None, runs


def shortened(profile: Profile, n: int, found: Found, faults: Faults | None = None) -> Found:
    """Leave out acts, one after the other, as long as the run still ends in the same state."""
    best = found
    place = len(best.acts)
    while place > 0:
        place -= 1
        rest = best.acts[:place] + best.acts[place + 1 :]
        tried = Hunt(profile, n, found.seed, faults or Faults()).replay(rest)
        if (tried.ending, tried.state) == (found.ending, found.state):
            best = tried
            place = min(place, len(best.acts))
    return best
