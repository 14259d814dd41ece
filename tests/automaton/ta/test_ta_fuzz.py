import re

from hypothesis import example, given, settings
from hypothesis import strategies as st

from milpbft.automaton.automaton import Automaton
from milpbft.automaton.ta.reader import read_ta
from milpbft.automaton.ta.writer import write_ta
from milpbft.errors import InputError

VALID = """/* what the mutations start from */
skel P {
  local pc; shared x, y; parameters N, T;
  define Q == 2 * T + 1; // a quorum
  assumptions (1) { N > 3 * T; T >= 1; }
  locations (3) { a: [0]; b: [1]; c: [2]; }
  inits (1) { a + b == N - T; x <= 1; }
  rules (3) {
    0: a -> b when (true) do { x' == x + 1; unchanged(y); };
    1: b -> c when (2 * x >= Q - T && (y < 1 || !(x == 0))) do { y' == y + 1; };
    2: c -> c when (x != 3) do { };
  }
  specifications (2) {
    safe: (a == 0 -> [](c == 0 || b > 0));
    live: <>[](a == 0) U c != 0;
  }
}
"""
PIECES = re.findall(r"\w+|\s+|[^\w\s]+", VALID)
WORDS = sorted({*PIECES, "(", ")", "{", "}", "[]", "<>", "->", "0", "99999999999", "U", "/*", "é"})


def read_or_refuse(text):
    """Read; the only way out but an automaton is one line with a place."""
    said = ""
    try:
        automaton = read_ta(text)
    except InputError as error:
        said = str(error)
    if said:
        assert re.fullmatch(r"line \d+, column \d+: .*", said)
        return
    assert isinstance(automaton, Automaton)
    assert read_ta(write_ta(automaton)) == automaton


@st.composite
def mutated(draw):
    """The valid text with a few pieces replaced, dropped, doubled or moved."""
    pieces = list(PIECES)
    for _ in range(draw(st.integers(1, 4))):
        place = draw(st.integers(0, len(pieces) - 1))
        match draw(st.sampled_from(["replace", "drop", "insert", "cut", "repeat"])):
            case "replace":
                pieces[place] = draw(st.sampled_from(WORDS))
            case "drop":
                pieces[place] = ""
            case "insert":
                pieces.insert(place, draw(st.sampled_from(WORDS)))
            case "cut":
                pieces = pieces[: place + 1]
            case "repeat":
                pieces[place] = f"{pieces[place]} " * draw(st.integers(2, 300))
    return "".join(pieces)


def test_the_text_that_is_mutated_is_valid():
    """Mutations are near misses only if the original is none."""
    assert len(read_ta(VALID).rules) == 3


@given(st.text())
@example("skel")
@example("skel P {\n/*")
@example("\ud800")
@example("skel P {\r\n\u2028 local")
@settings(max_examples=200, deadline=None)
def test_any_text_is_read_or_refused_with_its_place(text):
    """Nothing but InputError leaves the reader, whatever it is given."""
    read_or_refuse(text)


@given(st.lists(st.sampled_from(WORDS), max_size=60).map(" ".join))
@settings(max_examples=200, deadline=None)
def test_words_in_any_order_are_read_or_refused(text):
    """Nor where every word is one of the format's."""
    read_or_refuse("skel P { " + text)


@given(mutated())
@settings(max_examples=400, deadline=None)
def test_near_misses_are_read_or_refused(text):
    """Nor where a valid file has a few faults; and what is still valid survives writing."""
    read_or_refuse(text)
