"""Ends: what each node has at the end of a run, or what it waits for, in every picture."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from milpbft.schedule.losses import lost_in

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from milpbft.schedule import Schedule
    from milpbft.schedule.losses import Loss
    from milpbft.schedule.states import Watch

_MOST = 3
"""So many things that a node waits for are named."""
_LONG = 80
"""Longer words of a state are no end to draw."""


class Lack(NamedTuple):
    """How many of what a node needs, and how many it has: from `least` to `most` of several."""

    needs: int
    what: str
    least: int
    most: int

    def __str__(self) -> str:
        has = f"{self.least}" if self.least == self.most else f"{self.least} to {self.most}"
        return f"{self.needs} {self.what} (has {has})"


def lacks(words: str) -> list[Lack]:
    """Read from the words of a state what a node lacks, such as ``1 of 3 commits``."""
    found = re.findall(r"(\d+) of (\d+) ([a-z ]+)", words)
    return [Lack(int(needs), what.strip(), int(has), int(has))
            for has, needs, what in found if int(has) < int(needs)]  # fmt: skip


def ends_of(schedule: Schedule, watch: Watch, blocks: Mapping[int, str]) -> dict[int, str]:
    """Say of each node what it ended with; nothing of those that do not say.

    Parameters
    ----------
    watch
        The states of the run.
    blocks
        By node: the name of the block that it accepted.
    """
    return {node: end_of([node], schedule, watch, blocks) for node in range(schedule.n)}


def end_of(
    nodes: Sequence[int], schedule: Schedule, watch: Watch, blocks: Mapping[int, str]
) -> str:
    """Say what nodes that share a lane ended with; how much they have may differ.

    Of a replay that ended early nothing is said.
    """
    if set(nodes) <= set(schedule.byzantine):
        return "Byzantine"
    if watch.ended:
        return ""
    last = {state.node: state.words for state in watch.states}
    lost = lost_in(schedule)
    own = {
        _end(blocks.get(node, ""), last.get(node, "")) + _never_got(node, lost) for node in nodes
    }
    if len(own) == 1:
        return own.pop()
    missing = [lacks(last.get(node, "")) for node in nodes if node not in blocks]
    if len(missing) < len(nodes):
        return f"{len(nodes) - len(missing)} of {len(nodes)} have a block"
    named = [[(one.needs, one.what) for one in few] for few in missing]
    if any(few != named[0] for few in named) or not named[0]:
        return "they differ"
    merged = [
        column[0]._replace(
            least=min(one.least for one in column), most=max(one.most for one in column)
        )
        for column in zip(*missing, strict=True)
    ]
    return _waits(merged)


def _end(block: str, words: str) -> str:
    if block:
        return f"block {block}"
    if missing := lacks(words):
        return _waits(missing)
    return words if len(words) < _LONG and not words.startswith("in ") else ""


def _never_got(node: int, lost: Collection[Loss]) -> str:
    """Say which messages the network lost on their way to a node."""
    said = [
        f"{k.kind} of view {k.view} from node {k.sender}"
        for k in sorted(lost)
        if k.receiver == node
    ]
    more = [f"{len(said) - _MOST} more"] if len(said) > _MOST else []
    return f"; lost {', '.join([*said[:_MOST], *more])}" if said else ""


def _waits(missing: Sequence[Lack]) -> str:
    return "waits for " + ", ".join(map(str, missing[:_MOST]))
