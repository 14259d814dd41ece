"""The command line: what a user types, and what comes back."""

from __future__ import annotations

import gzip
import json
import re
import shlex
import subprocess
import sys
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest
from typer.testing import CliRunner, Result

import cli
from milpbft import suite
from milpbft.dbft.instance import PublishedInstance
from milpbft.milp.problem import Size
from milpbft.milp.solution import Solution
from milpbft.question.files import Expected, InstanceFile
from milpbft.result import Result as Solved
from milpbft.schedule import Schedule, Send
from milpbft.schedule.files import read_schedule
from milpbft.simulate import Simulated
from milpbft.solve import solve
from milpbft.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Callable

DESIGNED = {
    "instance", "semantics", "encoding", "solver", "status", "objective", "bound", "variables",
    "binaries", "integers", "rows", "equalities", "inequalities", "nonzeros", "build_seconds",
    "solve_seconds", "checks", "schedule",
}  # fmt: skip


def run(*args: object) -> Result:
    return CliRunner(env={"COLUMNS": "100"}).invoke(cli.app, [str(arg) for arg in args])


def save(path: Path, name: str = "dbft2-n4-t5-p1", **expected: object) -> Path:
    wanted = Expected.make({"source": "test", **expected}) if expected else None
    InstanceFile(instance=PublishedInstance.parse(name), expected=wanted).write(path)
    return path


@pytest.fixture(scope="module")
def schedule() -> Schedule:
    """Return the worst schedule of dbft2-n4-t5-p1."""
    found = solve(PublishedInstance.parse("dbft2-n4-t5-p1")).schedule
    assert found is not None
    return found


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Return a function that puts a stub in place of the solver."""

    def put(
        status: Any,
        value: int | None = None,
        bound: int | None = None,
        message: str = "",
        checks: tuple[Verdict, ...] = (),
    ) -> None:
        def stub(instance: PublishedInstance, *_: object, **__: object) -> Solved:
            if status == "crash":
                raise RuntimeError("by hand")
            found = Solution(status, "stub", "1", value, bound, message=message)
            return Solved(instance, Size(1, 1, 0, 1, 0, 1, 1), found, checks, None, None, 0.0)

        monkeypatch.setattr(suite, "solve", stub)

    return put


# ---- solve


def test_solve_prints_value_bound_evidence_and_timeline():
    """The main job, for a reader."""
    result = run("solve", "dbft2-n4-t5-p1")
    assert result.exit_code == 0
    for line in (r"value\s+1400", r"bound\s+1400", r"status\s+optimal", r"replay\s+confirmed"):
        assert re.search(rf"^{line}$", result.stdout, re.MULTILINE)
    assert "view 3, primary 2" in result.stdout


def test_solve_prints_one_json_object():
    """A protocol with options is the named instance; the JSON has every key of the design."""
    result = run("solve", "dbft2", "--n", 4, "--horizon", 5, "--objective", "p1", "--json",
                 "--solver", "highs", "--no-start")  # fmt: skip
    found = json.loads(result.stdout)
    assert set(found) >= DESIGNED
    assert (found["instance"], found["objective"]) == ("dbft2-n4-t5-p1", 1400)
    assert [check["check"] for check in found["checks"]] == ["rows", "direct", "replay"]
    assert found["schedule"] is None


def test_solve_keeps_what_it_finds(tmp_path: Path):
    """Schedule in two formats, solution by name, and two pictures."""
    out = tmp_path / "new" / "worst"
    result = run("solve", "dbft2-n4-t5-p1", "--out", out, "--json", "--second", "highs")
    found = json.loads(result.stdout)
    assert found["schedule"] == str(out / "schedule.json")
    assert {path.name for path in out.iterdir()} == {
        "schedule.json", "schedule.itf.json", "solution.json", "timeline.html", "timeline.tex"
    }  # fmt: skip
    assert read_schedule(out / "schedule.json") == read_schedule(out / "schedule.itf.json")
    kept = json.loads((out / "solution.json").read_text(encoding="utf-8"))
    assert kept["values"]
    assert {key: kept[key] for key in found} == found
    assert found["checks"][-1]["check"] == "second-solver"


@pytest.mark.parametrize(
    ("expect", "code"), [("1400", 0), ("1500", 1), ("infeasible", 1), ("-1", 1)]
)
def test_an_asserted_value_decides_the_exit_code(
    scripted: Callable[..., None], expect: str, code: int
):
    """CI jobs assert optima."""
    scripted("optimal", 1400, 1400)
    result = run("solve", "dbft2-n4-t5-p1", "--expect", expect)
    assert result.exit_code == code
    assert re.search(rf"^expected\s+{expect}, ", result.stdout, re.MULTILINE)


@pytest.mark.parametrize(("value", "code"), [(1400, 0), (1300, 1)])
def test_a_file_asserts_its_own_value(
    tmp_path: Path, scripted: Callable[..., None], value: int, code: int
):
    """The expectation of an instance file counts in `solve` too."""
    scripted("optimal", 1400, 1400)
    path = save(tmp_path / "a.toml", status="optimal", objective=value)
    assert run("solve", path).exit_code == code


@pytest.mark.parametrize(
    ("outcome", "code", "text"),
    [
        (("infeasible",), 0, "infeasible"),
        (("limit", None, 9, "the time limit of 1 s was reached"), 3, "time limit of 1 s"),
        (("feasible", 5, 9, "the memory limit was reached"), 3, "feasible, the memory limit"),
        (("error", None, None, "the solver's process died (SIGSEGV)"), 1, "SIGSEGV"),
    ],
)
def test_every_end_of_a_solver_has_its_exit_code(
    scripted: Callable[..., None], outcome: tuple[Any, ...], code: int, text: str
):
    """An answer is 0, a failed solver 1 with its message, a limit 3."""
    scripted(*outcome)
    result = run("solve", "dbft2-n4-t5-p1")
    assert result.exit_code == code
    assert text in result.stdout


def test_a_refuted_check_fails(scripted: Callable[..., None]):
    """A replay that nobody expected to be refuted is a failure; an expected one is not."""
    refuted = Verdict("replay", "refuted", "tick 3: node 1 sends Commit")
    scripted("optimal", 1400, 1400, checks=(refuted,))
    result = run("solve", "dbft2-n4-t5-p1")
    assert result.exit_code == 1
    assert "refuted: tick 3" in result.stdout
    assert run("solve", "dbft2-n4-t5-p1", "--expect", 1400).exit_code == 0


def test_a_real_limit_is_reported():
    """A solver that has no time left ends with its bound or incumbent, and exit code 3."""
    result = run("solve", "dbft2-n7-t10-p5", "--encoding", "direct", "--no-start",
                 "--time-limit", 0.05)  # fmt: skip
    assert result.exit_code == 3
    assert "the time limit of 0.05 s was reached" in result.stdout


def test_a_file_that_cannot_be_written_is_unusable(tmp_path: Path, scripted: Callable[..., None]):
    """A report that cannot be written is an error, not a traceback."""
    scripted("optimal", 1400, 1400)
    save(tmp_path / "a.toml", status="optimal", objective=1400)
    result = run("check", tmp_path, "--junit", tmp_path / "no" / "j.xml")
    assert result.exit_code == 2
    assert "junit: " in result.stderr.splitlines()[-1]


# ---- generate


def test_generate_writes_models_and_prints_their_sizes(tmp_path: Path):
    """A file per instance, named after instance and encoding."""
    result = run("generate", "dbft2-n4-t5-p1", "dbft2-n4-t5-p2", "--out", tmp_path)
    assert result.exit_code == 0
    names = ["dbft2-n4-t5-p1-compact.lp", "dbft2-n4-t5-p2-compact.lp"]
    assert sorted(path.name for path in tmp_path.iterdir()) == names
    assert re.search(r"^  nonzeros +[0-9]+$", result.stdout, re.MULTILINE)


@pytest.mark.parametrize("form", ["lp", "mps", "mps.gz"])
def test_generate_prints_json(tmp_path: Path, form: str):
    """Path and size of every model, in every format."""
    result = run("generate", "dbft2-n4-t5-p1", "--out", tmp_path, "--format", form, "--json")
    (model,) = json.loads(result.stdout)["models"]
    assert model["rows"] == model["equalities"] + model["inequalities"]
    data = Path(model["path"]).read_bytes()
    text = gzip.decompress(data) if form == "mps.gz" else data
    assert text.startswith(b"\\ " if form == "lp" else b"NAME")


# ---- check


def test_check_prints_a_line_per_instance(tmp_path: Path):
    """Real instances, one of them with a wrong expectation, and one without any."""
    save(tmp_path / "a.toml", "dbft2-n4-t5-p1", status="optimal", objective=1400,
         replay="confirmed")  # fmt: skip
    save(tmp_path / "b.toml", "dbft2-n4-t5-p2", status="optimal", objective=901)
    save(tmp_path / "c.toml", "dbft2-n4-t5-p3")
    result = run("check", tmp_path, "--workers", 2)
    assert result.exit_code == 1
    *lines, totals = result.stdout.splitlines()
    words = {line.split()[1]: line.split()[0] for line in lines}
    assert words == {"dbft2-n4-t5-p1": "ok", "dbft2-n4-t5-p2": "FAIL", "dbft2-n4-t5-p3": "new"}
    assert "optimum 900, expected 901" in result.stdout
    assert re.fullmatch(r"3 in [0-9.]+ s: 1 ok, 1 FAIL, 1 new", totals)
    assert len({line.index("optimal") for line in lines}) == 1


def test_check_reports(tmp_path: Path, scripted: Callable[..., None]):
    """JSON on standard output, lines on standard error, JUnit and table in files."""
    scripted("optimal", 1400, 1400)
    save(tmp_path / "a.toml", "dbft2-n10-t5-p1", status="optimal", objective=1400)
    save(tmp_path / "b.toml", "dbft2-n4-t5-p1", status="optimal", objective=1400)
    junit, table = tmp_path / "j.xml", tmp_path / "t.md"
    result = run("check", tmp_path, "--json", "--junit", junit, "--table", table)
    assert result.exit_code == 0
    found = json.loads(result.stdout)
    assert [one["instance"] for one in found["instances"]] == ["dbft2-n4-t5-p1", "dbft2-n10-t5-p1"]
    assert found["totals"] == {"ok": 2, "fail": 0, "limit": 0, "new": 0, "error": 0}
    assert result.stderr.count("ok ") == 2
    assert ET.parse(junit).getroot()[0].get("tests") == "2"
    assert table.read_text(encoding="utf-8").count("| 1400") == 0
    assert table.read_text(encoding="utf-8").count("1400 |") == 4


@pytest.mark.parametrize(
    ("outcome", "code", "word"),
    [
        (("optimal", 1400, 1400), 0, "ok"),
        (("optimal", 1300, 1300), 1, "FAIL"),
        (("feasible", 1300, 1500), 3, "limit"),
        (("limit",), 3, "limit"),
        (("error",), 1, "FAIL"),
        (("crash",), 1, "FAIL"),
    ],
)
def test_check_has_the_exit_code_of_its_worst_outcome(
    tmp_path: Path, scripted: Callable[..., None], outcome: tuple[Any, ...], code: int, word: str
):
    """0 as expected, 1 failed, 3 at a limit; a crash is a failure with a name."""
    scripted(*outcome)
    save(tmp_path / "a.toml", status="optimal", objective=1400)
    result = run("check", tmp_path)
    assert result.exit_code == code
    assert result.stdout.startswith(word)
    assert ("RuntimeError: by hand" in result.stdout) == (outcome == ("crash",))


def test_closing_an_open_instance_is_good_news(tmp_path: Path, scripted: Callable[..., None]):
    """An open instance that is proven now is not a failure."""
    scripted("optimal", 1400, 1400)
    save(tmp_path / "a.toml", status="open", objective=1400, bound=1500)
    result = run("check", tmp_path)
    assert result.exit_code == 0
    assert "better than expected: now proven" in result.stdout


def test_check_solves_with_another_encoding(tmp_path: Path):
    """Encodings of one semantics have equal optima, so the expectation holds."""
    save(tmp_path / "a.toml", "dbft2-n4-t5-p3", status="optimal", objective=100)
    result = run("check", tmp_path, "--encoding", "direct", "--solver", "highs", "--json")
    (one,) = json.loads(result.stdout)["instances"]
    assert (one["outcome"], one["result"]["encoding"]) == ("ok", "direct")


# ---- replay


@pytest.mark.parametrize("suffix", [".json", ".itf.json"])
def test_replay_confirms(tmp_path: Path, schedule: Schedule, suffix: str):
    """Both formats of a solved schedule happen on the replicas."""
    from milpbft.schedule.itf import to_itf

    path = tmp_path / f"schedule{suffix}"
    path.write_text(to_itf(schedule) if suffix == ".itf.json" else schedule.to_json())
    result = run("replay", path)
    assert (result.exit_code, result.stdout) == (0, "confirmed\n")


def test_replay_refutes(tmp_path: Path):
    """A schedule that no replica produces has exit code 1 and the first event that differs."""
    lie = Schedule("dbft2", 4, (), (0,), (Send(1, 2, "Commit", 0),), 5)
    path = tmp_path / "lie.json"
    path.write_text(lie.to_json())
    result = run("replay", path)
    assert result.exit_code == 1
    assert result.stdout.startswith("refuted: tick 1: node 2 sends Commit of view 0")
    found = json.loads(run("replay", path, "--json").stdout)
    assert (found["protocol"], found["verdict"]["status"]) == ("dbft2", "refuted")


# ---- simulate


def test_simulate_prints_a_line_per_run():
    """Many seeds have a line each, one seed has a timeline."""
    many = run("simulate", "dbft2", "--runs", 3, "--seed", 7, "--byzantine", 3, "--crash", "2@9")
    assert many.exit_code == 0
    lines = many.stdout.splitlines()
    assert [line.split()[1] for line in lines[:3]] == ["7", "8", "9"]
    assert lines[3] == "3 runs of dbft2, 4 nodes: 0 forks"
    assert "> primary" in run("simulate", "dbft2", "--ticks", 10).stdout


def test_simulate_prints_json_and_keeps_schedules(tmp_path: Path):
    """Every run says where its schedule is, and what is kept can be replayed."""
    result = run("simulate", "dbft2", "--runs", 2, "--ticks", 20, "--out", tmp_path, "--json")
    found = json.loads(result.stdout)
    assert (found["forks"], len(found["runs"])) == (0, 2)
    for one in found["runs"]:
        assert run("replay", one["schedule"]).exit_code == 0
    assert not list(tmp_path.rglob("*.html"))


def test_a_fork_fails(monkeypatch: pytest.MonkeyPatch):
    """Two blocks at one height: exit code 1, and the run says so."""
    monkeypatch.setattr(Simulated, "fork", property(lambda _: True))
    result = run("simulate", "dbft2", "--runs", 2, "--ticks", 5)
    assert result.exit_code == 1
    assert result.stdout.count("FORK") == 2


# ---- manners


def test_examples_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The examples of the help texts run as they stand, one after the other."""
    monkeypatch.chdir(tmp_path)
    Path("instances").mkdir()
    save(Path("instances/a.toml"), status="optimal", objective=1400)
    for command in cli.app.registered_commands:
        assert command.epilog
        words = shlex.split(command.epilog.removeprefix("Example: milpbft "))
        assert run(*words).exit_code == 0, command.epilog


def test_an_interrupt_is_quiet(monkeypatch: pytest.MonkeyPatch):
    """Ctrl-C ends with 130 and without a word."""

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(suite, "solve", interrupted)
    result = run("solve", "dbft2-n4-t5-p1")
    assert (result.exit_code, result.stdout, result.stderr) == (130, "", "")


def test_too_little_memory_is_a_limit(monkeypatch: pytest.MonkeyPatch):
    """A model that does not fit is a limit, told in one line."""

    def full(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr(suite, "solve", full)
    result = run("solve", "dbft2-n4-t5-p1")
    assert result.exit_code == 3
    assert result.stderr.startswith("error: memory: ")


def test_the_installed_script_runs(tmp_path: Path):
    """The console script, in a pipe: JSON alone on standard output, nothing on standard error."""
    script = Path(sysconfig.get_path("scripts")) / "milpbft"
    command = [sys.executable, script, "solve", "dbft2-n4-t5-p1", "--json", "--expect", "1400"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["objective"] == 1400
