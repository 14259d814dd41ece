"""Cutting planes: of the proofs that several settings give, the shortest is written."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pytest

from milpbft.certify import check_certificate
from milpbft.milp.certificate.proof import TooLongError
from solvers.certify import planes
from solvers.certify.cutoff import OutOfTimeError
from tests.solvers.certify.test_proofs import started, written
from tests.solvers.handmade import problem

if TYPE_CHECKING:
    from pathlib import Path

    from milpbft.milp.problem import Problem


@pytest.fixture
def market() -> Problem:
    """Nine customers that no one can split in halves, for three products at once."""
    matrix = np.random.default_rng(4).integers(1, 20, (3, 9))
    return problem(matrix, [0] * 3, matrix.sum(axis=1) // 2, [1] * 9, [0] * 9)


def size(made: Problem, monkeypatch: pytest.MonkeyPatch, *settings: dict[str, str]) -> int:
    """Return the terms and multiples of the proof that some settings give."""
    monkeypatch.setattr(planes, "_SETTINGS", settings)
    search = started(made, None, "planes")
    search.run()
    return search._binaries.written


def test_the_shortest_is_written(
    market: Problem, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Where the first is a long one; else the first is."""
    settings = planes._SETTINGS
    sizes = [size(market, monkeypatch, setting) for setting in settings]
    assert min(sizes) < sizes[0]
    monkeypatch.setattr(planes, "_SETTINGS", settings)
    lengths = {}
    for long in (0, 10**9):
        monkeypatch.setattr(planes, "_LONG", long)
        path = tmp_path / f"{long}.vipr"
        written(path, market, None, "planes")
        assert check_certificate(path, market, None)
        derived = path.read_text().partition("DER")[2]
        lengths[long] = len(re.findall(r"\d+ -?\d+(?=[ /}])", derived))
    assert lengths[0] < lengths[10**9]


@pytest.mark.parametrize("error", [OutOfTimeError(), TooLongError("too long")])
def test_a_setting_that_fails_loses_no_proof(
    market: Problem, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What another one has proven stands; where none has, it is the failure that is told."""
    solve = planes.Planes._solve

    def failing(search, formula, log, setting, seconds) -> None:
        if setting:
            raise error
        solve(search, formula, log, setting, seconds)

    monkeypatch.setattr(planes, "_LONG", 0)
    monkeypatch.setattr(planes.Planes, "_solve", failing)
    good, bad = {}, {"ca-multweaken": "0"}
    assert size(market, monkeypatch, good, bad)
    if isinstance(error, TooLongError):
        assert size(market, monkeypatch, bad, good)
    with pytest.raises(type(error)):
        size(market, monkeypatch, bad, bad)
