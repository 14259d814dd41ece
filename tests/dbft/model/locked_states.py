"""Locks of dBFT 2.0 by who is where: how many nodes are committed in each view, or are in it."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from milpbft.dbft.enumerate.catalogue import Catalogue
from milpbft.dbft.enumerate.search import Search
from milpbft.dbft.enumerate.space import Space
from milpbft.dbft.reference.replica import Replica
from milpbft.dbft.reference.rules import Rules

if TYPE_CHECKING:
    from collections.abc import Iterable

    from milpbft.dbft.enumerate.local import Local
    from milpbft.dbft.returns import ReturnRule

VIEWS = 2
PLACES = [(phase, view) for phase in "cv" for view in range(VIEWS)]


def place(local: Local) -> tuple[str, int]:
    """Say where a node is: committed in a view, or in one."""
    committed = [view for kind, view in local.sent if kind.startswith("Commit")]
    return ("c", committed[0]) if committed else ("v", local.view)


def text(places: Iterable[tuple[str, int]]) -> str:
    """Write a state as names of instances do."""
    counts = Counter(places)
    return ".".join(f"{counts[here]}{here[0]}{here[1]}" for here in PLACES)


def fewest_acts(n: int, byzantine: int, returns: ReturnRule, losses: int = 0) -> dict[str, int]:
    """Enumerate the locks, each with its fewest acts.

    Parameters
    ----------
    losses
        Most messages that are lost for good.
    """
    rules = Rules.of(n, returns=returns, agreement=False)
    space = Space(Catalogue(rules, VIEWS, 2, Replica), n, VIEWS)
    search = Search(rules, space, 0, byzantine, fetch=True, losses=losses)
    assert not search.run(400_000).capped
    found: dict[str, int] = {}
    for state in search.locks:
        name = text(place(space.locals[number]) for number in state if number)
        if name not in found:
            found[name] = search.witness(state).steps
    return found
