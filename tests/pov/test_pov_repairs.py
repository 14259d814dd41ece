"""Repairs: no set of switches makes Lemma 4.3 true, and exhaustion finds the same."""

from __future__ import annotations

import pytest

from milpbft.pov.enumerate.rounds import best
from milpbft.pov.instance import RoundInstance
from milpbft.pov.repairs import PARTS, SWITCHES, decide, sets
from milpbft.question.files import parse_instance


def test_all_sets_are_asked():
    """Every one of eight sets, and every name is one that the model reads."""
    assert len(list(sets())) == 2 ** len(SWITCHES)
    for switches in sets():
        for part in PARTS:
            instance = parse_instance(part.instance(switches))
            assert all(getattr(instance, word) == (word in switches) for word in SWITCHES)


def test_all_switches_together_stall():
    """No block comes; at most one does; and who signs twice forks."""
    decided = decide(SWITCHES)
    assert decided.values == (5, 1, 1, 1, 2)
    assert decided.holds is False


@pytest.mark.slow
@pytest.mark.parametrize("switches", list(sets()), ids="-".join)
def test_no_set_of_switches_makes_the_lemma_true(switches: tuple[str, ...]):
    """Without a lock a dishonest butler forks; with one it stalls, whatever else is on."""
    decided = decide(switches)
    assert decided.holds is False
    assert decided.values[0] == (5 if "lock" in switches else 2)
    assert decided.values[2] == (1 if "lock" in switches else 2)
    assert decided.values[3] == (1 if "once" in switches else 2)


SMALL = [
    ("povround-nc1-nb2-tb5-t10-bb1-blocks-forwarding-once-delta1", 2),
    ("povround-nc1-nb2-tb5-t9-bb1-cycles-forwarding-lock-once-delta1", 3),
]


@pytest.mark.parametrize(("name", "value"), SMALL)
def test_exhaustion_finds_the_same_at_small_sizes(name: str, value: int):
    """A fork without a lock, and no block in any cycle with one, on nodes of the reference."""
    instance = parse_instance(name)
    assert isinstance(instance, RoundInstance)
    assert best(instance) == value
