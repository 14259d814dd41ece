"""World: nodes, links between them, and ticks.

A tick: who starts again does; takeovers that are due, then faults, cuts and heals; each live miner,
by number, asks where it has little work left, and the active manager in its reach grants; live
miners hash; at the end of every S-th tick the supports are told; the block is solved if the goal is
reached.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from milpbft.powm.reference.certificates import Electorate
from milpbft.powm.reference.links import Links, Takeover
from milpbft.powm.reference.manager import Manager
from milpbft.powm.reference.messages import Envelope
from milpbft.powm.reference.miner import Doing, Miner
from milpbft.schedule import Decide, Deliver, Event, Fault, Send
from milpbft.sim.signatures import KeyRing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from milpbft.powm.reference.links import Script
    from milpbft.powm.reference.messages import Grant
    from milpbft.powm.reference.puzzle import Puzzle
    from milpbft.powm.reference.rules import Rules

RECORD = "record"


@dataclass
class World:
    """A network while a block is mined.

    Parameters
    ----------
    rules
        Of the network.
    script
        What the adversary does.
    puzzle
        When the block is solved; None for never.
    kinds
        Miners that do not keep to the rules.
    """

    rules: Rules
    script: Script
    puzzle: Puzzle | None = None
    kinds: Mapping[int, type[Miner]] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    granted: list[tuple[int, int, int]] = field(default_factory=list)
    lost: int = 0
    messages: int = 0
    solved: int | None = None
    finder: int | None = None
    wrong: str = ""

    def __post_init__(self) -> None:
        rules = self.rules
        self.keys = KeyRing(rules.n)
        self.managers = {i: Manager(i, rules, self.keys) for i in range(1 + rules.supports)}
        self.managers[0].active = True
        self.miners = {
            i: self.kinds.get(i, Miner)(i, rules.rate(i), rules, self.keys) for i in rules.workers
        }
        self.links = Links(self.script)
        self.term = 0
        self.dead: set[int] = set()
        self.barred: set[int] = set()
        self.pool = set(range(1, 1 + rules.supports))
        self.takeover: Takeover | None = None
        self.alone_from: int | None = None
        self.mail: list[tuple[int, int, Grant]] = []

    @property
    def active(self) -> list[Manager]:
        """Managers that are active now: one, none, or two while the network is cut."""
        return [m for m in self.managers.values() if m.active and m.node not in self.dead]

    def run(self, ticks: int) -> None:
        """Run until the block is solved, for so many ticks at most."""
        for tick in range(ticks):
            self.step(tick)
            if self.solved is not None or self.wrong:
                return

    def step(self, tick: int) -> None:
        """Run one tick."""
        self.start_again(tick)
        self.complete(tick)
        if not self.script.late:
            self.crash(tick)
        self.cut(tick)
        self.deliver(tick)
        self.grant(tick)
        hashed = self.hash(tick)
        if self.script.late:
            self.crash(tick)
        self.tell(tick)
        self.finish(tick, hashed)

    def start_again(self, tick: int) -> None:
        """Let nodes start again: miners, or supports that are not elected yet."""
        for node in self.script.restarts.get(tick, ()):
            manager, miner = self.managers.get(node), self.miners.get(node)
            if self.rests(node) or (manager is not None and manager.active):
                self.wrong = f"tick {tick}: node {node} starts again, which is none that can"
                return
            if manager is not None:
                manager.forget()
            if miner is not None:
                self.lost += miner.forget(tick)
            self.events.append(Fault(tick, node, "restart"))
        for node in self.script.reloads.get(tick, ()):
            if self.rests(node) or node not in self.miners:
                self.wrong = f"tick {tick}: node {node} reloads a log, which is none that can"
                return
            self.lost += self.miners[node].reload(tick)
            self.mail = [one for one in self.mail if one[2].to != node]
            self.events.append(Fault(tick, node, "reload"))

    def rests(self, node: int) -> bool:
        """Whether a node has crashed, or has stopped hashing to manage."""
        miner = self.miners.get(node)
        return node in self.dead or (miner is not None and miner.doing is Doing.LEFT)

    def finish(self, tick: int, hashed: list[tuple[int, range]]) -> None:
        """Look for a solution in what was hashed, node by node; the block is then final."""
        if self.puzzle is None:
            return
        for node, nonces in hashed:
            if self.puzzle.solves([nonces]):
                self.finder = node
                self.solve(tick)
                return

    def solve(self, tick: int) -> None:
        """Make the block final: all nodes that hash take it over."""
        self.solved = tick + 1
        self.events += [Decide(tick, node, self.term) for node in self.living]

    @property
    def living(self) -> list[int]:
        """Nodes that hash."""
        return [node for node, miner in self.miners.items() if miner.doing is not Doing.LEFT]

    def complete(self, tick: int) -> None:
        """Let the elected node take over, whose gap has passed."""
        due = self.takeover
        if due is None or due.tick != tick:
            return
        self.takeover = None
        node, self.term = due.node, self.term + 1
        heir = self.managers.get(node)
        if node in self.dead:
            self.wrong = f"tick {tick}: node {node} is dead and is elected"
            return
        if heir is None:
            # A miner, elected by all: it learns cursor and ledger from the nodes' own grants.
            heir = self.managers[node] = Manager(node, self.rules, self.keys)
            heir.cursor = max((entry[2] for entry in self.granted), default=0)
            heir.ledger = list(dict.fromkeys(self.granted))
        elif node in self.miners and self.miners[node].doing is Doing.LEFT:
            self.wrong = f"tick {tick}: node {node} has left and is elected"
            return
        told = set(heir.ledger) if node not in self.pool else set()
        heir.take_over(self.term)
        heir.unheard += sorted(told)
        self.pool.discard(node)
        if node in self.miners:
            self.miners[node].leave()
        elected = Envelope.sealed(
            node, due.electorate.elect(self.term, node, due.electorate.voters, self.keys), self.keys
        )
        self.messages += len(self.miners)
        for other, miner in self.miners.items():
            if self.links.reach(tick, node, other):
                miner.on_elected(elected, due.electorate)
        self.events.append(Send(tick, node, "Elected", self.term))

    def crash(self, tick: int) -> None:
        """Crash who is to crash at a tick, and begin what follows from it."""
        managing = [manager.node for manager in self.active]
        for node in self.script.failing(tick, managing, self.living):
            if node in self.dead:
                self.wrong = f"tick {tick}: node {node} crashes again"
                return
            self.dead.add(node)
            self.events.append(Fault(tick, node, "crash"))
            manager = self.managers.get(node)
            if manager is not None and manager.active:
                manager.active = False
                self.replace(tick)
            elif node in self.miners:
                self.lost += self.miners[node].outstanding
                self.miners[node].leave()
            self.pool.discard(node)
        self.scatter(tick)

    def scatter(self, tick: int) -> None:
        """Let all nodes mine alone, where it has come to that."""
        if self.alone_from is not None and tick >= self.alone_from:
            for node in self.living:
                if self.miners[node].doing is not Doing.SOLO:
                    self.miners[node].go_solo()

    def replace(self, tick: int) -> None:
        """Detect a failure of the active manager, and elect another one."""
        self.appoint(tick, tick + self.rules.detect + int(self.script.late))

    def appoint(self, tick: int, begin: int, *, by_all: bool = False) -> None:
        """Elect a manager in an election that begins at a tick from now on, `begin`.

        The supports elect, or all nodes where none is left, or where it is said to be `by_all`.
        """
        rules, pool = self.rules, self.pool - self.dead - self.barred
        if by_all:
            pool = set()
        if not pool and rules.collapse != "collective" and not by_all:
            self.alone_from = begin if rules.collapse == "solo" else None
            return
        gap = rules.elect if pool else rules.collective
        voters = pool or {node for node in self.living if node not in self.dead | self.barred}
        node = self.script.elect(pool or voters)
        if node is None or node not in (pool or voters):
            self.wrong = f"tick {tick}: node {node} cannot be elected"
            return
        self.takeover = Takeover(begin + gap, node, Electorate(frozenset(voters)))
        if begin + gap == tick:
            self.complete(tick)

    def cut(self, tick: int) -> None:
        """Cut the network, let the other side elect, and heal it."""
        cut = self.script.cut
        if cut is None:
            return
        gap = self.rules.detect + self.rules.elect
        if tick == cut.begin + gap and (cut.eclipse or gap < cut.width):
            old = self.managers[0]
            self.takeover = Takeover(tick, 1, Electorate(frozenset(self.pool)))
            self.complete(tick)
            if cut.eclipse:
                old.step_down()
        if tick == cut.begin + cut.width and not cut.eclipse:
            self.heal(tick)

    def heal(self, tick: int) -> None:
        """Let the manager of the lower term step down; the other goes on from the larger cursor."""
        high = max(self.active, key=lambda one: one.term)
        for other in self.active:
            if other is not high:
                other.step_down()
                if self.rules.sync != "stride":
                    high.cursor = max(high.cursor, other.cursor)
        for miner in self.miners.values():
            miner.term, miner.manager = high.term, high.node

    def deliver(self, tick: int) -> None:
        """Note the grants that arrive at nodes which still hash."""
        for arrival, sender, grant in self.mail:
            if arrival == tick and self.miners[grant.to].doing is not Doing.LEFT:
                kind = f"Grant#{grant.lo}-{grant.hi}"
                self.events.append(Deliver(tick, grant.to, sender, kind, grant.term))
        for miner in self.miners.values():
            miner.receive(tick)
        self.mail = [one for one in self.mail if one[0] > tick]

    def grant(self, tick: int) -> None:
        """Let miners ask, and the active manager that each of them reaches grant."""
        for node in self.living:
            miner = self.miners[node]
            request = miner.ask()
            if request is None:
                continue
            asked = Envelope.sealed(node, request, self.keys)
            self.messages += len(self.managers)
            for manager in self.active:
                unheard = self.rules.sync == "before" and not self.links.heard(tick, manager.node)
                if unheard or not self.links.serves(tick, manager.node, node):
                    continue
                grant = manager.on_request(asked, RECORD)
                if grant is None:
                    continue
                if self.rules.sync == "before":
                    self.inform(tick, manager)
                self.send(tick, manager, grant)

    def send(self, tick: int, manager: Manager, grant: Grant) -> None:
        """Send a grant, and note it; the receiver knows what is under way."""
        arrival = tick + self.rules.latency
        self.messages += 1
        self.granted.append((grant.to, grant.lo, grant.hi))
        kind = f"Grant#{grant.lo}-{grant.hi}"
        self.events.append(Send(tick, manager.node, kind, manager.term))
        envelope = Envelope.sealed(manager.node, grant, self.keys)
        if self.miners[grant.to].on_grant(envelope, arrival):
            self.mail.append((arrival, manager.node, grant))
            if arrival == tick:
                self.deliver(tick)

    def hash(self, tick: int) -> list[tuple[int, range]]:
        """Let live nodes hash; return who hashed which nonces."""
        return [(node, done) for node in self.living for done in self.miners[node].hash(tick)]

    def tell(self, tick: int) -> None:
        """Tell supports of grants at the end of every S-th tick."""
        if (tick + 1) % self.rules.every == 0:
            for manager in self.active:
                self.inform(tick, manager)

    def inform(self, tick: int, manager: Manager) -> Envelope:
        """Tell the supports that the manager reaches; they copy what they hear."""
        sync = Envelope.sealed(manager.node, manager.tell(), self.keys)
        for other in self.managers.values():
            if other is not manager and self.links.tells(tick, manager.node, other.node):
                self.messages += 1
                other.on_sync(sync)
        return sync
