"""Models: the MILPs of a strict instance, from the rules of its protocol."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from milpbft.automaton.counted.model import CountedModel
from milpbft.automaton.pernode.model import PerNodeModel
from milpbft.automaton.pernode.paths import Paths
from milpbft.question.objective import Goal
from milpbft.table.unfolding import Unfolding, unfold

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from milpbft.automaton.counted.bounds import Ranges
    from milpbft.automaton.table import Groups
    from milpbft.question.strict import StrictInstance
    from milpbft.table.protocol import ProtocolTable


def ranges_of(instance: StrictInstance, extra: Mapping[str, int] | None = None) -> Ranges:
    """Return ranges of a table's parameters: sizes are fixed, who is Byzantine is not.

    Parameters
    ----------
    extra
        Sizes of the protocol's own.
    """
    aim, most = instance.objective, instance.byzantine
    fewest = 0 if isinstance(aim, Goal) and aim.kind == "faults" else most
    sizes = {"N": instance.n, "T": instance.f, **(extra or {})}
    flags = {f"F_{view}": (0, min(1, most)) for view in range(instance.views)}
    return {**{name: (k, k) for name, k in sizes.items()}, "F": (fewest, most), **flags}


def counted_model(
    instance: StrictInstance,
    protocol: ProtocolTable[Any],
    *,
    ranges: Ranges | None = None,
    quorum: int | None = None,
    state: Groups = (),
    begin: Callable[[dict[str, int]], Unfolding] | None = None,
) -> CountedModel:
    """Return the counted model of an instance.

    Parameters
    ----------
    ranges
        Of the table's parameters; by default :func:`ranges_of`.
    quorum
        Correct nodes that must decide where blocks are not fetched; by default n - f.
    state
        How many correct nodes end in which locations, where the goal is of a state.
    begin
        Makes the way back to names.
    """
    back = partial(unfold, begin=begin or partial(Unfolding, protocol))
    most = instance.n - instance.f if quorum is None else quorum
    parameters = ranges or ranges_of(instance)
    return CountedModel(instance, protocol.table, parameters, most, back, state)


def per_node_model(
    instance: StrictInstance,
    protocol: ProtocolTable[Any],
    paths: Paths | None = None,
    *,
    extra: Mapping[str, int] | None = None,
    quorum: int | None = None,
    state: Groups = (),
    settings: Mapping[str, str] | None = None,
) -> PerNodeModel:
    """Return the per-node model of an instance.

    Parameters
    ----------
    paths
        Those of its overlay; None for a full mesh.
    extra
        Sizes of the protocol's own.
    quorum, state
        As of :func:`counted_model`.
    settings
        What schedules say of the protocol's variant.
    """
    assert (paths is None) == (instance.overlay is None), "an overlay comes with its paths"
    return PerNodeModel(
        instance,
        protocol.table,
        protocol.starts(instance.n),
        {"N": instance.n, "T": instance.f, **(extra or {})},
        instance.n - instance.f if quorum is None else quorum,
        primaries=tuple(range(instance.views)),
        state=state,
        settings=settings or {},
        paths=paths or Paths(),
    )


def model_of(
    instance: StrictInstance, protocol: ProtocolTable[Any], paths: Paths | None = None
) -> CountedModel | PerNodeModel:
    """Return the model of an instance in its encoding, for a protocol that adds nothing to it."""
    if instance.encoding == "compact":
        return per_node_model(instance, protocol, paths)
    return counted_model(instance, protocol)
