"""The rule tables of dBFT for all sizes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.automaton.allsizes.everywhere import Sized
from milpbft.automaton.condition import all_of, at_least
from milpbft.dbft.model.strict import table_of, variant_of
from milpbft.table import FAULTS, NODES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from milpbft.dbft.instance import DbftInstance


def sized_tables(instance: DbftInstance) -> Iterator[Sized]:
    """Yield the rule table of an instance for all sizes; as printed, T is f of N = 3f+1 to 3f+3."""
    thresholds = variant_of(instance).thresholds
    own = thresholds.sized(instance)
    if instance.quorum is not None:
        # The f + 1 commits that let a node return are no quorum, whatever f is.
        own &= at_least(thresholds.quorum - FAULTS - 2)
    sizes = all_of([at_least(NODES - 3 * FAULTS - 1), at_least(FAULTS - 1), own])
    usual = sizes & at_least(3 * FAULTS + 3 - NODES)
    yield Sized(table_of(instance), sizes, usual, NODES - FAULTS)
