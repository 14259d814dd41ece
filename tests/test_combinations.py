"""Combinations of protocol, faults, network and objective: refused in one line, or answered."""

from __future__ import annotations

from functools import cache
from itertools import product
from random import Random
from typing import TYPE_CHECKING

import pytest

from milpbft.errors import InputError
from milpbft.question.files import parse_instance
from milpbft.question.objective import GOALS
from milpbft.solve import solve
from milpbft.solvers import Limits
from tests.proven import solved

if TYPE_CHECKING:
    from collections.abc import Iterator

PROTOCOLS = (
    *(("dbft2-strict", word) for word in ("", "never", "own-view", "committed-or-lost")),
    *(("dbft2-strict", word) for word in ("agreement", "neo-go", "neo-cs")),
    *(("dbft1-strict", ""), ("dbft21-strict", ""), ("dbft21-strict", "pool")),
    *(("pbft", ""), ("pbft", "asked"), ("linear", ""), ("sbft", ""), ("sbft", "calm")),
    ("sbftfast", ""),
)
FAULTS = ("", "c1", "b1", "b1-e2")
BOTH = ("", "amnesia1", "reload1", "lossy2", "resent-lossy2", "gossip", "amnesia1-reload1")
COUNTED = (*BOTH, "amnesia2", "reload2", "status", "amnesia1-lossy2", "reload1-lossy2")
TICKS = (*BOTH, "overlay-r4k2s0", "reliable")
CLOCKS = ("", "gst2-delta1-timer3")
STATE = "2c0.2v0"
SEED = 7
EACH = 6
"""How many combinations of each protocol are solved, with restarts, losses or overlays or not."""


def named(protocol: str, word: str) -> Iterator[str]:
    """Yield the names of all combinations of a protocol, with four nodes and one view."""
    for faults, goal in product(FAULTS, (*GOALS, "p1", "p4")):
        state = STATE if goal.endswith("state") else ""
        begin = f"{protocol}-n4-v1" + (f"-{faults}" if faults else "")
        ends = [(f"-{goal}", network) for network in COUNTED]
        ends += [(f"-t6-{goal}", "-".join(filter(None, way))) for way in product(TICKS, CLOCKS)]
        for middle, network in ends:
            way, last = network, ""
            if network.startswith("overlay"):
                *parts, clock = (*network.split("-")[:2], "-".join(network.split("-")[2:]))
                way, last = clock, "-".join(parts)
            yield "-".join(filter(None, [begin + middle, word, way, last, state]))


@cache
def accepted(protocol: str, word: str) -> tuple[str, ...]:
    """Return the combinations that are not refused."""
    return tuple(name for name in named(protocol, word) if refusal(name) is None)


def refusal(name: str) -> InputError | None:
    """Return why a name is refused, None where it is not."""
    try:
        parse_instance(name)
    except InputError as error:
        return error
    return None


def one_line(error: InputError) -> None:
    """Hold that a refusal says in one line which field, and what is allowed."""
    assert error.field
    assert error.allowed
    assert "\n" not in str(error)


@pytest.mark.parametrize(("protocol", "word"), PROTOCOLS)
def test_what_is_refused_is_refused_in_one_line(protocol: str, word: str):
    """It says which field, and what is allowed; some combination is none of these."""
    for error in filter(None, map(refusal, named(protocol, word))):
        one_line(error)
    assert accepted(protocol, word)


def answers(name: str) -> None:
    """Hold that an instance is solved, its run replayed if it has one; or that a limit is met.

    A limit says what is proven, and no run of it is refuted. Some are refused by the encoding.
    """
    try:
        result = solve(parse_instance(name), None, Limits(20))
    except InputError as error:
        one_line(error)
        return
    solution = result.solution
    assert not [check for check in result.checks if check.status == "refuted"], name
    if solution.status == "optimal":
        assert solution.objective == solution.bound
        assert result.checks
        assert all(result.checks)
    else:
        assert solution.status in ("infeasible", "feasible", "limit")


@pytest.mark.parametrize(
    "name",
    [
        # Replicas that left the views may have to speak: a run in which none leaves is as good.
        "linear-n4-v1-c1-t6-forks-gst2-delta1-timer3-overlay-r4k2s0",
        # A primary knows its own request, and refuses commits to another one.
        pytest.param(
            "dbft21-strict-n4-v1-b1-t6-p4-gst2-delta1-timer3-overlay-r4k2s0",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_what_was_refuted_once_is_answered(name: str):
    """Found by trying combinations: replicas did not do what the model had."""
    assert solved(name).solution.status == "optimal"


def sample(protocol: str, word: str) -> list[str]:
    """Return a few combinations, half of them with restarts, losses or an overlay."""
    words = ("amnesia", "reload", "lossy", "overlay")
    names = accepted(protocol, word)
    of_issue = [name for name in names if any(word in name for word in words)]
    plain = sorted({*names} - {*of_issue})
    random = Random(SEED)
    few = [random.sample(some, min(EACH // 2, len(some))) for some in (sorted(of_issue), plain)]
    return [name for some in few for name in some]


@pytest.mark.slow
@pytest.mark.parametrize(("protocol", "word"), PROTOCOLS)
def test_a_sample_of_all_combinations_is_answered(protocol: str, word: str):
    """No traceback, no refuted run, and no optimum without one."""
    for name in sample(protocol, word):
        answers(name)
