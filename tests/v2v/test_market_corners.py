"""Markets chosen by hand: every objective and option against enumeration, and what is refused."""

from __future__ import annotations

import sys
from itertools import product
from typing import Any

import pytest

from milpbft.errors import InputError
from milpbft.question.files import parse_instance
from milpbft.solve import solve
from milpbft.v2v.enumerate.matchings import best_matching_value, best_stable_value, matchings
from milpbft.v2v.enumerate.orders import optimum
from milpbft.v2v.enumerate.worst import worst_value
from milpbft.v2v.instance import MatchInstance, OrderInstance, StableInstance, WorstInstance
from milpbft.v2v.room import MARKET
from tests.in_process import solve_here
from tests.v2v import corner_markets as corners


@pytest.fixture(autouse=True)
def _in_process(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("milpbft.solve", "milpbft.modelled"):
        monkeypatch.setattr(sys.modules[module], "solve_problem", solve_here)


def disagreement(question: Any, value: int | None, *, replayed: bool = True) -> str:
    """Say where model, enumeration, replay and recount differ; nothing where they do not."""
    if not replayed:
        model = MARKET.model(question)
        solution = solve_here(model.problem)
        found = solution.objective
    else:
        result = solve(question)
        solution, found = result.solution, result.solution.objective
        if bad := [verdict for verdict in result.checks if not verdict]:
            return f"{question.name}: {bad[0]}"
    if value is None:
        return "" if solution.status == "infeasible" else f"{question.name}: {found}, not nothing"
    unit = getattr(MARKET.model(question), "unit", 1)
    if solution.status != "optimal" or found is None or found * unit != value:
        return f"{question.name} of {question.market.name}: {solution.status} {found}, not {value}"
    return ""


@pytest.mark.parametrize("market", [*corners.FREELY, *corners.BOUND], ids=str)
def test_best_matchings(market: Any):
    """Every objective, and every number of pairs that there is and one more."""
    sizes = max(one.matched for one in matchings(market))
    wrong = []
    for objective in ("matched", "welfare"):
        question = MatchInstance.make(
            {"protocol": "v2vmatch", "market": market, "objective": objective}
        )
        wrong.append(disagreement(question, best_matching_value(market, objective)))
    for objective, pairs in product(("cost", "consumer"), range(sizes + 2)):
        question = MatchInstance.make(
            {"protocol": "v2vmatch", "market": market, "objective": objective, "pairs": pairs}
        )
        value = best_matching_value(market, objective, pairs) if pairs <= sizes else None
        wrong.append(disagreement(question, value))
    assert not list(filter(None, wrong))


@pytest.mark.parametrize("market", corners.FREELY, ids=str)
def test_stable_matchings(market: Any):
    """Every objective."""
    wrong = []
    for objective in ("cost", "welfare", "pairs", "envy"):
        question = StableInstance.make(
            {"protocol": "v2vstable", "market": market, "objective": objective}
        )
        wrong.append(disagreement(question, best_stable_value(market, objective)))
    assert not list(filter(None, wrong))


OPTIONS: list[dict[str, Any]] = [
    *({"patience": p} for p in (0, 1, 2)),
    *({"patience": p, "timer": "each"} for p in (0, 1, 3)),
    *({"patience": p, "seat": True, "change": c} for p, c in ((0, 1), (1, 1), (1, 2), (0, 3))),
    *({"patience": p, "batch": w} for p, w in ((0, 1), (1, 2), (0, 3), (1, 4))),
    *({"patience": p, "batch": w, "rule": "best"} for p, w in ((0, 1), (1, 2), (0, 3))),
    {"patience": 1, "timer": "each", "batch": 2},
]
OBJECTIVES = ("victim", "gain", "consumers", "matched", "welfare", "blocking")


def about(market: Any, objective: str) -> list[str]:
    """Return the orders that an objective may be about; a colluder's stand for each other."""
    orders = {"victim": market.buys, "gain": market.sells}.get(objective)
    return [""] if orders is None else [order.name for order in orders]


def check_orders(market: Any, options: dict[str, Any], *, replayed: bool) -> list[str]:
    """Every objective about every order that it may be about."""
    wrong = []
    for objective in OBJECTIVES:
        for of in about(market, objective):
            fields = {
                "protocol": "v2vorder", "market": market, "objective": objective, "of": of
            } | options  # fmt: skip
            question = OrderInstance.make(fields)
            wrong.append(disagreement(question, optimum(question), replayed=replayed))
    return list(filter(None, wrong))


@pytest.mark.slow
@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("market", corners.ARRIVING, ids=str)
def test_orders_of_requests(market: Any, options: dict[str, Any]):
    """All markets, options and objectives, against all schedules."""
    replayed = market in (corners.LATE, corners.BID, corners.THIRD, corners.TOGETHER)
    assert not check_orders(market, options, replayed=replayed)


@pytest.mark.parametrize("options", [OPTIONS[0], OPTIONS[6], OPTIONS[16]], ids=str)
def test_some_orders_of_requests(options: dict[str, Any]):
    """The colluder's bid, with some of the options."""
    assert not check_orders(corners.BID, options, replayed=False)


WORST = [
    *(f"v2vworst-n1-l{length}-gap" for length in (1, 2, 5)),
    *(f"v2vworst-n2-l{length}-gap" for length in (1, 2, 4)),
    *(f"v2vworst-n2-l{length}-worst-k{k}" for length, k in ((1, 0), (3, 0), (3, 2), (2, 4))),
    *(f"v2vworst-n1-l{length}-worst-k{k}" for length, k in ((4, 0), (4, 3))),
    *(f"v2vworst-n{n}-l{length}-gap-ends" for n, length in ((1, 1), (1, 2), (2, 2))),
    *(f"v2vworst-n1-l2-gap-ends-v{v}" for v in (1, 3)),
    *(f"v2vworst-n1-l{length}-gap-prices" for length in (1, 2)),
    "v2vworst-n1-l2-gap-prices-v2",
    "v2vworst-n2-pairs-lots",
]


LONGER = ("n2-l4", "n2-l3", "n2-l2-gap-ends", "prices")


@pytest.mark.parametrize("name", [
    pytest.param(name, marks=pytest.mark.slow) if any(part in name for part in LONGER) else name
    for name in WORST
])  # fmt: skip
def test_worst_markets(name: str):
    """Every setting, both forms where there are two, against all markets."""
    question = parse_instance(name)
    assert isinstance(question, WorstInstance)
    wanted = worst_value(question)
    for encoding in ("distance", "types") if question.setting == "line" else ("types",):
        model = MARKET.model(parse_instance(name, encoding=encoding))
        assert solve_here(model.problem).objective == wanted


REFUSED = [
    ("v2vmatch-cost-a4", {}, None),
    ("v2vmatch-matched-a1", {"pairs": 2}, "pairs"),
    ("v2vmatch-cost-c3", {}, "market"),
    ("v2vmatch-cost-nowhere", {}, "market"),
    ("v2vstable-cost-c3", {}, "market"),
    ("v2vorder-p1-victim-a1", {}, "of"),
    ("v2vorder-p1-victim-of_s1-c1", {}, "of"),
    ("v2vorder-p1-gain-of_b-c1", {}, "of"),
    ("v2vorder-p1-victim-a4", {}, "funds"),
    ("v2vorder-p1-victim-each-seat-c1", {}, "timer"),
    ("v2vorder-p1-victim-change2-c1", {}, "change"),
    ("v2vorder-p1-victim-best-c1", {}, "rule"),
    ("v2vorder-p1-victim-seat-batch2-c1", {}, "seat"),
    ("v2vorder-p101-victim-c1", {}, "patience"),
    ("v2vworst-n2-gap", {}, "length"),
    ("v2vworst-n9-l2-gap", {}, "n"),
    ("v2vworst-n2-l2-worst", {}, "most"),
    ("v2vworst-n2-l2-pairs", {}, "objective"),
    ("v2vworst-n2-l2-gap-v3", {}, "pair"),
    ("v2vworst-n2-l2-gap-ends", {"encoding": "distance"}, "encoding"),
]


@pytest.mark.parametrize(("name", "fields", "field"), REFUSED)
def test_what_is_refused(name: str, fields: dict[str, Any], field: str | None):
    """One line that says which field, and what is allowed."""
    if field is None:
        with pytest.raises(InputError, match="pairs"):
            _ = MARKET.model(parse_instance(name)).problem
        return
    with pytest.raises(InputError) as caught:
        parse_instance(name, **fields)
    assert field in str(caught.value)


def market(**fields: Any) -> dict[str, Any]:
    """Return the fields of a market of one buy and one sell, changed."""
    orders = [
        {"name": "s", "side": "sell", "price": 10}, {"name": "b", "side": "buy", "value": 20}
    ]  # fmt: skip
    changed = [order | fields.pop(str(order["name"]), {}) for order in orders]
    return {"name": "one", "points": [[0, 0]], "orders": changed} | fields


@pytest.mark.parametrize("fields", [
    {"b": {"quantity": 0}}, {"s": {"quantity": 10**6 + 1}}, {"s": {"price": -1}},
    {"s": {"x": 10**6 + 1}}, {"b": {"side": "lend"}}, {"b": {"name": "s"}}, {"points": []},
    {"fee": -1}, {"fee": 0.5}, {"arrival": ["s"]}, {"arrival": ["s", "s"]}, {"funds": {"x": 1}},
    {"funds": {"b": -1}}, {"capacities": [1, 1]}, {"capacities": [-1]}, {"orders": []},
    {"s": {"arrives": 3, "heard": 2}}, {"nothing": 1},
    {"s": {"secret": True}, "b": {"secret": True}},
], ids=str)  # fmt: skip
def test_markets_that_are_none(fields: dict[str, Any]):
    """Nothing to buy, numbers out of range, names that are nobody's."""
    good = {"protocol": "v2vmatch", "objective": "matched"}
    assert MatchInstance.make({**good, "market": market()})
    with pytest.raises(InputError):
        MatchInstance.make({**good, "market": market(**fields)})
