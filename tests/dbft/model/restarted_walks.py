"""Random runs of replicas of a profile that start again, and where the table has them at rest."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from milpbft.dbft.enumerate.hunt import Hunt
from milpbft.dbft.model.production.restarts import BOTH, COMMITTED, EITHER, Again
from milpbft.dbft.model.strict import rules_of
from milpbft.dbft.reference.messages import ChangeView, Commit, PrepareRequest, PrepareResponse
from milpbft.dbft.reference.production.profile import PROFILES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from milpbft.dbft.enumerate.hunt import Faults
    from milpbft.dbft.instance import DbftInstance
    from milpbft.dbft.reference.production.profile import Profile

COUNTS = {
    PrepareRequest.kind: ("prep_0", "req_0"),
    PrepareResponse.kind: ("prep_0", "resp_0"),
    Commit.kind: ("com_0",),
    ChangeView.kind: ("ask_0",),
}
SUMS = {COMMITTED: ("com_0", "com_0s"), EITHER: ("resp_0", "resp_0s"), BOTH: ("com_0", "com_0s")}


class Walk(Hunt):
    """A run in view 0 in which nodes start again whenever they like, each once."""

    def __init__(self, profile: Profile, n: int, seed: int, faults: Faults) -> None:
        super().__init__(profile, n, seed, faults, views=1)
        self.said: defaultdict[tuple[int, int], set[str]] = defaultdict(set)
        """By node and life: what it said, recovery traffic apart."""
        self._left = faults.restart
        self._rate = self._random.choice((0.01, 0.03, 0.1))

    @property
    def stays(self) -> bool:
        """Whether the run has ended in a lock of view 0."""
        return self.found.ending == "lock" and not any(self.nodes[i].view for i in self.up)

    def _disturb(self) -> None:
        if self._doomed and self._random.random() < 0.03:
            self._do("crash", self._doomed.pop())
        if self._left and self._random.random() < self._rate:
            able = [i for i in self.up if not (self._lives[i] or self.nodes[i].has_valid_block)]
            # Who has said nothing is one that has not started yet.
            able = [i for i in able if self.counts(i)]
            if able:
                self._left -= 1
                self._do("restart", self._random.choice(able))

    def _do(self, what: str, node: int, msg: int = -1) -> None:
        """Bring a node that starts again all that others sent before, as the table has it."""
        super()._do(what, node, msg)
        if what == "restart":
            had = set(self._waiting)
            sent = ((node, k) for k, name in enumerate(self._names) if name[0] != node)
            self._waiting += [one for one in sent if one not in had]

    def _gather(self, node, replica) -> None:
        replica.act()
        labels = [self._reference.label(envelope) for envelope in replica.outbox]
        self.said[node, self._lives[node]] |= {kind for kind, _ in labels}
        super()._gather(node, replica)

    def counts(self, node: int) -> frozenset[str]:
        """Return the counters for which a node counts: nobody takes a primary's own response."""
        found: set[str] = set()
        for life in range(self._lives[node] + 1):
            for kind in self.said[node, life]:
                base, _, other = kind.partition("#")
                if (base, node) != (PrepareResponse.kind, 0):
                    found |= {name + "s" * bool(other) for name in COUNTS.get(base, ())}
        sums = {COMMITTED: any, EITHER: all, BOTH: all}
        found -= {"ask_0s"}
        return frozenset(
            found | {name for name, by in sums.items() if by(k in found for k in SUMS[name])}
        )

    def place(self, node: int) -> str:
        """Return the location of a node."""
        primary = 0 if node == 0 else None
        if node in self._down:
            return Again().crash().name(primary)
        again, book = self._lives[node] > 0, self.nodes[node].book
        now = self.said[node, self._lives[node]]
        value = 0 if book.request is None else int(book.request.digest != self._first(book.request))
        asked, commit = ChangeView.kind in now, Commit.kind + "#1" * value
        if self.nodes[node].done:
            phase = "Cq"
        elif book.request is not None and commit in now:
            phase = "C"
        elif book.answered_own_request:
            phase = "Rx" if asked else "R"
        elif book.request is None:
            phase = "W" if asked else "I"
        elif (again, node, value, asked) == (True, 0, 0, False):
            phase = "I"  # It has its former request back, and has said nothing.
        else:
            phase = "X" if asked else "P"
        state = Again(0, phase, value, second=again, counts=self.counts(node))
        return state.name(primary)

    def _first(self, request: PrepareRequest) -> bytes:
        """Return the digest of what the primary proposed first."""
        sent = (e.payload for e in self.messages if isinstance(e.payload, PrepareRequest))
        first = next(sent)
        assert first.view == request.view == 0
        return first.digest


def locks(profile: str, n: int, seeds: range, faults: Faults) -> Iterator[Walk]:
    """Yield the runs of some seeds that end in a lock of view 0."""
    for seed in seeds:
        walk = Walk(PROFILES[profile], n, seed, faults)
        walk.run()
        if walk.stays:
            yield walk


def owing(walk: Walk, instance: DbftInstance) -> list[str]:
    """Return the rules of the table that some node owes at the end of a run."""
    rules = rules_of(instance)
    automaton, owed = rules.table.automaton, rules.table.owed
    places = Counter(walk.place(node) for node in walk.nodes)
    assert places.keys() <= set(automaton.locations), places
    values = dict.fromkeys((*automaton.parameters, *automaton.counters), 0)
    values |= {"N": instance.n, "T": instance.f}
    values |= Counter(name for node in walk.nodes for name in walk.counts(node))
    values |= {place: places[place] for place in automaton.locations}
    found = []
    for rule in automaton.rules:
        atoms = owed.get(rule.name)
        if atoms is None or not places[rule.source]:
            continue
        assert all(atom.comparison == ">=" for atom in atoms)
        if all(atom.linear.evaluate(values) >= 0 for atom in atoms):
            found.append(rule.name)
    return found
