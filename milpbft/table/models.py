"""Models: the MILPs of a strict instance, from the rules of its protocol."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from milpbft.automaton.counted.model import CountedModel
from milpbft.automaton.pernode.model import PerNodeModel
from milpbft.automaton.pernode.paths import Paths
from milpbft.question.objective import Goal
from milpbft.table.relays import falling
from milpbft.table.unfolding import Unfolding, unfold

if TYPE_CHECKING:
    from collections.abc import Callable

    from milpbft.automaton.counted.bounds import Ranges
    from milpbft.automaton.table import Groups
    from milpbft.question.strict import StrictInstance
    from milpbft.table.protocol import ProtocolTable


def ranges_of(instance: StrictInstance, protocol: ProtocolTable[Any]) -> Ranges:
    """Return ranges of a table's parameters: sizes are fixed, who is Byzantine is not."""
    aim, most = instance.objective, instance.byzantine
    fewest = 0 if isinstance(aim, Goal) and aim.kind == "faults" else most
    sizes = {"N": instance.n, "T": instance.f, **protocol.sizes}
    flags = {f"F_{view}": (0, min(1, most)) for view in range(instance.views)}
    counts = dict.fromkeys(protocol.false_counts, (0, most))
    return {**{name: (k, k) for name, k in sizes.items()}, "F": (fewest, most), **flags, **counts}


def counted_model(
    instance: StrictInstance,
    protocol: ProtocolTable[Any],
    *,
    unfolding: Callable[[Any, dict[str, int]], Unfolding] = Unfolding,
    ranges: Ranges | None = None,
    quorum: int | None = None,
    state: Groups = (),
) -> CountedModel:
    """Return the counted model of an instance.

    Parameters
    ----------
    unfolding
        Makes the way back to names, from the protocol and values of its parameters.
    ranges
        Of the table's parameters; by default :func:`ranges_of`.
    quorum
        Correct nodes that must decide where blocks are not fetched; by default n - f.
    state
        How many correct nodes end in which locations, where the goal is of a state.
    """
    back = partial(unfold, begin=partial(unfolding, protocol))
    most = instance.n - instance.f if quorum is None else quorum
    parameters = ranges or ranges_of(instance, protocol)
    return CountedModel(instance, protocol.table, parameters, most, back, state)


def per_node_model(
    instance: StrictInstance,
    protocol: ProtocolTable[Any],
    paths: Paths | None = None,
    *,
    quorum: int | None = None,
    state: Groups = (),
) -> PerNodeModel:
    """Return the per-node model of an instance.

    Parameters
    ----------
    paths
        Those of its overlay; None for a full mesh.
    quorum, state
        As of :func:`counted_model`.
    """
    assert (paths is None) == (instance.overlay is None), "an overlay comes with its paths"
    relayed = instance.crashes and paths is not None and not paths.uniform
    table = falling(protocol.table) if relayed else protocol.table
    return PerNodeModel(
        instance,
        table,
        protocol.starts(instance.n),
        {"N": instance.n, "T": instance.f, **protocol.sizes},
        instance.n - instance.f if quorum is None else quorum,
        primaries=tuple(range(instance.views)),
        state=state,
        settings=protocol.settings,
        paths=paths or Paths(),
    )


def model_of(
    instance: StrictInstance, protocol: ProtocolTable[Any], paths: Paths | None = None
) -> CountedModel | PerNodeModel:
    """Return the model of an instance in its encoding, for a protocol that adds nothing to it."""
    if instance.encoding == "compact":
        return per_node_model(instance, protocol, paths)
    return counted_model(instance, protocol)
