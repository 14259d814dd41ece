from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from milpbft.automaton.condition import (
    FALSE,
    MOST_CONJUNCTIONS,
    TRUE,
    all_of,
    any_of,
    at_least,
    compare,
    equal,
    unequal,
)
from milpbft.automaton.linear import Linear
from milpbft.errors import InputError
from tests.automaton.automaton_strategies import conditions

NAMES = ("x", "y", "N")
X, Y, N = map(Linear.of, NAMES)
POINTS = [dict(zip(NAMES, point, strict=True)) for point in product(range(4), repeat=3)]
OPERATORS = {
    "<": int.__lt__, "<=": int.__le__, "==": int.__eq__,
    "!=": int.__ne__, ">=": int.__ge__, ">": int.__gt__,
}  # fmt: skip


@pytest.mark.parametrize("operator", OPERATORS)
@given(st.data())
@settings(max_examples=30)
def test_comparisons_mean_what_they_say(operator, data):
    """Normalising to >=, == and != over natural numbers keeps every comparison's truth."""
    left, right = (
        Linear.combine(zip(NAMES, data.draw(st.tuples(*[st.integers(-3, 3)] * 3)), strict=True), c)
        for c in data.draw(st.tuples(st.integers(-4, 4), st.integers(-4, 4)))
    )
    made = compare(left, operator, right)
    for point in POINTS:
        wanted = OPERATORS[operator](left.evaluate(point), right.evaluate(point))
        assert made.evaluate(point) == wanted


@given(conditions(NAMES))
@settings(max_examples=60)
def test_negation_normal_form_and_dnf_agree_with_the_formula(formula):
    """The negation is the opposite, and the normal form holds exactly where the formula does."""
    cases, negated = formula.dnf(), ~formula
    assert all(atom.comparison != "!=" for case in cases for atom in case)
    for point in POINTS:
        truth = formula.evaluate(point)
        assert negated.evaluate(point) != truth
        assert any(all(atom.evaluate(point) for atom in case) for case in cases) == truth


@given(conditions(NAMES), st.sampled_from(POINTS))
def test_substitution_keeps_the_truth(formula, point):
    """With every name replaced, a formula is TRUE or FALSE itself."""
    part = formula.substitute({"N": point["N"]})
    assert "N" not in part.names
    assert part.substitute(point) == (TRUE if formula.evaluate(point) else FALSE)


def test_strict_comparison_becomes_a_bound():
    """``x < N`` is ``N - x - 1 >= 0``."""
    assert compare(X, "<", N) == at_least(N - X - 1)


def test_bounds_are_tightened_to_integers():
    """``2x >= 3`` is ``x >= 2``, so that equal guards are seen to be equal."""
    assert at_least(2 * X - 3) == at_least(X - 2)
    assert at_least(-2 * X + 3) == at_least(-X + 1)
    assert equal(2 * X - 3) == FALSE
    assert unequal(2 * X - 3) == TRUE


def test_upper_bound_of_one_name_keeps_its_sign():
    """``x < 1`` is not taken for ``x >= 0``, which a negative common divisor would make of it."""
    assert compare(X, "<", Linear.number(1)) not in (TRUE, FALSE)
    assert not compare(X, "<", Linear.number(1)).evaluate({"x": 1})


def test_natural_numbers_decide_trivial_atoms():
    """Names are natural numbers: what that decides is folded, and x != 0 becomes a bound."""
    assert at_least(X + Y) == TRUE
    assert at_least(-X - 1) == FALSE
    assert unequal(X) == at_least(X - 1)
    assert equal(Y - X) == equal(X - Y)


def test_connectives_flatten():
    """Nested and repeated parts leave one canonical formula."""
    a, b, c = at_least(X - 1), at_least(Y - 1), equal(X - Y)
    assert (a & b) & (b & c) == all_of([a, b, c])
    assert a | (b | a) == any_of([a, b])
    assert (a & TRUE, a | FALSE, a & FALSE, a | TRUE) == (a, a, FALSE, TRUE)


def test_normal_form_has_a_limit():
    """A formula whose normal form explodes is refused, not expanded."""
    pairs = [at_least(Linear.of(f"x{i}") - 1) | at_least(Linear.of(f"y{i}") - 1) for i in range(40)]
    with pytest.raises(InputError, match=f"at most {MOST_CONJUNCTIONS} conjunctions"):
        all_of(pairs).dnf()


def test_unknown_comparison_is_refused():
    """An operator that is none is an error and no comparison."""
    with pytest.raises(InputError, match="=>"):
        compare(X, "=>", Y)
