"""Sizes and quorums of one's own: how they are written, read, and refused."""

from __future__ import annotations

from typing import Any

import pytest

from milpbft.errors import InputError
from milpbft.question.files import parse_instance
from milpbft.question.quorums import QuorumInstance, canonical, coefficients


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2f+1", "2f+1"),
        (" 2 * f + 1 ", "2f+1"),
        ("1+f+f", "2f+1"),
        ("n - f", "n-f"),
        ("1-f+n", "n+1-f"),
        ("n-f-c", "n-f-c"),
        ("7", "7"),
    ],
)
def test_an_expression_has_one_form(text: str, said: str):
    """Whatever its order and spaces; the form reads as itself."""
    assert canonical(text) == said
    assert canonical(said) == said
    assert coefficients(said) == coefficients(text)


@pytest.mark.parametrize("text", ["", "f**2", "f*2", "2/3n", "__import__('os')", "g", "-f", "n-n"])
def test_other_texts_are_refused(text: str):
    """Nothing is evaluated but sums of integer multiples, and something has to be added."""
    with pytest.raises(InputError, match="quorum"):
        canonical(text)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"quorum": "n+1"}, "quorum: 'n\\+1 = 6' is not allowed; a number from 3 to n = 5"),
        ({"quorum": "2"}, "quorum: '2' is not allowed"),
        ({"view_quorum": "f-1"}, "view_quorum: 'f-1 = 0' is not allowed; a number from 1"),
        ({"view_quorum": True}, "view_quorum"),
        ({"tolerated": 2}, "tolerated: 2 is not allowed; a number from 1 to 1"),
        ({"quorum": "2f+x"}, "quorum: '2f\\+x' is not allowed; integers and"),
    ],
)
def test_what_no_table_has_is_refused_in_a_line(fields: dict[str, Any], message: str):
    """With the field, its value, and what is allowed."""
    with pytest.raises(InputError, match=message):
        parse_instance("pbft-n5-v1-b1-e2-forks", **fields)


@pytest.mark.parametrize(
    "name",
    [
        "pbft-n5-v1-b1-e2-forks-quorum-2f+1",
        "pbft-n7-f1-v1-b1-e2-forks-calm-quorum-n-f-c-viewquorum-f+1",
        "dbft2-strict-n9-f2-v2-undecided-never-nofetch-quorum-n-f",
        "sbft-n6-r1-f1-v2-steps_lock-quorum-n-1",
        "dbft2-strict-n4-v2-steps_state-quorum-n-f-1c0.2v1",
    ],
)
def test_names_say_them(name: str):
    """A name reads back as the same instance, whatever words stand beside the expression."""
    instance = parse_instance(name)
    assert instance.name == name
    assert parse_instance(instance.name) == instance


def test_values_are_those_of_the_sizes():
    """N - f, 2f + 1 and f below its maximum, for n = 9 and c = 1."""
    instance = parse_instance("sbft-n9-r1-f1-v1-forks-quorum-2f+1-viewquorum-n-f-2c")
    assert isinstance(instance, QuorumInstance)
    assert (instance.f, instance.most_faults, instance.usual) == (1, 2, 7)
    assert (instance.agreeing, instance.changing) == (3, 6)
    assert instance.own_sizes() == {"faults": "1", "quorum": "3", "view_quorum": "6"}
