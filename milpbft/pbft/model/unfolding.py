"""One run on its way to a schedule: who is where, and the acts that all three protocols have."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import defaultdict
from typing import TYPE_CHECKING, ClassVar

from milpbft.pbft.model.certificates import PLAIN, Chosen, Claim, Wishes
from milpbft.pbft.model.stage import Label, Stage
from milpbft.pbft.model.state import VALUES, State
from milpbft.schedule import Decide, Fault, Schedule, Timeout

if TYPE_CHECKING:
    from collections.abc import Iterable

    from milpbft.automaton.counted.encoding import Step
    from milpbft.automaton.table import Act, Table
    from milpbft.pbft.instance import PbftInstance

PROPOSAL = "PrePrepare"
NEW_VIEW = {"open": "NewView", "follow": "NewView"} | dict.fromkeys(
    ("teach", "learn"), "DecidedNewView"
)
"""Kind of a new view by the act that it is about."""


def suffix(value: int) -> str:
    """Return the end of kinds that are about a value."""
    return f"#{value}" if value else ""


class Unfolding(ABC):
    """One run: view changes are here, protocols add their normal case.

    Parameters
    ----------
    instance
        What was asked.
    table
        Its rules.
    values
        The table's parameters: sizes, and who is Byzantine.
    planned
        By view: the value with which its correct primary opens it, if it does.
    """

    wishes_of: ClassVar[type[Wishes]]
    """What the protocol's new views may rest on."""

    def __init__(
        self,
        instance: PbftInstance,
        table: Table,
        values: dict[str, int],
        planned: dict[int, int],
    ) -> None:
        self.instance = instance
        self.table = table
        n, views = instance.n, instance.views
        primaries = [v for v in range(views) if values[f"F_{v}"]]
        others = values["F"] - len(primaries)
        self.nodes = range(n)
        self.stage = Stage((*primaries, *range(n - others, n)))
        self.wishes = self.wishes_of(instance, self.stage)
        self.quorum = n - instance.f - instance.redundant
        self.claims: dict[int, Claim] = {}
        self.decided: dict[int, Claim] = {}
        self._planned = planned
        self._pools: defaultdict[str, list[int]] = defaultdict(list)
        self._view: dict[int, int] = {}
        self._waits: set[int] = set()
        self._requests: dict[int, int] = {}
        self._crashed: set[int] = set()
        for node in self.nodes:
            if node not in self.stage.byzantine:
                self._pools[State().name(node if node < views else None)].append(node)
                self._view[node] = 0

    # ---- steps

    def take(self, step: Step) -> None:
        """Let the nodes of a step take its rule."""
        self.stage.tick += 2
        act = self.table.meaning[step.rule]
        rule = self.table.automaton.rule(step.rule)
        if rule.source in self.table.tokens:
            self.forge(act)
            return
        pool = self._pools[rule.source]
        nodes, self._pools[rule.source] = pool[: step.count], pool[step.count :]
        self._pools[rule.target] += nodes
        for node in nodes:
            self.do(node, act)

    def do(self, node: int, act: Act) -> None:
        """Let a node do what its rule means."""
        view, value, stage = act.view, act.value, self.stage
        match act.what:
            case "propose":
                stage.send(node, PROPOSAL, view)
                self.proposed(node, view, value)
            case "prepare":
                stage.show(node, [(PROPOSAL + suffix(value), view, view)])
                self.took(node, view, value)
            case "ask":
                self._expire(node, view)
            case "join":
                self._join(node, view)
            case "open" | "teach" if node in self._waits:
                self._open(node, act.what, view, value)
            case "follow" | "learn":
                stage.show(node, [(NEW_VIEW[act.what] + suffix(value), view, view)])
                self._waits.discard(node)
                self._view[node] = view
                if act.what == "learn":
                    self.learn(node, view, value)
                self.took(node, view, value)
            case "crash":
                stage.events.append(Fault(stage.tick, node, "crash"))
                self._crashed.add(node)
            case "leave" | "open" | "teach":
                pass  # out of the modelled views; opened as it joined
            case _:
                self.vote(node, act)

    def forge(self, act: Act) -> None:
        """Let a Byzantine primary send what others back."""
        view, value = act.view, act.value
        if act.what in ("open", "teach"):
            labels = self._choose(act.what, view, value, None).labels
            self.stage.lie(label for label in labels if label[2] != view)
            self.stage.send(view, NEW_VIEW[act.what] + suffix(value), view)

    def decide(self, node: int, view: int, value: int) -> None:
        """Let a node decide."""
        self.stage.events.append(Decide(self.stage.tick, node, view))
        self.decided[node] = Claim("decided", view, value)

    def all(self, kind: str, view: int, value: int, senders: Iterable[int]) -> list[Label]:
        """Return a message of each of some nodes."""
        return [(kind + suffix(value), view, sender) for sender in senders]

    # ---- the normal case

    @abstractmethod
    def took(self, node: int, view: int, value: int) -> None:
        """Let a node say that it took a proposal."""

    @abstractmethod
    def vote(self, node: int, act: Act) -> None:
        """Let a node take a rule of the normal case."""

    def proposed(self, node: int, view: int, value: int) -> None:  # noqa: B027  (most do nothing)
        """Let a primary do what it does with its own proposal."""

    def claim(self, node: int) -> Claim:
        """Return what a node's view change claims."""
        return self.claims.get(node, PLAIN)

    def learn(self, node: int, view: int, value: int) -> None:
        """Let a node decide what a new view proves to have been decided."""
        if node not in self.decided:
            earlier = [c.view for c in self.decided.values() if c.value == value]
            self.decide(node, min(earlier, default=view - 1), value)

    # ---- view changes

    def _expire(self, node: int, view: int) -> None:
        """Let a node leave at its timer, which runs between views once a quorum was heard."""
        if node in self._waits:
            self.stage.show_some(node, self.wishes.all(view), self.wishes.quorum)
        self.stage.events.append(Timeout(self.stage.tick, node, view))
        self._leave(node, view + 1)

    def _leave(self, node: int, view: int) -> None:
        self._view[node] = view
        self._waits.add(node)
        self.wishes.add(node, view, self.claim(node))

    def _join(self, node: int, view: int) -> None:
        """Let a node follow f + 1 others, or its timer if it would have to follow Byzantine ones.

        The primary of the next view may have a quorum as it joins: then it opens the view at once.
        """
        follows = self.instance.f + 1
        waits = node in self._waits - {view} and node not in self.decided
        heard = self.wishes.heard(view) + len(self.stage.byzantine) >= self.wishes.quorum
        if waits and heard and self.wishes.heard(view + 1) < follows:
            self._expire(node, view)
            return
        if node != view + 1 or follows + 1 < self.wishes.quorum:
            self.stage.show_some(node, self.wishes.all(view + 1), follows)
            self._leave(node, view + 1)
            return
        self._leave(node, view + 1)
        own = self.claim(node)
        what = "teach" if own.kind == "decided" else "open"
        for value in (self._planned.get(view + 1, 0), own.value, *range(len(VALUES))):
            if self._chosen(what, view + 1, value, node) is not None:
                self._open(node, what, view + 1, value)
                return
        # Where view changes are broken, who has decided opens its view with nothing to propose.
        self.stage.show_some(node, self.wishes.all(view + 1), self.wishes.quorum)
        self.stage.send(node, NEW_VIEW[what], view + 1)
        self._waits.discard(node)

    def _open(self, node: int, what: str, view: int, value: int) -> None:
        """Let a correct primary open a view with a value."""
        chosen = self._choose(what, view, value, node)
        self.stage.show(node, chosen.labels)
        self._waits.discard(node)
        if chosen.ground == PLAIN and node in self.decided:
            self.stage.send(node, NEW_VIEW["open"], view)
            return
        if chosen.ground == PLAIN:
            self._requests[node] = value
        self.stage.send(node, NEW_VIEW[what] + suffix(value), view)
        if what == "teach":
            self.learn(node, view, value)
        self.proposed(node, view, value)

    def _chosen(self, what: str, view: int, value: int, own: int | None) -> Chosen | None:
        return self.wishes.choose(what, view, value, own, bound=own in self.decided)

    def _choose(self, what: str, view: int, value: int, own: int | None) -> Chosen:
        chosen = self._chosen(what, view, value, own)
        if chosen is None:
            raise ValueError(f"no view changes for view {view} allow {VALUES[value]}")
        return chosen

    # ---- the end

    def settle(self) -> None:
        """Deliver what correct nodes are owed, and let every timer expire."""
        self.stage.tick += 2
        alive = [node for node in self._view if node not in self._crashed]
        for node in alive:
            self.stage.show_all(node)
        self.stage.tick += 1
        expiring = [node for node in alive if self.expires(node)]
        self.stage.events += [Timeout(self.stage.tick, i, self._view[i]) for i in expiring]

    def expires(self, node: int) -> bool:
        """Whether the timer of a node expires in the end."""
        return not self.instance.calm

    def schedule(self, source: str) -> Schedule:
        """Return what has happened."""
        settings = {"redundant": str(self.instance.redundant)} if self.instance.redundant else {}
        if self.instance.blind:
            settings["blind"] = "true"
        if self._requests:
            known = ",".join(f"{i}:{value}" for i, value in sorted(self._requests.items()))
            settings["requests"] = known
        return Schedule(
            protocol=self.instance.protocol,
            n=self.instance.n,
            byzantine=self.stage.byzantine,
            primaries=tuple(range(self.instance.views)),
            events=tuple(self.stage.events),
            horizon=self.stage.tick,
            source=source,
            settings=settings,
        )
