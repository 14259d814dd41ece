"""Samples of option grids in which every pair, or triple, of option values occurs."""

from __future__ import annotations

from itertools import combinations, product
from random import Random
from typing import TYPE_CHECKING, Any

from milpbft.errors import InputError
from milpbft.question.files import parse_instance

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

TRIES = 40
"""Each choice is the one of the most new combinations among so many random ones; a combination
that is in none of so many has no instance."""
PATIENCE = 4
"""How often in a row nothing new may be found before those that are left are tried one by one."""


def covering(
    options: Sequence[Sequence[Any]], name: Callable[..., str], strength: int = 2
) -> list[str]:
    """Choose names of instances so that values of options occur together in one of them.

    Parameters
    ----------
    options
        The values of each option.
    name
        Names the instance of one value each. Instances that there are not are left out.
    strength
        How many options together: 2 for pairs.
    """
    random, seen, chosen, vain = Random(0), set[Any](), list[str](), 0
    while vain < PATIENCE:
        rows = [tuple(map(random.choice, options)) for _ in range(TRIES)]
        fresh = {row: set(combinations(enumerate(row), strength)) - seen for row in rows}
        rows.sort(key=lambda row: -len(fresh[row]))
        found = next((row for row in rows if fresh[row] and _there(name(*row))), None)
        vain = vain + 1 if found is None else 0
        if found is not None:
            seen |= fresh[found]
            chosen.append(name(*found))
    for some in combinations(range(len(options)), strength):
        for values in product(*(options[k] for k in some)):
            fixed = dict(zip(some, values, strict=True))
            if tuple(fixed.items()) in seen:
                continue
            rows = (tuple(map(random.choice, options)) for _ in range(TRIES))
            rows = (tuple(fixed.get(k, v) for k, v in enumerate(row)) for row in rows)
            found = next((row for row in rows if _there(name(*row))), None)
            if found is not None:
                seen |= set(combinations(enumerate(found), strength))
                chosen.append(name(*found))
    return chosen


def _there(name: str) -> bool:
    """Whether there is an instance of a name."""
    try:
        parse_instance(name)
    except InputError:
        return False
    return True
