"""Temporal formulas: their meaning on finite runs, their negations, and their normal forms."""

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from milpbft.automaton.condition import TRUE, at_least, equal
from milpbft.automaton.linear import Linear
from milpbft.automaton.temporal.formula import (
    Always,
    Both,
    Either,
    Eventually,
    State,
    Until,
    both,
    either,
    weakly,
)
from milpbft.automaton.temporal.normal import (
    All,
    Before,
    Last,
    Lasting,
    Later,
    Now,
    Some,
    open_ended,
    searches,
    task_of,
)
from milpbft.errors import InputError

P, Q, R = (State(at_least(Linear.of(name) - 1)) for name in "pqr")
WORDS = [
    [dict(zip("pqr", values, strict=True)) for values in word]
    for length in (1, 2, 3)
    for word in product(product((0, 1), repeat=3), repeat=length)
]
"""All runs of up to three configurations of three propositions."""


@st.composite
def formulas(draw, depth=3):
    """Formulas of every operator; a condition on the left of until, as far as it is decided."""
    kind = draw(st.integers(0, 6)) if depth else 0
    deeper = formulas(depth=depth - 1)
    if kind == 0:
        chosen = draw(st.sampled_from([P, Q, R]))
        return ~chosen if draw(st.booleans()) else chosen
    if kind in {1, 2}:
        return (both if kind == 1 else either)(draw(st.lists(deeper, min_size=2, max_size=3)))
    if kind == 3:
        return Until(draw(st.sampled_from([P, ~Q])), draw(deeper))
    return (Always if kind == 4 else Eventually)(draw(deeper))


def meaning(formula, word, k=0):
    """A formula at a position, by the textbook's quantifiers over positions."""
    later = range(k, len(word))
    match formula:
        case State(condition):
            return condition.evaluate(word[k])
        case Both(parts):
            return all(meaning(part, word, k) for part in parts)
        case Either(parts):
            return any(meaning(part, word, k) for part in parts)
        case Always(part):
            return all(meaning(part, word, j) for j in later)
        case Eventually(part):
            return any(meaning(part, word, j) for j in later)
        case Until(left, right):
            return any(
                meaning(right, word, j) and all(meaning(left, word, i) for i in range(k, j))
                for j in later
            )
    raise AssertionError(formula)


def shown(task, word, k=0):  # noqa: PLR0911
    """Whether a run shows a task, by what each class says of itself."""
    later = range(k, len(word))
    match task:
        case Now(condition):
            return condition.evaluate(word[k])
        case Last(condition):
            return condition.evaluate(word[-1])
        case Lasting(condition):
            return all(condition.evaluate(word[j]) for j in later)
        case Later(inner):
            return any(shown(inner, word, j) for j in later)
        case Before(condition, inner):
            return any(
                shown(inner, word, j) and all(condition.evaluate(word[i]) for i in range(k, j))
                for j in later
            )
        case All(tasks):
            return all(shown(one, word, k) for one in tasks)
        case Some(tasks):
            return any(shown(one, word, k) for one in tasks)
    raise AssertionError(task)


@settings(max_examples=60, deadline=None)
@given(formulas())
def test_formulas_mean_what_the_textbook_says(formula):
    """On every run of three configurations, from its start; and the negation the opposite."""
    for word in WORDS[::7]:
        assert formula.holds(word) == meaning(formula, word)
        assert (~formula).holds(word) != formula.holds(word)


@settings(max_examples=80, deadline=None)
@given(formulas())
def test_normal_forms_say_the_same(formula):
    """A run shows the task of a formula if and only if it satisfies the formula."""
    try:
        task = task_of(formula)
    except InputError:  # until where it is not decided; test_ta_reader.py says where
        return
    for word in WORDS[::5]:
        assert shown(task, word) == meaning(formula, word)


@pytest.mark.parametrize(
    ("formula", "wanted"),
    [
        (Eventually(Always(P)), Last(P.condition)),
        (Always(Eventually(P)), Last(P.condition)),
        (Eventually(both((P, Always(Q)))), Later(All((Now(P.condition), Lasting(Q.condition))))),
        (Always(either((P, Always(Q)))),
         Some((Lasting(P.condition), Before(P.condition, Lasting(Q.condition))))),
        (Eventually(both((P, Eventually(Always(Q))))),
         All((Last(Q.condition), Later(Now(P.condition))))),
    ],
)  # fmt: skip
def test_what_runs_are_to_show(formula, wanted):
    """Fairness and the like say how a run ends; what is nested is looked for at a time."""
    assert task_of(formula) == wanted


def test_times_are_counted():
    """One for each time, two where all before it is looked at; alternatives do not add up."""
    task = task_of(Eventually(both((P, Eventually(Q)))))
    assert (searches(task), open_ended(task)) == (2, True)
    task = task_of(either((Eventually(P), Until(P, Always(Q)))))
    assert (searches(task), open_ended(task)) == (2, False)
    assert searches(task_of(both((Eventually(P), Eventually(Q))))) == 2


def test_formulas_that_explode_are_refused():
    """A normal form of thousands of parts is an error, not a hang."""
    names = [State(at_least(Linear.of(f"p{k}") - 1)) for k in range(14)]
    formula = Always(either([Eventually(both((name, Eventually(P)))) for name in names]))
    with pytest.raises(InputError, match="normal form"):
        task_of(formula)


def test_known_values_leave_conditions_on_the_others():
    """What synthesis learns from: a run in which thresholds have no value yet."""
    claim = Eventually(State(at_least(Linear.of("x") - Linear.of("q"))))
    first, second = claim.along([{"x": 1}, {"x": 3}])
    assert second.evaluate({"q": 3})
    assert not second.evaluate({"q": 4})
    assert first.evaluate({"q": 3})


def test_weak_until_needs_no_end():
    """``p W q`` holds where p holds for ever."""
    always = [{"p": 1, "q": 0}] * 2
    assert weakly(P, Q).holds(always)
    assert not Until(P, Q).holds(always)
    assert State(TRUE).holds(always)
    assert not State(equal(Linear.of("p"))).holds(always)
