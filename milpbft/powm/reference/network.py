"""Network: a world in which nodes also enter and leave, watch, expel each other, and are paid.

Models know none of this: there failures are noticed after D ticks, and nobody enters. Here D comes
out of heartbeats, or out of requests that nobody answers.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import permutations
from typing import TYPE_CHECKING, Literal

from milpbft.powm.reference.certificates import Electorate
from milpbft.powm.reference.entry import traced
from milpbft.powm.reference.manager import Manager
from milpbft.powm.reference.messages import (
    Envelope,
    Expel,
    Heartbeat,
    Join,
    Leave,
    PayVote,
    Report,
    Request,
    Snapshot,
    Suspect,
)
from milpbft.powm.reference.miner import Miner
from milpbft.powm.reference.pay import issued, split
from milpbft.powm.reference.team import DIFFERS, expelled, paid
from milpbft.powm.reference.watch import By, Watch
from milpbft.powm.reference.world import RECORD, World

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from milpbft.powm.reference.messages import Elected


@dataclass
class Network(World):
    """A network while a block is mined; other parameters are those of :class:`World`.

    Parameters
    ----------
    joins
        Miners that are not there at first, by the tick at which they enter.
    leaves
        Nodes that leave, by tick; they say so.
    watch, every, silent
        How supports notice a failure: see :class:`Watch`. None: after D ticks, as in models.
    refill
        Who manages is replaced in the pool by the miner with most credit (III-K.3).
    finaliser
        ``peers``: a valid solution is final at once. ``manager``: once a manager is active; a
        support that found it while there was none cannot be elected (III-K.5).
    managing
        Managers that do not keep to the rules.
    forged
        Supports whose ledger is not what they were told.
    slander
        Managers that vote to expel an honest one, and whom.
    silent_on_pay
        Managers that do not vote on pay.
    reward
        Of the block, in coins.
    """

    joins: Mapping[int, Collection[int]] = field(default_factory=dict)
    leaves: Mapping[int, Collection[int]] = field(default_factory=dict)
    watch: By | None = None
    every: int = 1
    silent: int = 1
    refill: bool = False
    finaliser: Literal["peers", "manager"] = "peers"
    managing: Mapping[int, Callable[..., Manager]] = field(default_factory=dict)
    forged: Collection[int] = ()
    slander: Mapping[int, int] = field(default_factory=dict)
    silent_on_pay: Collection[int] = ()
    reward: int = 1_000_000
    expelled: list[int] = field(default_factory=list)
    certificates: list[tuple[Elected, tuple[int, ...]]] = field(default_factory=list)
    pay: dict[int, int] | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        for node, kind in self.managing.items():
            self.managers[node] = kind(node, self.rules, self.keys, active=not node)
        for nodes in self.joins.values():
            for node in nodes:
                del self.miners[node]
        self.begins: int | None = None
        self.waiting = False
        self.withheld: int | None = None
        self.watches: dict[int, Watch] = {}
        for node in sorted(self.pool):
            self.follow(node, 0)

    def follow(self, node: int, tick: int) -> None:
        """Let a support watch from a tick on."""
        if self.watch is not None:
            self.watches[node] = Watch(self.watch, self.every, self.silent, self.keys)
            self.watches[node].begin(tick)

    def complete(self, tick: int) -> None:
        """Let the elected node take over, unless it is barred by now: then elect once more."""
        due = self.takeover
        if due is not None and due.tick == tick and due.node in self.barred:
            self.takeover = None
            self.appoint(tick, tick)
            return
        super().complete(tick)
        if due is None or due.tick != tick or self.wrong:
            return
        self.certify(due.electorate, due.node, "active")
        self.watches.pop(due.node, None)
        for one in self.watches.values():
            one.begin(tick)
        if self.refill:
            self.enlist(tick)
        if self.waiting or self.withheld is not None:
            self.finder = self.finder if self.withheld is None else self.withheld
            self.waiting, self.withheld = False, None
            self.solve(tick)

    def certify(self, electorate: Electorate, node: int, role: str) -> None:
        """Keep the certificate of an election for those who enter."""
        elected = electorate.elect(self.term, node, electorate.voters, self.keys, role)
        self.certificates.append((elected, tuple(sorted(electorate.voters))))

    def enlist(self, tick: int) -> None:
        """Move the miner with most credit into the pool, with a copy of cursor and ledger."""
        credit = issued(self.granted)
        candidates = [node for node in self.living if node not in self.managers]
        if not candidates:
            return
        node = max(candidates, key=lambda one: (credit[one], -one))
        [active] = self.active
        self.certify(Electorate(frozenset(self.team)), node, "support")
        del self.miners[node]
        self.mail = [one for one in self.mail if one[2].to != node]
        self.managers[node] = Manager(node, self.rules, self.keys, self.term, cursor=active.cursor,
                                      ledger=list(active.ledger))  # fmt: skip
        self.pool.add(node)
        self.follow(node, tick)

    def replace(self, tick: int) -> None:
        """Wait until supports notice, where they watch; else elect after D ticks."""
        if not self.watches:
            self.begins = tick + self.rules.detect + int(self.script.late)

    def crash(self, tick: int) -> None:
        """Crash who is to crash; then nodes leave and enter, and supports look for the manager."""
        super().crash(tick)
        for node in self.leaves.get(tick, ()):
            self.leave(tick, node)
        for node in self.joins.get(tick, ()):
            self.join(tick, node)
        if self.watch is not None:
            self.look(tick)
        if self.begins == tick:
            self.begins = None
            self.appoint(tick, tick)
            self.scatter(tick)

    def leave(self, tick: int, node: int) -> None:
        """Let a node say that it leaves: what it was granted is not granted again (III-K.3)."""
        self.messages += len(self.managers)
        said = Envelope.sealed(node, Leave(node), self.keys)
        assert said.genuine(self.keys)
        manager = self.managers.get(node)
        self.pool.discard(node)
        self.watches.pop(node, None)
        self.dead.add(node)
        if node in self.miners:
            self.miners[node].leave()
        if manager is not None and manager.active:
            manager.active = False
            self.appoint(tick, tick)

    def join(self, tick: int, node: int) -> None:
        """Let a node enter: it asks, is sent a snapshot, and believes what it can trace.

        Where nobody manages, and nobody is being elected, it starts an election by all (III-K.2).
        """
        self.messages += len(self.managers)
        asked = Envelope.sealed(node, Join(self.rules.rate(node)), self.keys)
        assert asked.genuine(self.keys)
        miner = self.kinds.get(node, Miner)(node, self.rules.rate(node), self.rules, self.keys)
        sender = next((one.node for one in self.active), min(self.living, default=node))
        self.miners = {n: miner if n == node else self.miners[n] for n in self.rules.workers
                       if n == node or n in self.miners}  # fmt: skip
        believed = traced(self.snapshot(sender), self.genesis, self.keys)
        if believed is None:
            self.wrong = f"tick {tick}: node {node} cannot trace who manages"
            return
        miner.term, miner.manager = believed
        if not self.active and self.takeover is None and self.begins is None and not self.pool:
            if self.alone_from is None:
                self.appoint(tick, tick, by_all=True)
            self.scatter(tick)

    @property
    def genesis(self) -> frozenset[int]:
        """The managers of the genesis block."""
        return frozenset(range(1 + self.rules.supports))

    def snapshot(self, sender: int) -> Envelope:
        """Return the state of the network, signed by who sends it."""
        self.messages += 1
        said = Snapshot(RECORD, tuple(self.certificates))
        return Envelope.sealed(sender, said, self.keys)

    def look(self, tick: int) -> None:
        """Let the active manager say that it is alive; elect if most supports suspect it."""
        if tick % self.every == 0 and self.watch == "heartbeat":
            for manager in self.active:
                beat = Envelope.sealed(manager.node, Heartbeat(manager.term, tick), self.keys)
                self.tell_watches(tick, beat)
        if self.takeover is not None:
            return
        voters = [n for n in self.watches if n in self.pool and n not in self.dead]
        said = [Envelope.sealed(n, Suspect(self.term), self.keys) for n in voters
                if self.watches[n].suspects(tick)]  # fmt: skip
        if 2 * len([one for one in said if one.genuine(self.keys)]) <= len(voters):
            return
        for manager in self.active:
            manager.step_down()
        self.appoint(tick, tick)

    def tell_watches(self, tick: int, envelope: Envelope) -> None:
        """Hand a message to every support that its sender reaches."""
        manager = next((one.node for one in self.active), -1)
        for node, one in self.watches.items():
            if self.links.reach(tick, envelope.sender, node):
                self.messages += 1
                one.hear(tick, envelope, manager)

    def grant(self, tick: int) -> None:
        """Let supports hear requests, as the active manager does."""
        if self.watch == "request":
            for node in self.living:
                if self.miners[node].ask() is not None:
                    self.tell_watches(tick, Envelope.sealed(node, Request(0), self.keys))
        super().grant(tick)

    def inform(self, tick: int, manager: Manager) -> Envelope:
        """Tell the supports of grants; those who watch requests see which are answered."""
        sync = super().inform(tick, manager)
        if self.watch == "request":
            self.tell_watches(tick, sync)
        return sync

    def tell(self, tick: int) -> None:
        """Tell the supports of grants; then all managers compare what they hold, and expel."""
        super().tell(tick)
        if (tick + 1) % self.rules.every == 0:
            self.compare(tick)

    @property
    def team(self) -> list[int]:
        """The active manager and its supports."""
        return sorted({one.node for one in self.active} | (self.pool - self.dead))

    def held(self, node: int) -> str:
        """Return the digest of what a manager holds."""
        one = self.managers[node]
        data = [one.cursor, sorted(one.ledger), "forged" if node in self.forged else ""]
        return sha256(json.dumps(data).encode()).hexdigest()

    def compare(self, tick: int) -> None:
        """Let every manager report, and vote to expel whose report differs (III.1).

        A manager votes against another whose report differs from its own, unless more managers
        report the same as that one.
        """
        team = self.team
        reports = {node: Report(self.held(node)) for node in team}
        self.messages += len(team) * (len(team) - 1)
        said = [one.digest for one in reports.values()]
        votes = []
        for voter, node in permutations(team, 2):
            own, other = reports[voter].digest, reports[node].digest
            differs = own != other and said.count(other) <= said.count(own)
            if differs or self.slander.get(voter) == node:
                votes.append(Envelope.sealed(voter, Expel(node, DIFFERS), self.keys))
        for node in expelled(votes, team, self.keys):
            self.expel(tick, node)

    def expel(self, tick: int, node: int) -> None:
        """Take a manager out of the team; where it is the active one, elect another."""
        self.expelled.append(node)
        manager = self.managers[node]
        was_active, manager.active, manager.expelled = manager.active, False, True
        self.pool.discard(node)
        self.watches.pop(node, None)
        if was_active:
            self.begins = tick + 1

    def solve(self, tick: int) -> None:
        """Make the block final, if it may be, and pay; else wait for a manager."""
        support = self.finder is not None and self.finder in self.pool
        if support and not self.active and self.miners[self.finder or 0].withholds:
            self.withheld = self.finder
            return
        if self.finaliser == "manager" and not self.active:
            self.waiting = True
            if support:
                self.barred.add(self.finder or 0)
            return
        super().solve(tick)
        for manager in self.active:
            self.inform(tick, manager)
        self.settle()

    def finish(self, tick: int, hashed: list[tuple[int, range]]) -> None:
        """Look for a solution, unless one waits for a manager."""
        if not self.waiting:
            super().finish(tick, hashed)

    def settle(self) -> None:
        """Pay by contribution, if all managers agree to one distribution (III-D)."""
        team, said = self.team, {}
        for node in team:
            credit = issued(self.managers[node].ledger)
            if node not in self.silent_on_pay and credit:
                said[node] = split(self.reward, credit)
        if not said:
            return
        digests = {node: digest(parts) for node, parts in said.items()}
        votes = [Envelope.sealed(n, PayVote(0, one), self.keys) for n, one in digests.items()]
        self.messages += len(votes) * (len(team) - 1)
        first = min(said)
        if paid(votes, team, digests[first], 0, self.keys):
            self.pay = said[first]


def digest(parts: Mapping[int, int]) -> str:
    """Return the digest of a distribution of pay."""
    return sha256(json.dumps(sorted(parts.items())).encode()).hexdigest()
