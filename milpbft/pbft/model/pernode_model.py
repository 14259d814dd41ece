"""The per-node models of the family: which table an instance asks for, and what it may not ask."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.automaton.pernode.model import PerNodeModel
from milpbft.automaton.pernode.paths import Paths
from milpbft.errors import InputError
from milpbft.pbft.instance import REDUNDANT
from milpbft.pbft.model.pernode import pernode_table, starts
from milpbft.pbft.model.pernode_sbft import sbft_settings, sbft_table

if TYPE_CHECKING:
    from milpbft.pbft.instance import PbftInstance


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
    assert (paths is None) == (instance.overlay is None), "an overlay comes with its paths"
    redundant = instance.protocol in REDUNDANT
    return PerNodeModel(
        instance,
        sbft_table(instance) if redundant else pernode_table(instance),
        starts(instance.views, instance.n),
        {"N": instance.n, "T": instance.f, "C": instance.redundant},
        instance.n - instance.f - instance.redundant,
        primaries=tuple(range(instance.views)),
        settings=sbft_settings(instance) if redundant else {},
        paths=paths or Paths(),
    )
