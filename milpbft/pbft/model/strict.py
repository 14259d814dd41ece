"""The strict models of the family: which table an instance asks for, in which sizes."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from milpbft.automaton.counted.model import CountedModel
from milpbft.pbft.model.collector import linear, sbft, sbft_fast
from milpbft.pbft.model.pernode_model import pernode_model
from milpbft.pbft.model.table import pbft
from milpbft.pbft.model.tabling import Variant
from milpbft.pbft.model.unfold import unfold
from milpbft.question.objective import Goal

if TYPE_CHECKING:
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
