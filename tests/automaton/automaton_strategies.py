"""Hypothesis strategies: small automata of every shape that the types allow."""

from hypothesis import strategies as st

from milpbft.automaton.automaton import Automaton
from milpbft.automaton.condition import TRUE, all_of, any_of, at_least, compare, equal
from milpbft.automaton.linear import Linear
from milpbft.automaton.rule import guard_kind, numbered, split_rule
from milpbft.automaton.specification import Specification
from milpbft.automaton.temporal.formula import Eventually, State

PARAMETERS = ("N", "T", "F")
COUNTERS = ("sent", "echoes", "_ready1")
LOCATIONS = ("start", "U", "when", "done")
OPERATORS = st.sampled_from([">=", "<=", "==", "!=", "<", ">"])


def linears(names):
    """Small combinations of the names."""
    terms = st.lists(st.tuples(st.sampled_from(names), st.integers(-3, 3)), max_size=3)
    return st.builds(Linear.combine, terms, st.integers(-4, 4))


def conditions(names):
    """Boolean formulas over comparisons of the names."""
    atoms = st.builds(compare, linears(names), OPERATORS, linears(names))
    return st.recursive(
        atoms,
        lambda parts: (
            st.lists(parts, max_size=3).map(all_of)
            | st.lists(parts, max_size=3).map(any_of)
            | parts.map(lambda part: ~part)
        ),
        max_leaves=5,
    )


@st.composite
def rules(draw):
    """Rules from an earlier location to a later one, named as the reader names them."""
    made = []
    for number in range(draw(st.integers(0, 4))):
        source = draw(st.integers(0, len(LOCATIONS) - 2))
        target = draw(st.integers(source + 1, len(LOCATIONS) - 1))
        guard = draw(conditions(COUNTERS + PARAMETERS))
        grown = draw(st.dictionaries(st.sampled_from(COUNTERS), st.integers(0, 2)))
        cases = split_rule(f"r{number}", LOCATIONS[source], LOCATIONS[target], guard, grown)
        whole = (a for case in cases for a in case.guard)
        if all(guard_kind(atom, COUNTERS) != "mixed" for atom in whole):
            made.extend(cases)
    assert all(rule.name == numbered(rule.name[:2], i) for i, rule in _indexed(made))
    return tuple(made)


def _indexed(made):
    seen = {}
    for rule in made:
        index = seen.get(rule.name[:2], 0)
        seen[rule.name[:2]] = index + 1
        yield index, rule


@st.composite
def automata(draw):
    """Automata with any conditions; most admit no run, which reader and writer do not mind."""
    everything = PARAMETERS + COUNTERS + LOCATIONS
    specifications = [
        Specification(f"s{i}", "safety", draw(conditions(everything)), draw(conditions(everything)))
        for i in range(draw(st.integers(0, 2)))
    ]
    if draw(st.booleans()):
        specifications.append(
            Specification(
                "live",
                "temporal",
                text="<>(done >= 1)",
                claim=Eventually(State(at_least(Linear.of("done") - 1))),
            )
        )
    return Automaton(
        draw(st.sampled_from(["P", "skel", "Proc_1"])),
        PARAMETERS,
        COUNTERS,
        LOCATIONS,
        draw(conditions(PARAMETERS)),
        draw(conditions(everything)),
        draw(rules()),
        tuple(specifications),
    )


@st.composite
def turning_on(draw):
    """Three nodes, rules whose guards only turn on and feed each other, and a place to reach."""
    made = []
    for number in range(draw(st.integers(3, 8))):
        source = draw(st.integers(0, len(LOCATIONS) - 2))
        target = draw(st.integers(source + 1, len(LOCATIONS) - 1))
        read = draw(st.dictionaries(st.sampled_from(COUNTERS), st.integers(1, 3), max_size=2))
        guard = all_of(at_least(Linear.of(name) - count) for name, count in read.items())
        grown = draw(st.dictionaries(st.sampled_from(COUNTERS), st.integers(1, 2), max_size=2))
        made += split_rule(f"r{number}", LOCATIONS[source], LOCATIONS[target], guard, grown)
    place = Linear.of(draw(st.sampled_from(LOCATIONS[1:])))
    counter = Linear.of(draw(st.sampled_from(COUNTERS)))
    wanted = at_least(place - draw(st.integers(1, 2))) & at_least(counter - draw(st.integers(0, 3)))
    return Automaton(
        "feeding",
        (),
        COUNTERS,
        LOCATIONS,
        TRUE,
        equal(sum((Linear.of(name) for name in LOCATIONS[:2]), Linear.number(-3))),
        tuple(made),
        (Specification("s", invariant=~wanted),),
    )
