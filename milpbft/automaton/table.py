"""Table: a protocol's rules as an automaton, and what they mean in the protocol."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from milpbft.automaton.automaton import Automaton
    from milpbft.automaton.condition import Atom
    from milpbft.automaton.linear import Linear


Groups = tuple[tuple[tuple[str, ...], int], ...]
"""Locations and a number of nodes, such as one wants to be in them."""


RESTART: Literal["restart"] = "restart"
"""The act of a node that starts again."""


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


class Backing(NamedTuple):
    """What a message must carry of others: so many nodes have sent one of some messages.

    Parameters
    ----------
    labels
        Each correct node sends one of them at most; Byzantine ones can send the first.
    quorum
        Distinct nodes, the carrying message's sender included; in the sizes of the table.
    """

    labels: tuple[Label, ...]
    quorum: int | Linear


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
    backed
        What a Byzantine sender needs of others for it; None where its own signature is enough.
        Correct senders have it, by the guards of their rules.
    tells
        Counters for which its sender counts once it was given, even where it was dropped since.
    excuses
        Counters for which its sender does not count while this message counts.
    kin
        Whose place it takes where it is not its kind's own: of all messages of one kin, view and
        sender a node takes the first. It matters where nodes forget what they said.
    """

    label: Label
    brings: tuple[str, ...]
    senders: tuple[str, ...]
    about: Label | None = None
    refused: tuple[Label, ...] = ()
    lapses: bool = False
    backed: Backing | None = None
    tells: tuple[str, ...] = ()
    excuses: tuple[str, ...] = ()
    kin: str = ""


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
    reborn
        Locations of nodes that have started again, crashed ones among them.
    messages
        What nodes say to each other. Like what follows up to `order`, for the per-node encoding.
    sends
        By rule: the messages that it sends, in order.
    expires
        Rules that an expired timer takes: whether it waits for the view's timeout. One that does
        not may expire at any tick after the view was entered.
    lasts
        By rule of a timer that starts as its node comes to where the rule can be taken, and not as
        it enters the view: how many ticks it runs.
    running
        Locations in which the timer of the view runs, if that is not so everywhere: it is started
        as a node comes to the first of them in its view, and goes on in the others.
    again
        Whether the timer of a view expires again and again: what an expiry would do is overdue
        once it could be done for as long as the network's delay bound.
    learns
        By rule by which a node learns of a decision: the view of that decision. Others decide in
        the view that they are in.
    order
        Acts in the order in which a node tries them, where several are enabled. Without it, the
        adversary chooses.
    held
        By counters of which nobody counts for two: the locations of those that count for one of
        them by a message that they say again until it arrives, per node if they sent one. Empty
        where what is lost is lost for good.
    tokens
        Locations that hold no nodes, but messages that Byzantine nodes can make once what backs
        them was sent.
    had
        By location whose nodes have messages of others without which they would not be there: which
        these are, where another message of the same sender does not do as well.
    spoken
        By counter and views: how many nodes said messages of exactly these views, of such as count
        for that counter or for others that one of them brings. Empty where that is told by the
        locations that nodes are in.
    """

    automaton: Automaton
    owed: dict[str, tuple[Atom, ...]]
    meaning: dict[str, Act]
    done: dict[str, tuple[str, ...]]
    crashed: tuple[str, ...]
    left: tuple[str, ...]
    reborn: tuple[str, ...] = ()
    messages: tuple[Message, ...] = ()
    sends: dict[str, tuple[Label, ...]] = field(default_factory=dict)
    expires: dict[str, bool] = field(default_factory=dict)
    lasts: dict[str, int] = field(default_factory=dict)
    running: frozenset[str] = frozenset()
    again: bool = False
    learns: dict[str, int] = field(default_factory=dict)
    order: tuple[str, ...] = ()
    held: dict[tuple[str, ...], tuple[str, ...]] = field(default_factory=dict)
    tokens: tuple[str, ...] = ()
    had: dict[str, frozenset[Label]] = field(default_factory=dict)
    spoken: dict[tuple[str, frozenset[int]], Linear] = field(default_factory=dict)

    @cached_property
    def restarting(self) -> frozenset[str]:
        """Rules by which nodes start again."""
        return frozenset(rule for rule, act in self.meaning.items() if act.what == RESTART)

    @cached_property
    def views(self) -> dict[str, int]:
        """By location that some rule leaves: its view."""
        return {rule.source: self.meaning[rule.name].view for rule in self.automaton.rules}

    def enters(self, rule: str, target: str) -> int | None:
        """Return the view to which a rule leads, where it is another one.

        Parameters
        ----------
        rule
            Its name.
        target
            The location to which it leads.
        """
        view = self.meaning[rule].view
        after = view + 1 if target in self.left else self.views.get(target, view)
        return after if after > view else None
