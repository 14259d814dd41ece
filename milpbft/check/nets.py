"""Nets: all nodes of a run as a tick ends, and what can become of them at the next one."""

from __future__ import annotations

from itertools import combinations_with_replacement
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from milpbft.check.travel import Sent


class Local(NamedTuple):
    """A node as a tick ends.

    Parameters
    ----------
    state
        Number of its replica's state; -1 where it has crashed.
    timer, since, fired
        Which of its timers runs, None for none; the tick from which on, or at which the node has
        crashed where that tells what it passed on before; whether it has expired.
    had
        What it was given in its present life.
    late
        What it was given in the life before, and is given again at the next tick.
    again
        Whether it has started again (``restart``) or reloaded its log (``reload``).
    """

    state: int
    timer: object = None
    since: int = -1
    fired: bool = False
    had: frozenset[int] = frozenset()
    late: frozenset[int] = frozenset()
    again: str = ""


class Given(NamedTuple):
    """A node as a tick begins, what it is given, and what it may be given then or a tick later."""

    node: Local
    now: frozenset[int] = frozenset()
    perhaps: frozenset[int] = frozenset()


class Net(NamedTuple):
    """All nodes as a tick ends, what is under way, and the blocks accepted so far.

    Blocks only where they are counted.
    """

    nodes: tuple[Local, ...]
    under_way: frozenset[Sent] = frozenset()
    blocks: frozenset[bytes] = frozenset()


class Choice(NamedTuple):
    """What can become of a node at a tick: its fault, its state then, and what it has said."""

    fault: str
    node: Local
    said: frozenset[int] = frozenset()


Alike = tuple[tuple[int, ...], ...]
"""All nodes, those together that have been treated alike."""


def chosen(
    choices: Sequence[Sequence[Choice]], alike: Alike, left: Mapping[str, int]
) -> Iterator[tuple[tuple[Choice, ...], Alike]]:
    """Yield what can become of all nodes together, and who is alike then.

    Of nodes that are alike only how many take which choice tells runs apart: the first of them take
    the first choices.

    Parameters
    ----------
    choices
        Per node, in the same order for all that are alike.
    alike
        All nodes, those together that have been treated alike.
    left
        By fault so many more nodes may fail.
    """

    def groups(number: int, left: Mapping[str, int]) -> Iterator[dict[int, int]]:
        """Yield per node of a group and those after it the place of its choice."""
        if number == len(alike):
            yield {}
            return
        nodes = alike[number]
        assert len({len(choices[node]) for node in nodes}) == 1, "who is alike can do the same"
        for places in combinations_with_replacement(range(len(choices[nodes[0]])), len(nodes)):
            taken = dict(zip(nodes, places, strict=True))
            faults = [choices[node][place].fault for node, place in taken.items()]
            rest = {what: count - faults.count(what) for what, count in left.items()}
            if min(rest.values()) >= 0:
                yield from (taken | later for later in groups(number + 1, rest))

    for taken in groups(0, left):
        ends = tuple(choices[node][taken[node]] for node in range(len(choices)))
        yield ends, tuple(part for nodes in alike for part in _split(nodes, taken))


def _split(nodes: tuple[int, ...], taken: Mapping[int, int]) -> Iterator[tuple[int, ...]]:
    """Yield those of some nodes together that took the same choice."""
    for place in sorted({taken[node] for node in nodes}):
        yield tuple(node for node in nodes if taken[node] == place)
