"""The strict models of the family: which table an instance asks for, in which sizes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from milpbft.errors import InputError
from milpbft.pbft.instance import REDUNDANT
from milpbft.pbft.model.collector import Linear, Sbft, SbftFast
from milpbft.pbft.model.table import FamilyTable, Pbft
from milpbft.pbft.model.unfold import UNFOLDINGS
from milpbft.pbft.model.variant import OWN, Variant
from milpbft.question.objective import Goal
from milpbft.table import Thresholds, counted_model, per_node_model, ranges_of

if TYPE_CHECKING:
    from milpbft.automaton.counted.bounds import Ranges
    from milpbft.automaton.counted.model import CountedModel
    from milpbft.automaton.pernode.model import PerNodeModel
    from milpbft.automaton.pernode.paths import Paths
    from milpbft.pbft.instance import PbftInstance
    from milpbft.table import Table

TABLES: dict[str, type[FamilyTable]] = {
    table.name: table for table in (Pbft, Linear, Sbft, SbftFast)
}


def variant_of(instance: PbftInstance) -> Variant:
    """Return the variant that an instance is about; per node, replicas act at once."""
    given = instance.encoding == "compact"
    return Variant(
        views=instance.views,
        values=instance.values,
        crashes=instance.crashes > 0,
        calm=instance.calm,
        fastpath=instance.fastpath,
        blind=instance.blind,
        tight=not given and instance.f + 2 >= instance.changing,
        prompt=given,
        alone=not instance.fetch,
        timed=given and instance.timeout > 0,
        loses=instance.losses > 0 and not given,
        resent=instance.resent,
        hasty=instance.changing == 1,
        split=instance.values > 1 and _splits(instance),
        thresholds=Thresholds.of(instance, OWN.quorum, OWN.view),
        redundant=instance.redundant,
        collector=instance.collector,
        follows=instance.follows,
        counts=instance.counts,
        joins=instance.joins,
        relay=_relay(instance),
        restarts=instance.amnesia > 0 and not given,
        forgets=instance.amnesia > 0 and given,
        stays=instance.amnesia > 0 and not given and _forks(instance),
        terse=_asks_as_well(instance),
    )


def _relay(instance: PbftInstance) -> Literal["none", "status", "gossip"]:
    """Return what is passed on; what is shown early or late is nothing to forks."""
    if _forks(instance) or instance.encoding == "compact":
        return "none"
    return "gossip" if instance.gossip else "status" if instance.status else "none"


def _forks(instance: PbftInstance) -> bool:
    """Whether an instance asks for a fork, which is one whatever follows."""
    aim = instance.objective
    return isinstance(aim, Goal) and (aim.kind == "forks" or aim.of == "fork")


def _splits(instance: PbftInstance) -> bool:
    """Whether a quorum of view changes can hold f + c + 1 shares for each of two values."""
    shares = instance.protocol in REDUNDANT and not instance.blind
    return shares and instance.changing >= 2 * (instance.f + instance.pairs + 1)


def _asks_as_well(instance: PbftInstance) -> bool:
    """Whether who follows a new view may as well ask for it.

    All that matters is which values can be decided, and not by how many acts; and the new view
    rests on the view changes of f + 1 others.
    """
    aim = instance.objective
    forks = isinstance(aim, Goal) and aim.kind in {"forks", "faults"} and aim.of in {None, "fork"}
    return forks and instance.changing > instance.f


def rules_of(instance: PbftInstance, *, wary: bool = False) -> FamilyTable:
    """Return the rules that an instance is about, as its encoding has them."""
    return made(instance, replace(variant_of(instance), wary=wary))


def made(instance: PbftInstance, variant: Variant) -> FamilyTable:
    """Return the rules of a variant of what an instance is about."""
    rules = TABLES[instance.protocol](variant)
    rules.restarting = rules.variant.restarts
    aim = instance.objective
    rules.counts_acts = isinstance(aim, Goal) and aim.kind == "steps"
    return rules


def table_of(instance: PbftInstance) -> Table:
    """Return the rule table of an instance."""
    return rules_of(instance).table


def parameters_of(instance: PbftInstance) -> Ranges:
    """Return ranges of the table's parameters: where all is calm, the primary is correct."""
    ranges = ranges_of(instance, rules_of(instance))
    return ranges | ({"F_0": (0, 0)} if instance.calm else {})


def strict_model(instance: PbftInstance, *, wary: bool = False) -> CountedModel:
    """Return the counted model of an instance; where blocks are not fetched, n - f - c decide.

    Parameters
    ----------
    wary
        As of :class:`milpbft.pbft.model.variant.Variant`.
    """
    quorum, unfolding = instance.usual, UNFOLDINGS[instance.protocol]
    rules, ranges = rules_of(instance, wary=wary), parameters_of(instance)
    return counted_model(instance, rules, unfolding=unfolding, ranges=ranges, quorum=quorum)


def pernode_model(instance: PbftInstance, paths: Paths | None = None) -> PerNodeModel:
    """Return the per-node model of an instance.

    Parameters
    ----------
    paths
        Those of its overlay; None for a full mesh.

    Raises
    ------
    InputError
        Where it has two values, a broken view change, a collector without a timer, or more than f
        Byzantine nodes.
    """
    for field, most in (("values", 1), ("blind", False), ("fastpath", False)):
        if getattr(instance, field) != most:
            raise InputError(field, getattr(instance, field), f"{most} in the encoding compact")
    if instance.byzantine > instance.f:
        allowed = f"at most f = {instance.f} in the encoding compact"
        raise InputError("byzantine", instance.byzantine, allowed)
    if instance.agreeing + instance.changing <= instance.n + instance.byzantine:
        allowed = "in the encoding compact, one that shares a correct node with every quorum"
        raise InputError("view_quorum", instance.changing, allowed)
    quorum = instance.usual
    return per_node_model(instance, rules_of(instance), paths, quorum=quorum)


def model_of(instance: PbftInstance, paths: Paths | None = None) -> CountedModel | PerNodeModel:
    """Return the model of an instance in its encoding; paths as of :func:`pernode_model`."""
    compact = instance.encoding == "compact"
    return pernode_model(instance, paths) if compact else strict_model(instance)
