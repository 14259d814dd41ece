"""Losing: the fewest messages whose loss keeps a node still.

A node is still where it can take none of its moves. A move asks for so many senders of some labels,
and a sender counts for one label of a kind: who asked to leave two views counts once. So a move
falls short where, for some labels of one kind, fewer senders are left that said any of them than
it asks for in all (Hall's theorem): each of the others has lost all of these that it said.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import combinations
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence

    from milpbft.dbft.enumerate.catalogue import Label
    from milpbft.dbft.enumerate.local import Counts

Wanted = tuple[tuple["Label", int], ...]
"""What a move asks for: how many senders of each label, those that were shown before included."""
Said = frozenset["Label"]
"""What one sender said of one kind."""


def fewest(
    moves: Sequence[Wanted],
    others: Collection[Collection[Label]],
    shown: Counts,
    most: int,
    lies: Counts = (),
) -> int | None:
    """Return the fewest messages without which a node can take none of some moves.

    Parameters
    ----------
    moves
        Those that it can take with everything.
    others
        What each of the correct others has said.
    shown
        What it has, which cannot be lost: of labels that no move asks for beside another one of
        its kind that the same sender said.
    most
        Messages that may be lost.
    lies
        How many of those that it was shown are of Byzantine nodes, each of another one.

    Returns
    -------
    int | None
        None where one of the moves asks for nothing, or it takes more.
    """
    senders: Counter[Said] = Counter()
    for said in others:
        senders.update(map(frozenset, _kinds(said)))
    sure = dict(lies)
    has = {label: count - sure.get(label, 0) for label, count in shown}
    has = {label: count for label, count in has.items() if count}
    mixed = {
        label
        for move in moves
        for labels in _kinds(dict(move))
        if len(labels) > 1
        for label in labels
    }
    together = (said & mixed for said in senders)
    assert all(len(said) < 2 or has.keys().isdisjoint(said) for said in together)
    sizes = range(most + 1)
    return next((k for k in sizes if _enough(moves, senders, has, sure, k)), None)


def _enough(
    moves: Sequence[Wanted],
    senders: Counter[Said],
    has: dict[Label, int],
    sure: dict[Label, int],
    left: int,
) -> bool:
    """Whether so many losses can stop every move: the first must fall short of some labels."""
    able = [
        move
        for move in moves
        if all(there >= wanted for _, there, wanted in _needs(move, senders, sure))
    ]
    if not able:
        return True
    for labels, _, _ in _needs(able[0], senders, sure):
        for said in [said for said, count in senders.items() if count and said & labels]:
            lost = said & labels
            rest = Counter({said: 1})
            kept = senders - rest + Counter({said - lost: 1})
            fits = all(_there(kept, {label}) >= has.get(label, 0) for label in lost)
            if len(lost) <= left and fits and _enough(able, kept, has, sure, left - len(lost)):
                return True
    return False


def _needs(
    move: Wanted, senders: Counter[Said], sure: dict[Label, int]
) -> Iterator[tuple[Said, int, int]]:
    """Yield labels of one kind, how many senders said one of them, and how many a move asks for."""
    asked = dict(move)
    for wanted in _kinds(asked):
        for size in range(1, len(wanted) + 1):
            for labels in map(frozenset, combinations(wanted, size)):
                there = _there(senders, labels) + sum(sure.get(label, 0) for label in labels)
                yield labels, there, sum(asked[label] for label in labels)


def _kinds(labels: Iterable[Label]) -> list[set[Label]]:
    """Group labels by kind."""
    kinds = defaultdict(set)
    for label in labels:
        kinds[base(label)].add(label)
    return list(kinds.values())


def _there(senders: Counter[Said], labels: Collection[Label]) -> int:
    return sum(count for said, count in senders.items() if not said.isdisjoint(labels))


def base(label: Label) -> str:
    """Return the kind of a message, whichever proposal it is about."""
    return label[0].partition("#")[0]
