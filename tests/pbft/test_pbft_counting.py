"""Messages per decision: the model's count equals what the replicas send, and the formulas."""

from __future__ import annotations

import pytest

from milpbft.errors import InputError
from milpbft.pbft.counting import Count, count_messages
from milpbft.pbft.normal import Normal, decide_normally


@pytest.mark.parametrize("n", [4, 7, 10, 31])
def test_the_model_counts_what_replicas_send(n: int):
    """Quadratic, linear, linear: 2n(n-1), 5(n-1), and 3(n-1) on the fast path."""
    formulas = {"pbft": 2 * n * (n - 1), "linear": 5 * (n - 1), "sbftfast": 3 * (n - 1)}
    for protocol, count in formulas.items():
        assert count_messages(protocol, n) == Count(protocol, n, count, count)
        assert decide_normally(protocol, n).messages == count
    both = count_messages("sbft", n)
    assert (both.least, both.most) == (3 * (n - 1), 5 * (n - 1))
    paths = [decide_normally("sbft", n, switch=switch).messages for switch in (False, True)]
    assert paths == [both.least, both.most]


def test_the_fast_path_alone_is_the_cheap_one():
    """Where its timer does not expire, the collector has no choice; redundant nodes cost as any."""
    assert count_messages("sbft", 6, 1, fastpath=True) == Count("sbft", 6, 15, 15)


def test_replicas_decide_in_as_many_steps_as_the_papers_have():
    """Three ticks for PBFT and the fast path, five with two certificates, less for collectors."""
    assert decide_normally("pbft", 4) == Normal("pbft", 4, 24, 3, 3)
    assert decide_normally("linear", 4) == Normal("linear", 4, 15, 4, 5)
    assert decide_normally("sbft", 6, 1) == Normal("sbft", 6, 15, 2, 3)
    assert decide_normally("sbft", 6, 1, switch=True) == Normal("sbft", 6, 25, 4, 5)


@pytest.mark.parametrize(
    ("protocol", "n", "c", "field"),
    [("pbft", 3, 0, "n"), ("linear", 6, 1, "redundant"), ("dbft2", 4, 0, "protocol")],
)
def test_other_sizes_and_protocols_are_refused(protocol: str, n: int, c: int, field: str):
    """Before anything runs."""
    with pytest.raises(InputError) as caught:
        decide_normally(protocol, n, c)
    assert caught.value.field == field
