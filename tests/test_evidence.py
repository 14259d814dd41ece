"""The evidence in instance files: kinds that can be, and the page that lists the weak ones."""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from pathlib import Path

import pytest

from milpbft.cases import Case
from milpbft.errors import InputError
from milpbft.expectation import assess
from milpbft.question.files import Evidence, Expected, InstanceFile, parse_instance
from milpbft.solvers import Limits
from milpbft.suite import Outcome, Settings, digest, find, run
from milpbft.verdict import Status, Verdict
from tests.solvers.handmade import problem

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
            assert not checks & {"rows", "replay"}, case.path
            assert "mutants" in checks or "adversaries" not in checks, case.path
        if case.expected.replay == "refuted":
            assert "replay" not in checks, case.path
        proven = "certificate" in checks
        assert proven == (case.evidence.nodes is not None), case.path
        assert proven == (case.evidence.size is not None), case.path
    assert seen > 600


def test_the_page_lists_what_is_weak(cases: list[Case], monkeypatch: pytest.MonkeyPatch) -> None:
    """The tables of docs/evidence.md are those of the files."""
    monkeypatch.syspath_prepend(str(INSTANCES))
    made = import_module("make_evidence")
    text = made.PAGE.read_text(encoding="utf-8")
    listed = text.partition(made.MARK)[2]
    assert listed == made.written(cases), "run python instances/make_evidence.py --list"


def test_the_tables_of_the_page(cases: list[Case], monkeypatch: pytest.MonkeyPatch) -> None:
    """A value without evidence is listed; one with three checks is not."""
    monkeypatch.syspath_prepend(str(INSTANCES))
    made = import_module("make_evidence")
    strong = next(case for case in cases if len(made.checks_of(case)) >= made.ENOUGH)
    bare = Case(strong.instance, strong.expected, strong.path)
    assert made.weak([strong]) == made.weak([])
    assert made.weak([strong, bare])[-1] == f"| none | 1 | `{bare.instance.name}` |"
    assert f"| `{made.checks_of(strong)[0]}` | 1 of 2 |" in made.totals([strong, bare])


def test_a_limit_of_one_check_leaves_the_others(cases: list[Case]) -> None:
    """Where no proof was found in time, rows and replay have passed; what is refuted voids all."""
    case = next(case for case in cases if case.instance.name == "dbft2-n4-t5-p4")
    done = run(replace(case, evidence=None), Settings())
    assert done.result is not None

    def with_certificate(status: Status) -> Outcome:
        checks = (*done.result.checks, Verdict("certificate", status, "")) if done.result else ()
        result = replace(done.result, checks=checks) if done.result else None
        assert result is not None
        return replace(done, result=result, verdict=assess(result, case.expected))

    assert with_certificate("undecided").word == "limit"
    assert with_certificate("undecided").evidence.checks == ("rows", "replay")
    assert with_certificate("refuted").evidence.checks == ()


def test_enumeration_answers_the_question_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Replicas are searched for what is asked, and not where an option is unknown to the search."""
    monkeypatch.syspath_prepend(str(INSTANCES))
    made = import_module("enumerating")
    assert made.enumerated(parse_instance("linear-n4-v1-b2-e2-steps_fork"), 60) == 10
    assert made.enumerated(parse_instance("dbft2-strict-n4-v1-b1-e2-forks"), 60) == 1
    assert made.enumerated(parse_instance("pbft-n4-v1-c2-undecided"), 60) == 2
    for name in (
        "dbft21-strict-n4-v1-undecided-pool",
        "dbft2-n4-t5-p1",
        "hgfrr-n9-r4-k2-s0-b1-coverage-crash-repair20",
        "hgfrr-n9-r4-k2-s0-b1-coverage-change4",
    ):
        with pytest.raises(made.NotEnumeratedError):
            made.enumerated(parse_instance(name), 60)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("dbft1-strict-n4-v1-b1-e2-forks", 1),
        ("dbft2-strict-n4-v1-faults_fork-amnesia2", None),
        ("dbft2-strict-n4-v1-c2-faults_lock", 1),
        ("dbft2-strict-n4-v1-c1-steps_lock-neo-cs", 7),
        ("dbft21-strict-n4-v1-c1-steps_lock", 9),
        ("dbft21-strict-n4-v1-c1-steps_lock-pool", None),
        ("dbft21-strict-n4-v1-c1-steps_fork-pool", None),
        ("dbft21-strict-n4-v1-c2-steps_lock-pool", 4),
        ("dbft21-strict-n4-v1-b1-steps_lock-pool", 4),
        ("dbft21-strict-n4-v1-b1-c1-faults_lock-pool", 1),
        ("dbft2-strict-n4-v2-t8-delay_last-gst0-delta1-timer8-amnesia1", 5),
        ("dbft2-strict-n4-v2-t9-delay_first-gst0-delta1-timer6-neo-cs", 6),
        ("pbft-n4-v1-c1-faults_lock", None),
        ("pbft-n4-v1-t5-delay_last-gst0-delta1-timer6-amnesia1", 4),
        ("povround-nc3-nb2-tb4-t6-bb1-s2-blocks-delta1", 2),
    ],
)
def test_replicas_of_each_family_are_searched(
    name: str, value: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fewest faults, fewest acts and latest decisions are those that models prove."""
    monkeypatch.syspath_prepend(str(INSTANCES))
    assert import_module("enumerating").enumerated(parse_instance(name), 60) == value


def test_evidence_is_of_one_model() -> None:
    """Checks of the same model add up; those of another one, or of an unknown one, are dropped."""
    old = Evidence(checks=("rows", "certificate"), nodes=3, size=9, model="a")
    new = Evidence(checks=("replay",), model="a")
    assert old.joined(new).checks == ("rows", "replay", "certificate")
    assert old.joined(new).nodes == 3
    for model in ("b", None):
        other = Evidence(checks=("replay",), model=model)
        assert old.joined(other) == other
        assert other.joined(old) == old


def test_a_digest_sees_each_part_of_a_problem() -> None:
    """A coefficient, a side, a relation, a bound, a cost, the sense; and no names."""
    made = problem([[1, 2], [3, 4]], [-1, 1], [5, 6], [7, 8], [1, 0])
    matrix = made.matrix.copy()
    matrix.data[0] += 1
    others = [replace(made, matrix=matrix), replace(made, sense="min"),
              replace(made, relation=-made.relation)]  # fmt: skip
    others += [replace(made, **{part: getattr(made, part) + 1})
               for part in ("rhs", "lower", "upper", "objective")]  # fmt: skip
    assert made.sense == "max"
    assert len({one.digest for one in (made, *others)}) == 1 + len(others)
    assert replace(made, name="another").digest == made.digest


def test_a_file_that_is_made_again_keeps_its_evidence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where value and model are the same; another value or another model has passed nothing."""
    monkeypatch.syspath_prepend(str(INSTANCES))
    rewrite = import_module("making").rewrite
    instance, path = parse_instance("dbft2-n4-t5-p1"), tmp_path / "a.toml"
    known = Expected(status="optimal", objective=1400, replay="confirmed")
    evidence = Evidence(checks=("rows",), model=digest(instance))
    for shown, again, kept in (
        (evidence, known, True),
        (evidence.model_copy(update={"model": "another"}), known, False),
        (evidence.model_copy(update={"model": None}), known, False),
        (evidence, known.model_copy(update={"objective": 1399}), False),
        (evidence, known.model_copy(update={"source": "somebody else"}), True),
    ):
        InstanceFile(instance=instance, expected=known).write(path)
        shown.write_into(path)
        rewrite(path, instance, again)
        read = InstanceFile.read(path)
        assert read.expected == again
        assert read.evidence == (shown if kept else None)
    rewrite(tmp_path / "new.toml", instance, known)
    assert InstanceFile.read(tmp_path / "new.toml").evidence is None


def test_a_run_drops_what_was_shown_of_another_model(tmp_path: Path) -> None:
    """What it records is of the model that it solved."""
    instance, path = parse_instance("dbft2-n4-t5-p1"), tmp_path / "a.toml"
    known = Expected(status="optimal", objective=1400, replay="confirmed")
    InstanceFile(instance=instance, expected=known).write(path)
    Evidence(checks=("enumeration",), model="another").write_into(path)
    run(Case.read(path), Settings()).record()
    now = Case.read(path).evidence
    assert now is not None
    assert now.checks == ("rows", "replay")
    assert now.model == digest(instance)
    Evidence(checks=("enumeration",), model=digest(instance)).write_into(path)
    run(Case.read(path), Settings()).record()
    now = Case.read(path).evidence
    assert now is not None
    assert now.checks == ("rows", "replay", "enumeration")


def test_what_is_stale_is_dropped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Evidence of another model, and nothing else of the file."""
    monkeypatch.syspath_prepend(str(INSTANCES))
    dropped = import_module("make_evidence").dropped
    instance, path = parse_instance("dbft2-n4-t5-p1"), tmp_path / "a.toml"
    known = Expected(status="optimal", objective=1400, replay="confirmed")
    InstanceFile(instance=instance, expected=known).write(path)
    bare = path.read_text()
    assert not dropped(Case.read(path))
    Evidence(checks=("rows",), model=digest(instance)).write_into(path)
    assert not dropped(Case.read(path))
    assert Case.read(path).evidence is not None
    Evidence(checks=("rows",), model="another").write_into(path)
    assert dropped(Case.read(path))
    assert path.read_text() == bare


def test_a_known_value_is_proven_from_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What was verified is recorded; a value that a point beats ends the run."""
    monkeypatch.syspath_prepend(str(INSTANCES))
    made = import_module("make_evidence")
    source = INSTANCES / "pbft" / "sbft" / "sbft-n4-v1-b1-e2-forks.toml"
    text = source.read_text(encoding="utf-8").partition("\n[evidence]\n")[0]
    path = tmp_path / source.name
    path.write_text(text, encoding="utf-8")
    made.proven(Case.read(path), 60, tmp_path)
    evidence = Case.read(path).evidence
    assert evidence is not None
    assert evidence.checks == ("rows", "certificate")
    assert evidence.size is not None
    assert list(tmp_path.iterdir()) == [path]
    path.write_text(text.replace("objective = 1\n", "objective = 0\n"), encoding="utf-8")
    with pytest.raises(SystemExit, match="a point of value 1"):
        made.proven(Case.read(path), 60, tmp_path, "tree")
    assert Case.read(path).evidence is None
    with pytest.raises(InputError, match="search"):
        made.proven(Case.read(path), 60, tmp_path, "guess")


def test_a_run_of_a_known_value_is_replayed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Without optimising. A value that no point has ends the program, and a limit does not."""
    monkeypatch.syspath_prepend(str(INSTANCES))
    attained = import_module("make_evidence").attained
    instance, path = parse_instance("dbft2-strict-n4-v2-c1-steps_lock"), tmp_path / "a.toml"
    for value, seconds, said in ((7, 60, ("rows", "replay")), (6, 60, None), (7, 0, ())):
        known = Expected(status="optimal", objective=value, replay="confirmed")
        InstanceFile(instance=instance, expected=known).write(path)
        if said is None:
            with pytest.raises(SystemExit, match="value 6: infeasible"):
                attained(Case.read(path), seconds)
        else:
            attained(Case.read(path), seconds)
        evidence = Case.read(path).evidence
        assert (evidence.checks if evidence else ()) == (said or ())


def test_a_point_that_replicas_do_not_do_attains_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another one is looked for, and found here; where there is no other, the value stays open."""
    solve = import_module("milpbft.solve")
    instance, limits = parse_instance("dbft2-strict-n4-v1-c2-faults_lock"), Limits(60)
    refused = [Verdict("replay", "refuted", "node 2 sends something else")]
    really = solve.replay_schedule
    monkeypatch.setattr(solve, "replay_schedule", lambda s: refused.pop() if refused else really(s))
    found = solve.attain(instance, 1, "cpsat", limits)
    passed = [("rows", "confirmed"), ("replay", "confirmed")]
    assert [(one.check, one.status) for one in found] == passed
    assert not refused
    monkeypatch.setattr(solve, "replay_schedule", lambda _: Verdict("replay", "refuted", "no"))
    alone = parse_instance("pbft-n4-v1-t5-delay_last-gst0-delta1-timer6-amnesia1")
    *_, last = solve.attain(alone, 4, "cpsat", limits)
    assert (last.check, last.status, last.reason) == ("replay", "undecided", "no")
    for name, value, said in (
        ("dbft2-strict-n4-v1-c1-undecided", -1, "a point of value 0 satisfies every row"),
        ("dbft2-strict-n4-v1-c1-undecided", 5, "value 5: infeasible"),
    ):
        (worse,) = solve.attain(parse_instance(name), value, "cpsat", limits)
        assert (worse.check, worse.status, worse.reason) == ("rows", "refuted", said)
