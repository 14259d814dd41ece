from dataclasses import replace

import pytest

from milpbft.automaton.automaton import Automaton
from milpbft.automaton.condition import TRUE, Atom, at_least, compare, equal
from milpbft.automaton.linear import Linear
from milpbft.automaton.mutants import lowered
from milpbft.automaton.rule import Rule, numbered, split_rule
from milpbft.automaton.specification import Specification
from milpbft.errors import InputError

N, T, SENT, HEARD, A = map(Linear.of, ("N", "T", "sent", "heard", "a"))
ENOUGH = at_least(SENT - T)
FEW = compare(SENT, "<", N)


def small(**changes):
    """Three locations in a row, two counters; `changes` replace fields."""
    fields = {
        "name": "Small",
        "parameters": ("N", "T"),
        "counters": ("sent", "heard"),
        "locations": ("a", "b", "c"),
        "assumptions": compare(N, ">", T),
        "initial": equal(A - N),
        "rules": (
            Rule("r0", "a", "b", (), (("sent", 1),)),
            Rule("r1", "b", "c", (ENOUGH, FEW)),
        ),
        "specifications": (Specification("safe", invariant=equal(Linear.of("c"))),),
    }
    return Automaton(**{**fields, **changes})


def test_automata_are_values():
    """Equal tables are equal and hash alike, so that an encoding can be kept per automaton."""
    assert small() == small()
    assert hash(small()) == hash(small())


def test_what_initial_does_not_mention_starts_at_zero():
    """Every location and counter has a value at the start."""
    zeros = [equal(Linear.of(name)) for name in ("b", "c", "sent", "heard")]
    assert small().initial == equal(A - N) & zeros[0] & zeros[1] & zeros[2] & zeros[3]
    assert replace(small(), name="Other").initial == small().initial


def test_locations_are_ordered_along_the_rules():
    """The order is one in which every rule leads forward, whatever order they are declared in."""
    assert small(locations=("c", "b", "a")).order == ("a", "b", "c")


def test_guards_are_listed_once_and_classified():
    """Lower guards count up to a threshold, upper ones from it on, constant ones count nothing."""
    guards = small(
        rules=(
            Rule("r0", "a", "b", (ENOUGH,)),
            Rule("r1", "b", "c", (ENOUGH, FEW)),
            Rule("r2", "a", "c", (at_least(T - 1),)),
        )
    )
    assert [guards.kind(guard) for guard in guards.guards] == ["lower", "upper", "constant"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"locations": ()}, "at least one location"),
        ({"locations": ("a", "b", "c", "b")}, "name b: 'b' .* used once"),
        ({"counters": ("sent", "heard", "N")}, "name N"),
        ({"name": "no name"}, "a name is letters"),
        ({"counters": ("sent", "heard", "true")}, "no keyword"),
        ({"assumptions": equal(SENT)}, "assumptions: 'sent'"),
        ({"initial": equal(A - Linear.of("M"))}, "initial: 'M'"),
        ({"rules": (Rule("r", "a", "d"),)}, "rule r: 'd'"),
        ({"rules": (Rule("r", "a", "b"), Rule("r", "b", "c"))}, "rule r: 'r' .* once"),
        ({"rules": (Rule("r", "a", "b", (), (("lost", 1),)),)}, "rule r: 'lost'"),
        ({"rules": (Rule("r", "a", "b", (), (("sent", -1),)),)}, "counters that fall"),
        ({"rules": (Rule("r", "a", "b", (), (("sent", 1), ("heard", 1))),)}, "sorted"),
        ({"rules": (Rule("r", "a", "b", (at_least(A - 1),)),)}, "rule r: 'a'"),
        ({"rules": (Rule("r", "a", "b", (equal(SENT - 1),)),)}, "split_rule"),
        ({"rules": (Rule("r", "a", "b", (at_least(SENT - HEARD),)),)}, "rule r: .*both signs"),
        ({"specifications": (Specification("s"), Specification("s"))}, "specification s"),
        ({"specifications": (Specification("s", premise=equal(Linear.of("q"))),)}, "'q'"),
    ],
)
def test_what_the_encodings_do_not_cover_is_refused(changes, message):
    """Each refusal is one line that says where, what it holds, and what is allowed."""
    with pytest.raises(InputError, match=message) as caught:
        small(**changes)
    assert "\n" not in str(caught.value)


def test_cycles_are_named():
    """Each location to which a node can come back belongs to a set; no MILP orders them."""
    back, loop = Rule("r2", "c", "a"), Rule("r3", "b", "b", (), (("sent", 1),))
    assert small().cycles == {}
    assert small().cycle == ""
    assert small(rules=(Rule("r1", "a", "b"), loop)).cycles == {"b": 0}
    cyclic = small(rules=(Rule("r0", "a", "b"), Rule("r1", "b", "c"), back))
    assert set(cyclic.cycles.values()) == {0}
    assert set(cyclic.cycles) == {"a", "b", "c"}
    with pytest.raises(InputError, match=r"'(a -> )?(b -> )?c -> a( -> b)?( -> c)?'"):
        _ = cyclic.order


def test_parameters_are_checked():
    """Values must be there, be natural, be the automaton's, and satisfy its assumptions."""
    small().check_parameters({"N": 4, "T": 1})
    for values in ({"N": 4}, {"N": 4, "T": -1}, {"N": 4, "T": 1, "F": 0}, {"N": 1, "T": 1}):
        with pytest.raises(InputError):
            small().check_parameters(values)


def test_items_are_found_by_name():
    """A wrong name is answered with the names that there are."""
    assert small().rule("r1").target == "c"
    assert small().specification("safe").name == "safe"
    with pytest.raises(InputError, match="r0, r1"):
        small().rule("r9")
    with pytest.raises(InputError, match="safe"):
        small().specification("live")


def test_a_disjunction_becomes_one_rule_per_case():
    """Cases share source, target and increments; an equality becomes its two bounds."""
    guard = (ENOUGH & FEW) | equal(HEARD - 2)
    first, second = split_rule("r7", "a", "b", guard, {"sent": 1, "heard": 0})
    assert (first.name, second.name) == ("r7", "r7b")
    assert first.increments == second.increments == (("sent", 1),)
    assert second.guard == (at_least(HEARD - 2), at_least(-HEARD + 2))


def test_equality_with_zero_is_one_upper_bound():
    """``sent == 0`` only says that it is not more; ``sent != 0`` that it is at least one."""
    (rule,) = split_rule("r", "a", "b", equal(SENT), {})
    assert rule.guard == (Atom(-SENT, ">="),)
    (rule,) = split_rule("r", "a", "b", ~equal(SENT), {})
    assert rule.guard == (at_least(SENT - 1),)


def test_guards_that_never_hold_leave_no_rule():
    """A rule that nobody can ever take is no rule; one that is always on has no guard."""
    assert split_rule("r", "a", "b", ~TRUE, {}) == ()
    assert split_rule("r", "a", "b", TRUE, {})[0].guard == ()


def test_numbered_names_are_unique():
    """Names of cases do not run out at z."""
    names = [numbered("r0", index) for index in range(60)]
    assert names[:3] == ["r0", "r0b", "r0c"]
    assert len(set(names)) == 60


def test_a_mutant_asks_for_less():
    """Lowering a guard by one weakens it in every rule that has it, and nothing else."""
    weaker = lowered(small(), ENOUGH)
    assert weaker.rule("r1").guard == (at_least(SENT - T + 1), FEW)
    assert weaker.rule("r0") == small().rule("r0")
    with pytest.raises(InputError, match="guards of Small"):
        lowered(small(), at_least(HEARD - 1))
