"""Variables: who did what by which tick, who knows what of whom, and when timers are due."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.automaton.pernode.program import Array, Program
from milpbft.automaton.pernode.rows import ONE, ZERO, Affine
from milpbft.dbft.model.production.timed.lives import Lives
from milpbft.dbft.model.production.timed.losses import Losses

if TYPE_CHECKING:
    from collections.abc import Callable

    from milpbft.automaton.pernode.network import Network
    from milpbft.dbft.model.production.rules import Rules
    from milpbft.question.strict import StrictInstance

VIEWS = 2
"""Views that are modelled; who enters view 2 has left them."""


class Cast:
    """The variables of a run of ticks 0 to T, each from 0 to 1 but for the timers.

    Where nothing else is said, ``x[..., t]`` is 1 if it has happened by the end of tick t; before
    tick 0 nothing has. The primary of view v is node ``-v mod n``, as at a height that n divides.

    Acts are of lives of nodes, see :class:`~milpbft.dbft.model.production.timed.lives.Lives`; where
    nobody starts again without memory, the lives are the nodes.

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
        self.lives = lives = Lives(program, instance)
        ticks = self.last + 1
        n, v, k = self.n, VIEWS, lives.count

        def block(name: str, *shape: int) -> Array:
            return program.integers(name, *shape, ticks)

        self._crash = block("crash", k)
        self._entered = block("entered", k, v + 1)
        self._asked = block("asked", k, v)
        self._proposed = [block("proposed", v)]
        self._responded = block("responded", k, v)
        self._committed = block("committed", k, v)
        self._done = block("done", k, v)
        self._told = block("told", k, v)
        self._has_response = block("has_response", k, n, v)
        self._has_commit = block("has_commit", k, n, v)
        self._wants = block("wants", k, n, v)
        self._heard = block("heard", k, n, v)
        self._counts = block("counts", k, n, v)
        self._asks = block("asks", k, v)
        self._calls = block("calls", k, v)
        self._repeats = block("repeats", k)
        self._enters_itself = block("enters_itself", k, v + 1)
        self._by_recovery = block("by_recovery", k)
        self.unit = 2 * self.quorum
        """Parts of a tick in which timers are counted, so that their extensions are whole."""
        self.block = self.quorum * self.timeout
        """A block's time, which is half of a backup's timeout in view 0."""
        self.most = self.unit * (ticks + 1) + 16 * self.block + 6 * n * self.timeout
        self._due = program.integers("due", k, ticks, upper=self.most)
        self._expiring = program.integers("expiring", k, ticks, upper=self.most)
        self.losses = Losses(program, n, v, ticks, instance.losses)
        if instance.losses:
            self._changes = block("changes", n, v)
        if instance.amnesia:
            self._proposed.append(block("proposed_again", v))
            self._twice, self._strays = block("twice", v), block("strays", v)
        if instance.amnesia or instance.reloads:
            self._running = program.integers("running", k, ticks, upper=self.most)

    def primary(self, view: int) -> int:
        """Return the primary of a view."""
        return -view % self.n

    def leads(self, life: int, view: int) -> bool:
        """Whether a life is one of the primary of a view."""
        return self.lives.node(life) == self.primary(view)

    def others(self, *lives: int) -> list[int]:
        """Return all nodes but those whose lives these are."""
        nodes = {self.lives.node(life) for life in lives}
        return [j for j in range(self.n) if j not in nodes]

    def each(
        self, act: Callable[[int, int, int], Affine], node: int, view: int, tick: int
    ) -> list[Affine]:
        """Return an act of each life of a node."""
        return [act(life, view, tick) for life in self.lives.of(node)]

    def said(
        self, act: Callable[[int, int, int], Affine], node: int, view: int, tick: int
    ) -> Affine:
        """In how many of its lives a node has done something."""
        return Affine.total(self.each(act, node, view, tick))

    # ---- acts

    def crashed(self, life: int, tick: int) -> Affine:
        """Life does nothing any more: its node has crashed, or started again without memory."""
        return self._crash[life, tick] if tick >= 0 else ZERO

    def failed(self, node: int, tick: int) -> Affine:
        """Node has crashed for good."""
        crashes = (self.crashed(life, tick) for life in self.lives.of(node))
        return Affine.total(crashes) - self.lives.restarted(node, tick)

    def down(self, life: int, tick: int) -> Affine:
        """Life does nothing at a tick: it is over, or has not begun."""
        return self.crashed(life, tick) + self.lives.asleep(life, tick)

    def free(self, life: int, tick: int) -> Affine:
        """1 or more where nothing is said of what a life must do.

        It has been brought what its node said before it started again; or a primary has proposed
        twice in one view by the tick before, so that preparations and commits are about either.
        """
        twice = (self.twice(view, tick - 1) for view in range(VIEWS))
        return Affine.total([self.lives.regained(life, tick), *twice])

    def twice(self, view: int, tick: int) -> Affine:
        """The primary of a view has proposed in it in both its lives."""
        return self._twice[view, tick] if self.lives.amnesia and tick >= 0 else ZERO

    def again(self, life: int, view: int, tick: int) -> Affine:
        """Life, a second one of a primary, has proposed in a view in which the first one did."""
        second = life >= self.n and self.leads(life, view)
        return self.twice(view, tick) if second else ZERO

    def strays(self, life: int, view: int, tick: int) -> Affine:
        """Life, a second one of a primary, commits at this very tick to what it proposes then.

        It has responses to what it proposed in its first life.
        """
        second = life >= self.n and self.leads(life, view)
        return self._strays[view, tick] if second else ZERO

    def entered(self, life: int, view: int, tick: int) -> Affine:
        """Node has come to a view, or to a later one; to view 0 before tick 0."""
        if view == 0:
            return ONE
        return self._entered[life, view, tick] if tick >= 0 else ZERO

    def here(self, life: int, view: int, tick: int) -> Affine:
        """Node is in a view at the end of a tick."""
        return self.entered(life, view, tick) - self.entered(life, view + 1, tick)

    def shown(self, life: int, view: int, tick: int) -> Affine:
        """Node has come to a view by messages of up to a tick, before its timer expires in it."""
        if view == 0:
            return ONE
        return self.entered(life, view, tick) - self.enters_itself(life, view, tick)

    def standing(self, life: int, view: int, tick: int) -> Affine:
        """Node is in a view after the messages of a tick."""
        return self.shown(life, view, tick) - self.shown(life, view + 1, tick)

    def asked(self, life: int, view: int, tick: int) -> Affine:
        """Node has sent a ChangeView in a view."""
        return self._asked[life, view, tick] if tick >= 0 else ZERO

    def proposed(self, life: int, view: int, tick: int) -> Affine:
        """Life, the primary of a view, has sent its request."""
        return self._proposed[life // self.n][view, tick] if tick >= 0 else ZERO

    def responded(self, life: int, view: int, tick: int) -> Affine:
        """Node has the request of a view and has answered it; no primary answers itself."""
        return self._responded[life, view, tick] if tick >= 0 else ZERO

    def prepared(self, life: int, view: int, tick: int) -> Affine:
        """Node has said that it prepares: by a request, or by a response."""
        if self.leads(life, view):
            return self.proposed(life, view, tick)
        return self.responded(life, view, tick)

    def committed(self, life: int, view: int, tick: int) -> Affine:
        """Node has committed in a view."""
        return self._committed[life, view, tick] if tick >= 0 else ZERO

    def locked(self, life: int, tick: int) -> Affine:
        """Node has committed in some view."""
        return Affine.total(self.committed(life, view, tick) for view in range(VIEWS))

    def done_in(self, life: int, view: int, tick: int) -> Affine:
        """Node has accepted the block of a view."""
        return self._done[life, view, tick] if tick >= 0 else ZERO

    def done(self, life: int, tick: int) -> Affine:
        """Node has accepted a block."""
        return Affine.total(self.done_in(life, view, tick) for view in range(VIEWS))

    def told(self, life: int, view: int, tick: int) -> Affine:
        """Node has sent a RecoveryMessage in a view."""
        return self._told[life, view, tick] if tick >= 0 else ZERO

    # ---- what an expired timer did at a tick, and no other

    def asks(self, life: int, view: int, tick: int) -> Affine:
        """Node sends a ChangeView at this very tick since its timer expires."""
        return self._asks[life, view, tick] if tick >= 0 else ZERO

    def calls(self, life: int, view: int, tick: int) -> Affine:
        """Node sends a RecoveryRequest at this very tick."""
        return self._calls[life, view, tick] if tick >= 0 else ZERO

    def repeats(self, life: int, tick: int) -> Affine:
        """Node, which has committed, sends a RecoveryMessage at this very tick."""
        return self._repeats[life, tick] if tick >= 0 else ZERO

    def proposes(self, life: int, view: int, tick: int) -> Affine:
        """Life, the primary of a view, sends its request at this very tick."""
        return self.proposed(life, view, tick) - self.proposed(life, view, tick - 1)

    def expires(self, life: int, tick: int) -> Affine:
        """The timer of a life expires at this very tick."""
        views = range(VIEWS)
        acts = [self.asks(life, view, tick) for view in views]
        acts += [self.calls(life, view, tick) for view in views]
        acts += [self.proposes(life, view, tick) for view in views if self.leads(life, view)]
        return Affine.total([*acts, self.repeats(life, tick)])

    def enters_itself(self, life: int, view: int, tick: int) -> Affine:
        """Node comes to a view at this very tick by its own ChangeView, the last of M."""
        return self._enters_itself[life, view, tick] if tick >= 0 else ZERO

    def comes(self, life: int, view: int, tick: int) -> Affine:
        """Node comes to a view at this very tick by what it is given."""
        return self.shown(life, view, tick) - self.entered(life, view, tick - 1)

    def by_recovery(self, life: int, tick: int) -> Affine:
        """Node, the primary of view 1, comes there by a RecoveryMessage, and waits as backups."""
        return self._by_recovery[life, tick]

    # ---- what a life has of others

    def has_response(self, life: int, sender: int, view: int, tick: int) -> Affine:
        """Node keeps a response."""
        return self._has_response[life, sender, view, tick] if tick >= 0 else ZERO

    def responses(self, life: int, view: int, tick: int) -> Affine:
        """How many responses of others a life keeps."""
        others = self.others(life, self.primary(view))
        return Affine.total(self.has_response(life, j, view, tick) for j in others)

    def has_commit(self, life: int, sender: int, view: int, tick: int) -> Affine:
        """Node keeps a commit."""
        return self._has_commit[life, sender, view, tick] if tick >= 0 else ZERO

    def commits(self, life: int, view: int, tick: int) -> Affine:
        """How many commits of others of a view a life keeps."""
        return Affine.total(self.has_commit(life, j, view, tick) for j in self.others(life))

    def knows_commit(self, life: int, sender: int, tick: int) -> Affine:
        """Node keeps a commit of a sender, of whatever view."""
        return Affine.total(self.has_commit(life, sender, view, tick) for view in range(VIEWS))

    def known_commits(self, life: int, tick: int) -> Affine:
        """How many nodes a life knows to have committed."""
        return Affine.total(self.knows_commit(life, j, tick) for j in self.others(life))

    def wants(self, life: int, sender: int, view: int, tick: int) -> Affine:
        """Node was given a ChangeView of a sender for the view after `view`, or for a later one."""
        return self._wants[life, sender, view, tick] if tick >= 0 else ZERO

    def wanting(self, life: int, view: int, tick: int) -> Affine:
        """How many others a life knows to want to leave a view."""
        return Affine.total(self.wants(life, j, view, tick) for j in self.others(life))

    def heard(self, life: int, sender: int, view: int, tick: int) -> Affine:
        """Node has heard of a sender in a view or a later one."""
        return self._heard[life, sender, view, tick] if tick >= 0 else ZERO

    def counts(self, life: int, sender: int, view: int, tick: int) -> Affine:
        """A sender has neither committed nor failed to a life of a view."""
        return self._counts[life, sender, view, tick]

    # ---- timers

    def due(self, life: int, tick: int) -> Affine:
        """When the timer of a life is due at the end of a tick, in units."""
        return self._due[life, tick] if tick >= 0 else Affine(constant=self.length(life, 0))

    def running(self, life: int, tick: int) -> Affine:
        """When it is due as a tick begins: its timer starts anew where the life starts again."""
        if self.lives.begins(life, tick) is None:
            return self.due(life, tick - 1)
        return self._running[life, tick]

    def expiring(self, life: int, tick: int) -> Affine:
        """When it is due after the messages of a tick, before it expires."""
        return self._expiring[life, tick]

    def length(self, life: int, view: int, *, recovering: bool = False) -> int:
        """How long the timer runs of a life that comes to a view."""
        if not self.leads(life, view) or recovering:
            return self.block << (view + 1)
        return 0 if view and self.rules.hurries else self.block

    def left(self, view: int) -> int:
        """What a primary's timer runs after its proposal: that of backups, which began before."""
        return (self.block << (view + 1)) - (0 if view else self.block)

    def changes(self, sender: int, view: int, tick: int) -> Affine:
        """Node sends a ChangeView in a view at this very tick, whyever; where messages are lost."""
        return self._changes[sender, view, tick]

    # ---- the network

    def cause(self, tick: int) -> int:
        """Return the last tick from which everything has arrived by the end of `tick`; or -1."""
        found = self.network.latest_cause(tick, self.last)
        return -1 if found is None else found

    def deadline(self, sent: int) -> int:
        """Return the tick by which what is sent at a tick arrives."""
        return max(sent, self.network.gst) + self.network.delta

    def due_at(self, tick: int) -> list[int]:
        """Return the ticks of which what is sent has to arrive by this very tick."""
        return [sent for sent in range(tick) if self.deadline(sent) == tick]
