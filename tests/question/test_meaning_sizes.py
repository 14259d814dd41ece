"""What is said of an instance whose faults are counted from its f, and of its proposals."""

from __future__ import annotations

import pytest

from milpbft.question.files import parse_instance
from milpbft.question.meaning import of_any_size, setting
from milpbft.question.strict import StrictInstance


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("dbft2-strict-n4-v2-c1-forks", "with f crashes"),
        ("dbft2-strict-n4-v2-b2-forks", "with f + 1 Byzantine nodes"),
        ("dbft2-strict-n7-v2-c1-forks", "with f - 1 crashes"),
        ("dbft2-strict-n4-v2-c1-b1-faults_lock", "with at most f crashes and Byzantine nodes"),
        ("dbft2-strict-n4-v2-undecided", "without faults"),
    ],
)
def test_faults_are_counted_from_f(name: str, given: str):
    """As `--all` takes them."""
    instance = parse_instance(name)
    assert isinstance(instance, StrictInstance)
    assert given in of_any_size(instance)


ONE = "a Byzantine primary makes one proposal"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("dbft2-strict-n4-v1-b2-forks", True),
        ("dbft2-strict-n4-v1-b2-e2-forks", False),
        ("pbft-n4-v1-b2-forks", True),
        ("pbft-n4-v1-c2-forks", False),
    ],
)
def test_one_proposal_is_an_assumption_that_is_said(name: str, *, said: bool):
    """Without `e2` a Byzantine primary makes one: no fork of a view is a fact about that alone."""
    instance = parse_instance(name)
    assert isinstance(instance, StrictInstance)
    assert (ONE in setting(instance)) == said


def test_return_rules_are_said_of_dbft_2_0_alone():
    """Those that came before and after it have none."""
    texts = [parse_instance(f"{k}-n4-v2-forks") for k in ("dbft1-strict", "dbft21-strict")]
    assert all("return" not in setting(k) for k in texts if isinstance(k, StrictInstance))
