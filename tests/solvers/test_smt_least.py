"""Least values by z3: with a quick question below them and without, as counting finds them."""

import random
from itertools import product

import pytest

from milpbft.automaton.allsizes.smtlib import script
from milpbft.automaton.condition import all_of, at_least, compare
from milpbft.automaton.linear import Linear
from milpbft.solvers import Smt

NAMES = ("a", "b", "c")
BOUNDED = [at_least(-Linear.of(name) + 6) for name in NAMES]


def condition(rng, names):
    """A random inequality or two."""
    terms = [(name, rng.randint(-3, 3)) for name in names]
    return at_least(Linear.combine(terms, rng.randint(-6, 3)))


@pytest.mark.parametrize("seed", range(40))
def test_least_values_are_those_of_counting(seed):
    """First a, then b, then the sum of all; the base knows a and b alone."""
    rng = random.Random(seed)
    assumed = condition(rng, ("a", "b"))
    whole = all_of([assumed, condition(rng, NAMES), condition(rng, NAMES), *BOUNDED])
    sums = [["a"], ["b"], list(NAMES)]
    points = (dict(zip(NAMES, p, strict=True)) for p in product(range(7), repeat=3))
    keys = [(p["a"], p["b"], sum(p.values())) for p in points if whole.evaluate(p)]
    for base in (None, Smt(script([assumed]))):
        found = Smt(script([whole])).least(sums, base)
        if not keys:
            assert found.status == "unsat"
            continue
        value = {name: found.values.get(name, 0) for name in NAMES}
        assert whole.evaluate(value)
        assert (value["a"], value["b"], sum(value.values())) == min(keys)
        assert found.least == 3


def test_a_base_is_below_and_not_equal():
    """Where less is possible for the base than for the question, the question's least is found."""
    a = Linear.of("a")
    whole, assumed = compare(a, ">=", Linear.number(5)), at_least(a - 2)
    base = Smt(script([assumed]))
    assert base.lowest(["a"]) == 2
    found = Smt(script([whole])).least([["a"], ["a"]], base)
    assert (found.values["a"], found.least) == (5, 2)
