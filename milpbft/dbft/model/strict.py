"""The strict models of dBFT: which table an instance asks for, in which sizes."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from milpbft.automaton.counted.idle import without_idle
from milpbft.automaton.counted.model import CountedModel
from milpbft.automaton.pernode.model import PerNodeModel
from milpbft.automaton.pernode.paths import Paths
from milpbft.dbft.model.returning import lent
from milpbft.dbft.model.table import dbft2
from milpbft.dbft.model.traffic import starts, with_traffic
from milpbft.dbft.model.unfold import World, unfold
from milpbft.dbft.model.v1.table import dbft1
from milpbft.dbft.model.v21.table import dbft21
from milpbft.dbft.model.v21.traffic import with_traffic21
from milpbft.dbft.model.v21.unfold import World21
from milpbft.dbft.model.variant import Variant
from milpbft.dbft.returns import ReturnRule
from milpbft.question.objective import Goal

if TYPE_CHECKING:
    from milpbft.automaton.counted.bounds import Ranges
    from milpbft.automaton.table import Groups, Table
    from milpbft.dbft.instance import DbftInstance
    from milpbft.question.objective import Objective


TABLES = {"dbft1": dbft1, "dbft2": dbft2, "dbft21": dbft21}


def variant_of(instance: DbftInstance) -> Variant:
    """Return the variant that an instance is about, its guards as its encoding has them."""
    decoys = _has_decoys(instance)
    return Variant(
        instance.views,
        ReturnRule(instance.returns),
        instance.agreement,
        1 if decoys else instance.values,
        "given" if instance.encoding == "compact" else instance.reading,
        liars=instance.byzantine > 0,
        rests=_rests(instance.objective),
        decoys=decoys,
    )


def _rests(aim: Goal | Objective) -> bool:
    """Whether an objective is about runs that come to rest; a fork is one whatever follows."""
    return not isinstance(aim, Goal) or (aim.kind != "forks" and aim.of != "fork")


def _has_decoys(instance: DbftInstance) -> bool:
    """Whether second proposals are decoys: with f Byzantine nodes, where messages do not count."""
    aim = instance.objective
    counts = not isinstance(aim, Goal) and aim.messages != 0
    plain = (instance.protocol, instance.encoding) == ("dbft2", "counted")
    proven = plain and instance.returns != "committed-or-lost" and instance.byzantine <= instance.f
    return proven and instance.values > 1 and _rests(aim) and not counts


def table_of(instance: DbftInstance) -> Table:
    """Return the rule table of an instance."""
    return TABLES[instance.protocol](variant_of(instance))


def parameters_of(instance: DbftInstance) -> Ranges:
    """Return ranges of the table's parameters: sizes are fixed, who is Byzantine is not."""
    aim, most = instance.objective, instance.byzantine
    fewest = 0 if isinstance(aim, Goal) and aim.kind == "faults" else most
    flags = {f"F_{view}": (0, min(1, most)) for view in range(instance.views)}
    sizes = {"N": (instance.n, instance.n), "T": (instance.f, instance.f)}
    lies = dict.fromkeys(lent(variant_of(instance)), (0, min(most, instance.f + 1)))
    return {**sizes, "F": (fewest, most), **flags, **(lies if instance.protocol == "dbft2" else {})}


def strict_model(instance: DbftInstance) -> CountedModel:
    """Return the counted model of an instance."""
    table = table_of(instance)
    world = World21 if instance.protocol == "dbft21" else World
    back = partial(unfold, table=table, variant=variant_of(instance), world=world)
    quorum, state = instance.n - instance.f, state_of(instance, table)
    sizes = parameters_of(instance)
    table = replace(table, automaton=without_idle(table.automaton, sizes))
    return CountedModel(instance, table, sizes, quorum, back, state)


def state_of(instance: DbftInstance, table: Table) -> Groups:
    """Return the locations that an instance's state is about, and how many nodes end in each."""
    return tuple(
        (tuple(place for place in table.automaton.locations if _stands(place, phase, view)), count)
        for count, phase, view in instance.groups
    )


def _stands(place: str, phase: str, view: int) -> bool:
    """Whether a node is committed in a view, or in it and neither committed, done nor crashed."""
    here = place.partition("_")[2].startswith(str(view))
    last = place.partition("_")[2].removeprefix(str(view))[:1]
    return here and (last == "C" if phase == "c" else last not in {"C", "D", "Z", ""})


def pernode_model(instance: DbftInstance, paths: Paths | None = None) -> PerNodeModel:
    """Return the per-node model of an instance.

    Parameters
    ----------
    paths
        Those of its overlay; None for a full mesh.
    """
    assert (paths is None) == (instance.overlay is None), "an overlay comes with its paths"
    variant = variant_of(instance)
    speak = with_traffic21 if instance.protocol == "dbft21" else with_traffic
    return PerNodeModel(
        instance,
        speak(table_of(instance), variant),
        starts(instance.views, instance.n),
        {"N": instance.n, "T": instance.f},
        instance.n - instance.f,
        primaries=tuple(range(instance.views)),
        state=state_of(instance, table_of(instance)),
        settings={
            "returns": variant.returns.value,
            "agreement": str(variant.agreement).lower(),
        },
        paths=paths or Paths(),
    )


def model_of(instance: DbftInstance, paths: Paths | None = None) -> CountedModel | PerNodeModel:
    """Return the model of an instance in its encoding; paths as of :func:`pernode_model`."""
    compact = instance.encoding == "compact"
    return pernode_model(instance, paths) if compact else strict_model(instance)
