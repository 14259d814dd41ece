"""Carried: the paths of the overlay that a strict instance runs on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.errors import InputError
from milpbft.registry import carrier, load

if TYPE_CHECKING:
    from milpbft.automaton.pernode.paths import Paths
    from milpbft.question.strict import StrictInstance


def carried_by(instance: StrictInstance) -> Paths | None:
    """Return the paths of an instance's overlay; None for a full mesh.

    Raises
    ------
    InputError
        Where nodes are replaced, and several may crash.
    """
    if instance.overlay is None:
        return None
    paths: Paths = load(carrier().paths)(instance.n, instance.overlay)
    if paths.heartbeat and instance.crashes > 1:
        allowed = "1 at most where heartbeats find who has crashed"
        raise InputError("crashes", instance.crashes, allowed)
    return paths
