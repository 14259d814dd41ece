"""Guards and resilience off by one in automata of others: which verdicts flip, and where first."""

from dataclasses import replace
from itertools import product

import pytest

from milpbft.automaton.condition import AllOf, all_of, at_least
from milpbft.automaton.explicit.progress import explore_temporal
from milpbft.automaton.mutants import lowered
from milpbft.automaton.ta.reader import readings, text_of
from milpbft.check.allsizes import decide_all
from tests.automaton.others import FOLDER as SHARED
from tests.automaton.others import needs_others

pytestmark = needs_others
# By file: the specifications that hold, and do not with some guard lowered by one, and the least
# parameters of each. A guard that has room, such as N - T where N may be more than 3T + 1, flips
# none; each file has one that does, but for the one whose agreement is violated as it is.
FLIPS = {
    "strb": {("unforg", (4, 1, 1))},
    "aba": {("unforg", (4, 1, 1))},
    "frb": {("unforg", (1, 0, 0))},
    "nbacr": {("nontriv", (2,)), ("validity", (2,))},
    "nbacg": {("agreement", (2,)), ("commit_validity", (2,)), ("abort_validity", (2,))},
    "cc": {("termination", (2, 0, 0))},
    "bcrb": {("corr", (1, 0, 0, 0, 0)), ("relay", (4, 1, 0, 1, 0)), ("unforg", (1, 0, 0, 0, 0))},
    "naive-voting-byz": set(),
    "cf1s": {("one_step0", (4, 1, 0)), ("one_step1", (4, 1, 0))},
    "bosco": {
        ("fast0", (6, 1, 0)), ("fast1", (6, 1, 0)), ("one_step0", (6, 1, 0)),
        ("one_step1", (6, 1, 0)), ("lemma4_0", (5, 1, 1)), ("lemma4_0", (6, 1, 1)),
        ("lemma4_1", (5, 1, 1)), ("lemma4_1", (6, 1, 1)),
    },
    "c1cs": {
        *((name, (4, 1, faulty)) for name in ("one_step0", "one_step1", "fast0", "fast1")
          for faulty in (0, 1)),
        ("termination", (4, 1, 1)),
    },
    "n-ben-or-nonclean": {
        *((f"{name}{value}", (3, 1, 0, 0)) for name in ("agreement", "validity", "completeness")
          for value in (0, 1)),
        ("univalent20", (3, 1, 0, 0)), ("univalent21", (3, 1, 0, 0)), ("univalent30", (3, 1, 0, 0)),
        ("univalent20", (3, 1, 0, 1)), ("univalent21", (3, 1, 0, 1)), ("univalent30", (3, 1, 0, 1)),
        ("round_term", (3, 1, 0, 1)),
    },
    "n-ben-or": {
        ("agreement0", (3, 1, 0, 0)), ("agreement1", (3, 1, 0, 0)), ("validity0", (3, 1, 0, 0)),
        ("validity1", (3, 1, 0, 0)), ("completeness0", (3, 1, 0, 0)),
        ("completeness1", (3, 1, 0, 0)), ("round_term", (3, 1, 0, 1)),
    },
}  # fmt: skip
# By file: the specifications that do not hold with some assumption on sizes or faults weaker by
# one (N >= 3 T, F <= T + 1, ...), and the least parameters of each.
WEAKER = {
    "aba": {("unforg", (4, 1, 2))},
    "strb": {("unforg", (4, 1, 2))},
    "cc": {("termination", (2, 1, 1)), ("termination", (2, 0, 1))},
    "bcrb": {
        ("corr", (0, 0, 0, 0, 0)), ("relay", (3, 1, 0, 1, 0)), ("unforg", (2, 0, 0, 1, 0)),
        ("corr", (1, 0, 0, 1, 0)), ("relay", (4, 1, 0, 2, 0)), ("corr", (1, 0, 0, 0, 1)),
        ("relay", (4, 1, 0, 1, 1)),
    },
    "c1cs": {
        ("one_step0", (4, 1, 2)), ("one_step1", (4, 1, 2)), ("fast0", (4, 1, 2)),
        ("fast1", (4, 1, 2)), ("termination", (4, 1, 2)),
    },
    # No assumption of these is needed by what holds.
    **dict.fromkeys(("frb", "nbacr", "nbacg", "naive-voting-byz", "cf1s"), frozenset()),
    "bosco": {
        ("fast0", (8, 1, 2)), ("fast1", (8, 1, 2)), ("one_step0", (8, 1, 2)),
        ("one_step1", (8, 1, 2)), ("lemma4_0", (4, 1, 2)), ("lemma4_1", (4, 1, 2)),
        ("termination", (4, 1, 2)),
    },
    "n-ben-or": {
        ("validity0", (2, 1, 0, 0)), ("validity1", (2, 1, 0, 0)), ("completeness0", (2, 1, 0, 0)),
        ("completeness1", (2, 1, 0, 0)), ("round_term", (3, 1, 0, 2)),
    },
}  # fmt: skip
MOST = {1: 3, 3: 4, 4: 2, 5: 1}
"""Up to what sizes are enumerated, by the number of parameters."""
LONG = {"cf1s", "bcrb", "cc", "nbacg", "nbacr", "bosco", "n-ben-or", "c1cs", "n-ben-or-nonclean"}


def small(automaton, most):
    """Parameters up to `most` that the assumptions allow, in order."""
    for values in product(range(most + 1), repeat=len(automaton.parameters)):
        size = dict(zip(automaton.parameters, values, strict=True))
        if automaton.assumptions.evaluate(size):
            yield size


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=[pytest.mark.slow] if n in LONG else []) for n in FLIPS]
)
def test_lowered_guards_flip_verdicts(name):
    """Each flip has the least parameters, and enumeration says the same; the rest holds at few."""
    found = set()
    for automaton in readings(text_of(SHARED / f"{name}.ta")).values():
        kept = [one.name for one in automaton.specifications
                if decide_all(automaton, one).status == "holds"]  # fmt: skip
        for guard in automaton.guards:
            broken = lowered(automaton, guard)
            for spec in map(broken.specification, kept):
                verdict = decide_all(broken, spec)
                assert verdict.status in {"holds", "violated"}, (str(guard), spec.name)
                sizes = list(small(broken, MOST[len(broken.parameters)]))
                if verdict.status == "violated":
                    assert verdict.least
                    least = tuple(verdict.parameters.values())
                    found.add((spec.name, least))
                    here = explore_temporal(broken, spec, verdict.parameters)
                    assert here.verdict == "violated", (str(guard), spec.name)
                    sizes = [size for size in sizes if tuple(size.values()) < least]
                for size in sizes:
                    assert explore_temporal(broken, spec, size).verdict == "holds", size
    assert found == FLIPS[name]


def weaker(automaton):
    """Yield the automaton with each of its assumptions weaker by one."""
    whole = automaton.assumptions
    parts = whole.parts if isinstance(whole, AllOf) else (whole,)
    for one in parts:
        others = [part for part in parts if part is not one]
        assumed = all_of([*others, at_least(one.linear + 1)])
        yield replace(automaton, assumptions=assumed)


@pytest.mark.parametrize(
    "name", [pytest.param(n, marks=[pytest.mark.slow] if n in LONG else []) for n in WEAKER]
)
def test_weaker_resilience_flips_verdicts(name):
    """Each flip has the least parameters, and enumeration finds it there."""
    found = set()
    for automaton in readings(text_of(SHARED / f"{name}.ta")).values():
        kept = [one.name for one in automaton.specifications
                if decide_all(automaton, one).status == "holds"]  # fmt: skip
        for broken in weaker(automaton):
            for spec in map(broken.specification, kept):
                verdict = decide_all(broken, spec)
                assert verdict.status in {"holds", "violated"}, (broken.assumptions, spec.name)
                if verdict.status == "violated":
                    assert verdict.least
                    found.add((spec.name, tuple(verdict.parameters.values())))
                    here = explore_temporal(broken, spec, verdict.parameters)
                    assert here.verdict == "violated", spec.name
    assert found == WEAKER[name]
