"""Table: a protocol's rules as an automaton, and what they mean in the protocol."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from milpbft.automaton.automaton import Automaton
    from milpbft.automaton.condition import Atom


Groups = tuple[tuple[tuple[str, ...], int], ...]
"""Locations and a number of nodes, such as one wants to be in them."""


@dataclass(frozen=True)
class Act:
    """What a rule is in the protocol.

    Parameters
    ----------
    what
        The protocol's name for it, e.g. ``propose``, ``enter``, ``accept`` or ``crash``.
    view
        The view that the node is in before.
    value
        Which of the view's proposals it is about: 0, or k for a Byzantine primary's k-th other.
    """

    what: str
    view: int
    value: int = 0


class Label(NamedTuple):
    """What a message is called: its kind, its view, and which proposal of the view it is about."""

    kind: str
    view: int
    value: int = 0

    @property
    def spoken(self) -> str:
        """Its kind as schedules write it, e.g. ``Commit`` or ``Commit#1``."""
        return f"{self.kind}#{self.value}" if self.value else self.kind


@dataclass(frozen=True)
class Message:
    """What a message says to whoever takes it.

    A node takes one message of a kind and view from each sender, the first that it is given.

    Parameters
    ----------
    label
        What it is called.
    brings
        Counters for which its sender counts, once it was taken.
    senders
        Initial locations of the nodes from which it is taken, correct or not.
    about
        What it answers: nobody can sign it before that exists. None where it answers nothing.
    refused
        Whoever has one of these does not take it, and drops it where it was taken before.
    lapses
        Whether it is not taken any more by a node that has left its view.
    """

    label: Label
    brings: tuple[str, ...]
    senders: tuple[str, ...]
    about: Label | None = None
    refused: tuple[Label, ...] = ()
    lapses: bool = False


@dataclass(frozen=True)
class Table:
    """A rule table with what its automaton cannot say.

    Parameters
    ----------
    automaton
        Locations, rules, guards.
    owed
        By rule that a correct node must take sooner or later: the guards on what correct nodes
        sent under which it must. A rule that is not here is the adversary's choice.
    meaning
        By rule: its act.
    done
        By block: the locations of nodes that accepted it.
    crashed
        Locations of crashed nodes.
    left
        Locations of nodes that left the modelled views.
    messages
        What nodes say to each other. Like what follows up to `order`, for the per-node encoding.
    sends
        By rule: the messages that it sends, in order.
    expires
        Rules that an expired timer takes: whether it waits for the view's timeout. One that does
        not may expire at any tick after the view was entered.
    order
        Acts in the order in which a node tries them, where several are enabled. Without it, the
        adversary chooses.
    tokens
        Locations that hold no nodes, but messages that Byzantine nodes can make once what backs
        them was sent.
    """

    automaton: Automaton
    owed: dict[str, tuple[Atom, ...]]
    meaning: dict[str, Act]
    done: dict[str, tuple[str, ...]]
    crashed: tuple[str, ...]
    left: tuple[str, ...]
    messages: tuple[Message, ...] = ()
    sends: dict[str, tuple[Label, ...]] = field(default_factory=dict)
    expires: dict[str, bool] = field(default_factory=dict)
    order: tuple[str, ...] = ()
    tokens: tuple[str, ...] = ()
