"""Acts that are left to a fork: the shortest is found as without the bound, in fewer states."""

from __future__ import annotations

import pytest

from milpbft.dbft.enumerate.explore import explore
from milpbft.dbft.enumerate.remaining import Remaining
from milpbft.dbft.enumerate.search import Search
from milpbft.dbft.reference.rules import Rules

CASES = [{"views": 1, "byzantine": 2}, {"views": 1, "byzantine": 2, "restarts": 1},
         {"views": 1, "byzantine": 2, "crashes": 1}]  # fmt: skip


@pytest.mark.parametrize("most", CASES)
def test_the_shortest_fork_is_found_in_fewer_states(most: dict[str, int], monkeypatch):
    """With acts left counted as none, all states of as many acts are seen."""
    rules = Rules.of(4, agreement=False)
    seen = explore(rules, until="fork", **most)
    monkeypatch.setattr(Remaining, "of", lambda *_: 0)
    every = explore(rules, until="fork", **most)
    assert seen.fork is not None
    assert every.fork is not None
    assert seen.fork.steps == every.fork.steps == 6
    assert seen.states < every.states


@pytest.mark.parametrize("most", CASES)
def test_no_act_takes_away_more_than_itself(most: dict[str, int], monkeypatch):
    """Of every state that is seen, what follows is no nearer to a fork than by its acts."""
    steps = []
    following = Search._next

    def watched(search: Search, state):
        before = search._remaining.of(state)
        for after, taken, step in following(search, state):
            steps.append(before - search._remaining.of(after) - taken)
            yield after, taken, step

    monkeypatch.setattr(Search, "_next", watched)
    explore(Rules.of(4, agreement=False), limit=400, **most)
    assert steps
    assert max(steps) <= 0
