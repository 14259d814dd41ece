"""Models: the tables by three provers in every encoding, closed forms, and rows that matter."""

from __future__ import annotations

from random import Random

import pytest

from milpbft.powm.dealing import least_ticks, once, pull
from milpbft.powm.formulas import failures
from milpbft.question.files import make_instance, parse_instance
from milpbft.solve import solve
from solvers import Limits
from tests.powm.tables import TABLES, A, B, draw

LIMITS = Limits(seconds=600)
QUICK = ("x8-ec3-m1-b1-time-r", "g3-c1-d1-e1-t8", "w3-a1", "w2-twice")


def value(name: str, solver: str = "cpsat", encoding: str | None = None) -> int | None:
    """Solve to optimality; the run must be confirmed, and the point lift where it can."""
    result = solve(parse_instance(name, encoding=encoding), solver, LIMITS)
    assert result.solution.status == "optimal"
    for check in result.checks:
        assert check, check
    return result.solution.objective


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        pytest.param(n, v, id=n, marks=[] if any(s in n for s in QUICK) else [pytest.mark.slow])
        for n, v in TABLES.items()
    ],
)
def test_the_tables(name: str, wanted: int):
    """Every hand-solved instance has its value, and its run is confirmed."""
    assert value(name) == wanted


@pytest.mark.slow
@pytest.mark.parametrize("solver", ["cbc", "highs"])
@pytest.mark.parametrize(("name", "wanted"), TABLES.items())
def test_the_tables_by_other_provers(name: str, wanted: int, solver: str):
    """CBC and HiGHS find the same."""
    assert value(name, solver) == wanted


@pytest.mark.slow
@pytest.mark.parametrize(("name", "wanted"), B.items())
def test_the_direct_encoding(name: str, wanted: int):
    """Failures, with grants and hashes of every node."""
    assert value(name, encoding="direct") == wanted


@pytest.mark.parametrize(("name", "wanted"), list(A.items())[2:4])
def test_the_compact_encoding_of_sets(name: str, wanted: int):
    """One grant per miner, where grants have no limit."""
    assert value(name, encoding="compact") == wanted


@pytest.mark.slow
def test_encodings_agree():
    """Sixty random failures: each encoding of one gives the other's value."""
    for seed in range(60):
        instance = draw("powmfail", Random(1000 + seed))
        fields = instance.model_dump()
        found = {
            encoding: solve(make_instance(fields | {"encoding": encoding}), "cpsat", LIMITS)
            for encoding in ("direct", "compact")
        }
        values = {one.solution.objective for one in found.values()}
        assert len(values) == 1, instance.name
        assert found["compact"].verdict("direct"), instance.name


@pytest.mark.slow
@pytest.mark.parametrize(("every", "size", "b"), [(1, 2, 1), (4, 2, 1), (3, 2, 2), (5, 1, 1)])
def test_crashes_repeat_what_the_closed_form_says(every: int, size: int, b: int):
    """B R G ceil(S/G) nonces for c = a = 0 and a long horizon."""
    ticks = 6 * every + 8 * b
    name = f"powmfail-g{size}-d1-e1-t{ticks}-m{b}-s{every}-b{b}-twice-rates-2_1"
    assert value(name) == failures.repeated(3, size, every, b)


@pytest.mark.slow
@pytest.mark.parametrize(("width", "size"), [(3, 2), (5, 2), (4, 1)])
def test_cuts_repeat_what_the_closed_form_says(width: int, size: int):
    """The best side; and D + E ticks of an eclipse."""
    ticks = width + 4
    name = f"powmcut-g{size}-d1-e1-t{ticks}-w{width}-twice"
    assert value(f"{name}-rates-2_1") == failures.cut_overlap((2, 1), size, 2, width)
    assert value(f"{name}-eclipse-rates-2_1") == failures.eclipse_overlap((2, 1), size, 2)


def test_rules_are_beaten_by_as_much_as_the_page_says():
    """Largest remainders round up who is slow: A1 to A4 and the two families of ratio n."""
    wanted = {
        ((1, 10), 6, 0, 2): 10,
        ((1, 1, 9), 7, 0, 3): 9,
        ((1,) * 4, 8, 1, 1): 6,
        ((2, 3), 2, 0, 1): 4,
        ((1, 18), 10, 0, 2): 18,
        ((1, 18, 18), 7, 0, 3): 18,
    }
    for (h, units, latency, ports), ticks in wanted.items():
        assert once(h, units, latency, ports).ticks == ticks
    assert least_ticks((1, 18), 10) == 10
    assert least_ticks((1, 18, 18), 7) == 7


@pytest.mark.parametrize("seed", range(20))
def test_rules_keep_their_bounds(seed: int):
    """Once <= n optimum; pull < optimum + longest grant; both hash all units (c = 0, p = n)."""
    random = Random(seed)
    h = [random.randint(1, 9) for _ in range(random.randint(1, 5))]
    units = random.randint(1, 40)
    best = least_ticks(h, units)
    shares, pulled = once(h, units, 0, len(h)), pull(h, units, 0, len(h))
    assert best <= shares.ticks <= len(h) * best
    longest = max(h[i] * x for _, i, x in pulled.grants)
    assert best <= pulled.ticks < best + longest
    for rule in (shares, pulled):
        assert sum(x for _, _, x in rule.grants) == units
