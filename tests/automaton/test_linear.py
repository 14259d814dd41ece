import pytest
from hypothesis import given
from hypothesis import strategies as st

from milpbft.automaton.linear import Linear

NAMES = ("x", "y", "N")
LINEARS = st.builds(
    Linear.combine,
    st.lists(st.tuples(st.sampled_from(NAMES), st.integers(-5, 5)), max_size=5),
    st.integers(-9, 9),
)
VALUES = st.fixed_dictionaries({name: st.integers(0, 9) for name in NAMES})


def test_equal_functions_are_equal_values():
    """Order of terms and terms that cancel do not matter, so that combinations can be keys."""
    x, y = Linear.of("x"), Linear.of("y")
    assert x + y - y + x == 2 * x
    assert hash(y + x) == hash(x + y)
    assert (x - x).terms == ()


@given(LINEARS, LINEARS, st.integers(-4, 4), VALUES)
def test_arithmetic_agrees_with_evaluation(left, right, factor, values):
    """Sums, differences and multiples have the values of their parts."""
    one, other = left.evaluate(values), right.evaluate(values)
    assert (left + right).evaluate(values) == one + other
    assert (left - right).evaluate(values) == one - other
    assert (left * factor).evaluate(values) == one * factor
    assert (left + factor).evaluate(values) == one + factor


@given(LINEARS, VALUES)
def test_substitution_in_steps_evaluates(linear, values):
    """Replacing one name after the other ends at the value."""
    rest = linear
    for name in NAMES:
        rest = rest.substitute({name: values[name]})
        assert name not in rest.names
    assert rest == Linear.number(linear.evaluate(values))


def test_evaluation_needs_every_name():
    """A name without a value is not taken for zero."""
    with pytest.raises(KeyError):
        Linear.of("x").evaluate({"y": 1})


def test_text_is_what_the_format_writes():
    """Signs, unit coefficients and the constant are written as a person would."""
    assert str(Linear.combine([("x", 2), ("N", -1), ("T", 1)], -3)) == "-N + T + 2 * x - 3"
    assert str(Linear.number(0)) == "0"
