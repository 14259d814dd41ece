"""dBFT 2.1 over one pool of messages, enumerated state by state, as its TLA+ specification says.

Written from ``dbftCV3.tla`` of ``nspcc-dev/dbft``, apart from rule table and replicas. A node is
its state, its view, and what it sent there; what it sent in views that it left is kept without its
name, since only counts matter. A change view of a later view completes no quorum: nobody gets there
before one has asked to leave this view. Nodes that are primary of no modelled view are
interchangeable. There are no Byzantine nodes; nodes die anywhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

PREPARED, CV1, CV2, CV3, COMMIT = (1 << bit for bit in range(5))
STILL = {"B", "dead"}


class Node(NamedTuple):
    """One node: ``I``, ``P``, ``1``, ``2``, ``3``, ``C``, ``B`` (block accepted) or ``dead``."""

    state: str
    view: int
    sent: int


class State(NamedTuple):
    """All nodes, the primaries of modelled views first, and per view what was left behind."""

    nodes: tuple[Node, ...]
    past: tuple[tuple[int, ...], ...]
    requested: tuple[bool, ...]


@dataclass
class Found:
    """What the enumeration has seen."""

    states: int = 0
    locks: int = 0
    forks: int = 0
    capped: bool = False


class Pool:
    """All executions of `n` nodes in views 0 to `views` - 1, of whom at most `dead` die."""

    def __init__(self, n: int, views: int, dead: int) -> None:
        self.n, self.views, self.dead = n, views, dead
        self.f = (n - 1) // 3
        self.m = n - self.f

    def explore(self, limit: int) -> Found:
        """Enumerate; a node that leaves the last view ends its branch."""
        found = Found()
        nothing = ((),) * self.views
        start = State((Node("I", 0, 0),) * self.n, nothing, (False,) * self.views)
        seen, stack = {start}, [start]
        while stack and not found.capped:
            state = stack.pop()
            blocks = {node.view for node in state.nodes if node.state == "B"}
            found.forks += len(blocks) > 1
            quiet = not blocks and any(node.state != "dead" for node in state.nodes)
            died = sum(node.state == "dead" for node in state.nodes)
            for i, node in enumerate(state.nodes):
                if node.state in STILL:
                    continue
                acts = list(self._acts(state, i, node))
                quiet = quiet and not acts
                if died < self.dead:
                    acts.append(Node("dead", node.view, node.sent))
                for after in acts:
                    if after.view < self.views:
                        new = self._put(state, i, after)
                        if new not in seen:
                            seen.add(new)
                            stack.append(new)
            found.locks += quiet
            found.capped = len(seen) > limit
        found.states = len(seen)
        return found

    def _put(self, state: State, i: int, after: Node) -> State:
        before = state.nodes[i]
        nodes, past = [*state.nodes[:i], after, *state.nodes[i + 1 :]], list(state.past)
        requested = list(state.requested)
        if after.view != before.view:
            past[before.view] = tuple(sorted((*past[before.view], before.sent)))
        elif i == after.view and after.state == "P":
            requested[after.view] = True
        active = [node.view for node in nodes if node.state not in STILL]
        for view in range(min(active, default=0)):
            past[view] = ()
            nodes = [node._replace(sent=0) if node.view == view else node for node in nodes]
        return State(
            (*nodes[: self.views], *sorted(nodes[self.views :])), tuple(past), tuple(requested)
        )

    def _acts(self, state: State, i: int, node: Node) -> Iterator[Node]:
        def said(kinds: int) -> int:
            there = sum(o.view == node.view and bool(o.sent & kinds) for o in state.nodes)
            return there + sum(bool(sent & kinds) for sent in state.past[node.view])

        def send(phase: str, kind: int) -> Node:
            return Node(phase, node.view, node.sent | kind)

        asked = state.requested[node.view]
        commits, prepared = said(COMMIT), said(PREPARED)
        few, late = commits <= self.f, said(CV3) > 0
        match node.state:
            case "I" if i == node.view:
                yield send("P", PREPARED)
            case "I":
                yield send("1", CV1)
                if asked:
                    yield send("P", PREPARED)
        may_commit = node.state in {"P", "1"} or (node.state == "2" and not few)
        if may_commit and prepared >= self.m and not late and asked:
            yield send("C", COMMIT)
        may_ask = node.state == "1" or (node.state == "P" and said(CV1) > 0)
        if may_ask and said(CV1 | PREPARED) >= self.m and (few or late):
            yield send("2", CV2)
        if node.state in {"2", "C"} and said(CV2) > 0 and said(CV2 | COMMIT) >= self.m and few:
            yield send("3", CV3)
        if asked and commits >= self.m:
            yield Node("B", node.view, node.sent)
        if any(said(kind) >= self.m for kind in (CV1, CV2, CV3)):
            yield Node("I", node.view + 1, 0)
