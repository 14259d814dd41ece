"""ProtocolTable: a protocol with rule tables, written once.

From its classes, states, moves, messages and what a Byzantine node may send come the threshold
automaton, both encodings, and the way back to schedules (:mod:`milpbft.table.models`).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from milpbft.automaton.condition import all_of, at_least
from milpbft.automaton.linear import Linear
from milpbft.automaton.table import Label
from milpbft.table.classes import parameters
from milpbft.table.lives import Lives
from milpbft.table.maker import Maker
from milpbft.table.need import BYZANTINE
from milpbft.table.state import State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from milpbft.automaton.automaton import Automaton
    from milpbft.automaton.table import Act, Message, Table
    from milpbft.table.maker import Move, Token

S = TypeVar("S", bound=State)


class ProtocolTable(ABC, Generic[S]):
    """The rules of a protocol.

    Parameters of the automaton: ``N`` nodes, ``T`` faults that quorums are made for, ``F``
    Byzantine nodes, ``F_v`` 1 where the primary of view v is one of them, and what a protocol adds.

    Parameters
    ----------
    views
        How many views are modelled, from 0 on, at least 1. A node that leaves the last one is lost
        to the model.
    values
        How many different proposals a Byzantine primary makes.
    sizes
        Values of the parameters that are sizes of the network, besides ``N`` and ``T``.
    """

    name: ClassVar[str]
    """Of the protocol, as schedules say it."""
    sent: ClassVar[Mapping[str, str]] = {}
    """By what a node does: the kind of the message that it sends, of the act's view and value."""
    timers: ClassVar[Mapping[str, bool]] = {}
    """What an expired timer does: whether it waits for the view's timeout."""
    order: ClassVar[tuple[str, ...]] = ()
    """What a node tries first, where several of its rules are enabled."""
    start: S
    """The state in which correct nodes begin."""
    restarting: bool = False
    """Whether nodes may start again, each once, without memory."""

    def __init__(
        self, views: int = 1, values: int = 1, sizes: Mapping[str, int] | None = None
    ) -> None:
        self.views = views
        self.values = values
        self.sizes = dict(sizes or {})

    # ---- what a protocol says

    @abstractmethod
    def moves(self, state: S, primary: int | None) -> Iterable[Move[S]]:
        """Say what a correct node can do.

        Parameters
        ----------
        state
            Where it is.
        primary
            The view whose primary it is; None for a node that is primary of no modelled view.
        """

    def tokens(self) -> Iterable[Token]:
        """Say which messages of Byzantine nodes must be backed by what others sent."""
        return ()

    def messages(self) -> Iterable[Message]:
        """Say what messages tell those who take them, and which Byzantine nodes can send them."""
        return ()

    def said(self, act: Act, grows: tuple[str, ...]) -> tuple[Label, ...]:
        """Say what a node sends that does this, and counts for some counters from then on."""
        kind = self.sent.get(act.what)
        return () if kind is None else (Label(kind, act.view, act.value),)

    @property
    def false_counts(self) -> tuple[str, ...]:
        """Parameters that count Byzantine nodes, each ``F`` at most."""
        return ()

    @property
    def groups(self) -> Mapping[str, Callable[[S], bool]]:
        """Names of sums that guards of rest may have: how many nodes are in some states."""
        return {}

    @property
    def settings(self) -> Mapping[str, str]:
        """What schedules say of the protocol's variant."""
        return {}

    def anew(self, move: Move[S]) -> Move[S]:
        """Say what a node that has started again does where otherwise it would do this."""
        return move

    def late(self, move: Move[S]) -> bool:
        """Say whether a node can do this only once it has started again."""
        return False

    # ---- what comes from it

    @cached_property
    def _maker(self) -> Maker[Any]:
        assumed = all_of(at_least(BYZANTINE - Linear.of(name)) for name in self.false_counts)
        extra = (*self.sizes, *self.false_counts)
        tokens = tuple(self.tokens())
        if self.restarting:
            forged = (name for token in tokens for step in token.forgings for name in step.grows)
            constants = (*parameters(self.views), *extra, *self.groups, *forged)
            classes = (*range(self.views), None)
            lives = Lives(
                self.start, self.moves, classes, constants, anew=self.anew, late=self.late
            )
            groups = lives.groups(self.groups)
            return Maker(
                self.name, self.views, lives.start, lives.moves, tokens, extra, assumed, groups
            )
        return Maker(
            self.name, self.views, self.start, self.moves, tokens, extra, assumed, self.groups
        )

    @cached_property
    def table(self) -> Table:
        """The rule table, with what messages say and timers do."""
        return self.completed(self._maker.table())

    @property
    def automaton(self) -> Automaton:
        """The rule table as a threshold automaton, e.g. for a ``.ta`` file."""
        return self.table.automaton

    @property
    def states(self) -> Mapping[str, S]:
        """By location of correct nodes: the state, in its present life."""
        assert self.table, "the table is made first"
        states = self._maker.states
        found: dict[str, Any] = {k: getattr(s, "now", s) for k, s in states.items()}
        return found

    def completed(self, table: Table) -> Table:
        """Return a table with messages, timers and the order of acts."""
        sends = {
            name: said
            for name, move in self._maker.taken.items()
            if (said := self.said(move.act, move.says))
        }
        expires = {
            name: self.timers[act.what]
            for name, act in table.meaning.items()
            if act.what in self.timers
        }
        return replace(
            table,
            messages=tuple(self.messages()),
            sends=sends,
            expires=expires,
            order=self.order,
        )

    # ---- classes

    def starts(self, n: int) -> tuple[str, ...]:
        """Return the location in which each node starts: first the primaries of the views."""
        return tuple(self.start.name(k if k < self.views else None) for k in range(n))

    def primary(self, view: int) -> tuple[str, ...]:
        """Return where the primary of a view starts."""
        return (self.start.name(view),)

    def backups(self, view: int) -> tuple[str, ...]:
        """Return where everybody else starts."""
        return tuple(place for place in self.everybody if place not in self.primary(view))

    @property
    def everybody(self) -> tuple[str, ...]:
        """Where nodes start."""
        return self.starts(self.views + 1)
