"""What the tests of the exploration share."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from milpbft.check.replay import replay
from milpbft.dbft.enumerate.catalogue import Catalogue
from milpbft.dbft.enumerate.search import Search
from milpbft.dbft.enumerate.space import Space
from milpbft.dbft.reference.reference import DbftReference
from milpbft.dbft.reference.replica import Replica
from milpbft.dbft.reference.rules import Rules
from milpbft.dbft.returns import ReturnRule

if TYPE_CHECKING:
    from milpbft.schedule import Schedule

OWN, ANY, NEVER = ReturnRule.OWN_VIEW, ReturnRule.ANY_VIEW, ReturnRule.NEVER


def rules(n: int = 4, **changes: Any) -> Rules:
    return replace(Rules.of(n), **changes)


@cache
def search(agreed: Rules, crashes: int = 0, byzantine: int = 0) -> Search:
    """Search through all of views 0 and 1 and return what did it."""
    catalogue = Catalogue(agreed, 2, 2 if byzantine else 1, Replica)
    done = Search(agreed, Space(catalogue, agreed.n, 2), crashes, byzantine, fetch=True)
    assert not done.run(10**6).capped
    return done


def confirmed(schedule: Schedule, agreed: Rules, replica: type[Replica] = Replica) -> bool:
    return bool(replay(schedule, DbftReference(agreed, replica=replica)))


def whats(acts: tuple[Any, ...]) -> Counter[str]:
    return Counter(act.what for act in acts)
