"""Walks through the specification of dBFT 2.1: nodes with names, who act in an order by chance.

Who acts next is chosen by weights that are drawn per act, view and camp of nodes, some of them
none, and drawn again now and then. Nobody is told what leads to a lock or to a fork. What is left
in the end is done too, since a run comes to rest where nobody may do anything; leaving the modelled
views comes last of all.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from milpbft.dbft.enumerate.pool21.spec import ACCEPT, ENTER, KINDS, PREPARED, Act, Heard

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

    from milpbft.dbft.enumerate.pool21.spec import Spec

DIE, LIE = "die", "lie"
_WEIGHTS = (0.0, 0.0, 0.1, 1.0, 1.0, 10.0)
_MOODS = (0.0, 0.0, 0.03, 0.1)
"""How often weights are drawn again."""
_CAMPS = 3
_LATE = (1, 10, 40)
"""Acts after which no more nodes are about to die."""


class Option(NamedTuple):
    """A node, the view, and what it may do there; a lie or a death has that as its phase."""

    node: int
    view: int
    act: Act


class Walk:
    """A run of the specification.

    Parameters
    ----------
    spec
        What nodes do.
    views
        How many views are modelled.
    liars
        The Byzantine nodes.
    dying
        After how many acts each node dies that does, at the earliest.
    dice
        What draws.

    Attributes
    ----------
    phases, view
        Of each node that has neither died nor lied.
    sent
        Per view, what each node has sent there.
    acts
        How many there were: messages, lies, views entered, deaths, blocks.
    blocks
        Views whose block somebody has accepted.
    left
        Whether somebody has left the modelled views.
    """

    def __init__(
        self, spec: Spec, views: int, liars: frozenset[int], dying: dict[int, int], dice: Random
    ) -> None:
        self.spec, self.views, self.liars, self._dice = spec, views, liars, dice
        self._dying = dict(dying)
        self.phases = {i: "I" for i in range(spec.n) if i not in liars}
        self.view = dict.fromkeys(self.phases, 0)
        self.sent = [[0] * spec.n for _ in range(views)]
        self.acts, self.blocks, self.left = 0, set[int](), False
        self._camp = [dice.randrange(dice.randint(1, _CAMPS)) for _ in range(spec.n)]
        self._mood = dice.choice(_MOODS)
        self._weights: dict[tuple[int, int, Act], float] = {}

    @property
    def alive(self) -> int:
        """How many nodes have neither died nor lied."""
        return len(self.phases)

    def own(self) -> list[Option]:
        """Return what correct nodes may do."""
        heard = [self._heard(view) for view in range(self.views)]
        return [
            Option(i, view, act)
            for i, phase in self.phases.items()
            for view in (self.view[i],)
            for act in self.spec.acts(phase, heard[view], proposes=i == view)
        ]

    def step(self) -> bool:
        """Let one node do something; return whether some correct node could."""
        own = self.own()
        if not own:
            return False
        others = [*self._lies(), *self._deaths()]
        if self._dice.random() < self._mood:
            self._weights.clear()
        weights = [self._weight(option) for option in own + others]
        if any(weights):
            (chosen,) = self._dice.choices(own + others, weights)
        else:
            self._weights.clear()
            chosen = self._dice.choice([one for one in own if not self._leaves(one)] or own)
        self._do(chosen)
        return True

    def _heard(self, view: int) -> Heard:
        sent = self.sent[view]
        return Heard.of(sent, requested=bool(sent[view] & PREPARED))

    def _lies(self) -> Iterator[Option]:
        for node in sorted(self.liars):
            for view in range(self.views):
                for kind in KINDS:
                    if not self.sent[view][node] & kind:
                        yield Option(node, view, Act(LIE, kind))

    def _deaths(self) -> Iterator[Option]:
        for node, earliest in self._dying.items():
            if self.acts >= earliest and self.phases.get(node, ACCEPT) != ACCEPT:
                yield Option(node, self.view[node], Act(DIE, 0))

    def _leaves(self, option: Option) -> bool:
        """Whether a node leaves the modelled views, which ends the run."""
        return option.act.phase == ENTER and option.view + 1 == self.views

    def _weight(self, option: Option) -> float:
        if self._leaves(option):
            return 0.0
        key = self._camp[option.node], option.view, option.act
        return self._weights.setdefault(key, self._dice.choice(_WEIGHTS))

    def _do(self, option: Option) -> None:
        node, view, (phase, kind) = option
        self.acts += 1
        self.sent[view][node] |= kind
        if phase == LIE:
            return
        if phase == DIE:
            del self.phases[node]
            return
        if phase == ENTER:
            self.view[node] += 1
            self.left |= view + 1 == self.views
            phase = "I"
        elif phase == ACCEPT:
            self.blocks.add(view)
        self.phases[node] = phase


def walk(
    spec: Spec, views: int, crashes: int, byzantine: int, dice: Random, *, fork: bool
) -> int | None:
    """Walk until there is a lock or a fork; return its acts, None where there is none.

    Parameters
    ----------
    spec
        What nodes do.
    views
        How many views are modelled; whoever leaves them ends the run.
    crashes
        How many nodes may die.
    byzantine
        How many are Byzantine.
    dice
        What draws.
    fork
        Whether blocks of two views are looked for, else a state in which nobody may do anything
        and nobody has a block.
    """
    nodes = [*range(spec.n)]
    if dice.random() < 0.5:
        dice.shuffle(nodes)
    liars = frozenset(nodes[:byzantine])
    some = nodes[byzantine : byzantine + dice.randint(0, crashes)]
    late = dice.choice(_LATE)
    dying = {node: dice.randrange(late) for node in some}
    run = Walk(spec, views, liars, dying, dice)
    while not run.left and (fork or not run.blocks) and len(run.blocks) < 2 and run.step():
        pass
    if run.left or not run.alive:
        return None
    found = len(run.blocks) > 1 if fork else not (run.blocks or run.own())
    return run.acts if found else None
