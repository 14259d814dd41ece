"""Guards that turn off: which exclude each other, and that a slot too few is caught."""

from __future__ import annotations

import pytest

from milpbft.automaton.counted.dependence import complete_slots, cuts
from milpbft.automaton.counted.exclusion import changes
from milpbft.automaton.explicit.explore import explore
from milpbft.automaton.ta.reader import read_ta
from milpbft.check.safety import decide


def rivals(first: str, second: str):
    """Two kinds of step that count x and y; `first` and `second` guard them."""
    return read_ta(f"""skel Rivals {{
  shared x, y;
  locations (0) {{ a: [0]; b: [1]; c: [2]; d: [3]; e: [4]; }}
  inits (0) {{ a == 2; d == 1; }}
  rules (0) {{
    0: a -> b when ({first}) do {{ x' == x + 1; }};
    1: a -> c when ({second}) do {{ y' == y + 1; }};
    2: d -> e when (x >= 1 && y >= 1) do {{ unchanged(x); }};
  }}
  specifications (0) {{ both: [](x == 0 || y == 0); met: [](e == 0); }}
}}""")


EXCLUSIVE = ("x < 1 && y < 1", "x < 1 && y < 1")
ONE_SIDED = ("x < 1 && y < 1", "y < 1")
FREE = ("x < 1", "y < 1")


@pytest.mark.parametrize(("guards", "off"), [(EXCLUSIVE, 1), (ONE_SIDED, 2), (FREE, 2)])
def test_guards_are_exclusive_where_each_is_read_by_who_turns_the_other_off(guards, off: int):
    """Both sides must read: else one order of the two is possible."""
    automaton = rivals(*guards)
    upper = [atom for atom in automaton.guards if automaton.kind(atom) == "upper"]
    assert changes(automaton, upper) == off
    assert changes(automaton, cuts(automaton)) >= off
    assert complete_slots(automaton) == 2 * changes(automaton, cuts(automaton)) + 1


@pytest.mark.parametrize("guards", [EXCLUSIVE, ONE_SIDED, FREE])
@pytest.mark.parametrize("name", ["both", "met"])
def test_verdicts_with_fewer_slots_agree_with_the_enumeration(guards, name: str):
    """What every run does is decided, in as many slots as there are changes in one run."""
    automaton = rivals(*guards)
    spec = automaton.specification(name)
    verdict = explore(automaton, spec, {}).verdict
    assert decide(automaton, spec, {}, solver="highs").status == verdict
    assert verdict == ("holds" if guards == EXCLUSIVE else "violated")


def test_a_guard_that_turns_on_as_another_turns_off_is_one_change():
    """``x >= 1`` is the opposite of ``x < 1``."""
    automaton = rivals("x < 1", "x >= 1")
    lower = next(atom for atom in automaton.guards if automaton.kind(atom) == "lower")
    upper = next(atom for atom in automaton.guards if automaton.kind(atom) == "upper")
    assert lower.linear == -upper.linear - 1
    assert changes(automaton, [lower, upper]) == 1
