"""Quorums of dBFT and PBFT that neither fork nor lock, found for all sizes."""

from __future__ import annotations

from itertools import product

import pytest
from typer.testing import CliRunner

from cli import app
from milpbft.cases import Case
from milpbft.check.everywhere import prove
from milpbft.check.quorums import RANGES, find_quorums, text_of, value
from milpbft.commands.unknown import read_unknown
from milpbft.errors import InputError
from milpbft.question.files import make_instance
from milpbft.solve import solve
from solvers import Limits

PBFT, DBFT = "pbft-n4-v2-b1-e2-forks", "dbft2-strict-n4-v2-b1-forks"
FEW = ((0, 1), (-1, 2), (0, 1))


def instance(name: str):
    return Case.of(name).instance


@pytest.mark.slow
def test_quorums_of_pbft():
    """N - f at all sizes; where n is 3f + 1, 2f + 1 is the same number."""
    found = find_quorums(instance(PBFT), FEW)
    assert (found.tried, found.found, found.undecided) == (16, ("n-f",), ())
    assert len(found.found) + sum(1 + one.others for one in found.excluded) == found.tried
    forks = {one.quorum: one.sizes for one in found.excluded if one.about == "fork"}
    assert forks["2f+1"]["N"] == 5
    printed = find_quorums(instance(PBFT), FEW, usual=True)
    assert printed.found == ("2f+1", "n-f")


@pytest.mark.slow
@pytest.mark.parametrize("name", [PBFT, DBFT, "linear-n4-v2-b1-e2-forks"])
def test_each_by_itself_says_the_same(name: str):
    """Without exclusion: each expression that fits is proven or refuted on its own."""
    found = find_quorums(instance(name), RANGES)
    assert found.found == ("n-f",)
    out = {one.quorum for one in found.excluded if one.about in {"silence", "range"}}
    safe = set()
    for factors in product(*(range(low, high + 1) for low, high in RANGES)):
        if text_of(factors) in out:
            continue
        own = make_instance({**instance(name).model_dump(), "quorum": text_of(factors)})
        theorem = prove(own)
        assert theorem.status in {"holds", "violated"}
        if theorem.status == "holds" and not theorem.notes:
            safe.add(text_of(factors))
    assert safe == {"n-f"}


@pytest.mark.slow
@pytest.mark.parametrize("name", [PBFT, DBFT])
def test_what_forks_does_so_in_the_milp_and_on_replicas(name: str):
    """At the least size of each fork, and n - f at the same sizes does not."""
    found = find_quorums(instance(name), RANGES)
    forks = [one for one in found.excluded if one.about == "fork" and one.sizes["N"] <= 7]
    assert forks
    for one in forks:
        for quorum, blocks in ((one.quorum, 2), ("n-f", 1)):
            fields = {"n": one.sizes["N"], "byzantine": one.sizes["F"], "quorum": quorum}
            there = make_instance({**instance(name).model_dump(), **fields})
            if there.f != one.sizes["T"]:
                continue
            result = solve(there, "highs", Limits(seconds=250))
            assert result.solution.status == "optimal"
            assert result.solution.objective == blocks, (there.name, one)
            assert all(result.checks)


def test_values_and_texts_of_expressions():
    """As instances write them."""
    assert [text_of(one) for one in ((1, -1, 0), (0, 2, 1), (1, -2, 2), (0, 0, 3))] == [
        "n-f", "2f+1", "n+2-2f", "3",
    ]  # fmt: skip
    assert text_of((0, 0, 0)) == "0"
    assert value((1, -2, 2), {"N": 7, "T": 2}) == 5


def test_ranges_are_read():
    """One value or two for each factor."""
    assert read_unknown("quorum") == RANGES
    assert read_unknown("quorum=0..1,-2,1..2") == ((0, 1), (-2, -2), (1, 2))
    for text in ("quorum=", "quorum=1..0,0,0", "quorum=0,0", "views=0,0,0", "quorum=a,b,c"):
        with pytest.raises(InputError) as error:
            read_unknown(text)
        assert error.value.field == "unknown"


@pytest.mark.parametrize(
    ("words", "field"),
    [
        ([PBFT, "--unknown", "quorum"], "unknown"),
        (["sbft-n6-v2-b1-e2-r1-forks", "--all", "--unknown", "quorum"], "unknown"),
        ([DBFT, "--all", "--unknown", "quorum=0..99,0..99,0..99"], "unknown"),
        ([DBFT, "--all", "--unknown", "quorum", "--set", "quorum=n-f"], "quorum"),
        (["dbft2-n4-t5-p1", "--all", "--unknown", "quorum"], "unknown"),
    ],
)
def test_what_cannot_be_asked_is_refused(words: list[str], field: str):
    """One line, exit code 2."""
    result = CliRunner().invoke(app, ["solve", *words])
    assert result.exit_code == 2
    assert len(result.stderr.strip().splitlines()) == 1
    assert field in result.stderr


def test_a_quorum_is_found_where_few_are_tried():
    """One that is safe, one that is too small, and one that silence stops."""
    found = find_quorums(instance(DBFT), ((1, 1), (-1, -1), (-1, 1)))
    assert found.found == ("n-f",)
    assert {one.quorum: (one.about, one.sizes["N"]) for one in found.excluded} == {
        "n-f-1": ("range", 4), "n+1-f": ("silence", 4),
    }  # fmt: skip


def test_the_command_finds_none_and_says_so():
    """Exit code 1 where no expression in the ranges is safe, and what excludes them."""
    words = ["solve", "pbft-v2-b1-e2-forks", "--all", "--unknown", "quorum=0,2,1"]
    result = CliRunner().invoke(app, words)
    assert result.exit_code == 1
    assert "safe         none" in result.stdout
    assert "1 by a fork, as 2f+1 at N = 5, T = 1" in result.stdout
