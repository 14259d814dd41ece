"""The strict models of dBFT: which table an instance asks for, in which sizes."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from milpbft.automaton.model import CountedModel
from milpbft.dbft.automaton import dbft2
from milpbft.dbft.automaton1 import dbft1
from milpbft.dbft.returns import ReturnRule
from milpbft.dbft.tabling import Variant
from milpbft.dbft.unfold import unfold
from milpbft.objective import Goal

if TYPE_CHECKING:
    from milpbft.automaton.bounds import Ranges
    from milpbft.automaton.table import Table
    from milpbft.dbft.instance import DbftInstance


TABLES = {"dbft1": dbft1, "dbft2": dbft2}


def variant_of(instance: DbftInstance) -> Variant:
    """Return the variant that an instance is about."""
    returns = ReturnRule(instance.returns)
    return Variant(instance.views, returns, instance.agreement, instance.values)


def table_of(instance: DbftInstance) -> Table:
    """Return the rule table of an instance."""
    return TABLES[instance.protocol](variant_of(instance))


def parameters_of(instance: DbftInstance) -> Ranges:
    """Return ranges of the table's parameters: sizes are fixed, who is Byzantine is not."""
    aim, most = instance.objective, instance.byzantine
    fewest = 0 if isinstance(aim, Goal) and aim.kind == "faults" else most
    flags = {f"F_{view}": (0, min(1, most)) for view in range(instance.views)}
    sizes = {"N": (instance.n, instance.n), "T": (instance.f, instance.f)}
    return {**sizes, "F": (fewest, most), **flags}


def strict_model(instance: DbftInstance) -> CountedModel:
    """Return the counted model of an instance."""
    table = table_of(instance)
    back = partial(unfold, table=table, variant=variant_of(instance))
    return CountedModel(instance, table, parameters_of(instance), instance.n - instance.f, back)
