"""Suites: what is found, how cases end, and in which order."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from milpbft import suite
from milpbft.cases import Case, parse_fields
from milpbft.dbft.instance import PublishedInstance
from milpbft.errors import InputError
from milpbft.milp.problem import Size
from milpbft.milp.solution import Solution
from milpbft.question.files import Expected, InstanceFile
from milpbft.result import Result
from milpbft.suite import Outcome, Settings, find, named_values, natural, run_all, totals
from milpbft.verdict import Status, Verdict

if TYPE_CHECKING:
    from pathlib import Path

NAMES = ("dbft2-n10-t5-p1", "dbft2-n4-t10-p1", "dbft2-n4-t5-p10", "dbft2-n4-t5-p2")


def save(path: Path, name: str = "dbft2-n4-t5-p1", **expected: object) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    wanted = Expected.make({"source": "test", **expected}) if expected else None
    InstanceFile(instance=PublishedInstance.parse(name), expected=wanted).write(path)
    return path


def result(case: Case, status: Any = "optimal", value: int | None = 1400) -> Result:
    solution = Solution(status, "stub", "1", value, value)
    return Result(case.instance, Size(1, 1, 0, 1, 0, 1, 1), solution, (), None, None, 0.0)


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Put a stub in place of the solver: per instance name a result or an exception."""
    script: dict[str, Any] = {}

    def solve(instance: PublishedInstance, *_: object, **__: object) -> Result:
        answer = script.get(instance.name, 1400)
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, Result) else result(Case(instance), value=answer)

    monkeypatch.setattr(suite, "solve", solve)
    return script


def test_names_are_ordered_by_their_numbers():
    """n4 comes before n10, t5 before t10, p2 before p10."""
    ordered = ["dbft2-n4-t5-p2", "dbft2-n4-t5-p10", "dbft2-n4-t10-p1", "dbft2-n10-t5-p1"]
    assert sorted(NAMES, key=natural) == ordered
    names = ["dbft2-n4-t5-p3-d34", "dbft2-n4-t5-p3", "dbft2-n4-t5-max_1_0_-1"]
    assert sorted(names, key=natural) == [names[2], names[1], names[0]]


def test_directories_are_searched(tmp_path: Path):
    """Instance files at any depth are found once, hidden ones and project files are not."""
    for name in ("a.toml", "b/c.toml", ".venv/d.toml", "b/.e.toml"):
        save(tmp_path / name, "dbft2-n7-t5-p1" if "c" in name else "dbft2-n4-t5-p1")
    (tmp_path / "pyproject.toml").write_text("[project]\n", encoding="utf-8")
    cases = find([tmp_path, tmp_path / "a.toml"])
    assert [case.instance.name for case in cases] == ["dbft2-n4-t5-p1", "dbft2-n7-t5-p1"]
    assert [case.instance.n for case in find([tmp_path], "n7")] == [7]
    assert [case.instance.n for case in find([tmp_path], "a.toml")] == [4]


def test_nothing_to_check_is_unusable(tmp_path: Path):
    """A suite that checks nothing must not look like success."""
    with pytest.raises(InputError, match="a directory with instance files"):
        find([tmp_path])
    save(tmp_path / "a.toml")
    with pytest.raises(InputError, match="filter: 'n99'"):
        find([tmp_path], "n99")


def test_a_bad_file_is_named(tmp_path: Path):
    """The error says which of many files it is about."""
    path = tmp_path / "a.toml"
    path.write_text('[instance]\nprotocol = "dbft2"\nn = 3\nhorizon = 5\nobjective = "p1"\n')
    with pytest.raises(InputError, match=r"a\.toml: instance\.n: 3 is not allowed"):
        find([tmp_path])


def test_a_target_is_a_protocol_a_file_or_a_name(tmp_path: Path):
    """The three ways to name an instance mean the same."""
    path = save(tmp_path / "a.toml")
    by_name = Case.of("dbft2-n4-t5-p1").instance
    assert Case.of("dbft2", n=4, horizon=5, objective="p1").instance == by_name
    assert Case.of(str(path)).instance == by_name


def test_options_override_a_target(tmp_path: Path):
    """An expectation holds for its instance in every encoding, and for no other instance."""
    path = str(save(tmp_path / "a.toml", status="optimal", objective=1400))
    assert Case.of(path, encoding="direct").instance.encoding == "direct"
    assert Case.of(path, encoding="direct").expected
    other = Case.of(path, horizon=10, delivery="34")
    assert (other.instance.name, other.expected) == ("dbft2-n4-t10-p1-d34", None)
    assert Case.of("dbft2-n4-t5-p3-d34", delivery="none").instance.name == "dbft2-n4-t5-p3"


def test_any_field_can_be_set_as_text():
    """Integers and truth values are read as such, all else is a word."""
    fields = parse_fields(["crashes=1", "fetch=false", "returns=own-view"])
    assert fields == {"crashes": 1, "fetch": False, "returns": "own-view"}
    case = Case.of("dbft2", semantics="strict", n=4, objective="forks", **fields)
    assert case.instance.name == "dbft2-strict-n4-v2-c1-forks-own-view-nofetch"


@pytest.mark.parametrize("workers", [1, 3])
def test_one_crash_costs_one_outcome(scripted: dict[str, Any], workers: int):
    """The others are solved, and the crash says what and where."""
    scripted["dbft2-n4-t5-p2"] = ZeroDivisionError("by hand")
    cases = [Case.of(f"dbft2-n4-t5-p{k}") for k in (1, 2, 3)]
    outcomes = {o.case.instance.name: o for o in run_all(cases, Settings(), workers)}
    assert [outcomes[case.instance.name].word for case in cases] == ["new", "FAIL", "new"]
    crashed = outcomes["dbft2-n4-t5-p2"]
    assert crashed.result is None
    assert crashed.verdict.reason.startswith("crashed: ZeroDivisionError: by hand (test_suite.py:")
    assert crashed.summary()["result"] is None


def test_workers_solve_side_by_side(monkeypatch: pytest.MonkeyPatch):
    """Two workers are in the solver at one time."""
    both = threading.Barrier(2, timeout=10)

    def solve(instance: PublishedInstance, *_: object, **__: object) -> Result:
        both.wait()
        return result(Case(instance))

    monkeypatch.setattr(suite, "solve", solve)
    cases = [Case.of("dbft2-n4-t5-p1"), Case.of("dbft2-n4-t5-p2")]
    assert [outcome.word for outcome in run_all(cases, Settings(), 2)] == ["new", "new"]


@pytest.mark.parametrize(
    ("status", "check", "expected", "word"),
    [
        ("confirmed", "expected", True, "ok"),
        ("refuted", "expected", True, "FAIL"),
        ("undecided", "expected", True, "limit"),
        ("confirmed", "solver", False, "new"),
        ("refuted", "replay", False, "new"),
        ("refuted", "direct", False, "FAIL"),
        ("undecided", "solver", False, "limit"),
    ],
)
def test_an_outcome_has_a_word(status: Status, check: str, expected: bool, word: str):
    """The word says whether something was expected, and whether it holds."""
    case = Case.of("dbft2-n4-t5-p1")
    if expected:
        case = replace(case, expected=Expected(status="optimal", objective=1, source="test"))
    outcome = Outcome(case, result(case), Verdict(check, status), 0.5)
    assert outcome.word == word
    assert totals([outcome])[outcome.word] == 1
    assert outcome.summary()["outcome"] == word.lower()


def test_a_second_solver_adds_a_check():
    """HiGHS finds what CBC found."""
    outcome = suite.run(Case.of("dbft2-n4-t5-p1"), Settings(second="highs"))
    assert outcome.result
    check = outcome.result.verdict("second-solver")
    assert check == Verdict("second-solver", "confirmed", "highs optimum 1400")
    assert outcome.verdict


def test_settings_know_their_solvers():
    """An unknown solver, first or second, is unusable before anything runs."""
    with pytest.raises(InputError, match="solver: 'nosuch'"):
        Settings("nosuch")
    with pytest.raises(InputError, match="solver: 'nosuch'"):
        Settings(second="nosuch")


def test_values_have_names():
    """The values that are kept are those of the solution, zeros left out."""
    outcome = suite.run(Case.of("dbft2-n4-t5-p1"), Settings("highs"))
    assert outcome.result
    assert outcome.result.solution.values is not None
    values = named_values(outcome.result)
    assert len(values) == (outcome.result.solution.values != 0).sum()
    assert all(values.values())
    assert named_values(result(Case.of("dbft2-n4-t5-p1"))) == {}
