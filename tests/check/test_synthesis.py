"""Unknown thresholds: what is found is all there is, against deciding every assignment."""

from itertools import product

import numpy as np
import pytest

from milpbft.automaton.condition import at_least, equal, unequal
from milpbft.automaton.linear import Linear
from milpbft.automaton.ta.reader import read_ta
from milpbft.automaton.ta.template import template
from milpbft.check.allsizes import decide_all
from milpbft.check.synthesis import holds, synthesise
from milpbft.errors import InputError
from tests.automaton.others import FOLDER as SHARED
from tests.automaton.others import needs_others

ECHO = """skel echo {
  shared echoes; parameters N, T, F; unknowns a, c;
  assumptions (5) { N > 3 * T; T >= F; T >= 1; 0 <= a; a <= 1; -2 <= c; c < 3; }
  locations (3) { asked: [0]; idle: [1]; accepted: [2]; }
  inits (1) { asked + idle == N - F; }
  rules (2) {
    0: asked -> accepted when (echoes + F >= a * T + c || echoes >= N)
      do { echoes' == echoes + 1; };
    1: idle -> accepted when (echoes + F >= a * T + c) do { echoes' == echoes + 1; };
  }
  specifications (2) {
    sound: (asked == 0) -> [](accepted == 0);
    live: <>[](asked == 0 || echoes + 1 < a * T + c) -> (idle == 0 -> <>(asked == 0));
  }
}"""


def decided(found):
    """What deciding every assignment by itself gives."""
    kept = []
    for values in found.assignments():
        automaton = found.at(dict(zip(found.unknowns, values, strict=True)))
        if all(decide_all(automaton, s).status == "holds" for s in automaton.specifications):
            kept.append(values)
    return tuple(kept)


def test_it_finds_what_deciding_each_finds():
    """Ten assignments, with negative values and a threshold that is split in two rules."""
    found = template(ECHO, {})
    assert found.ranges == {"a": (0, 1), "c": (-2, 2)}
    outcome = synthesise(found)
    assert outcome.found == decided(found)
    assert outcome.tried == 10
    assert sum(count for *_, count in outcome.violations) + len(outcome.found) == 10


def test_one_specification_alone():
    """Safety alone asks for more than T echoes, within what the file assumes."""
    outcome = synthesise(template(ECHO, {"c": (1, 4)}), ["sound"])
    assert outcome.found == ((1, 1), (1, 2))
    assert outcome.empty > 0


def test_none_is_a_proof():
    """Every assignment is excluded by some run."""
    outcome = synthesise(template(ECHO, {"a": (0, 0)}), ["sound"])
    assert outcome.found == ()
    assert sum(count for *_, count in outcome.violations) == 5


def test_assumptions_exclude_assignments():
    """Values beyond what the file assumes are no automata of it."""
    outcome = synthesise(template(ECHO, {"a": (1, 2), "c": (1, 1)}), ["sound"])
    assert (outcome.found, outcome.empty) == (((1, 1),), 1)


@pytest.mark.parametrize(
    ("text", "given", "message"),
    [
        (ECHO.replace("unknowns a, c;", "").replace("a * T + c", "1"), {}, "declares unknowns"),
        (ECHO, {"b": (0, 1)}, "one of a, c"),
        (ECHO.replace("0 <= a;", ""), {}, "a=LOW..HIGH"),
        (ECHO, {"a": (0, 10**5), "c": (0, 10**5)}, "assignments"),
    ],
)
def test_unusable_files_are_refused(text, given, message):
    """In one line that says what is missing."""
    with pytest.raises(InputError, match=message):
        template(text, given)


def test_conditions_are_decided_for_many_values_at_once():
    """As one by one, for every comparison and connective."""
    p, q = Linear.of("p"), Linear.of("q")
    values = np.array(list(product(range(4), repeat=2))).T
    columns = {"p": values[0], "q": values[1]}
    atoms = (at_least(p - q), equal(p - q), unequal(p - q))
    joined = (at_least(p - 2) & equal(q), at_least(p - 2) | equal(q), ~at_least(p - q))
    for condition in (*atoms, *joined):
        alone = [condition.evaluate({"p": a, "q": b}) for a, b in values.T]
        assert holds(condition, columns).tolist() == alone


def test_an_unknown_is_seen_from_the_parameters():
    """With sizes fixed the file is linear in its unknowns, counted from their lowest value."""
    seen = template(ECHO, {}).seen_from({"N": 4, "T": 1, "F": 1})
    assert seen.parameters == ("a", "c")
    rule = seen.rules[-1]
    assert rule.condition == at_least(Linear.of("echoes") + 3 - Linear.of("a") - Linear.of("c"))
    assert read_ta(ECHO, {"a": Linear.number(1), "c": Linear.number(1)}).parameters == tuple("NTF")


@needs_others
@pytest.mark.parametrize(
    ("name", "tried", "found"),
    [
        pytest.param("table1-1bcast-folklore-ta-synt", 8100, {(0, 0, 0, 0, 0, 1)},
                     marks=pytest.mark.slow),
        pytest.param("table1-2bcast-byz-ta-synt", 93636,
                     {(0, 1, 1, 0, 2, 1), (0, 1, 1, 1, -1, 0), (1, -2, 0, 1, -1, 0)},
                     marks=pytest.mark.slow),
        pytest.param("table2-1bcast-byz-ta-synt-XCR", 93636, set(), marks=pytest.mark.slow),
    ],
)  # fmt: skip
def test_files_of_others(name, tried, found):
    """All assignments, in the ranges that the files give, or none."""
    outcome = synthesise(template((SHARED / f"{name}.ta").read_text(encoding="utf-8"), {}))
    assert (outcome.tried, set(outcome.found), outcome.undecided) == (tried, found, ())
