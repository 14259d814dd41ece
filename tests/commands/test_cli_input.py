"""The command line: unusable input is told in one line."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

import cli
from milpbft.commands import console
from milpbft.schedule import Deliver, Schedule, Send

LINES = [
    ("solve dbft2-n3-t5-p1", "n: 3 is not allowed; input should be greater than or equal to 4"),
    ("solve dbft2-n4-t1-p1", "horizon: 1 is not allowed; input should be greater than or equal"),
    ("solve dbft2-n4-t5-p9", "objective: 'p9' is not allowed; p1 to p7, or SENSE_"),
    ("solve dbft2-n4-t5-p1 --delivery 35", "delivery.1: 5 is not allowed; input should be 1, 2"),
    ("solve dbft2-n4-t5-p1 --delivery x", "delivery: 'x' is not allowed; digits from 1 to 4"),
    ("solve dbft2 --n 4", "horizon: missing; the field is required"),
    ("solve dbft2 --n four", "Invalid value for '--n'"),
    ("solve nonsense", "instance: 'nonsense' is not allowed; a TOML file, a name such as"),
    ("solve raft-n4-t5-p1", "protocol: 'raft' is not allowed; one of dbft1, dbft2, dbft21"),
    ("solve dbft2-n4-t5-p1 --solver nosuch", "solver: 'nosuch' is not allowed; one of cbc"),
    ("solve dbft2-n4-t5-p1 --second nosuch", "solver: 'nosuch' is not allowed; one of cbc"),
    (
        "solve dbft2-n4-t5-p1 --encoding counted",
        "encoding: 'counted' is not allowed; input should be 'direct' or",
    ),
    (
        "solve dbft2-n4-t5-p1 --semantics strict",
        "semantics: 'strict' is not allowed; as in the name, or a name such as dbft2-strict-n4",
    ),
    ("solve dbft2-n4-t5-p1 --time-limit -1", "time-limit: -1.0 is not allowed; a number from 0"),
    ("solve dbft2-n4-t5-p1 --time-limit inf", "time-limit: inf is not allowed; a number from 0"),
    ("solve dbft2 --n 4 --set n=5", "set: 'n=5' is not allowed; n once; --n gives it"),
    ("solve dbft2-n4-t5-p1 --set n=4 --set n=5", "set: 'n=5' is not allowed; n once"),
    ("solve dbft2-n4-t5-p1 --memory-limit 0", "memory-limit: 0 is not allowed; a number from 1"),
    ("solve dbft2-n4-t5-p1 --threads 0", "threads: 0 is not allowed; a number from 1 to 1024"),
    (
        "solve dbft2-n4-t5-p1 --threads 1025",
        "threads: 1025 is not allowed; a number from 1 to 1024",
    ),
    ("solve dbft2-n4-t5-p1 --expect much", "expect: 'much' is not allowed; an integer, or inf"),
    ("solve dbft2-n4-t5-p1 --out text.txt", "out: 'text.txt' is not allowed; a path that can be"),
    ("solve dbft2-n4-t5-p1 --nosuch", "No such option: --nosuch"),
    ("simulate pbftt", "; did you mean pbft or sbft?"),
    ("describe lock", "; did you mean faults_lock or losses_lock or steps_lock?"),
    *(
        (f"conform --driver true --patience {patience}", f"patience: {shown} is not allowed; more")
        for patience, shown in (("inf", "inf"), ("nan", "nan"), ("0", "0.0"), ("-1", "-1.0"))
    ),
    ("conform --driver /bin/nosuch", "a command that starts (No such file or directory)"),
    ("conform --recording text.txt", "text.txt: line 1.input: "),
    ("automaton check text.txt", "text.txt: line 1, column 1: "),
    ("solve", "Missing argument 'NAME|FILE|PROTOCOL'"),
    ("solv", "No such command 'solv'. Did you mean 'solve'?"),
    ("solve missing.toml", "a readable file (No such file or directory)"),
    ("solve .", "file: '.' is not allowed; a readable file"),
    ("solve text.txt", "file: 'text.txt' is not allowed; TOML"),
    ("solve dbft2-strict-n4-v9-undecided", "views: 9 is not allowed; input should be less than or"),
    (
        "solve dbft2-strict-n4-v2-peace",
        "objective: 'peace' is not allowed; one of undecided, forks",
    ),
    ("solve dbft2-strict-n4", "instance: 'dbft2-strict-n4' is not allowed; a name such as"),
    ("solve dbft2-strict-n4-v2-forks --set faults", "set: 'faults' is not allowed; FIELD=VALUE"),
    (
        "solve dbft2-strict-n4-v2-forks --set silent=1",
        "silent: 1 is not allowed; no such field; did you mean byzantine or crashes or tolerated?",
    ),
    ("solve dbft2-strict-n4-v2-forks --set fetch=maybe", "fetch: 'maybe' is not allowed"),
    ("solve dbft2-strict-n4-v2-forks-x", "after the objective: never, own-view, "),
    ("solve dbft2-strict-n4-v2-forks-skew2-nofetch", "; 'skew2' is no part of it: a name such as"),
    ("solve dbft2-strict-n4-v2", "instance: 'dbft2-strict-n4-v2' is not allowed; a name such as"),
    ("solve unknown.toml", "unknown.toml: instance.speed: 3 is not allowed; no such field"),
    ("generate dbft2-n4-t5-p1 --format xls", "format: 'xls' is not allowed; one of lp, mps, mps"),
    ("generate dbft2-n4-t5-p1 --out text.txt", "out: 'text.txt' is not allowed; a path that can"),
    ("check missing", "path: 'missing' is not allowed; an instance file, or a directory"),
    ("check empty", "path: 'empty' is not allowed; a directory with instance files (*.toml)"),
    ("check good --filter n99", "filter: 'n99' is not allowed; part of the name of one of 1"),
    ("check good --workers 0", "workers: 0 is not allowed; a number from 1 to 64"),
    ("check good --solver nosuch", "solver: 'nosuch' is not allowed"),
    ("check good --encoding odd", "encoding: 'odd' is not allowed; input should be 'direct'"),
    ("check good --table text.txt", "table: 'text.txt' is not allowed; a new file, or one with"),
    ("check good --junit no/j.xml", "junit: 'no/j.xml' is not allowed; a path that can be"),
    ("check good --junit empty", "junit: 'empty' is not allowed; a path that can be written to"),
    ("check good --table no/t.md", "table: 'no/t.md' is not allowed; a path that can be written"),
    ("check good --second cbc", "second: 'cbc' is not allowed; another solver than cbc, which is"),
    ("solve dbft2-n4-t5-p1 --second cbc", "second: 'cbc' is not allowed; another solver than cbc"),
    ("solve dbft2-n4-t5-p1 --second pulp:PULP_CBC_CMD", "second: 'pulp:PULP_CBC_CMD' is not allow"),
    ("solve dbft2-n4-t5-p1 --solver highs --second highs", "second: 'highs' is not allowed"),
    ("solve dbft2-n4-t5-p1 --out taken", "out: 'taken/schedule.json' is not allowed; a path that"),
    ("generate dbft2-n4-t5-p1 --out models", "out: 'models/dbft2-n4-t5-p1-compact.lp' is not allo"),
    ("simulate dbft2 --out taken", "out: 'taken/schedule.json' is not allowed; a path that can"),
    ("overlay broadcast --n 50 --draw empty", "draw: 'empty' is not allowed; a path that can be"),
    ("pov figures --out taken", "out: 'taken/figure6.html' is not allowed; a path that can be"),
    ("replay missing.json", "schedule: 'missing.json' is not allowed; a readable file"),
    ("replay .", "schedule: '.' is not allowed; a readable file"),
    ("replay text.txt", "input: 'no [ toml' is not allowed; invalid json"),
    ("replay list.json", "is not allowed"),
    ("replay raft.json", "protocol: 'raft' is not allowed; one of dbft1, dbft2, dbft21"),
    ("replay odd.json", "kind: 'Gossip' is not allowed; one of PrepareRequest"),
    ("replay list.itf.json", "ITF trace: 'list' is not allowed; a JSON object is expected"),
    *(
        (f"{command} binary.json", "schedule: 'binary.json' is not allowed; a readable file")
        for command in ("replay", "report", "overlay replay", "mine replay")
    ),
    ("overlay broadcast --n 9 --serving 2", "serving: 2 is not allowed; at most contacts = 1"),
    ("market verify deep.json", "ledger: 'deep.json' is not allowed; a ledger as"),
    ("conform --recording empty.jsonl", "a file with a recording on each line"),
    *(
        (f"{command} {'a' * 300}", "is not allowed; ")
        for command in (
            "solve",
            "describe",
            "generate",
            "certify",
            "check",
            "replay",
            "report",
            "results",
            "overlay replay",
            "mine replay",
        )
    ),
    ("simulate raft", "protocol: 'raft' is not allowed; one of dbft1, dbft2, dbft21"),
    ("simulate dbft2 --n 3", "n: 3 is not allowed; a number from 4 to 100"),
    ("simulate dbft2 --ticks 0", "ticks: 0 is not allowed; a number from 1 to 1000000"),
    ("simulate dbft2 --runs 0", "runs: 0 is not allowed; a number from 1 to 1000000"),
    ("simulate dbft2 --byzantine 4", "byzantine: 4 is not allowed; a node from 0 to 3"),
    ("simulate dbft2 --crash 2", "crash: '2' is not allowed; NODE@TICK such as 2@10"),
    ("simulate dbft2 --crash 1@2 --byzantine 1", "crashes: [1] is not allowed; a node is Byz"),
    ("simulate dbft2 --crash 1@2 --crash 1@3", "crash: '1@3' is not allowed; nothing more of node"),
    ("simulate dbft2 --forge 2", "forge: 2.0 is not allowed; a probability from 0 to 1"),
]


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stand in a directory with files that cannot be used."""
    monkeypatch.chdir(tmp_path)
    Path("empty").mkdir()
    Path("good").mkdir()
    # Directories stand where files are to be written: that no user may do, root included.
    for name in ("schedule.json", "figure6.html"):
        Path("taken", name).mkdir(parents=True)
    Path("models/dbft2-n4-t5-p1-compact.lp").mkdir(parents=True)
    good = '[instance]\nprotocol = "dbft2"\nn = 4\nhorizon = 5\nobjective = "p1"\n'
    Path("good/a.toml").write_text(good)
    Path("unknown.toml").write_text(good.replace("[instance]", "[instance]\nspeed = 3"))
    Path("text.txt").write_text("no [ toml")
    Path("list.json").write_text("[1, 2]")
    Path("binary.json").write_bytes(bytes(range(256)))
    Path("deep.json").write_text("[" * 100_000)
    Path("empty.jsonl").touch()
    Path("list.itf.json").write_text("[1, 2]")
    events = (Send(1, 0, "PrepareRequest", 0), Deliver(2, 1, 0, "PrepareRequest", 0))
    text = Schedule("dbft2", 4, (), (0,), events, 5, view_ticks=5).to_json()
    Path("raft.json").write_text(text.replace('"dbft2"', '"raft"'))
    Path("odd.json").write_text(text.replace('"PrepareRequest"', '"Gossip"'))


@pytest.mark.usefixtures("files")
@pytest.mark.parametrize(("command", "line"), LINES, ids=[command for command, _ in LINES])
def test_unusable_input_is_one_line(command: str, line: str):
    """Exit code 2, nothing on standard output, and a line that says what is wrong."""
    result = CliRunner().invoke(cli.app, shlex.split(command))
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("error: ")
    assert line in result.stderr
    assert result.stderr.count("\n") == 1
    assert len(result.stderr) < 400


@pytest.mark.usefixtures("files")
def test_a_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch):
    """Figures need Plotly; any other missing module is a fault of ours, and stays one."""
    monkeypatch.setitem(sys.modules, "plotly", None)
    for module in [name for name in sys.modules if name.startswith(("plotly.", "milpbft.pov."))]:
        monkeypatch.delitem(sys.modules, module)
    result = CliRunner().invoke(cli.app, ["pov", "figures", "--out", "figures"])
    line = "error: plotly: it is not installed; pip install 'milpbft[plot]'\n"
    assert (result.exit_code, result.stderr) == (2, line)
    monkeypatch.setattr(console, "_EXTRAS", {})
    result = CliRunner().invoke(cli.app, ["pov", "figures", "--out", "figures"])
    assert isinstance(result.exception, ModuleNotFoundError)


@pytest.mark.parametrize(
    ("command", "name", "text", "said"),
    [
        ("solve", "other.toml", '[project]\nname = "x"\n', "instance: missing; the field"),
        ("replay", "broken.json", '{"a":', "invalid json"),
        ("replay", "package.json", '{"name": "x"}', "protocol: missing; the field"),
        ("report", "list.json", "[1, 2]", "input should be an object"),
    ],
)
def test_what_is_wrong_in_a_file_is_told_with_its_name(
    tmp_path: Path, command: str, name: str, text: str, said: str
) -> None:
    """Of many files the one at fault is named, and a missing field is not called None."""
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    result = CliRunner().invoke(cli.app, [command, str(path)])
    assert result.exit_code == 2
    assert str(path) in result.stderr
    assert said in result.stderr
    assert "None" not in result.stderr
