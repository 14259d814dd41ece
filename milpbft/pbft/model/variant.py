"""Variant: what the rule tables of the family are made for, and their quorums."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from milpbft.table import FAULTS, NODES, PAIRS, Thresholds

OWN = Thresholds(NODES - FAULTS - PAIRS, NODES - FAULTS)
"""The protocols' own quorums: n - f - c prepares, commits or shares of the slow path, which is
2f + c + 1, and n - f view changes of a new view, which is 2f + 2c + 1."""
FAST = NODES - PAIRS
"""Sign shares of the fast path: n - c, which is 3f + c + 1."""
JOIN = FAULTS + 1
"""View changes that make others follow: f + 1."""
EVIDENCE = FAULTS + PAIRS + 1
"""Sign shares in view changes that speak for a value: f + c + 1."""


@dataclass(frozen=True)
class Variant:
    """What the tables are made for.

    Parameters
    ----------
    views
        How many views are modelled, from 0 on. Who is to leave the view after the last one is lost
        to the model.
    values
        How many requests compete, 1 or 2: a Byzantine primary may propose both.
    crashes
        Whether nodes may crash.
    calm
        The primary of view 0 is correct, and nobody leaves it.
    fastpath
        The timer of SBFT's collector does not expire either.
    blind
        Whether a new view ignores what may be committed: the broken view change.
    tight
        Whether f + 1 view changes of others and one's own are enough for a new view, as with 4
        nodes.
    wary
        Whether who followed view changes of Byzantine nodes is told apart, as if it knew those of
        all of them and acted on them. Then every lock is one. Without, what such a node knows is
        left out, so that a lock may be none, and none is missed.
    prompt
        Whether the table is for the per-node encoding, with guards over what one node was given:
        nodes keep to what replicas do at once, rather than what they could do as well.
    alone
        Whether blocks are not fetched. Then what nodes do after their decision matters to those
        without one: they vote on, collect, crash, and leave views.
    timed
        Whether timers have durations, so that it counts when they are started.
    thresholds
        Quorums of prepares and commits, and of view changes.
    loses
        Whether messages may be lost for good, so that it matters by which of them who asked for a
        view or a later one is known.
    resent
        Whether nodes send again what they sent in the view that they are in.
    hasty
        Whether a primary's own view change is enough for it to open its view.
    redundant
        SBFT: c of n = 3f + 2c + 1.
    collector
        SBFT with a horizon: the ticks that the collector's timer runs.
    follows
        Of the replicas: whether nodes enter a view that was opened freely, or once they asked.
    counts
        Of the replicas: which view changes the timer between two views waits for n - f of: those
        for ``exact``ly that view, or for it or a ``later`` one.
    joins
        Of the replicas: whether who is behind f + 1 others goes to the ``lowest`` view that they
        asked for, or to the ``next`` one.
    relay
        What of Byzantine nodes is in the end everybody's, once a correct node has it: nothing
        (``none``), the new views that it took (``status``), or everything (``gossip``).
    split
        SBFT: whether a quorum of view changes can have enough shares for each of two values, which
        takes 2f + 2c + 2. Of the protocol's own sizes it cannot.
    restarts
        Whether nodes may start again without memory; a primary may then be asked for another value.
    forgets
        Whether nodes may start again without memory where guards are about what one node was given:
        their table is that of one life, and collectors may be given shares of a life before.
    stays
        Whether nobody leaves the last view, which matters to locks alone: forks need it not.
    terse
        Whether all that matters is which values can be decided, and not by how many acts, nor who
        waits for what; see :attr:`skips`.
    """

    views: int = 2
    values: int = 1
    crashes: bool = False
    calm: bool = False
    fastpath: bool = False
    blind: bool = False
    tight: bool = False
    wary: bool = False
    prompt: bool = False
    alone: bool = False
    timed: bool = False
    thresholds: Thresholds = OWN
    loses: bool = False
    resent: bool = False
    hasty: bool = False
    redundant: int = 0
    collector: int = 1
    follows: Literal["freely", "asked"] = "freely"
    counts: Literal["exact", "later"] = "exact"
    joins: Literal["lowest", "next"] = "lowest"
    relay: Literal["none", "status", "gossip"] = "none"
    split: bool = False
    restarts: bool = False
    forgets: bool = False
    stays: bool = False
    terse: bool = False

    @property
    def skips(self) -> bool:
        """Whether a node may follow a new view without a view change of its own, as replicas do.

        What it does not send others may miss, so locks depend on it: between two views a timer runs
        once n - f view changes are known. So do numbers of acts and messages. Which values can be
        decided does not, and terse tables leave it out: who can follow may as well ask.
        A new view for w rests on n - f view changes for w and, as long as everybody asks, for each
        view before it; f + 1 of them are enough to ask for these views one after the other. All
        guards are for so many messages or more, and a fork is one whatever is still owed, so that
        a view change more takes nothing away. The node is then where it would have been.
        """
        return self.follows == "freely" and (self.prompt or not self.terse)

    @property
    def jumps(self) -> bool:
        """Whether joins may skip views, as those of replicas do that go to the lowest view.

        A node then sends no view change for the views between, which matters where skips do. In the
        per-node encoding see :attr:`ranks_latest`.
        """
        return self.joins == "lowest" and not (self.prompt or self.terse)

    @property
    def ranks_latest(self) -> bool:
        """Whether per-node joins go to the lowest view of the latest that others asked for."""
        return self.prompt and self.joins == "lowest" and self.views > 1

    @property
    def ranked(self) -> bool:
        """Whether nodes may be in a view without view changes for all views before.

        Then who asked for a view or a later one has a counter of its own, and states say for which
        view a node asked last.
        """
        return (self.skips or self.jumps or self.loses) and not self.prompt

    @property
    def goes_on(self) -> bool:
        """Whether all that nodes do after their decision is in the table."""
        return self.prompt or self.alone
