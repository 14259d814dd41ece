"""Ranges of parameters on the command line."""

from __future__ import annotations

import pytest

from milpbft.automaton.ranges import each_value, parse_ranges
from milpbft.automaton.ta.reader import read_ta
from milpbft.errors import InputError

AUTOMATON = read_ta(
    "skel P { shared x; parameters N, T; assumptions (0) { N > 3 * T; }"
    " locations (0) { a: [0]; } inits (0) { a == N; x == 0; } rules (0) {} specifications (0) {} }"
)


def test_values_and_ranges_are_read():
    """One value is a range of one."""
    assert parse_ranges(["N=4", "T=1..3"]) == {"N": (4, 4), "T": (1, 3)}


@pytest.mark.parametrize("text", ["N", "N=", "N=x", "N=5..4", "=4", "N=1..2..3", "N=99999999"])
def test_other_text_is_refused(text: str):
    """One line that names the option and the text."""
    with pytest.raises(InputError, match="param"):
        parse_ranges([text])


def test_values_that_the_assumptions_exclude_are_left_out():
    """N > 3T leaves T = 1 for N = 4 to 6."""
    found = list(each_value(AUTOMATON, {"N": (4, 6), "T": (1, 2)}, {}))
    assert found == [{"N": (n, n), "T": (1, 1)} for n in (4, 5, 6)]


@pytest.mark.parametrize(
    ("ranges", "free"),
    [({"N": (4, 4)}, {}), ({"N": (4, 4), "X": (1, 1)}, {}), ({"N": (3, 3), "T": (1, 1)}, {})],
)
def test_missing_unknown_or_excluded_values_are_refused(ranges: dict, free: dict):
    """Nothing is checked silently at no size at all."""
    with pytest.raises(InputError):
        list(each_value(AUTOMATON, ranges, free))
