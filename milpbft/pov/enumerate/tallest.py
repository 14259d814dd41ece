"""What several heights come to at best, over all faults, R and teams that an instance allows."""

from __future__ import annotations

from itertools import combinations, product
from typing import TYPE_CHECKING

from milpbft.pov.enumerate.heights import HeightSearch, Salted
from milpbft.pov.formulas import proven_number
from milpbft.pov.reference.blocks import turn
from milpbft.pov.reference.chains import Performance, worth
from milpbft.pov.reference.commission import commission, written

if TYPE_CHECKING:
    from collections.abc import Callable

    from milpbft.pov.enumerate.heights import Width
    from milpbft.pov.heights import ChainInstance
    from milpbft.pov.reference.commission import Swaps
    from milpbft.pov.reference.rules import Rules

    Values = dict[str, list[int]]
    """By objective what runs are worth."""


class TooNarrow(Exception):  # noqa: N818  (not an error: a finding)
    """A search in which nodes may share a block only because no other was made."""


def best(
    i: ChainInstance, width: Width, theirs: Callable[[Rules], Rules] | None = None
) -> dict[str, int | None]:
    """Return the best value of each objective that a run comes to, None where none reaches the aim.

    With every number of Byzantine nodes that the instance allows, and one ring of keys for each R
    that the blocks below the last can have.

    Raises
    ------
    TooLarge
        Where a search takes more steps than allowed.
    TooNarrow
        Where there are Byzantine butlers, no more blocks of the last height than are adopted, and
        fewer than correct nodes: with another timestamp there might be another branch.
    """
    found: Values = {name: [] for name in i.objectives}
    for faulty in product(*(range(most + 1) for _, most in i.nodes)):
        for name, values in _values(i, faulty, width, theirs).items():
            found[name] += values
    pick = {"max": max, "min": min}
    return {name: pick[i.objectives[name]](values, default=None) for name, values in found.items()}


def _values(
    i: ChainInstance,
    faulty: tuple[int, ...],
    width: Width,
    theirs: Callable[[Rules], Rules] | None,
) -> Values:
    """Return what all runs with so many Byzantine nodes are worth."""
    b, f, o = faulty
    made, found = 0, {name: list[int]() for name in i.objectives}
    for salt, teams, swaps in product(_salts(i), _teams(i), _swaps(i)):
        search = HeightSearch(i, (b, f, o), salt, width, teams, swaps=swaps, theirs=theirs)
        for world in search.ends():
            run = Performance(world, 0, salt, "")
            made = max(made, len(world.valid.get(i.heights, ())))
            for name, values in found.items():
                value = worth(run, name)
                if value is not None:
                    values.append(value)
    correct = i.commissioners + i.butlers + i.outside - b - f - o
    if f + o and max(found["branches"]) == made < correct:
        raise TooNarrow
    return found


def _teams(i: ChainInstance) -> list[dict[int, tuple[int, ...]]]:
    """Return all ways in which commissioners designate a team per tenure, where they may choose."""
    able = [node for nodes, _ in i.nodes[1:] for node in nodes]
    closing = [height // i.term for height in range(1, i.heights) if i.closes(height)]
    told = product(combinations(able, i.butlers), repeat=len(closing))
    return [dict(zip(closing, teams, strict=True)) for teams in told]


def _swaps(i: ChainInstance) -> list[str]:
    """Return all choices of the commissioners who leave as each term begins."""
    first, newcomer = i.commissioners, i.commissioners + i.butlers + i.outside + 1
    found: list[Swaps] = [()]
    for _ in filter(i.ends, range(i.heights if i.swaps else 0)):
        found = [
            (*some, leaving)
            for some in found
            for leaving in combinations(
                sorted(commission(first, newcomer, some, len(some) + 1)), i.swaps
            )
        ]
    return [written(some) for some in found]


def _salts(i: ChainInstance) -> list[int]:
    """Return a ring of keys for each sequence of R."""
    server, heights = i.commissioners + i.butlers, range(1, i.heights)
    rings: dict[tuple[int, ...], int] = {}
    for salt in range(100 * i.butlers ** len(heights)):
        keys = Salted(salt)
        drawn = tuple(proven_number(keys.sign(server, turn(h)), i.butlers) for h in heights)
        rings.setdefault(drawn, salt)
    return sorted(rings.values())
