"""The strict models of the family: which table an instance asks for, in which sizes."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from milpbft.automaton.allsizes.everywhere import Sized
from milpbft.automaton.condition import all_of, at_least, equal
from milpbft.automaton.counted.model import CountedModel
from milpbft.automaton.linear import Linear
from milpbft.pbft.model.collector import linear, sbft, sbft_fast
from milpbft.pbft.model.pernode_model import pernode_model
from milpbft.pbft.model.table import pbft
from milpbft.pbft.model.tabling import Variant
from milpbft.pbft.model.unfold import unfold
from milpbft.question.objective import Goal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from milpbft.automaton.counted.bounds import Ranges
    from milpbft.automaton.pernode.model import PerNodeModel
    from milpbft.automaton.pernode.paths import Paths
    from milpbft.automaton.table import Table
    from milpbft.pbft.instance import PbftInstance
    from milpbft.question.objective import Objective

TABLES = {"pbft": pbft, "linear": linear, "sbft": sbft, "sbftfast": sbft_fast}


def variant_of(instance: PbftInstance) -> Variant:
    """Return the variant that an instance is about."""
    return Variant(
        views=instance.views,
        values=instance.values,
        crashes=instance.crashes > 0,
        calm=instance.calm,
        fastpath=instance.fastpath,
        blind=instance.blind,
        tight=instance.f + 2 >= instance.n - instance.f,
        skips=instance.encoding == "counted" and not _about_forks(instance.objective),
    )


def _about_forks(aim: Objective | Goal) -> bool:
    """Whether all that matters is which values can be decided, and not by how many acts."""
    return isinstance(aim, Goal) and aim.kind in {"forks", "faults"} and aim.of in {None, "fork"}


def table_of(instance: PbftInstance) -> Table:
    """Return the rule table of an instance."""
    return TABLES[instance.protocol](variant_of(instance))


def parameters_of(instance: PbftInstance) -> Ranges:
    """Return ranges of the table's parameters: sizes are fixed, who is Byzantine is not."""
    aim, most = instance.objective, instance.byzantine
    fewest = 0 if isinstance(aim, Goal) and aim.kind == "faults" else most
    liar = 0 if instance.calm else min(1, most)
    flags = {f"F_{view}": (0, liar) for view in range(instance.views)}
    sizes = {"N": instance.n, "T": instance.f, "C": instance.redundant}
    return {**{name: (k, k) for name, k in sizes.items()}, "F": (fewest, most), **flags}


def sized_tables(instance: PbftInstance) -> Iterator[Sized]:
    """Yield the rule tables of an instance for all sizes; as printed, N is 3T + 2C + 1.

    There are two: where f + 2 view changes are a quorum, as with 4 nodes, who follows has heard of
    all others.
    """
    nodes, faults, redundant = (Linear.of(name) for name in ("N", "T", "C"))
    quorum = nodes - faults - redundant
    least = nodes - 3 * faults - 2 * redundant - 1
    flags = [equal(Linear.of(f"F_{v}")) for v in range(instance.views) if instance.calm]
    fixed = [equal(redundant - instance.redundant), at_least(faults - 1), *flags]
    for tight in (True, False):
        variant = replace(variant_of(instance), tight=tight)
        case = at_least(faults + 2 - quorum)
        sizes = all_of([at_least(least), *fixed, case if tight else ~case])
        table = TABLES[instance.protocol](variant)
        yield Sized(table, sizes, sizes & equal(least), quorum)


def strict_model(instance: PbftInstance) -> CountedModel:
    """Return the counted model of an instance."""
    table = table_of(instance)
    quorum = instance.n - instance.f - instance.redundant
    back = partial(unfold, table=table, instance=instance)
    return CountedModel(instance, table, parameters_of(instance), quorum, back)


def model_of(instance: PbftInstance, paths: Paths | None = None) -> CountedModel | PerNodeModel:
    """Return the model of an instance in its encoding; paths as of :func:`pernode_model`."""
    compact = instance.encoding == "compact"
    return pernode_model(instance, paths) if compact else strict_model(instance)
