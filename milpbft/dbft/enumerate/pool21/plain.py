"""dBFT 2.1 over one pool of messages, enumerated state by state and node by node.

A node is its phase, its view, and what it sent there; what it sent in views that it left is kept
without its name, since only counts matter. Nodes that are primary of no modelled view are
interchangeable. Nodes die anywhere, and accept blocks as acts of their own; there are no Byzantine
nodes. It is what :mod:`milpbft.dbft.enumerate.pool21.views` is tested against.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from milpbft.dbft.enumerate.pool21.spec import ACCEPT, ENTER, Heard, Spec

if TYPE_CHECKING:
    from collections.abc import Iterator

DEAD = "dead"
STILL = {ACCEPT, DEAD}


class Node(NamedTuple):
    """One node: its phase or ``dead``, its view, and what it sent there."""

    phase: str
    view: int
    sent: int


class State(NamedTuple):
    """All nodes, the primaries of modelled views first, and per view what was left behind."""

    nodes: tuple[Node, ...]
    past: tuple[tuple[int, ...], ...]
    requested: tuple[bool, ...]

    def heard(self, view: int) -> Heard:
        """Count what the pool has of a view."""
        there = [node.sent for node in self.nodes if node.view == view]
        return Heard.of((*there, *self.past[view]), requested=self.requested[view])


@dataclass
class Found:
    """What the enumeration has seen."""

    states: int = 0
    locks: int = 0
    forks: int = 0
    capped: bool = False


class Pool:
    """All executions of nodes in views 0 to `views` - 1, of whom at most `dead` die."""

    def __init__(self, spec: Spec, views: int, dead: int) -> None:
        self.spec, self.views, self.dead = spec, views, dead

    @property
    def start(self) -> State:
        """Nobody has said anything."""
        nodes = (Node("I", 0, 0),) * self.spec.n
        return State(nodes, ((),) * self.views, (False,) * self.views)

    def explore(self, limit: int) -> Found:
        """Enumerate; a node that leaves the last view ends its branch."""
        found = Found()
        seen, stack = {self.start}, [self.start]
        while stack and not found.capped:
            state = stack.pop()
            blocks = {node.view for node in state.nodes if node.phase == ACCEPT}
            found.forks += len(blocks) > 1
            alive = any(node.phase != DEAD for node in state.nodes)
            acts = list(self.acts(state))
            found.locks += alive and not blocks and all(after.phase == DEAD for _, after in acts)
            for i, after in acts:
                if after.view < self.views:
                    new = self.put(state, i, after)
                    if new not in seen:
                        seen.add(new)
                        stack.append(new)
            found.capped = len(seen) > limit
        found.states = len(seen)
        return found

    def acts(self, state: State) -> Iterator[tuple[int, Node]]:
        """Yield whom it may be at next, and what that node is then."""
        heard = [state.heard(view) for view in range(self.views)]
        dies = sum(node.phase == DEAD for node in state.nodes) < self.dead
        for i, (phase, view, sent) in enumerate(state.nodes):
            if phase in STILL:
                continue
            for act in self.spec.acts(phase, heard[view], proposes=i == view):
                if act.phase == ENTER:
                    yield i, Node("I", view + 1, 0)
                else:
                    yield i, Node(act.phase, view, sent | act.sends)
            if dies:
                yield i, Node(DEAD, view, sent)

    def put(self, state: State, i: int, after: Node) -> State:
        """Return the state in which a node is what it is then; views without anybody are empty."""
        before = state.nodes[i]
        nodes, past = [*state.nodes[:i], after, *state.nodes[i + 1 :]], list(state.past)
        requested = list(state.requested)
        if after.view != before.view:
            past[before.view] = tuple(sorted((*past[before.view], before.sent)))
        elif i == after.view and after.phase == "P":
            requested[after.view] = bool(after.sent)
        active = [node.view for node in nodes if node.phase not in STILL]
        for view in range(min(active, default=0)):
            past[view] = ()
            nodes = [node._replace(sent=0) if node.view == view else node for node in nodes]
        return State(
            (*nodes[: self.views], *sorted(nodes[self.views :])), tuple(past), tuple(requested)
        )
