"""Back to names: a counted run of dBFT 1.0 or 2.0 as a schedule of named nodes.

Nodes 0 to V-1 are the primaries of the modelled views; Byzantine backups have the highest numbers.
Each step of the run takes two ticks: at the first Byzantine nodes send what the step needs of
them, at the second its nodes are delivered exactly what their rule needs and act. At the end
everything that is owed is delivered and every timer expires: whoever then acts shows that the run
was not quiescent. Then everything moves to the earliest tick that its causes allow.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from itertools import count, islice
from typing import TYPE_CHECKING

from milpbft.dbft.model.memory import forgets, recalled
from milpbft.dbft.model.returning import SOME
from milpbft.dbft.model.tabling import suffix
from milpbft.dbft.returns import ReturnRule
from milpbft.schedule import Decide, Deliver, Event, Fault, Schedule, Send, Timeout
from milpbft.schedule.compression import compressed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from milpbft.automaton.counted.encoding import Step
    from milpbft.automaton.table import Act, Table
    from milpbft.dbft.model.variant import Variant

REQUEST, RESPONSE, COMMIT, CHANGE = "PrepareRequest", "PrepareResponse", "Commit", "ChangeView"

Label = tuple[str, int, int]
"""Kind, view and sender of a message."""


@dataclass(frozen=True)
class Sizes:
    """Sizes of the run: n nodes, quorum n - f, which nodes are Byzantine, and lies by parameter."""

    n: int
    f: int
    byzantine: tuple[int, ...]
    lies: dict[str, int] = field(default_factory=dict)

    @property
    def quorum(self) -> int:
        """M = n - f."""
        return self.n - self.f


def sizes_of(values: dict[str, int], views: int) -> Sizes:
    """Read the parameters of the rule table."""
    primaries = [v for v in range(views) if values[f"F_{v}"]]
    others = values["F"] - len(primaries)
    byzantine = (*primaries, *range(values["N"] - others, values["N"]))
    lies = {name: value for name, value in values.items() if name.startswith("L_")}
    return Sizes(values["N"], values["T"], byzantine, lies)


def unfold(
    steps: Iterable[Step],
    values: dict[str, int],
    source: str,
    *,
    table: Table,
    variant: Variant,
    quiet: bool,
    world: type[World] | None = None,
) -> Schedule:
    """Turn a run into a schedule.

    Parameters
    ----------
    steps
        In order.
    values
        The table's parameters: sizes, and who is Byzantine.
    quiet
        Whether the run ends quiescent, so that everything owed is delivered at its end.
    world
        What its rules mean, by default as in dBFT 1.0 and 2.0.
    """
    sizes = sizes_of(values, variant.views)
    run = (world or World)(table, variant, sizes)
    for step in steps:
        run.take(table.meaning[step.rule], step)
    if quiet:
        run.settle()
    schedule = Schedule(
        protocol=table.automaton.name,
        n=sizes.n,
        byzantine=sizes.byzantine,
        primaries=tuple(range(variant.views)),
        events=run.told(quiet=quiet),
        horizon=run.tick,
        source=source,
        settings={
            "returns": variant.returns.value,
            "agreement": str(variant.agreement).lower(),
        },
    )
    return compressed(schedule)


class World:
    """Who is where, what was sent, and who was shown what."""

    def __init__(self, table: Table, variant: Variant, sizes: Sizes) -> None:
        self.tick = 0
        self.events: list[Event] = [Fault(0, i, "byzantine") for i in sizes.byzantine]
        self._table = table
        self._variant = variant
        self._sizes = sizes
        self._sent: dict[Label, int] = {}
        self._known: defaultdict[int, set[Label]] = defaultdict(set)
        self._view: dict[int, int] = {}
        self._pools: defaultdict[str, list[int]] = defaultdict(list)
        self._gone: set[int] = set(sizes.byzantine)
        self._early: dict[int, Decide] = {}
        self._lies = 0
        self._dropped: defaultdict[int, int] = defaultdict(int)
        for node in range(sizes.n):
            if node not in sizes.byzantine:
                who = f"p{node}" if node < variant.views else "b"
                self._pools[f"{who}_0I"].append(node)
                self._view[node] = 0

    def take(self, act: Act, step: Step) -> None:
        """Let the nodes of a step take its rule."""
        self.tick += 2
        rule = self._table.automaton.rule(step.rule)
        pool = self._pools[rule.source]
        nodes, self._pools[rule.source] = pool[: step.count], pool[step.count :]
        self._pools[rule.target] += nodes
        asks = any(counter.startswith("ask") for counter, _ in rule.increments)
        for node in nodes:
            self._learn(node, act.view, recalled(rule.target, act.view))
            self._lies = self._lies_in(rule.target, act.view, act.value)
            self._do(node, act, asks=asks)

    def told(self, *, quiet: bool) -> tuple[Event, ...]:
        """Return what happened.

        If all is quiet, nobody decides of whom the run does not say so, and replicas may refute it.
        Otherwise blocks are fetched or the run may go on: when such a node decides is all the same.
        """
        early = list(self._early.values()) if quiet else []
        return tuple(event for event in self.events if event not in early)

    def _do(self, node: int, act: Act, *, asks: bool) -> None:
        view, s = act.view, f"#{act.value}" if act.value else ""
        request = (REQUEST + s, view, view)
        match act.what:
            case "propose":
                self.events.append(Timeout(self.tick, node, view))
                self._send(node, REQUEST, view)
            case "respond":
                if not self._counts_lost:
                    self._show_return(node, view, s)
                self._show(node, [request])
                self._send(node, RESPONSE + s, view)
            case "commit":
                self._show_return(node, view, s)
                self._show_quorum(node, self._preparations(view, s), self._sizes.quorum)
                self._send(node, COMMIT + s, view)
                self._decide_at_once(node, view, s)
            case "ask":
                self.events.append(Timeout(self.tick, node, view))
                self._send(node, CHANGE, view)
            case "enter":
                self._show_quorum(node, list(self._wishes(node, view)), self._sizes.quorum)
                if asks:
                    self._send(node, CHANGE, view)
                self._view[node] = view + 1
            case "accept" if self._early.pop(node, None) is None:
                self._show(node, [request])
                self._show_quorum(node, self._certificate(view, s), self._sizes.quorum)
                self.events.append(Decide(self.tick, node, view))
                self._gone.add(node)
            case "crash":
                self.events.append(Fault(self.tick, node, "crash"))
                self._gone.add(node)

    def _preparations(self, view: int, s: str) -> list[Label]:
        """Return the messages that count as preparations: the request is its primary's."""
        kinds = ((REQUEST if i == view else RESPONSE) + s for i in self._nodes)
        return [(kind, view, i) for i, kind in enumerate(kinds)]

    def _certificate(self, view: int, s: str) -> list[Label]:
        """Return the messages M of which make a block: preparations in dBFT 1.0, else commits."""
        if self._table.automaton.name == "dbft1":
            return self._preparations(view, s)
        return [(COMMIT + s, view, i) for i in self._nodes]

    @property
    def _nodes(self) -> range:
        return range(self._sizes.n)

    def _wishes(self, node: int, view: int) -> Iterator[Label]:
        """Yield one change view per node for this view or a later one.

        That which `node` has, or else the first: a later one would say that its sender is not lost.
        """
        for sender in self._nodes:
            asked = [u for u in range(view, self._variant.views) if self._asked(sender, u)]
            has = (u for u in asked if (CHANGE, u, sender) in self._known[node])
            yield (CHANGE, next(has, min(asked, default=view)), sender)

    def _asked(self, node: int, view: int) -> bool:
        return self._sent.get((CHANGE, view, node), self.tick) < self.tick

    def _decide_at_once(self, node: int, view: int, s: str) -> None:
        """Let a node accept that was shown so many commits to return that its own is the M-th.

        The run says so later.
        """
        commits = {(COMMIT + s, view, i) for i in self._nodes}
        if len(commits & self._known[node]) + 1 >= self._sizes.quorum:
            self._early[node] = Decide(self.tick, node, view)
            self.events.append(self._early[node])
            self._gone.add(node)

    def _lies_in(self, place: str, view: int, value: int) -> int:
        """Return how many lies a node is shown that goes back to a place, at most f + 1."""
        if self._sizes.lies and re.search(f"{view}[YC]{SOME}", place):
            return self._sizes.lies[f"L_{view}{suffix(value)}"]
        return min(len(self._sizes.byzantine), self._sizes.f + 1)

    def _show_return(self, node: int, view: int, s: str) -> None:
        """Show a node in view change the commits that let it take part again, lies first.

        Of the others those that it knows come first, then those of other views: those of its own
        would count for its block too.
        """
        if not self._asked(node, view):
            return
        if self._counts_lost:
            self._show_heard_commit(node, view, s)
            return
        elsewhere = self._variant.returns is ReturnRule.ANY_VIEW
        liars = self._sizes.byzantine[: self._lies]
        lies = [self._lie(node, i) if elsewhere else (COMMIT + s, view, i) for i in liars]
        self._show(node, lies)
        counted = [
            label
            for label in (*self._known[node], *self._earlier())
            if self._counts(node, label, view, s) and (elsewhere or label[1] == view)
            if label[2] not in self._sizes.byzantine
        ]
        by_sender = {label[2]: label for label in sorted(counted)}
        known = self._known[node]
        ranked = sorted(by_sender.values(), key=lambda k: (k not in known, k[1] == view, k))
        self._show_quorum(node, ranked, self._sizes.f + 1 - len(lies))

    def _counts(self, node: int, label: Label, view: int, s: str) -> bool:
        """Whether a message is a commit that a node in `view` keeps, whose proposal ends in `s`.

        It drops those that sign another proposal than the one that it knows of their view.
        """
        kind, u, _ = label
        known = s if u == view else self._proposal(node, u)
        return kind.startswith(COMMIT) and known in {None, kind.removeprefix(COMMIT)}

    def _proposal(self, node: int, view: int) -> str | None:
        """Return the ending of the proposal of a view that a node knows; None where none."""
        mine = [label[0] for label in self._known[node] if label[1] == view]
        if (REQUEST, view, node) in self._sent:
            mine.append(REQUEST)
        requests = (kind.removeprefix(REQUEST) for kind in mine if kind.startswith(REQUEST))
        return next(requests, None)

    def _lie(self, node: int, sender: int) -> Label:
        """Return a Byzantine commit that a node keeps for its return alone, as long as it is to.

        It is to a block that nobody proposed, in a view that has a Byzantine primary and is none of
        the modelled ones: dropped with that primary's request, it never makes a block.
        """
        return f"{COMMIT}#{self._variant.values}", self._lying(node), sender

    def _lying(self, node: int) -> int:
        """Return the view that a node's next lies are of, the request of which it lacks."""
        liars = self._sizes.byzantine
        views = (v for v in count(self._variant.views) if v % self._sizes.n in liars)
        return next(islice(views, self._dropped[node], None))

    def _drop_lies(self, node: int) -> None:
        """Show a node the request that makes it drop the lies that it knows."""
        if not self._sizes.byzantine:
            return
        view = self._lying(node)
        if any(label[1] == view for label in self._known[node]):
            self._dropped[node] += 1
            self._show(node, [(REQUEST, view, view % self._sizes.n)])

    def _learn(self, node: int, view: int, s: str | None) -> None:
        """Show a node that leaves a view the request of it that it is to know and not to answer."""
        if s is not None and self._proposal(node, view) is None:
            self._drop_lies(node)
            self._show(node, [(REQUEST + s, view, view)])

    @property
    def _counts_lost(self) -> bool:
        return self._variant.returns is ReturnRule.COMMITTED_OR_LOST

    def _show_heard_commit(self, node: int, view: int, s: str) -> None:
        """Show the commit of a node whose preparation is among the M that the node hears of."""
        preparations = self._preparations(view, s)
        liars, earlier = self._sizes.byzantine, set(self._earlier())
        own = [(COMMIT + s, view, i) for i in self._nodes]
        later = [k for k in earlier if k[0].startswith(COMMIT) and k[1] > view]
        correct = [k for k in (*own, *sorted(later)) if k in earlier and k[2] not in liars]
        prepared = (k for k in correct if preparations[k[2]] in earlier)
        # A liar's commit of its own view would count for the block.
        lies = (self._lie(node, liar) for liar in liars)
        chosen = next(prepared, next(lies, None))
        if chosen is not None:
            self._show(node, [preparations[chosen[2]], chosen])

    def _earlier(self) -> list[Label]:
        """Return what was sent before this tick."""
        return [label for label, tick in self._sent.items() if tick < self.tick]

    def _show_quorum(self, node: int, labels: list[Label], quorum: int) -> None:
        """Show a node so many of these messages, with those that it has or sent, Byzantine last."""
        liars, earlier = self._sizes.byzantine, set(self._earlier())
        own = {label for label in self._sent if label[2] == node}
        known = [label for label in labels if label in self._known[node] | own]
        new = [label for label in labels if label not in known and label[2] != node]
        sent = [label for label in new if label[2] not in liars and label in earlier]
        lies = [label for label in new if label[2] in liars]
        self._show(node, [*sent, *lies][: max(0, quorum - len(known))])

    def _show(self, node: int, labels: list[Label]) -> None:
        """Deliver messages to a node, once; Byzantine senders send them a tick before."""
        for label in labels:
            kind, view, sender = label
            if label in self._known[node] or sender == node:
                continue
            if sender in self._sizes.byzantine and label not in self._sent:
                self.events.append(Send(self.tick - 1, sender, kind, view))
                self._sent[label] = self.tick - 1
            self._known[node].add(label)
            self.events.append(Deliver(self.tick, node, sender, kind, view))

    def _send(self, node: int, kind: str, view: int) -> None:
        self.events.append(Send(self.tick, node, kind, view))
        self._sent[kind, view, node] = self.tick

    def settle(self) -> None:
        """Deliver what correct nodes are owed, and let every timer expire."""
        self.tick += 2
        honest = [label for label in self._sent if label[2] not in self._sizes.byzantine]
        alive = [node for node in self._view if node not in self._gone]
        for node in alive:
            self._drop_lies(node)
            self._mislead(node)
            self._show(node, honest)
            self._lull(node)
        self.tick += 1
        self.events += [Timeout(self.tick, node, self._view[node]) for node in alive]

    def _mislead(self, node: int) -> None:
        """Show a node those requests of later views that make it drop most commits to others."""
        liars = self._sizes.byzantine
        if not forgets(self._variant) or self._table.automaton.name != "dbft2":
            return
        for view in range(self._view[node] + 1, self._variant.views):
            if view in liars and self._proposal(node, view) is None:
                kinds = Counter(k for k, u, i in self._sent if u == view and i not in liars)
                s = "" if kinds[COMMIT] <= kinds[f"{COMMIT}#1"] else "#1"
                self._show(node, [(REQUEST + s, view, view)])

    def _lull(self, node: int) -> None:
        """Show what Byzantine nodes say at the end to keep a node still.

        Where lost nodes count, they say something about a proposal that nobody made: a response of
        its view, or of the next one, since a response of its primary is none.
        """
        if self._counts_lost:
            nothing = f"{RESPONSE}#{self._variant.values}"
            view = self._view[node]
            liars = self._sizes.byzantine
            self._show(node, [(nothing, view + (liar == view), liar) for liar in liars])
