"""Acts that are left to a fork of a profile at least, so that few states are seen.

A fork has two blocks, each with M commits of its view by distinct nodes, and two nodes that accept
them. A node commits once in a life, in a view that it is in, and has said before that it prepares
that block: proposed it or responded to it, in the same life. So of two blocks there are left

- an act for each that nobody has accepted;
- of such a block, for each commit that is missing, that act, its sender's preparation where it has
  not made it in its present life, one for each view between, and one to start again where the node
  is beyond the view or has committed in its present life.

The nodes that commit to both are the cheapest that there are, of those that may start again. That
this holds of the replicas is seen in every step of a search, which stops if one takes away more.
"""

from __future__ import annotations

from itertools import combinations, product
from typing import TYPE_CHECKING

from milpbft.dbft.reference.messages import Commit, PrepareRequest, PrepareResponse

if TYPE_CHECKING:
    from collections.abc import Sequence

    from milpbft.dbft.enumerate.profiles.lone import Local

NEVER = 1000
"""Acts to a commit that does not come: more than a run has."""
Block = tuple[int, str]
"""A view, and which of its proposals: ``""`` or ``#1``."""
PREPARES = (PrepareRequest.kind, PrepareResponse.kind)


class Remaining:
    """Bounds the acts that are left to a fork.

    Parameters
    ----------
    blocks
        By block: what its acceptance is known by.
    quorum
        M.
    """

    def __init__(self, blocks: dict[Block, bytes], quorum: int) -> None:
        self._blocks = blocks
        self._quorum = quorum

    def of(self, nodes: Sequence[Local], restarts: int) -> int:
        """Return how many acts are left at least; 0 where there is a fork.

        Parameters
        ----------
        nodes
            Where they are.
        restarts
            How many may start again still.
        """
        accepted = {local.block for local in nodes} - {None}
        pairs = combinations(self._blocks, 2)
        return min((self._pair(nodes, pair, accepted, restarts) for pair in pairs), default=NEVER)

    def _pair(
        self,
        nodes: Sequence[Local],
        pair: tuple[Block, Block],
        accepted: set[bytes | None],
        restarts: int,
    ) -> int:
        """Bound what two blocks take: the cheapest way to share their commits out among nodes."""
        needed = [0 if self._blocks[block] in accepted else self._quorum for block in pair]
        best = {(0, 0, 0): sum(map(bool, needed))}
        for local in nodes:
            ways = _ways(local, pair)
            found: dict[tuple[int, int, int], int] = {}
            for (first, second, again), acts in best.items():
                for (one, two), (cost, starts) in ways.items():
                    if cost >= NEVER or again + starts > restarts:
                        continue
                    key = min(first + one, needed[0]), min(second + two, needed[1]), again + starts
                    found[key] = min(found.get(key, NEVER), acts + cost)
            best = found
        done = [v for (first, second, _), v in best.items() if [first, second] == needed]
        return min(done, default=NEVER)


def _ways(local: Local, pair: tuple[Block, Block]) -> dict[tuple[bool, bool], tuple[int, bool]]:
    """Return what it takes a node to commit to neither, one, or both: acts, and a restart."""
    found = {}
    for one, two in product((False, True), repeat=2):
        wanted = [block for block, want in zip(pair, (one, two), strict=True) if want]
        found[one, two] = _way(local, [block for block in wanted if not _has(local, block)])
    return found


def _way(local: Local, missing: list[Block]) -> tuple[int, bool]:
    """Return the fewest acts by which a node commits to some blocks, each in a life of its own."""
    if not missing:
        return 0, False
    able = not local.crashed and not local.replica.done
    free = able and not any(kind.startswith(Commit.kind) for kind, _, _ in local.sent)
    again = not local.crashed and local.block is None and not local.again
    orders = [missing] if len(missing) == 1 else [missing, missing[::-1]]
    ways = [(NEVER, False)]
    for first, *rest in orders:
        now = _now(local, first) if free else NEVER
        if not rest:
            ways += [(now, False)] + ([(1 + _anew(first), True)] if again else [])
        elif again:
            ways.append((now + 1 + _anew(rest[0]), True))
    return min(ways)


def _has(local: Local, block: Block) -> bool:
    view, value = block
    return any(k == Commit.kind + value and v == view for k, _, v in local.said)


def _now(local: Local, block: Block) -> int:
    """Count the acts of a node that has not committed in its present life."""
    view, value = block
    if view < local.replica.view:
        return NEVER
    kinds = [kind + value for kind in PREPARES]
    prepared = any(kind in kinds and v == view for kind, _, v in local.sent)
    return 1 + (not prepared) + view - local.replica.view


def _anew(block: Block) -> int:
    """Count the acts of a node that has just started again."""
    return 2 + block[0]
