"""Runs by chance: sound nodes never beat an optimum, and nodes with a known fault do."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from milpbft.hgfrr.enumerate.chance import by_chance
from milpbft.hgfrr.reference.mutants import MUTANTS, SOUND
from milpbft.question.files import InstanceFile

FOLDER = Path(__file__).parents[3] / "instances" / "hgfrr"
RUNS = 12


def beats(name: str, fault: str | None, runs: int = RUNS) -> bool:
    """Say whether a run by chance is worth more than the optimum of an instance file."""
    file = InstanceFile.read(FOLDER / f"{name}.toml")
    assert file.expected is not None
    best, sense = file.expected.objective, file.instance.objective.sense
    mutant = SOUND if fault is None else MUTANTS[fault]
    values = by_chance(file.instance, Random(name), runs, mutant)
    assert values or fault is None
    assert best is not None
    return any(value > best if sense == "max" else value < best for value in values)


FAULTS = [
    ("hgfrr-n12-r9-k2-c3-w2-s0-b1-coverage-chosen", "sparing"),
    ("hgfrr-n60-r12-k2-c3-w2-s0-b9-faults_half", "sparing"),
    ("hgfrr-n12-r9-k2-c3-w3-s0-ticks-chosen", "chained"),
    ("hgfrr-n12-r4-k2-s0-b1-l5-ticks", "chained"),
    ("hgfrr-n12-r9-k2-c3-w3-s0-messages-chosen", "loud"),
    ("hgfrr-n60-r12-k2-c3-w2-s0-coverage-reload1", "sparing"),
    ("hgfrr-n12-r4-k2-s0-ticks-amnesia1", "chained"),
    ("hgfrr-n12-r4-k2-s0-messages-amnesia1", "loud"),
    ("hgfrr-n24-r8-k2-s0-b2-cost-crash-repair20", "restless"),
    ("hgfrr-n12-r8-k2-s0-b2-coverage-crash-repair20", "sparing"),
    ("hgfrr-n12-r8-k2-s0-b2-ticks-crash-repair20", "chained"),
    ("churn-n10-r6-k2-s0-j1-t10-coverage-newcomer-silent", "sparing"),
    ("churn-n10-r6-k2-s0-j1-t10-messages-news2", "loud"),
    ("churn-n12-r4-k2-s0-b1-t12-ticks-crash-beat2-again4", "chained"),
    ("dissemination-n100-f2-s0-b1-coverage", "sparing"),
    ("besttree-n10-p1-ticks-kary", "hasty"),
    ("besttree-n9-p1-ticks-cycle", "hasty"),
]


@pytest.mark.parametrize(("name", "fault"), FAULTS)
def test_nodes_with_a_known_fault_beat_the_optimum_and_sound_ones_do_not(name: str, fault: str):
    """The same question, the same coins."""
    assert not beats(name, None)
    assert beats(name, fault)
