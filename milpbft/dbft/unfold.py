"""Back to names: a counted run of dBFT 2.0 as a schedule of named nodes.

Nodes 0 to V-1 are the primaries of the modelled views; Byzantine backups have the highest numbers.
Each step of the run takes two ticks: at the first Byzantine nodes send what the step needs of
them, at the second its nodes are delivered exactly what their rule needs and act. At the end
everything that is owed is delivered and every timer expires: whoever then acts shows that the run
was not quiescent.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from milpbft.dbft.returns import ReturnRule
from milpbft.schedule import Decide, Deliver, Event, Fault, Schedule, Send, Timeout

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from milpbft.automaton.counted import Step
    from milpbft.automaton.table import Act, Table
    from milpbft.dbft.tabling import Variant

REQUEST, RESPONSE, COMMIT, CHANGE = "PrepareRequest", "PrepareResponse", "Commit", "ChangeView"

Label = tuple[str, int, int]
"""Kind, view and sender of a message."""


@dataclass(frozen=True)
class Sizes:
    """Sizes of the run: n nodes, quorum n - f, and which nodes are Byzantine."""

    n: int
    f: int
    byzantine: tuple[int, ...]

    @property
    def quorum(self) -> int:
        """M = n - f."""
        return self.n - self.f


def sizes_of(values: dict[str, int], views: int) -> Sizes:
    """Read the parameters of the rule table."""
    primaries = [v for v in range(views) if values[f"F_{v}"]]
    others = values["F"] - len(primaries)
    return Sizes(values["N"], values["T"], (*primaries, *range(values["N"] - others, values["N"])))


def unfold(
    steps: Iterable[Step],
    values: dict[str, int],
    source: str,
    *,
    table: Table,
    variant: Variant,
    quiet: bool,
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
    """
    sizes = sizes_of(values, variant.views)
    world = _World(table, variant, sizes)
    for step in steps:
        world.take(table.meaning[step.rule], step)
    if quiet:
        world.settle()
    return Schedule(
        protocol=table.automaton.name,
        n=sizes.n,
        byzantine=sizes.byzantine,
        primaries=tuple(range(variant.views)),
        events=tuple(world.events),
        horizon=world.tick,
        source=source,
        settings={
            "returns": variant.returns.value,
            "agreement": str(variant.agreement).lower(),
        },
    )


class _World:
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
            self._do(node, act, asks=asks)

    def _do(self, node: int, act: Act, *, asks: bool) -> None:
        view, s = act.view, f"#{act.value}" if act.value else ""
        request = (REQUEST + s, view, view)
        match act.what:
            case "propose":
                self.events.append(Timeout(self.tick, node, view))
                self._send(node, REQUEST, view)
            case "respond":
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
                self._show_quorum(node, list(self._wishes(view)), self._sizes.quorum)
                if asks:
                    self._send(node, CHANGE, view)
                self._view[node] = view + 1
            case "accept" if node not in self._gone:
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

    def _wishes(self, view: int) -> Iterator[Label]:
        """Yield one change view per node for this view or a later one: that of its last view."""
        for sender in self._nodes:
            asked = (u for u in range(view, self._variant.views) if self._asked(sender, u))
            yield (CHANGE, max(asked, default=view), sender)

    def _asked(self, node: int, view: int) -> bool:
        return self._sent.get((CHANGE, view, node), self.tick) < self.tick

    def _decide_at_once(self, node: int, view: int, s: str) -> None:
        """Let a node accept that was shown so many commits to return that its own is the M-th."""
        commits = {(COMMIT + s, view, i) for i in self._nodes}
        if len(commits & self._known[node]) + 1 >= self._sizes.quorum:
            self.events.append(Decide(self.tick, node, view))
            self._gone.add(node)

    def _show_return(self, node: int, view: int, s: str) -> None:
        """Show a node in view change the commits that let it take part again.

        Commits of other views come first: those of its own would count for its block too. Commits
        of its view to another proposal than its own do not count.
        """
        if not self._asked(node, view):
            return
        own = (COMMIT + s, view)
        elsewhere = self._variant.returns is ReturnRule.ANY_VIEW
        by_sender: dict[int, Label] = {}
        for label in self._earlier():
            kind, u, sender = label
            if kind.startswith(COMMIT) and u != view and elsewhere:
                by_sender[sender] = label
            elif (kind, u) == own:
                by_sender.setdefault(sender, label)
        other = next((u for u in range(self._variant.views) if u != view), view)
        # A lie about another view must sign the proposal that the node knows there, if any.
        requests = (k for k, u, _ in self._known[node] if u == other and k.startswith(REQUEST))
        known = next(requests, "")
        lie = (COMMIT + known.removeprefix(REQUEST), other)
        for sender in self._sizes.byzantine:
            there = elsewhere and other != view
            by_sender.setdefault(sender, (*(lie if there else own), sender))
        ranked = sorted(by_sender.values(), key=lambda label: label[1] == view)
        self._show_quorum(node, ranked, self._sizes.f + 1)

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
            self._show(node, honest)
        self.tick += 1
        self.events += [Timeout(self.tick, node, self._view[node]) for node in alive]
