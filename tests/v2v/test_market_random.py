"""Random small instances: models, enumeration and replay agree, for every objective and option."""

from __future__ import annotations

import sys
from random import Random
from typing import Any

import pytest

from milpbft.solve import solve
from milpbft.v2v.enumerate.matchings import best_matching_value, best_stable_value, matchings
from milpbft.v2v.enumerate.orders import optimum
from milpbft.v2v.enumerate.worst import value_of, worst_value
from milpbft.v2v.instance import MatchInstance, OrderInstance, StableInstance, WorstInstance
from milpbft.v2v.model.worst_market import line_market
from milpbft.v2v.room import MARKET
from tests.in_process import solve_here
from tests.v2v.drawn_markets import draw_arrivals, draw_market

COUNTED = {"matched", "pairs", "envy", "blocking"}


@pytest.fixture
def _in_process(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("milpbft.solve", "milpbft.modelled"):
        monkeypatch.setattr(sys.modules[module], "solve_problem", solve_here)


def agree(question: Any, value: int | None, *, replayed: bool = True) -> None:
    """Solve a question; its optimum is `value`, in 10^-6 minor units or pairs."""
    result = solve(question)
    if value is None:
        assert result.solution.status == "infeasible"
        return
    unit = getattr(MARKET.model(question), "unit", 1)
    assert result.solution.status == "optimal"
    assert result.solution.objective is not None
    assert result.solution.objective * unit == value
    if replayed:
        verdict = result.verdict("replay")
        assert verdict, verdict


def check_matching(seed: int) -> None:
    """One market, one objective; where funds or capacities bind, at every number of pairs."""
    r = Random(seed)
    market = draw_market(r, r.randint(1, 4), r.randint(1, 4), funds=r.random() < 0.5)
    objective = r.choice(("matched", "cost", "consumer", "welfare"))
    fields: dict[str, Any] = {"protocol": "v2vmatch", "market": market, "objective": objective}
    if objective in {"cost", "consumer"}:
        fields["pairs"] = r.randint(0, max(one.matched for one in matchings(market)))
    question = MatchInstance.make(fields)
    agree(question, best_matching_value(market, objective, question.pairs))


def check_stable(seed: int) -> None:
    """Likewise, without funds."""
    r = Random(seed)
    market = draw_market(r, r.randint(1, 4), r.randint(1, 4))
    objective = r.choice(("cost", "welfare", "pairs", "envy"))
    question = StableInstance.make(
        {"protocol": "v2vstable", "market": market, "objective": objective}
    )
    agree(question, best_stable_value(market, objective))


def check_order(seed: int, *, orders: int = 4) -> None:
    """One market with arrivals, any objective, timer, batch and patience."""
    r = Random(seed)
    buys = r.randint(1, orders - 1)
    market = draw_arrivals(r, draw_market(r, buys, orders - buys))
    names = {
        "victim": [o.name for o in market.buys], "gain": [o.name for o in market.sells],
        "consumers": [""], "matched": [""], "welfare": [""], "blocking": [""],
    }  # fmt: skip
    objective = r.choice([name for name, about in names.items() if about])
    batch = r.choice((0, 0, 2, 3))
    timer = r.choice(("oldest", "oldest", "each"))
    fields = {
        "protocol": "v2vorder", "market": market, "objective": objective,
        "of": r.choice(names[objective]), "patience": r.randint(0, 2), "timer": timer,
        "seat": timer == "oldest" and not batch and r.random() < 0.3, "batch": batch,
        "rule": r.choice(("key", "best")) if batch else "key",
    }  # fmt: skip
    question = OrderInstance.make(fields)
    agree(question, optimum(question), replayed=not seed % 5)


def check_worst(seed: int) -> None:
    """A line whose sites are drawn: with them fixed, the model has the machine's gap."""
    r = Random(seed)
    n, length = r.randint(1, 4), r.randint(1, 9)
    question = WorstInstance.make(
        {"protocol": "v2vworst", "n": n, "length": length, "objective": "gap"}
    )
    sites = [[r.randint(0, length) for _ in range(n)] for _ in range(2)]
    market = line_market(question, *sites)
    model: Any = MARKET.model(question)
    problem, line = model._built
    problem.lower[line.buy.index] = problem.upper[line.buy.index] = sites[0]
    problem.lower[line.sell.index] = problem.upper[line.sell.index] = sites[1]
    assert solve_here(problem).objective == value_of(question, market)


FAMILIES = {
    "matching": check_matching, "stable": check_stable, "order": check_order, "worst": check_worst
}  # fmt: skip


@pytest.mark.usefixtures("_in_process")
@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("family", FAMILIES)
def test_a_few(family: str, seed: int):
    """A few of each family."""
    FAMILIES[family](seed)


@pytest.mark.slow
@pytest.mark.parametrize("part", range(10))
@pytest.mark.parametrize("family", FAMILIES)
def test_two_hundred(family: str, part: int):
    """Two hundred more of each family."""
    for seed in range(100 + 20 * part, 120 + 20 * part):
        FAMILIES[family](seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(20))
def test_five_orders(seed: int):
    """Five orders, as often as enumeration bears."""
    check_order(seed, orders=5)


SETTINGS = [
    (1, 1, "ends"), (1, 3, "ends"), (1, 6, "ends"), (2, 1, "ends"), (2, 2, "ends"),
    (1, 2, "prices"), (1, 3, "prices"), (2, 1, "prices"),
    (2, 1, "line"), (2, 3, "line"), (1, 4, "line"),
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize(("n", "length", "setting"), SETTINGS)
def test_all_markets_of_a_setting(n: int, length: int, setting: str):
    """The whole optimum, of every market that there is; gaps, and worst within 0 to 2."""
    wanted: list[dict[str, Any]] = [{"objective": "gap"}]
    if setting == "line":
        wanted += [{"objective": "worst", "most": most} for most in range(3)]
    for fields in wanted:
        for encoding in ("types", "distance") if setting == "line" else ("types",):
            question = WorstInstance.make(
                {"protocol": "v2vworst", "n": n, "length": length, "setting": setting,
                 "encoding": encoding, **fields}
            )  # fmt: skip
            value = worst_value(question)
            result = solve(question)
            assert result.solution.objective == value
            assert result.verdict("replay")
