"""The evidence in instance files: kinds that can be, and the page that lists the weak ones."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

from milpbft.cases import Case
from milpbft.suite import find

INSTANCES = Path(__file__).parents[1] / "instances"


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    return find([INSTANCES])


def test_evidence_is_of_what_there_is(cases: list[Case]) -> None:
    """No point is checked where there is none, no refuted replay passes, proofs have a size."""
    seen = 0
    for case in cases:
        if case.evidence is None:
            continue
        assert case.expected is not None, case.path
        checks = set(case.evidence.checks)
        seen += len(checks)
        if case.expected.status == "infeasible":
            assert not checks & {"rows", "replay", "adversaries"}, case.path
        if case.expected.replay == "refuted":
            assert "replay" not in checks, case.path
        proven = "certificate" in checks
        assert proven == (case.evidence.nodes is not None), case.path
        assert proven == (case.evidence.size is not None), case.path
    assert seen > 1000


def test_the_page_lists_what_is_weak(cases: list[Case], monkeypatch: pytest.MonkeyPatch) -> None:
    """The tables of docs/evidence.md are those of the files."""
    monkeypatch.syspath_prepend(str(INSTANCES))
    made = import_module("make_evidence")
    text = made.PAGE.read_text(encoding="utf-8")
    assert text.partition(made.MARK)[2] == made.written(cases)


def test_the_tables_of_the_page(cases: list[Case], monkeypatch: pytest.MonkeyPatch) -> None:
    """A value without evidence is listed; one with three checks is not."""
    monkeypatch.syspath_prepend(str(INSTANCES))
    made = import_module("make_evidence")
    strong = next(case for case in cases if case.evidence and len(case.evidence.checks) > 2)
    bare = Case(strong.instance, strong.expected, strong.path)
    assert made.weak([strong]) == made.weak([])
    assert made.weak([strong, bare])[-1] == f"| none | 1 | `{bare.instance.name}` |"
    assert f"| `{strong.evidence.checks[0]}` | 1 of 2 |" in made.totals([strong, bare])
