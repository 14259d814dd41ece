"""The rule tables of the PBFT family for all sizes."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING

from milpbft.automaton.allsizes.everywhere import Sized
from milpbft.automaton.condition import all_of, at_least, equal
from milpbft.automaton.linear import Linear
from milpbft.pbft.instance import REDUNDANT
from milpbft.pbft.model.strict import made, variant_of
from milpbft.pbft.model.variant import EVIDENCE, OWN
from milpbft.pbft.model.viewchange import NEVER
from milpbft.table import FAULTS, NODES, PAIRS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from milpbft.pbft.instance import PbftInstance


def sized_tables(instance: PbftInstance) -> Iterator[Sized]:
    """Yield the rule tables of an instance for all sizes; as printed, N is 3T + 2C + 1.

    There are two: where f + 2 view changes are enough for a new view, as with 4 nodes, who follows
    has heard of all others. Of SBFT with two values there are more: where a quorum of view changes
    can have evidence for both, or not.
    """
    least = NODES - 3 * FAULTS - 2 * PAIRS - 1
    variant = variant_of(instance)
    flags = [equal(Linear.of(f"F_{v}")) for v in range(instance.views) if instance.calm]
    fixed = [equal(PAIRS - instance.redundant), at_least(FAULTS - 1), *flags]
    fixed.append(variant.thresholds.sized(instance))
    shares = instance.protocol in REDUNDANT and instance.values > 1 and not instance.blind
    splits = at_least(variant.thresholds.view - 2 * EVIDENCE) if shares else NEVER
    for tight, split in product((True, False), (True, False) if shares else (False,)):
        case = at_least(FAULTS + 2 - variant.thresholds.view)
        cases = [case if tight else ~case, splits if split else ~splits]
        sizes = all_of([at_least(least), *fixed, *cases])
        rules = made(instance, replace(variant, tight=tight, split=split))
        yield Sized(rules.table, sizes, sizes & equal(least), OWN.quorum)
