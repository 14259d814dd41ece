"""Weighted objectives of the counted encoding against enumeration of the replicas."""

from __future__ import annotations

from functools import cache

import pytest

from milpbft.dbft.enumerate.catalogue import Catalogue
from milpbft.dbft.enumerate.search import Search
from milpbft.dbft.enumerate.space import Space
from milpbft.dbft.reference.replica import Replica
from milpbft.dbft.reference.rules import Rules
from milpbft.dbft.returns import ReturnRule
from milpbft.question.files import parse_instance
from milpbft.question.objective import PUBLISHED, parse_aim
from milpbft.solve import solve

CASES = {
    "": {},
    "-agreement": {"agreement": True},
    "-never": {"returns": ReturnRule.NEVER},
    "-nofetch": {"fetch": False},
}
MESSAGES = ("max_0_0_1", "min_0_0_1", "max_0_1_-1", "min_3_-2_1")


@cache
def totals(case: str, views: int, crashes: int, byzantine: int) -> frozenset[tuple[int, int, int]]:
    """Blocks, views and messages of every run of the replicas that is at rest, at n = 4.

    Where blocks are not fetched, rest is asked of each state that a decision may have ended.
    """
    options = {"agreement": False, "returns": ReturnRule.ANY_VIEW, "fetch": True} | CASES[case]
    fetch = options.pop("fetch")
    rules = Rules.of(4, **options)
    space = Space(Catalogue(rules, views, 2 if byzantine else 1, Replica), 4, views)
    # Without fetch, every state at rest is asked for: so many as can be done are never enough.
    search = Search(rules, space, crashes, byzantine, fetch=fetch)
    if not fetch:
        search._enough = 5
    assert not search.run(10**6).capped
    resting = set(search.locks)
    if fetch:
        resting |= {s for s in search.settled if any(space.locals[k].accepted for k in s if k)}
    return frozenset(weighed(space, state) for state in resting)


def weighed(space: Space, state: tuple[int, ...]) -> tuple[int, int, int]:
    """Blocks, views and messages of one state."""
    nodes = [space.locals[number] for number in state if number]
    blocks = {local.accepted for local in nodes} - {None}
    return len(blocks), 1 + max(local.view for local in nodes), sum(len(x.sent) for x in nodes)


@pytest.mark.parametrize(
    ("case", "views", "crashes", "byzantine", "aims"),
    [
        ("", 2, 0, 0, ("p3", "min_3_-2_1")),
        ("", 1, 0, 1, ("p3", "p4", "max_0_1_-1")),
        ("", 1, 1, 0, ("p7", "min_0_0_1")),
        pytest.param(*("", 2, 0, 0, ("p1", "p5", "p7")), marks=pytest.mark.slow),
        pytest.param(*("", 1, 0, 1, (*PUBLISHED, *MESSAGES)), marks=pytest.mark.slow),
        pytest.param(*("-agreement", 2, 0, 0, ("p4", "p5", *MESSAGES)), marks=pytest.mark.slow),
        ("-never", 2, 0, 0, ("p5",)),
        pytest.param(*("-never", 2, 0, 0, ("p3", "p7", *MESSAGES)), marks=pytest.mark.slow),
        pytest.param(
            *("-nofetch", 2, 0, 0, ("p3", "p4", "p5", "p6", *MESSAGES)), marks=pytest.mark.slow
        ),
        pytest.param(*("", 1, 1, 0, (*PUBLISHED, *MESSAGES)), marks=pytest.mark.slow),
        pytest.param(
            *("", 2, 1, 0, ("max_1_0_0", "min_1_0_0", *MESSAGES[:2])), marks=pytest.mark.slow
        ),
    ],
)
def test_optima_are_those_of_the_replicas(case, views, crashes, byzantine, aims):
    """The best value over all states at rest is the solver's, and its run is replayed."""
    found = totals(case, views, crashes, byzantine)
    faults = (f"-c{crashes}" if crashes else "") + (f"-b{byzantine}" if byzantine else "")
    for name in aims:
        aim = parse_aim(name)
        best = (max if aim.sense == "max" else min)(aim.value(*total) for total in found)
        result = solve(parse_instance(f"dbft2-strict-n4-v{views}{faults}-{name}{case}"))
        assert (result.solution.status, result.solution.objective) == ("optimal", best), name
        assert result.verdict("replay"), name


@pytest.mark.parametrize(("n", "value"), [(4, 100), (100, 100)])
def test_p3_forces_no_block_under_strict_semantics(n, value):
    """The paper's 1100 needs no faults here; with one Byzantine node there may be no block."""
    assert solve(parse_instance(f"dbft2-strict-n{n}-v2-p3")).solution.objective == 1100
    assert solve(parse_instance(f"dbft2-strict-n{n}-v2-b1-p3")).solution.objective == value
