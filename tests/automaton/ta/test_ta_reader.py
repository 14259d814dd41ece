import re

import pytest

from milpbft.automaton.condition import FALSE, TRUE, at_least, compare, equal
from milpbft.automaton.linear import Linear
from milpbft.automaton.ta.reader import load_ta, read_ta, readings
from milpbft.automaton.temporal.formula import Always, Eventually, State, Until
from milpbft.errors import InputError

A, B, X, Y, N = map(Linear.of, ("a", "b", "x", "y", "N"))


def text(rules="", specs="", inits="a == N;", head="skel P", more=""):
    """A file with two locations and two counters; line 1 is the head, line 6 the rules."""
    return f"""{head} {{
  local pc; shared x, y; parameters N, T; {more}
  assumptions (1) {{ N > 3 * T; }}
  locations (2) {{ a: [0]; b: [1]; }}
  inits (1) {{ {inits} }}
  rules (1) {{ {rules} }}
  specifications (1) {{ {specs} }}
}}"""


def specification(formula, rules=""):
    """Read one specification."""
    return read_ta(text(rules, f"s: {formula};")).specification("s")


def guard(condition):
    """Read one guard; its atoms."""
    return read_ta(text(f"0: a -> b when ({condition}) do {{ }};")).rules[0].guard


def test_a_file_becomes_an_automaton():
    """Declarations, assumptions, start, rules and specifications arrive where they belong."""
    automaton = read_ta(text("7: a -> b when (x >= N) do { x' == x + 2; unchanged(y); };"))
    assert (automaton.name, automaton.parameters) == ("P", ("N", "T"))
    assert (automaton.counters, automaton.locations) == (("x", "y"), ("a", "b"))
    assert automaton.assumptions == compare(N, ">", 3 * Linear.of("T"))
    assert automaton.initial == equal(A - N) & equal(B) & equal(X) & equal(Y)
    (rule,) = automaton.rules
    assert (rule.name, rule.source, rule.target) == ("r7", "a", "b")
    assert (rule.guard, rule.increments) == ((at_least(X - N),), (("x", 2),))


@pytest.mark.parametrize("head", ["skel", "thresholdAutomaton", "threshAuto", "TA", "ta"])
def test_every_head_that_is_in_use_is_read(head):
    """ByMC and TACO accept several words at the beginning."""
    assert read_ta(text(head=f"{head} Proc")).name == "Proc"


def test_comments_and_definitions_vanish():
    """Both comment styles are skipped; definitions may use earlier ones."""
    more = "define HALF == N - /* minus */ T; define ALL = 2 * HALF; // to the end of the line"
    automaton = read_ta(text("0: a -> b when (x >= ALL - T) do { };", more=more + "\n"))
    assert automaton.rules[0].guard == (at_least(X - 2 * N + 3 * Linear.of("T")),)


def test_sections_come_in_any_order_and_may_be_missing():
    """Only locations and rules are needed; no assumption is one that always holds."""
    automaton = read_ta("ta P { rules (0) { } locations (1) { only: [0; 3]; } }")
    assert (automaton.locations, automaton.assumptions) == (("only",), TRUE)


def test_rules_of_one_number_and_cases_get_letters():
    """Public files repeat rule numbers; names stay unique, disjunctions become cases."""
    rule = "1: a -> b when (x >= 1 || y >= 1) do { };"
    assert [rule.name for rule in read_ta(text(rule + rule)).rules] == ["r1", "r1b", "r1c", "r1d"]


def test_self_loops_that_change_nothing_are_left_out():
    """They reach nothing new; one that counts is a rule like others."""
    assert read_ta(text("0: a -> a when (x < 1 || y < 1) do { unchanged(x, y); };")).rules == ()
    counting = read_ta(text("0: a -> a when (true) do { x' == x + 1; };"))
    assert counting.cycles == {"a": 0}


@pytest.mark.parametrize(
    ("condition", "atoms"),
    [
        ("true", ()),
        ("1", ()),
        ("x >= 0", ()),
        ("!(x < 2)", (at_least(X - 2),)),
        ("(x + y) * 2 > N", (at_least(2 * X + 2 * Y - N - 1),)),
        ("-x >= -3 && y != 0", (at_least(-X + 3), at_least(Y - 1))),
        ("x == 0", (at_least(-X),)),
        ("y >= 1 -> x >= 1 && false", (at_least(-Y),)),
    ],
)
def test_guards_are_read_as_bounds(condition, atoms):
    """Arithmetic, strictness, negation and implication end in atoms ``>= 0``."""
    assert guard(condition) == atoms


def test_safety_is_recognised_with_and_without_premise():
    """The three plain forms, in any parentheses."""
    done = equal(B)
    assert specification("[](b == 0)").invariant == done
    for formula in ("a == N -> [](b == 0)", "((a == N) -> ([]((b == 0))))", "a != N || [](b == 0)"):
        spec = specification(formula)
        assert (spec.kind, spec.invariant) == ("safety", done)
        assert spec.premise.evaluate({"a": 3, "N": 3})
        assert not spec.premise.evaluate({"a": 2, "N": 3})


def test_safety_in_other_words_is_recognised():
    """Curried premises, conjunctions, [][] and formulas about the start alone say safety too."""
    spec = specification("x == 0 -> (y == 0 -> [](b == 0) && [][](a <= N))")
    assert (spec.premise, spec.invariant) == (equal(X) & equal(Y), equal(B) & at_least(N - A))
    spec = specification("a <= N")
    assert (spec.premise, spec.invariant) == (compare(A, ">", N), FALSE)


def test_once_always_is_an_invariant_where_once_stays():
    """``[](p -> []q)`` is ``[](p -> q)`` if no rule undoes p, and is not taken for it otherwise."""
    forward = "0: a -> b when (true) do { };"
    spec = specification("[](b > 0 -> [](x == 0))", forward)
    assert (spec.kind, spec.invariant) == ("safety", ~at_least(B - 1) | equal(X))
    spec = specification("[](a > 0 -> [](x == 0))", forward)
    assert (spec.kind, spec.text) == ("temporal", "[]((a >= 1) -> [](x == 0))")
    assert spec.claim == Always(~State(at_least(A - 1)) | Always(State(equal(X))))


@pytest.mark.parametrize("formula", ["!<>(b > 0)", "!!([](b == 0))", "!(a == N && <>(b > 0))"])
def test_negated_eventualities_are_safety(formula):
    """Negations are moved inwards first; what was eventually is then always not."""
    spec = specification(formula)
    assert spec.kind == "safety"
    assert [spec.invariant.evaluate({"b": count}) for count in range(3)] == [True, False, False]


def test_nested_negations_are_safety_where_what_they_ask_stays():
    """Once b is inhabited it stays so; once it is empty it may not."""
    rule = "0: a -> b when (x >= 1) do { };"
    assert specification("!<>(a == 0 && <>(b == 0))", rule).kind == "safety"
    spec = specification("!<>(b == 0 && <>(a == 0))", rule)
    assert spec.claim == Always(State(at_least(B - 1)) | Always(State(at_least(A - 1))))


BUSY, IDLE = State(at_least(B - 1)), State(equal(B))


@pytest.mark.parametrize(
    ("formula", "kept", "claim"),
    [
        ("<>(b >= N)", "<>(b >= N)", Eventually(State(at_least(B - N)))),
        ("a > 0 -> <>[](b == 0)", "((a >= 1) -> <>[](b == 0))",
         ~State(at_least(A - 1)) | Eventually(Always(IDLE))),
        ("a == 0 U b == 0", "((a == 0) U (b == 0))", Until(State(equal(A)), IDLE)),
        ("a == 0 W b == 0", "((a == 0) W (b == 0))",
         Always(State(equal(A))) | Until(State(equal(A)), IDLE)),
        ("a == 0 R b == 0", "((a == 0) R (b == 0))",
         Always(IDLE) | Until(IDLE, State(equal(A) & equal(B)))),
        ("![](b == 0)", "![](b == 0)", Eventually(BUSY)),
        ("[](a == 0) -> [](b == 0)", "([](a == 0) -> [](b == 0))",
         Eventually(State(at_least(A - 1))) | Always(IDLE)),
        ("[](a > 0 -> <>(b > 0))", "[]((a >= 1) -> <>(b >= 1))",
         Always(~State(at_least(A - 1)) | Eventually(BUSY))),
        ("[](a == 0) || [](b == 0)", "([](a == 0) || [](b == 0))",
         Always(State(equal(A))) | Always(IDLE)),
        ("(x == 0 -> [](a == 0)) && [](b == 0)", None,
         (State(at_least(X - 1)) | Always(State(equal(A)))) & Always(IDLE)),
    ],
)  # fmt: skip
def test_what_is_no_invariant_is_a_temporal_claim(formula, kept, claim):
    """Liveness, alternatives of ``[]`` and until are read whole, and keep their text."""
    spec = specification(formula)
    assert (spec.kind, spec.claim) == ("temporal", claim)
    assert kept is None or spec.text == kept


@pytest.mark.parametrize(
    "formula",
    ["!(([](b == 0)) W (a == 0))", "<>([](a == 0) U (b == 0)) -> a == 0",
     "<>(a == 0 && ((a == 1) W <>(b == 0)))"],
)  # fmt: skip
def test_what_is_not_decided_keeps_text_and_reason(formula):
    """Nothing is dropped in silence, and what is kept says why."""
    spec = specification(formula)
    assert spec.kind == "unsupported"
    assert "until" in spec.reason
    assert spec.claim is None
    assert spec.text


def test_a_name_may_be_unchanged_twice():
    """What is said twice is said; two different numbers are refused at their place."""
    rule = read_ta(text("0: a -> b when (1) do { unchanged(x, x); unchanged(x); };")).rules[0]
    assert rule.increments == ()
    rule = read_ta(text("0: a -> b when (1) do { x' == x + 2; x' == x + 2; };")).rules[0]
    assert rule.increments == (("x", 2),)
    with pytest.raises(InputError, match=r"column .*grows by one number"):
        read_ta(text("0: a -> b when (1) do { x' == x + 2; x' == x + 1; };"))


def test_a_counter_that_grows_and_stays_is_read_in_both_ways():
    """Either the counter grows, or nobody can take the rule."""
    file = text("0: a -> b when (1) do { x' == x + 1; unchanged(x, y); };")
    read = readings(file)
    assert [len(one.rules) for one in read.values()] == [1, 0]
    assert list(read) == ["x grows", "x never grows there"]
    assert read_ta(file).rules[0].increments == (("x", 1),)
    assert list(readings(text())) == [""]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("x >= N / 2", "2 * x >= N"),
        ("x > (N + T) / 2", "2 * x > N + T"),
        ("x >= N / 3 + T / 2", "6 * x >= 2 * N + 3 * T"),
        ("2 * x / 3 >= N", "2 * x >= 3 * N"),
        ("x >= N / -2", "2 * x >= -N"),
    ],
)
def test_division_is_of_fractions(written, meant):
    """Nothing is rounded: both sides are multiplied by what either is divided by."""
    assert guard(written) == guard(meant)


@pytest.mark.parametrize("written", ["x >= N / T", "x >= N / 0", "x >= 1 / x"])
def test_division_by_what_is_no_number_is_refused(written):
    """Only a number that is not zero divides."""
    with pytest.raises(InputError, match="division is by a number"):
        guard(written)


def test_unknowns_need_values():
    """Without one the place is named; with values they are numbers, also where they multiply."""
    file = text("0: a -> b when (x >= q * N + 1) do {};", more="unknowns q;")
    with pytest.raises(InputError, match=r"'q' .*--unknown q=1"):
        read_ta(file)
    sound = read_ta(file, {"q": Linear.number(-2)})
    assert sound.parameters == ("N", "T")
    assert sound.rules[0].guard == guard("x >= 1 - 2 * N")


def test_kept_text_has_its_definitions_expanded():
    """The writer does not write definitions, so the text must stand without them."""
    file = text(specs="s: <>(x >= HALF);", more="define HALF == N - T;")
    assert read_ta(file).specification("s").text == "<>(T + x >= N)"


@pytest.mark.parametrize(
    ("file", "message"),
    [
        ("", "line 1, column 1: '' is not allowed; expected 'skel' or 'thresholdAutomaton'"),
        ("skel P {\n  local pc;\n", "line 3, column 1: '' .* expected"),
        ("skel P { shared ; }", "line 1, column 17: ';' is not allowed; expected a name"),
        ("skel P { shared $; }", r"line 1, column 17: '\$'"),
        ("skel P { } é", "line 1, column 12: 'é' .*the end of the text"),
        ("skel P { }", "line 1, column 1: .*section locations is required"),
        (text(more="rules (0) { }"), "line 6, column 3: 'rules' .* once"),
        (text(more="unknowns q;"), "line 2, column 52: 'q' .*synthesise"),
        (text(more="shared x;"), "line 2, column 50: 'x' .* once"),
        (text(more="define N == 2;"), "line 2, column 50: 'N' .* once"),
        (text(more="define D == x * y;"), "line 2, column 59: 'y' .*not linear"),
        (text(more="define D == 1 >= 1;"), "line 2, column 55: .*expected an arithmetic"),
        (text(more="define D == 9999999999999;"), "line 2, column 55: .*at most 1000000000"),
        (text(more="define D == 99999 * 99999;"), "line 2, column 63: .*at most 1000000000"),
        (text(inits="a == M;"), "line 5, column 20: 'M' .*not declared"),
        (text(inits="pc == 0;"), "line 5, column 15: 'pc' .*local variables"),
        (text(inits="a + N;"), "line 5, column 15: 'a \\+ N' .*expected a comparison"),
        (text("0: a -> q when (true) do { };"), "line 6, column 23: 'q' .*no location"),
        (text("0: a -> b when (a >= 1) do { };"), "line 6, column 31: 'a' .*location cannot"),
        (text("0: a -> b when ([](x >= 1)) do { };"), "line 6, column 31: 'always' .*temporal"),
        (text("0: a -> b when (x > y) do { };"), "line 6, column 31: .*both signs"),
        (
            text("0: a -> b when (x >= 1) do {};\n 1: a -> b when (x >= 2 ||\n !(y <= x)) do {};"),
            "line 8, column 4: 'y >= x \\+ 1'.*both signs",
        ),
        (text("0: a -> b when (x >= 1) do { x' == 0; };"), "line 6, column 44: .*resets"),
        (text("0: a -> b when (x >= 1) do { reset(x); };"), "line 6, column 44: .*resets"),
        (text("0: a -> b when (1) do { x' == x - 1; };"), "line 6, column 39: .*decrements"),
        (text("0: a -> b when (1) do { x' == y; };"), "line 6, column 39: .*other updates"),
        (text("0: a -> b when (1) do { unchanged(N); };"), "column 49: 'N' .*no shared"),
        (text(specs="s: [](b == 0); s: [](a == 0);"), "line 7, column 39: 's' .*once"),
        (text(specs="s: [](q == 0);"), "line 7, column 30: 'q' .*not declared"),
        (text(specs="s: []b == 0;"), None),
        (text(specs="s: ([](b == 0)) + 1 == 0;"), "line 7, column 28: .*expected an arithmetic"),
    ],
)
def test_errors_are_one_line_with_the_place(file, message):
    """Whatever is wrong is said with line and column, what stands there, and what is allowed."""
    if message is None:  # [] binds weaker than a comparison
        assert read_ta(file).specification("s").kind == "safety"
        return
    with pytest.raises(InputError, match=message) as caught:
        read_ta(file)
    assert "\n" not in str(caught.value)
    assert re.match(r"line \d+, column \d+: ", str(caught.value))


def test_deep_nesting_is_refused_not_overflowed():
    """Parentheses cost nothing; operators nested beyond reason are an error with a place."""
    assert guard("(" * 5000 + "x >= 1" + ")" * 5000) == (at_least(X - 1),)
    for deep in ("!" * 5000 + "x >= 1", "x >= " + "-" * 5000 + "1", "x >= 1 -> " * 5000 + "x >= 1"):
        with pytest.raises(InputError, match=r"line 6, column .*nested at most"):
            guard(deep)


def test_long_formulas_are_no_problem():
    """Length is not depth: sums and conjunctions of thousands of parts are read."""
    assert guard("x >= " + "1 + " * 5000 + "1") == (at_least(X - 5001),)
    assert len(guard(" && ".join(f"x >= {i} + N" for i in range(2000)))) == 2000


def test_exploding_disjunctions_are_refused():
    """A guard with more cases than anybody writes is an error at its rule."""
    with pytest.raises(InputError, match=r"line 6, column 15: .*conjunctions"):
        guard(" && ".join(f"(x >= {i} + N || y >= {i} + N)" for i in range(30)))


def test_files_that_cannot_be_read_are_named(tmp_path):
    """A missing file and one that is no text are input errors too."""
    with pytest.raises(InputError, match="no such file"):
        load_ta(tmp_path / "missing.ta")
    (tmp_path / "binary.ta").write_bytes(b"skel \xff")
    with pytest.raises(InputError, match="byte 5"):
        load_ta(tmp_path / "binary.ta")
    (tmp_path / "good.ta").write_text(text(), encoding="utf-8")
    assert load_ta(tmp_path / "good.ta").name == "P"
