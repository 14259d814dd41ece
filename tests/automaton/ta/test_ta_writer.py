from dataclasses import replace

from hypothesis import given, settings

from milpbft.automaton.ta.reader import read_ta
from milpbft.automaton.ta.writer import write_ta
from tests.automaton.automaton_strategies import automata

SMALL = """skel Small {
  local pc_;
  shared x;
  parameters N;

  assumptions (0) {
  }

  locations (2) {
    pc: [0];
    b: [1];
  }

  inits (3) {
    N == pc;
    b == 0;
    x == 0;
  }

  rules (1) {
    4: pc -> b
      when (2 * x >= N + 1)
      do { x' == x + 1; };
  }

  specifications (2) {
    safe: (N == 1) -> [](b == 0);
    live: <>(b >= 1);
  }
}
"""


def test_the_text_is_stable():
    """What is written is read, and written again letter by letter."""
    assert write_ta(read_ta(SMALL)) == SMALL


@given(automata())
@settings(max_examples=150, deadline=None)
def test_reading_back_gives_an_equal_automaton(automaton):
    """Whatever the types allow comes back, cases of rules and unsupported formulas included."""
    assert read_ta(write_ta(automaton)) == automaton


def test_names_of_rules_stay_as_comments():
    """The format numbers rules; other names are written beside the numbers, and do not get lost."""
    automaton = read_ta(SMALL)
    named = replace(automaton, rules=(replace(automaton.rules[0], name="send"),))
    written = write_ta(named)
    assert "/* send */\n    0: pc -> b" in written
    assert read_ta(written).rules[0].name == "r0"
