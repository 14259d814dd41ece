"""Rules that form cycles: what nodes reach, what nobody goes round, and runs that never rest."""

import random
from collections import Counter

import pytest

from milpbft.automaton.allsizes.rows import Slots
from milpbft.automaton.explicit.progress import explore_temporal
from milpbft.automaton.ta.reader import read_ta
from milpbft.automaton.temporal.normal import task_of
from milpbft.automaton.temporal.resting import rests
from milpbft.check import allsizes
from milpbft.check.allsizes import decide_all
from milpbft.check.cross import crossed
from milpbft.check.safety import decide
from milpbft.errors import InputError
from milpbft.solvers import Limits
from tests.automaton.lassos import holds, lassos
from tests.automaton.random_automata import automaton, safety_of, sizes, temporal_of

# Who heard enough goes on, may come back, and may vote again; behind it is an island with a cycle.
ROUNDS = """skel Rounds {{
  shared votes, ghosts; parameters N, T; assumptions (2) {{ N > 3 * T; T >= 1; }}
  locations (5) {{ idle: [0]; voted: [1]; sure: [2]; here: [3]; there: [4]; }}
  inits (1) {{ idle == N; }}
  rules (6) {{
    0: idle -> voted when (true) do {{ votes' == votes + 1; }};
    1: voted -> sure when (votes >= N - T) do {{ }};
    2: sure -> idle when (votes >= {again}) do {{ }};
    3: here -> there when (true) do {{ ghosts' == ghosts + 1; }};
    4: there -> here when (true) do {{ }};
    5: sure -> here when (ghosts >= 1) do {{ }};
  }}
  specifications (1) {{ s: {claim}; }}
}}"""
CLAIMS = {
    "[](ghosts == 0)": ("holds", "2 * N", "T"),
    "[](votes <= N)": ("violated", "T", "2 * N"),
    "<>[](votes < N - T || voted == 0) -> <>(sure > 0 || votes < N - T || idle > 0)":
        ("holds", "2 * N", "2 * N"),
    "!([]<>(idle == 0) && []<>(idle > 0))": ("undecided", "T", "T"),
    "[](sure == 0 || <>(idle > 0))": ("violated", "T", "T"),
}  # fmt: skip


def rounds(claim, again):
    """The automaton, and its specification."""
    one = read_ta(ROUNDS.format(claim=claim, again=again))
    return one, one.specification("s")


@pytest.mark.parametrize("claim", CLAIMS)
def test_cycles_are_decided(claim):
    """Enumeration at small sizes agrees; what only runs without rest could violate stays open."""
    verdict, *thresholds = CLAIMS[claim]
    for again in thresholds:
        found = crossed(*rounds(claim, again), decide_all(*rounds(claim, again)), 4,
                        solver=None, limits=Limits())  # fmt: skip
        if claim != "[](votes <= N)" or again == "T":
            assert found.status == verdict, again
        else:
            assert found.status == "holds"
        assert "fault" not in found.reason
    assert verdict != "undecided" or "without end" in found.reason


def test_nobody_goes_round_an_island(monkeypatch):
    """Without the chain of rules, the balance alone would let ghosts be counted."""
    case = rounds("[](ghosts == 0)", "T")
    assert decide_all(*case).status == "holds"
    monkeypatch.setattr(Slots, "_chains", lambda *_: iter(()))
    with pytest.raises(ValueError, match="nobody comes to"):
        decide_all(*case)


def test_a_loop_that_never_rests_needs_its_own_answer(monkeypatch):
    """A run that goes round for ever violates what no run that rests does: no proof is claimed."""
    case = rounds("!([]<>(idle == 0) && []<>(idle > 0))", "T")
    wanted = ~case[1].claimed
    found = lassos(random.Random(1), case[0], {"N": 4, "T": 1}, wanted.conditions, 300)
    assert any(holds(wanted, *one) for one in found)
    monkeypatch.setattr(allsizes, "rests", lambda _: True)
    assert decide_all(*case).status == "holds"


def test_sizes_are_decided_by_z3_too():
    """A range is an assumption; a solver that cannot be asked is refused by name."""
    case = rounds("[](votes <= N)", "T")
    found = decide(*case, {"N": (4, 6), "T": (1, 1)})
    assert (found.status, found.least) == ("violated", False)
    assert "N = 4..6" in found.scope
    with pytest.raises(InputError, match=r"solver: 'cbc' .*cycle.*idle"):
        decide(*case, {"N": (4, 6), "T": (1, 1)}, solver="cbc")


def compare(seed):
    """Compare z3 with enumeration and with runs that never rest; return what kind it was."""
    rng = random.Random(seed)
    spec = temporal_of(rng) if seed % 4 else safety_of(rng)
    one = automaton(rng, spec, cyclic=True)
    wanted = ~spec.claimed
    try:
        task_of(wanted)
    except InputError:
        return "unsupported"
    if not one.cycle:
        return "acyclic"
    each = [(size, explore_temporal(one, spec, size).verdict) for size in sizes()]
    worst = next((size for size, verdict in each if verdict == "violated"), None)
    found = decide_all(one, spec)
    open_ = worst is None and not rests(wanted)
    expected = "undecided" if open_ else "holds" if worst is None else "violated"
    assert found.status == expected, seed
    assert worst is None or not found.least or found.parameters == worst, seed
    if found.status == "holds":
        for size in sizes():
            for run, back in lassos(rng, one, size, wanted.conditions, 10):
                assert not holds(wanted, run, back), (seed, size)
    return found.status


def test_cycles_agree_with_enumeration():
    """Thirty automata, as a sample of what the slow test does."""
    verdicts = Counter(map(compare, range(30)))
    assert verdicts["holds"] >= 3
    assert verdicts["violated"] >= 5


@pytest.mark.slow
@pytest.mark.parametrize("first", range(1000, 4000, 500))
def test_cycles_agree_with_enumeration_on_thousands(first):
    """3000 seeds; of runs that never rest, ten at each size where a claim is said to hold."""
    verdicts = Counter(map(compare, range(first, first + 500)))
    assert verdicts["holds"] + verdicts["violated"] >= 250
