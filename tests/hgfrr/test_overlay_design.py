"""Designs: the cheapest is that of exhaustion, and a limit is said."""

from __future__ import annotations

import json

import pytest

from milpbft.errors import InputError
from milpbft.hgfrr.design import Space, cheapest
from milpbft.hgfrr.enumerate.coverage import worst
from milpbft.hgfrr.reference.build import topology_of
from milpbft.hgfrr.reference.engine import Engine
from milpbft.hgfrr.sizes import Sizes
from milpbft.hgfrr.spread import Spread
from milpbft.solvers import Limits
from tests.hgfrr.test_overlay_command import invoke

SPACE = Space((6, 9), (2, 3), (1, 2, 3), (1, 2, 3))


def exhaustive(n: int, space: Space, faults: int, percent: int, source: int) -> int | None:
    """Return the fewest messages of a design that keeps the target, on the reference."""
    found = []
    for ring, k, contacts, width in space:
        topology, spread = topology_of(n, Sizes(ring, contacts), 0), Spread(k, serving=width)
        least = worst(topology, spread, source, faults)
        if 100 * least.reached >= percent * least.correct:
            found.append(Engine(topology, spread).run(source).messages)
    return min(found, default=None)


CASES = [(12, 1, 67, 0), (12, 1, 90, 3), (12, 2, 67, 0), (14, 0, 100, 0), (12, 1, 100, 5)]


@pytest.mark.parametrize(("n", "faults", "percent", "source"), CASES[:1])
def test_the_cheapest_is_that_of_exhaustion(n: int, faults: int, percent: int, source: int):
    """All faulty sets of a few designs."""
    _compare(n, faults, percent, source, Space((6,), (2,), (1, 2), (1, 2)))


@pytest.mark.slow
@pytest.mark.parametrize(("n", "faults", "percent", "source"), CASES[1:])
def test_more_of_them_are_those_of_exhaustion(n: int, faults: int, percent: int, source: int):
    """Two faults, none, and targets that few designs keep."""
    _compare(n, faults, percent, source)


def _compare(n: int, faults: int, percent: int, source: int, space: Space = SPACE) -> None:
    found = cheapest(n, space, faults=faults, percent=percent, source=source)
    assert found.proven
    wanted = exhaustive(n, space, faults, percent, source)
    assert (found.best.messages if found.best else None) == wanted


def test_a_limit_is_no_proof():
    """Where a solve is cut short, what follows may not be the cheapest."""
    found = cheapest(
        60, Space((12,), (2,), (3,), (2,)), faults=3, percent=50, limits=Limits(seconds=0.01)
    )
    assert not found.proven
    assert found.best is None


@pytest.mark.parametrize(("percent", "rings", "field"), [(0, (6,), "percent"), (50, (3,), "ring")])
def test_what_does_not_fit_is_refused(percent: int, rings: tuple[int, ...], field: str):
    """A line that names the field."""
    with pytest.raises(InputError, match=field):
        cheapest(12, Space(rings, (2,), (1,), (1,)), faults=1, percent=percent)


def test_the_command():
    """It names the design, and what it was compared with."""
    said = ("design", "--n", "12", "--rings", "6", "--ks", "2", "--contacts-of", "1,2")
    result = invoke(*said, "--widths", "1,2", "--faults", "1", "--percent", "67", "--json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert found["proven"]
    assert found["best"] == found["asked"][-1]["instance"]
    assert not any(one["enough"] for one in found["asked"][:-1])
    assert invoke(*said, "--widths", "1", "--percent", "100").exit_code == 1
    assert invoke(*said, "--widths", "one").exit_code == 2
