"""Runs that go round for ever, and what formulas say of them: no slots, no progression, no rest."""

from milpbft.automaton.explicit.space import Space
from milpbft.automaton.temporal.formula import Always, Both, Either, Eventually, State, Until


def lassos(rng, automaton, size, conditions, most):
    """Yield random runs up to a configuration that they come back to, and its first place.

    Counters are counted as far as the conditions can tell, so that a run comes back.
    """
    space = Space(automaton, size)
    starts = list(space.starts(automaton.initial))
    space.count_enough(conditions, starts)
    for _ in range(most if starts else 0):
        here = rng.choice(starts)
        seen = {here: 0}
        while moves := [after for _, after in space.moves(here)]:
            here = rng.choice(moves)
            if here in seen:
                break
            seen[here] = len(seen)
        yield [space.values(position) for position in seen], seen[here]


def holds(formula, word, back):
    """Say whether a formula holds on a run that goes from the end of a word to its place `back`."""
    return _along(formula, word, back)[0]


def _along(formula, word, back):
    match formula:
        case State(condition):
            return [condition.evaluate(values) for values in word]
        case Both(parts):
            return [all(here) for here in zip(*(_along(p, word, back) for p in parts), strict=True)]
        case Either(parts):
            return [any(here) for here in zip(*(_along(p, word, back) for p in parts), strict=True)]
        case Always(part):
            now = _along(part, word, back)
            return _backwards(now, back, True, lambda here, later: now[here] and later)
        case Eventually(part):
            now = _along(part, word, back)
            return _backwards(now, back, False, lambda here, later: now[here] or later)
        case Until(left, right):
            one, two = _along(left, word, back), _along(right, word, back)
            return _backwards(
                one, back, False, lambda here, later: two[here] or (one[here] and later)
            )
    raise AssertionError(formula)


def _backwards(word, back, neutral, step):
    """Twice round the loop, from the end, and on to the start: what is found first is final."""
    found = [neutral] * len(word)
    later = neutral
    for _ in range(2):
        for here in range(len(word) - 1, back - 1, -1):
            found[here] = later = step(here, later)
    for here in range(back - 1, -1, -1):
        found[here] = later = step(here, found[back] if here == back - 1 else later)
    return found
