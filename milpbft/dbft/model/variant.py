"""Variant: what of dBFT differs between implementations, for its rule tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from milpbft.dbft.returns import ReturnRule
from milpbft.table import USUAL, Thresholds


@dataclass(frozen=True)
class Variant:
    """What of dBFT 2.0 differs between implementations, and decides verdicts.

    Parameters
    ----------
    views
        How many views are modelled, from 0 on, at least 1. A node that leaves the last one is
        lost to the model.
    returns
        When a node in view change takes part again.
    agreement
        Whether a node that enters a view that it did not ask for asks for it first.
    values
        How many different proposals a Byzantine primary makes, 1 or 2.
    reading
        What guards count. With ``given`` every guard is what a replica checks, over the messages
        that one node was given, as the per-node encoding has it. Otherwise the guards are those of
        counts; of dBFT 2.1, those of :mod:`milpbft.dbft.model.v21.table`.
    liars
        Whether there are Byzantine nodes.
    rests
        Whether runs are asked for that come to rest: then what a node was shown to return, and what
        it knows of views that it left, matter to the end.
    equivocates
        Whether Byzantine primaries have a second proposal, to which nobody can commit; `values` is
        1 then, see :mod:`milpbft.dbft.model.state`.
    profile
        Whose rules: ``paper``, or one of :mod:`milpbft.dbft.model.production.rules`, which has its
        own return rule and agreement.
    options
        Options of the profile that are set otherwise, as name and value.
    misses
        Whether correct nodes may miss messages for good, that are lost or come before they reload.
        Then at rest it matters which commits a node was shown to return: those it has.
    tight
        Whether a node has M commits of its view once it commits, where it was shown f + 1 of that
        view before: M is f + 2, as of four nodes.
    reloads
        Of a profile: whether nodes may reload their logs at the end.
    thresholds
        M, of preparations and commits and of change views: n - f, or as the instance says.
    """

    views: int = 2
    returns: ReturnRule = ReturnRule.ANY_VIEW
    agreement: bool = False
    values: int = 1
    reading: Literal["seen", "pool", "given"] = "seen"
    liars: bool = True
    rests: bool = True
    equivocates: bool = False
    profile: str = "paper"
    options: tuple[tuple[str, str], ...] = ()
    misses: bool = False
    tight: bool = False
    reloads: bool = False
    thresholds: Thresholds = USUAL
