"""Promising: how schedules write down what their network and their adversary keep to."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

PROMISES = frozenset({"network", "gst", "delta", "gossip", "relayed", "timeout", "collector",
                      "again", "budget", "byzantine", "restarts", "reloads", "sides", "cut",
                      "heal", "overlay", "slow", "withheld"})  # fmt: skip
"""Settings of schedules that say what is promised; see :mod:`milpbft.check.promises`."""


def budget(*groups: tuple[Iterable[int], int]) -> str:
    """Write who may be faulty: groups of nodes without gaps, each with how many of it at most."""
    named = [(list(nodes), most) for nodes, most in groups]
    return ",".join(f"{nodes[0]}-{nodes[-1]}:{most}" for nodes, most in named if nodes)
