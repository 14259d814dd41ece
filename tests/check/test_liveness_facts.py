"""Liveness of automata that others published, with what is known of it, sound and weakened.

The files hold safety only; the claims are put in here. A node must take a rule once what correct
nodes sent allows it: guards of rules count F messages of Byzantine nodes besides, fairness none.
"""

import pytest

from milpbft.automaton.explicit.progress import explore_temporal
from milpbft.automaton.ta.reader import read_ta
from milpbft.check.allsizes import decide_all
from tests.automaton.others import FOLDER as SHARED
from tests.automaton.others import needs_others

pytestmark = needs_others
STRB = (
    "<>[](loc1 == 0 && (nsnt < T + 1 || loc0 == 0)"
    " && (nsnt < N - T || (loc0 == 0 && loc1 == 0 && locSE == 0)))"
)
ABA = (
    "<>[](loc1 == 0"
    " && (loc0 == 0 || (2 * nsntEC < N + T + 1 && nsntRD < T + 1))"
    " && (locEC == 0 || (2 * nsntEC < N + T + 1 && nsntRD < T + 1))"
    " && (locRD == 0 || nsntRD < 2 * T + 1))"
)
CLAIMS = {
    ("strb", "corr"): f"{STRB} -> ((loc0 == 0) -> <>(locAC != 0))",
    ("strb", "relay"): f"{STRB} -> [](locAC != 0 -> <>(loc0 == 0 && loc1 == 0 && locSE == 0))",
    ("aba", "corr"): f"{ABA} -> ((loc0 == 0) -> <>(locAC != 0))",
    ("aba", "agreement"): (
        f"{ABA} -> [](locAC != 0 -> <>(loc0 == 0 && loc1 == 0 && locEC == 0 && locRD == 0))"
    ),
}
FEW_NODES = {"N > 3 * T;": "N >= 3 * T;"}
MORE_FAULTS = {"T >= F;": "F <= T + 1;"}


def claimed(name, spec, assumed=None, *, fair=True):
    """A file with one claim, its assumptions changed; without `fair`, without the premise."""
    text = (SHARED / f"{name}.ta").read_text()
    claim = CLAIMS[name, spec]
    if not fair:
        claim = claim.partition(" -> ")[2]
    begin, end = text.index("unforg:"), text.index(";", text.index("unforg:"))
    text = f"{text[:begin]}{spec}: {claim}{text[end:]}"
    for old, new in (assumed or {}).items():
        assert text.count(old) == 1
        text = text.replace(old, new)
    automaton = read_ta(text)
    return automaton, automaton.specification(spec)


def least(found):
    """Its parameters, where it is violated."""
    return tuple(found.parameters.values()) if found.status == "violated" else found.status


@pytest.mark.parametrize(("name", "spec"), CLAIMS)
def test_what_is_known_to_hold_holds_for_all_sizes(name, spec):
    """With fairness; without it nodes need not move, and all of it is violated at once."""
    assert decide_all(*claimed(name, spec)).status == "holds"
    lazy = decide_all(*claimed(name, spec, fair=False))
    assert lazy.status == "violated"
    assert lazy.least


@pytest.mark.parametrize(
    ("name", "spec", "assumed", "wanted"),
    [
        ("strb", "relay", FEW_NODES, (3, 1, 1)),
        ("strb", "relay", MORE_FAULTS, (4, 1, 2)),
        ("aba", "agreement", MORE_FAULTS, (4, 1, 2)),
    ],
)
def test_weaker_resilience_violates_it(name, spec, assumed, wanted):
    """Three nodes for each fault, or one fault more; enumeration finds it at that size too."""
    automaton, claim = claimed(name, spec, assumed)
    found = decide_all(automaton, claim)
    assert least(found) == wanted
    assert found.least
    assert explore_temporal(automaton, claim, found.parameters).verdict == "violated"


@pytest.mark.slow
@pytest.mark.parametrize(("name", "spec"), CLAIMS)
@pytest.mark.parametrize("size", [(4, 1, 0), (4, 1, 1), (5, 1, 1)])
def test_enumeration_agrees_at_small_sizes(name, spec, size):
    """What is proven for all sizes holds at each that can be enumerated."""
    automaton, claim = claimed(name, spec)
    assert (
        explore_temporal(automaton, claim, dict(zip("NTF", size, strict=True))).verdict == "holds"
    )
