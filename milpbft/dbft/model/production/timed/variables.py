"""Variables: who did what by which tick, who knows what of whom, and when timers are due."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.automaton.pernode.program import Array, Program
from milpbft.automaton.pernode.rows import ONE, ZERO, Affine

if TYPE_CHECKING:
    from milpbft.automaton.pernode.network import Network
    from milpbft.dbft.model.production.rules import Rules
    from milpbft.question.strict import StrictInstance

VIEWS = 2
"""Views that are modelled; who enters view 2 has left them."""


class Cast:
    """The variables of a run of ticks 0 to T, each from 0 to 1 but for the timers.

    Where nothing else is said, ``x[..., t]`` is 1 if it has happened by the end of tick t; before
    tick 0 nothing has. The primary of view v is node ``-v mod n``, as at a height that n divides.

    Parameters
    ----------
    instance
        Of the encoding ``compact``, with a timeout.
    rules, network
        The profile, and when messages arrive.
    """

    def __init__(self, instance: StrictInstance, rules: Rules, network: Network) -> None:
        assert instance.horizon is not None, "the encoding compact has a horizon"
        self.rules, self.network = rules, network
        self.n, self.last = instance.n, instance.horizon
        self.quorum = instance.n - instance.f
        self.timeout = instance.timeout
        self.program = program = Program(instance.name, instance.objective.sense)
        ticks = self.last + 1
        n, v = self.n, VIEWS

        def block(name: str, *shape: int) -> Array:
            return program.integers(name, *shape, ticks)

        self._crash = block("crash", n)
        self._entered = block("entered", n, v + 1)
        self._asked = block("asked", n, v)
        self._proposed = block("proposed", v)
        self._responded = block("responded", n, v)
        self._committed = block("committed", n, v)
        self._done = block("done", n, v)
        self._told = block("told", n, v)
        self._has_response = block("has_response", n, n, v)
        self._has_commit = block("has_commit", n, n, v)
        self._wants = block("wants", n, n, v)
        self._heard = block("heard", n, n, v)
        self._counts = block("counts", n, n, v)
        self._asks = block("asks", n, v)
        self._calls = block("calls", n, v)
        self._repeats = block("repeats", n)
        self._enters_itself = block("enters_itself", n, v + 1)
        self._by_recovery = block("by_recovery", n)
        self.unit = 2 * self.quorum
        """Parts of a tick in which timers are counted, so that their extensions are whole."""
        self.block = self.quorum * self.timeout
        """A block's time, which is half of a backup's timeout in view 0."""
        self.most = self.unit * (ticks + 1) + 16 * self.block + 6 * n * self.timeout
        self._due = program.integers("due", n, ticks, upper=self.most)
        self._expiring = program.integers("expiring", n, ticks, upper=self.most)

    def primary(self, view: int) -> int:
        """Return the primary of a view."""
        return -view % self.n

    def others(self, *nodes: int) -> list[int]:
        """Return all nodes but these."""
        return [j for j in range(self.n) if j not in nodes]

    # ---- acts

    def crashed(self, node: int, tick: int) -> Affine:
        """Node does nothing any more."""
        return self._crash[node, tick] if tick >= 0 else ZERO

    def entered(self, node: int, view: int, tick: int) -> Affine:
        """Node has come to a view, or to a later one; to view 0 before tick 0."""
        if view == 0:
            return ONE
        return self._entered[node, view, tick] if tick >= 0 else ZERO

    def here(self, node: int, view: int, tick: int) -> Affine:
        """Node is in a view at the end of a tick."""
        return self.entered(node, view, tick) - self.entered(node, view + 1, tick)

    def shown(self, node: int, view: int, tick: int) -> Affine:
        """Node has come to a view by messages of up to a tick, before its timer expires in it."""
        if view == 0:
            return ONE
        return self.entered(node, view, tick) - self.enters_itself(node, view, tick)

    def standing(self, node: int, view: int, tick: int) -> Affine:
        """Node is in a view after the messages of a tick."""
        return self.shown(node, view, tick) - self.shown(node, view + 1, tick)

    def asked(self, node: int, view: int, tick: int) -> Affine:
        """Node has sent a ChangeView in a view."""
        return self._asked[node, view, tick] if tick >= 0 else ZERO

    def proposed(self, view: int, tick: int) -> Affine:
        """The primary of a view has sent its request."""
        return self._proposed[view, tick] if tick >= 0 else ZERO

    def responded(self, node: int, view: int, tick: int) -> Affine:
        """Node has the request of a view and has answered it; no primary answers itself."""
        return self._responded[node, view, tick] if tick >= 0 else ZERO

    def prepared(self, node: int, view: int, tick: int) -> Affine:
        """Node has said that it prepares: by a request, or by a response."""
        if node == self.primary(view):
            return self.proposed(view, tick)
        return self.responded(node, view, tick)

    def committed(self, node: int, view: int, tick: int) -> Affine:
        """Node has committed in a view."""
        return self._committed[node, view, tick] if tick >= 0 else ZERO

    def locked(self, node: int, tick: int) -> Affine:
        """Node has committed in some view."""
        return Affine.total(self.committed(node, view, tick) for view in range(VIEWS))

    def done_in(self, node: int, view: int, tick: int) -> Affine:
        """Node has accepted the block of a view."""
        return self._done[node, view, tick] if tick >= 0 else ZERO

    def done(self, node: int, tick: int) -> Affine:
        """Node has accepted a block."""
        return Affine.total(self.done_in(node, view, tick) for view in range(VIEWS))

    def told(self, node: int, view: int, tick: int) -> Affine:
        """Node has sent a RecoveryMessage in a view."""
        return self._told[node, view, tick] if tick >= 0 else ZERO

    # ---- what an expired timer did at a tick, and no other

    def asks(self, node: int, view: int, tick: int) -> Affine:
        """Node sends a ChangeView at this very tick since its timer expires."""
        return self._asks[node, view, tick] if tick >= 0 else ZERO

    def calls(self, node: int, view: int, tick: int) -> Affine:
        """Node sends a RecoveryRequest at this very tick."""
        return self._calls[node, view, tick] if tick >= 0 else ZERO

    def repeats(self, node: int, tick: int) -> Affine:
        """Node, which has committed, sends a RecoveryMessage at this very tick."""
        return self._repeats[node, tick] if tick >= 0 else ZERO

    def proposes(self, view: int, tick: int) -> Affine:
        """The primary of a view sends its request at this very tick."""
        return self.proposed(view, tick) - self.proposed(view, tick - 1)

    def expires(self, node: int, tick: int) -> Affine:
        """The timer of a node expires at this very tick."""
        views = range(VIEWS)
        acts = [self.asks(node, view, tick) for view in views]
        acts += [self.calls(node, view, tick) for view in views]
        acts += [self.proposes(view, tick) for view in views if self.primary(view) == node]
        return Affine.total([*acts, self.repeats(node, tick)])

    def enters_itself(self, node: int, view: int, tick: int) -> Affine:
        """Node comes to a view at this very tick by its own ChangeView, the last of M."""
        return self._enters_itself[node, view, tick] if tick >= 0 else ZERO

    def comes(self, node: int, view: int, tick: int) -> Affine:
        """Node comes to a view at this very tick by what it is given."""
        return self.shown(node, view, tick) - self.entered(node, view, tick - 1)

    def by_recovery(self, node: int, tick: int) -> Affine:
        """Node, the primary of view 1, comes there by a RecoveryMessage, and waits as backups."""
        return self._by_recovery[node, tick]

    # ---- what a node has of others

    def has_response(self, node: int, sender: int, view: int, tick: int) -> Affine:
        """Node keeps a response."""
        return self._has_response[node, sender, view, tick] if tick >= 0 else ZERO

    def responses(self, node: int, view: int, tick: int) -> Affine:
        """How many responses of others a node keeps."""
        others = self.others(node, self.primary(view))
        return Affine.total(self.has_response(node, j, view, tick) for j in others)

    def has_commit(self, node: int, sender: int, view: int, tick: int) -> Affine:
        """Node keeps a commit."""
        return self._has_commit[node, sender, view, tick] if tick >= 0 else ZERO

    def commits(self, node: int, view: int, tick: int) -> Affine:
        """How many commits of others of a view a node keeps."""
        return Affine.total(self.has_commit(node, j, view, tick) for j in self.others(node))

    def knows_commit(self, node: int, sender: int, tick: int) -> Affine:
        """Node keeps a commit of a sender, of whatever view."""
        return Affine.total(self.has_commit(node, sender, view, tick) for view in range(VIEWS))

    def known_commits(self, node: int, tick: int) -> Affine:
        """How many nodes a node knows to have committed."""
        return Affine.total(self.knows_commit(node, j, tick) for j in self.others(node))

    def wants(self, node: int, sender: int, view: int, tick: int) -> Affine:
        """Node was given a ChangeView of a sender for the view after `view`, or for a later one."""
        return self._wants[node, sender, view, tick] if tick >= 0 else ZERO

    def wanting(self, node: int, view: int, tick: int) -> Affine:
        """How many others a node knows to want to leave a view."""
        return Affine.total(self.wants(node, j, view, tick) for j in self.others(node))

    def heard(self, node: int, sender: int, view: int, tick: int) -> Affine:
        """Node has heard of a sender in a view or a later one."""
        return self._heard[node, sender, view, tick] if tick >= 0 else ZERO

    def counts(self, node: int, sender: int, view: int, tick: int) -> Affine:
        """A sender has neither committed nor failed to a node of a view."""
        return self._counts[node, sender, view, tick]

    # ---- timers

    def due(self, node: int, tick: int) -> Affine:
        """When the timer of a node is due at the end of a tick, in units."""
        return self._due[node, tick] if tick >= 0 else Affine(constant=self.length(node, 0))

    def expiring(self, node: int, tick: int) -> Affine:
        """When it is due after the messages of a tick, before it expires."""
        return self._expiring[node, tick]

    def length(self, node: int, view: int, *, recovering: bool = False) -> int:
        """How long the timer runs of a node that comes to a view."""
        if self.primary(view) != node or recovering:
            return self.block << (view + 1)
        return 0 if view and self.rules.hurries else self.block

    # ---- the network

    def cause(self, tick: int) -> int:
        """Return the last tick from which everything has arrived by the end of `tick`; or -1."""
        found = self.network.latest_cause(tick, self.last)
        return -1 if found is None else found

    def deadline(self, sent: int) -> int:
        """Return the tick by which what is sent at a tick arrives."""
        return max(sent, self.network.gst) + self.network.delta
