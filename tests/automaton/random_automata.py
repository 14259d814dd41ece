"""Random small automata with random specifications, all guard kinds and all temporal operators."""

from itertools import product

from milpbft.automaton.automaton import Automaton
from milpbft.automaton.condition import all_of, at_least, compare, equal
from milpbft.automaton.linear import Linear
from milpbft.automaton.rule import split_rule
from milpbft.automaton.specification import Specification
from milpbft.automaton.temporal.formula import Always, Eventually, State, Until, both, either

LOCATIONS, COUNTERS, PARAMETERS = ("a", "b", "c", "d"), ("x", "y"), ("N", "T")
MOST = 3
"""Most nodes: the assumptions bound them, so that all parameters can be enumerated."""


def sizes():
    """All values of the parameters that the assumptions allow."""
    return [{"N": n, "T": t} for n, t in product(range(1, MOST + 1), range(MOST + 1)) if t <= n]


def automaton(rng, specification, *, cyclic=False):
    """An automaton with lower guards, and in one of two cases upper guards; a start and a claim.

    Rules lead to later locations; where it may be cyclic, to any, and self-loops count.
    """
    bounded = all_of(
        [compare(Linear.number(1), "<=", N), compare(N, "<=", Linear.number(MOST)),
         compare(Linear.of("T"), "<=", N)]
    )  # fmt: skip
    start = equal(Linear.of("a") + Linear.of("b") - N)
    upper = rng.random() < 0.5
    rules = []
    for number in range(rng.randint(2, 6)):
        source = rng.randrange(4 if cyclic else 3)
        target = rng.randrange(4) if cyclic else rng.randrange(source + 1, 4)
        guard = all_of(_guard(rng, upper) for _ in range(rng.randint(0, 2)))
        grown = {c: 1 for c in COUNTERS if rng.random() < 0.5}
        if source == target and not grown:
            continue
        rules += split_rule(f"r{number}", LOCATIONS[source], LOCATIONS[target], guard, grown)
    made = tuple(rules)
    return Automaton("random", PARAMETERS, COUNTERS, LOCATIONS, bounded, start, made,
                     (specification,))  # fmt: skip


N = Linear.of("N")


def _guard(rng, upper):
    """A threshold on one counter, or on their sum."""
    counted = Linear.of("x") + Linear.of("y") if rng.random() < 0.2 else Linear.of(rng.choice("xy"))
    bound = rng.choice([Linear.number(1), Linear.number(2), N - Linear.of("T"), Linear.of("T"), N])
    return compare(counted, "<" if upper and rng.random() < 0.4 else ">=", bound)


def condition(rng):
    """A condition on locations, sometimes on counters: what files say, and what none says."""
    place = Linear.of(rng.choice(LOCATIONS))
    kind = rng.randrange(8)
    if kind < 2:
        return equal(place)
    if kind < 4:
        return at_least(place - 1)
    if kind == 4:
        return compare(Linear.of(rng.choice(COUNTERS)), rng.choice([">=", "<"]), N)
    if kind == 5:
        return condition(rng) & condition(rng)
    if kind == 6:
        return condition(rng) | condition(rng)
    return compare(place, rng.choice([">=", "<=", "==", "!="]), Linear.number(rng.randint(0, 2)))


def formula(rng, depth=3):
    """A temporal formula."""
    kind = rng.randrange(7) if depth else 0
    if kind == 0:
        return State(condition(rng))
    if kind <= 2:
        parts = [formula(rng, depth - 1) for _ in range(2)]
        return (both if kind == 1 else either)(parts)
    if kind == 3:
        return Until(State(condition(rng)), formula(rng, depth - 1))
    part = formula(rng, depth - 1)
    return Always(part) if kind <= 4 else Eventually(part)


def temporal_of(rng):
    """A specification with a random claim."""
    return Specification("s", "temporal", text="random", claim=formula(rng))


def safety_of(rng):
    """An invariant under a premise."""
    return Specification("s", "safety", condition(rng) | condition(rng), condition(rng))
