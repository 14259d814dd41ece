"""Forking: copies of a world that go their own ways."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

from milpbft.pov.reference.butler import Butler
from milpbft.pov.reference.chain import Chain
from milpbft.pov.reference.coalition import Coalition
from milpbft.pov.reference.commissioner import Commissioner
from milpbft.pov.reference.node import Node
from milpbft.pov.reference.pool import Pool
from milpbft.pov.reference.scores import Scores
from milpbft.pov.reference.server import TimeServer
from milpbft.pov.reference.world import World
from milpbft.sim.network import Log, Network

_CHANGES = frozenset({
    World, Network, Log, Coalition, Node, Butler, Commissioner, Chain, Pool, Scores, TimeServer,
})  # fmt: skip
"""What changes as a world goes on; messages, blocks and ledgers never do, and are shared."""
_DEEP = _CHANGES | {dict, list, set, defaultdict, Counter}


def fork(world: World) -> World:
    """Copy a world with everything in it that changes."""
    twin: World = _copy(world, {})
    return twin


def _copy(value: Any, memo: dict[int, Any]) -> Any:  # noqa: ANN401  (whatever a world has)
    kind = type(value)
    if kind not in _DEEP:
        return value
    if kind in _CHANGES:
        twin = memo.get(id(value))
        if twin is None:
            twin = memo[id(value)] = object.__new__(kind)
            state = twin.__dict__
            for name, part in value.__dict__.items():
                state[name] = _copy(part, memo) if type(part) in _DEEP else part
        return twin
    twin = value.copy()
    if isinstance(value, dict) and any(type(part) in _DEEP for part in value.values()):
        for key, part in value.items():
            twin[key] = _copy(part, memo)
    elif kind is list and any(type(part) in _DEEP for part in value):
        twin[:] = [_copy(part, memo) for part in value]
    return twin
