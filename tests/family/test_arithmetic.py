"""Expressions say what Python would, and never run it."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from milpbft.errors import InputError
from milpbft.family import Expression

KNOWN = {"n": 7, "f": 2, "objective": "forks", "gossip": True, "horizon": None}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("n == 3*f + 1", True),
        ("(n - 1) // 3", 2),
        ("n % 3 - -f", 3),
        ("4 <= n < 7 or objective == 'forks'", True),
        ("objective in ['forks', 'undecided'] and not gossip", False),
        ("max(f, n // 2, 1) - min(n, f)", 1),
        ("horizon == 3", False),
    ],
)
def test_values(text: str, value: object):
    """Worked out by hand."""
    assert Expression(text).value(KNOWN) == value


@pytest.mark.parametrize(
    "text",
    [
        "().__class__", "open('x')", "n.bit_length()", "[x for x in [1]]", "lambda: 1", "n ** 99",
        "n if f else 1", "f'{n}'", "n[0]", "n := 3", "1.5", "b'a'", "1 << 90", "", "n ==",
        "min(n, key=f)", "min()", "__import__('os')", "(" * 150 + "n" + ")" * 150, "-" * 299 + "n",
        "n\0", "x" * 301, "{1}", "{}", "*n", "...", "None", "n is f", "~n", "n @ f", "await n",
    ],
)  # fmt: skip
def test_what_is_no_expression_is_refused(text: str):
    """Nothing but arithmetic is let in; deep ones may be worked out, but do not break."""
    with pytest.raises(InputError, match=r"^where: "):
        Expression(text).value({"f": 1})


@pytest.mark.parametrize(
    "text", ["n // (f - 2)", "n + objective", "m + 1", "n < objective", "n in f",
             "1000000 * 1000000 * 1000000", "horizon + 1", "'a' * 9"]
)  # fmt: skip
def test_what_cannot_be_worked_out_is_refused(text: str):
    """By name of the field, never by another error."""
    with pytest.raises(InputError, match=r"^where: "):
        Expression(text).value(KNOWN)


@given(st.text(max_size=60))
def test_any_text_is_a_value_or_refused(text: str):
    """Fuzzed: no other error escapes."""
    with suppress(InputError):
        Expression(text).value(KNOWN)
