"""Specifications for all parameters: verdicts, least violations, mutants, and small sizes."""

from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest

from milpbft.automaton.condition import all_of, compare
from milpbft.automaton.explicit.progress import explore_temporal
from milpbft.automaton.linear import Linear
from milpbft.automaton.mutants import lowered
from milpbft.automaton.ta.assume import assuming
from milpbft.automaton.ta.reader import load_ta, readings, text_of
from milpbft.check.allsizes import decide_all
from milpbft.check.cross import crossed
from milpbft.check.safety import decide
from milpbft.errors import InputError
from solvers import Limits
from tests.automaton.claims import FORMS, read
from tests.automaton.others import FOLDER as SHARED
from tests.automaton.others import needs_others

OWN = Path(__file__).parents[2] / "instances" / "automata"
# What is violated, at the least parameters; all else holds for all parameters.
VIOLATED = {
    "bracha-1987-broken-echo": {"agreement": (5, 1, 1), "one_ready": (4, 1, 0),
                                "totality": (4, 1, 1)},
    "bracha-1987-broken-ready": {"agreement": (5, 1, 1), "validity0": (4, 1, 1),
                                 "validity1": (4, 1, 1), "one_ready": (4, 1, 1),
                                 "totality": (4, 1, 1)},
    "bracha-toueg-1985-broken": {"agreement": (4, 1, 0)},
    "chandra-toueg-1996-broken": {"integrity": (1, 0)},
    "srikanth-toueg-1987-broken": {"unforgeability": (4, 1, 1)},
    "tendermint-2018": {"alone": (7, 2, 2)},
    "tendermint-2018-broken": {"agreement": (4, 1, 0), "final": (4, 1, 0), "one_lock": (4, 1, 0),
                               "alone": (7, 2, 2)},
    "n-ben-or": {"decide_or_flip": (3, 1, 0, 0)},
    "n-ben-or-nonclean": {"decide_or_flip": (3, 1, 0, 0)},
    "naive-voting-byz": {"agreement": (5, 1, 1), "termination": (2, 0, 0)},
}  # fmt: skip
FILES = sorted(path for path in OWN.glob("*.ta") if not path.name.startswith("dbft"))
OTHERS = ["aba", "bcrb", "bosco", "c1cs", "cc", "cf1s", "frb", "n-ben-or", "n-ben-or-nonclean",
          "naive-voting-byz", "nbacg", "nbacr", "strb"]  # fmt: skip


def verdicts(automaton):
    """The least parameters that violate each specification that is violated."""
    found = {spec.name: decide_all(automaton, spec) for spec in automaton.specifications}
    assert all(one.status in {"holds", "violated"} for one in found.values())
    assert all(one.least for one in found.values() if one.status == "violated")
    return {
        name: tuple(one.parameters.values())
        for name, one in found.items()
        if one.status == "violated"
    }


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_own_automata_for_all_parameters(path):
    """What is violated, and at which sizes first; everything else is proven."""
    assert verdicts(load_ta(path)) == VIOLATED.get(path.stem, {})


@needs_others
@pytest.mark.slow
@pytest.mark.parametrize("name", OTHERS)
def test_automata_of_others_for_all_parameters(name):
    """No specification is left open, in either reading where there are two."""
    for automaton in readings(text_of(SHARED / f"{name}.ta")).values():
        assert verdicts(automaton) == VIOLATED.get(name, {})


@pytest.mark.parametrize("form", FORMS)
def test_every_form_holds_and_has_a_broken_variant(form):
    """Each form is proven where it holds and violated where it is broken; small sizes agree."""
    for broken in (False, True):
        automaton, spec = read(form, broken=broken)
        found = decide_all(automaton, spec)
        assert found.status == ("violated" if broken else "holds"), form
        sizes = [{"N": 4, "T": 1, "F": f} for f in (0, 1)]
        if not broken:
            for size in sizes:
                assert explore_temporal(automaton, spec, size).verdict == "holds", size
            continue
        assert found.least
        assert explore_temporal(automaton, spec, found.parameters).verdict == "violated"
        below = [size for size in sizes if tuple(size.values()) < tuple(found.parameters.values())]
        for size in below:
            assert explore_temporal(automaton, spec, size).verdict == "holds", size


@pytest.mark.slow
@pytest.mark.parametrize("form", FORMS)
def test_the_milp_says_the_same_of_every_form(form):
    """With N up to 8, sound and broken."""
    for broken in (False, True):
        automaton, spec = read(form, broken=broken)
        found = crossed(
            automaton, spec, decide_all(automaton, spec), 8, solver=None, limits=Limits()
        )
        assert found.reason == "MILP up to 8: the same", form


@pytest.mark.parametrize(
    "name", ["srikanth-toueg-1987", pytest.param("bracha-toueg-1985", marks=pytest.mark.slow)]
)
def test_lowered_guards_flip_verdicts_as_enumeration_says(name):
    """A guard off by one: violated for some parameters only if enumeration finds it at small ones.

    Sizes go up to those at which the mutants' least violations are, so that both must agree.
    """
    automaton = load_ta(OWN / f"{name}.ta")
    small = assuming(automaton, ["N <= 5"])
    flipped = 0
    for guard in automaton.guards:
        broken = lowered(small, guard)
        for spec in broken.specifications:
            found = decide_all(broken, spec)
            wanted = [size for size in _sizes(5) if broken.assumptions.evaluate(size)
                      and explore_temporal(broken, spec, size).verdict == "violated"]  # fmt: skip
            assert found.status == ("violated" if wanted else "holds"), (str(guard), spec.name)
            assert not wanted or found.parameters == wanted[0]
            flipped += bool(wanted)
    assert flipped


def _sizes(most):
    for n, t, f in product(range(most + 1), repeat=3):
        yield {"N": n, "T": t, "F": f}


@pytest.mark.parametrize(
    ("name", "spec", "weaker", "least"),
    [
        ("srikanth-toueg-1987", "relay", "N >= 3 * T", (3, 1, 1)),
        ("srikanth-toueg-1987", "relay", "F <= T + 1", (4, 1, 2)),
        ("srikanth-toueg-1987", "unforgeability", "F <= T + 1", (4, 1, 2)),
        ("bracha-1987", "agreement", "F <= T + 1", (4, 1, 2)),
        ("tendermint-2018", "agreement", "F <= T + 1", (4, 1, 2)),
    ],
)
def test_weaker_resilience_is_violated(name, spec, weaker, least):
    """One fault more than the algorithm stands, or one node fewer than it needs."""
    automaton = load_ta(OWN / f"{name}.ta")
    bare = assuming(replace(automaton, assumptions=all_of([])), ["T >= 1", weaker])
    other = "F <= T" if weaker.startswith("N") else "N >= 3 * T + 1"
    weakened = assuming(bare, [other])
    assert decide_all(automaton, automaton.specification(spec)).status == "holds"
    found = decide_all(weakened, weakened.specification(spec))
    assert (found.status, tuple(found.parameters.values())) == ("violated", least)


def test_small_sizes_mislead():
    """It holds with four nodes, and proofs for all sizes say that it does not with seven."""
    automaton = load_ta(OWN / "tendermint-2018.ta")
    spec = automaton.specification("alone")
    small = decide(automaton, spec, {"N": (4, 4), "T": (1, 1), "F": (0, 1)}, solver="highs")
    assert small.status == "holds"
    assert "N = 4" in small.scope
    assert decide_all(automaton, spec).parameters == {"N": 7, "T": 2, "F": 2}


def test_agreement_of_dbft_for_every_size():
    """The shipped table: it holds with F <= T, and does not with one fault more."""
    automaton = load_ta(OWN / "dbft2-two-views.ta")
    spec = automaton.specification("agreement_0_1")
    sizes = ["N >= 3 * T + 1", "T >= 1"]
    assert decide_all(assuming(automaton, [*sizes, "F <= T"]), spec).status == "holds"
    found = decide_all(assuming(automaton, [*sizes, "F <= T + 1"]), spec)
    assert tuple(found.parameters.values()) == (4, 1, 2, 0, 0)


def test_a_million_nodes_are_replayed_at_once():
    """The least violation beyond a bound is as quick to replay as any."""
    automaton = load_ta(OWN / "srikanth-toueg-1987-broken.ta")
    large = assuming(automaton, ["N >= 1000000"])
    found = decide_all(large, large.specification("unforgeability"))
    assert found.parameters["N"] == 1_000_000
    assert sum(step.count for step in found.run) < 1_000_000


def test_limits_are_no_verdicts():
    """Too little time, and too few slots, leave a specification open."""
    automaton = load_ta(OWN / "bracha-1987.ta")
    spec = automaton.specification("agreement")
    assert decide_all(automaton, spec, limits=Limits(0)).status == "undecided"
    few = decide_all(automaton, spec, slots=1)
    assert few.status == "undecided"
    assert "a proof takes" in few.reason


def test_what_contradicts_the_milp_is_said():
    """A verdict that the MILP refutes is a fault of milpbft, and never printed as a verdict."""
    automaton = load_ta(OWN / "srikanth-toueg-1987-broken.ta")
    spec = automaton.specification("unforgeability")
    wrong = replace(decide_all(automaton, spec), status="holds", parameters={})
    found = crossed(automaton, spec, wrong, 6, solver="highs", limits=Limits())
    assert found.status == "contradicted"
    assert "fault of milpbft" in found.reason


def test_assumptions_that_nothing_satisfies_are_refused():
    """A proof about no size at all would be no proof."""
    automaton = load_ta(OWN / "bracha-1987.ta")
    with pytest.raises(InputError, match="assume"):
        assuming(automaton, ["1 == 2"])
    nowhere = assuming(automaton, ["N <= 1"])
    with pytest.raises(InputError, match="sizes at which a run starts"):
        decide_all(nowhere, nowhere.specification("agreement"))
    with pytest.raises(InputError, match="not declared"):
        assuming(automaton, ["M > 2"])
    assert compare(Linear.of("N"), ">", Linear.number(2)) in (
        assuming(automaton, ["N > 2"]).assumptions.parts
    )
