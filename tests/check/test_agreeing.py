"""Theorems on rule tables beside the MILP at small sizes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from typer.testing import CliRunner

from cli import app
from milpbft.cases import Case
from milpbft.check.agreeing import at_sizes, cross_sizes
from milpbft.check.everywhere import prove
from milpbft.errors import InputError
from solvers import Limits

DBFT, BROKEN = "dbft2-strict-n4-v2-c1-forks", "dbft2-strict-n4-v2-b2-forks"
NONE = Limits()


def crossed(name: str, most: int, **changes: object):
    """The theorem of an instance beside the MILP."""
    instance = Case.of(name).instance
    theorem = replace(prove(instance), **changes)
    return cross_sizes(theorem, instance, most, solver="highs", limits=NONE)


def test_faults_are_counted_from_f():
    """One fault of four is two of seven, two of four are three of seven."""
    sizes = {one.n: (one.f, one.byzantine) for one in at_sizes(Case.of(BROKEN).instance, 8)}
    assert sizes == {4: (1, 2), 5: (1, 2), 6: (1, 2), 7: (2, 3), 8: (2, 3)}


def test_the_milp_says_the_same_at_four_nodes():
    """A theorem."""
    holds = crossed(DBFT, 4)
    assert (holds.status, holds.notes) == ("holds", ("MILP at n = 4: the same",))


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        (BROKEN, {"status": "holds", "parameters": {}}),
        pytest.param(BROKEN, {"parameters": {"N": 5, "T": 1}}, marks=pytest.mark.slow),
        pytest.param(DBFT, {"status": "violated", "parameters": {"N": 4, "T": 1}},
                     marks=pytest.mark.slow),
    ],
)  # fmt: skip
def test_what_the_milp_contradicts_is_no_verdict(name: str, changes: dict[str, object]):
    """A false theorem, one whose least size is too large, and a violation that is none."""
    found = crossed(name, 4, **changes)
    assert found.status == "contradicted"
    assert "fault of milpbft" in found.notes[-1]


def test_a_limit_leaves_a_size_open():
    """Said, and no contradiction."""
    instance = Case.of(DBFT).instance
    found = cross_sizes(prove(instance), instance, 4, solver="highs", limits=Limits(seconds=0))
    assert (found.status, found.notes) == ("holds", ("MILP at n = 4: undecided",))
    with pytest.raises(InputError, match="cross"):
        cross_sizes(prove(instance), instance, 3, solver="highs", limits=NONE)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "most"),
    [(DBFT, 8), (BROKEN, 6), ("dbft2-strict-n4-v2-b1-forks", 7),
     ("dbft2-strict-n4-v2-undecided", 7), ("dbft2-strict-n4-v2-c1-undecided", 5),
     ("pbft-n4-v2-b1-e2-forks", 5), ("pbft-n4-v2-b2-e2-forks", 5)],
)  # fmt: skip
def test_the_milp_says_the_same_at_more_sizes(name: str, most: int):
    """Sizes from 4 on, faults counted from f."""
    instance = Case.of(name).instance
    found = cross_sizes(prove(instance), instance, most, solver=None, limits=Limits(seconds=250))
    assert found.status != "contradicted", found.notes
    assert ": the same" in found.notes[-1] or ": the same" in found.notes[-2], found.notes


def test_the_command_says_both():
    """A note in the answer, and an error without --all."""
    words = ["solve", "dbft2-strict-v2-c1-forks", "--all", "--cross", "4", "--solver", "highs"]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 0, result.output
    assert "MILP at n = 4: the same" in result.stdout
    assert CliRunner().invoke(app, ["solve", DBFT, "--cross", "4"]).exit_code == 2
