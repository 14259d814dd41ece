"""Whatever a file or a command line holds: an answer, or exit code 2 and one line.

Every kind of file that milpbft reads begins as a good one and is then torn, spliced, filled with
other values or with noise. What is asked of it is what needs no solver.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

import cli
from milpbft.schedule import Deliver, Schedule, Send
from milpbft.schedule.itf import to_itf
from milpbft.store import Record, Store, pack
from milpbft.sweep import State

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]
QUICK, SLOW = 12, 1500  # examples of each kind
INSTANCE = (ROOT / "instances/strict/dbft2/dbft2-strict-n4-v2-b1-undecided.toml").read_text()
FAMILY = """title = "x"
time_limit = 5
solvers = ["highs"]
[[instances]]
protocol = ["dbft2", "pbft"]
semantics = "strict"
n = {from = 4, to = 10, step = 3}
byzantine = {from = 0, to = "f"}
where = "n == 3*f + 1 and byzantine <= f"
objective = ["forks", "undecided"]
"""
TA = (ROOT / "instances/automata/bracha-toueg-1985.ta").read_text()
EVENTS = (Send(1, 0, "request", 0), Deliver(2, 0, 1, "request", 0))
RUN = Schedule("dbft2", 4, (3,), (0, 1), EVENTS, 9, settings={"semantics": "strict"})
WORDS = st.sampled_from(
    [
        *(
            "0",
            "-1",
            "4",
            "10**9",
            "9" * 24,
            "9" * 400,
            "1e400",
            "nan",
            "true",
            "null",
            "''",
            '"x"',
        ),
        *("[]", "{}", "[[", "=", "\n", "\0", "é", "f", "n", "{from = 1, to = 0}", "'''", "#"),
        *("\\", "\u2028", "[instances]", "protocol = 3"),
    ]
)


@st.composite
def damaged(draw: st.DrawFn, good: str) -> str:
    """Return the good text after a few blows."""
    text = good
    for _ in range(draw(st.integers(1, 4))):
        at, to = sorted(draw(st.tuples(st.integers(0, len(text)), st.integers(0, len(text)))))
        match draw(st.integers(0, 5)):
            case 0:
                text = text[:at] + draw(WORDS) + text[at:]
            case 1:
                text = text[:at] + text[to:]
            case 2:
                text = text[:to] + text[at:to] + text[to:]
            case 3:
                numbers = list(re.finditer(r"-?\d+|\"[^\"\n]*\"|true|false", text))
                if numbers:
                    one = numbers[draw(st.integers(0, len(numbers) - 1))]
                    text = text[: one.start()] + draw(WORDS) + text[one.end() :]
            case 4:
                text = text[:at] + draw(st.text(max_size=20)) + text[at:]
            case 5:
                lines = text.split("\n")
                draw(st.randoms()).shuffle(lines)
                text = "\n".join(lines)
    return text


def check(folder: Path, *args: object) -> int:
    """Run a command; whatever it says, it says it properly, and leaves nothing that is half."""
    before = {path.name for path in folder.iterdir()}
    done = CliRunner().invoke(cli.app, [str(arg) for arg in args])
    assert done.exception is None or isinstance(done.exception, SystemExit), repr(done.exception)
    assert done.exit_code in (0, 1, 2, 3), done.output
    if done.exit_code == 2:
        lines = done.stderr.splitlines()
        assert len(lines) == 1, done.stderr
        assert lines[0].startswith("error: ")
        assert {path.name for path in folder.iterdir()} <= before | {"out.db"}
    return done.exit_code


def fuzz(good: str, examples: int, probe: Callable[[str], int]) -> None:
    """Try many; some are refused, and those that are not are answered."""
    codes: Counter[int] = Counter()

    @settings(max_examples=examples, deadline=None, database=None, derandomize=True,
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(damaged(good))
    def test(text: str) -> None:
        codes[probe(text)] += 1

    assert probe(good) != 2, "the good one is refused"
    test()
    assert codes[2] >= examples // 4


def write(path: Path, text: str) -> Path:
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    return path


NUMBERS = [QUICK, pytest.param(SLOW, marks=pytest.mark.slow)]


@pytest.mark.parametrize("examples", NUMBERS)
def test_instance_files(tmp_path: Path, examples: int):
    """`describe` reads them as every command does."""
    path = tmp_path / "x.toml"
    fuzz(INSTANCE, examples, lambda text: check(tmp_path, "describe", write(path, text)))


@pytest.mark.parametrize("examples", NUMBERS)
def test_families(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, examples: int):
    """All of a sweep but the solving."""
    monkeypatch.setattr("milpbft.commands.sweep.run_sweep", lambda jobs, *_, **__: State(len(jobs)))
    monkeypatch.setattr("milpbft.commands.sweep.LocalPool", lambda workers: None)
    path, out = tmp_path / "x.toml", tmp_path / "out.db"
    fuzz(FAMILY, examples, lambda text: check(tmp_path, "sweep", write(path, text), "--out", out))


@pytest.mark.parametrize("examples", NUMBERS)
@pytest.mark.parametrize("name", ["x.json", "x.itf.json"])
def test_schedules(tmp_path: Path, examples: int, name: str):
    """`replay` reads and runs them, in milpbft's own format and in ITF."""
    good = to_itf(RUN) if name == "x.itf.json" else RUN.to_json()
    path = tmp_path / name
    fuzz(good, examples, lambda text: check(tmp_path, "replay", write(path, text)))


@pytest.mark.parametrize("examples", NUMBERS)
def test_automata(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, examples: int):
    """All of `automaton check` but the deciding."""
    from milpbft.errors import InputError

    def refuse(*_: object, **__: object) -> None:
        raise InputError("stop", "here", "no deciding in this test")

    monkeypatch.setattr("milpbft.commands.automaton.assuming", refuse)
    path = tmp_path / "x.ta"

    def probe(text: str) -> int:
        code = check(tmp_path, "automaton", "check", write(path, text))
        done = CliRunner().invoke(cli.app, ["automaton", "check", str(path)])
        return 0 if "no deciding" in done.stderr else code

    fuzz(TA, examples, probe)


@pytest.mark.parametrize("examples", NUMBERS)
def test_stores(tmp_path: Path, examples: int):
    """Any column of any row may hold anything."""
    path = tmp_path / "x.db"
    row = Record(
        instance="a", encoding="e", solver="s", version="1", code="c", protocol="dbft2",
        semantics="strict", objective="forks", fields={"n": 4}, outcome="optimal",
        status="optimal", sense="max", value=1, bound=1, verdict="confirmed", ended="now",
        checks=(("rows", "confirmed", ""),), schedule=pack(RUN.to_json()),
    )  # fmt: skip
    with Store(path, writable=True) as store:
        store.put([row])
    names = list(row.row())

    def probe(text: str) -> int:
        if not text.startswith("{"):
            return 2
        try:
            changes: dict[str, Any] = json.loads(text)
        except ValueError:
            return 2
        sql = sqlite3.connect(path)
        for name in names:
            value = changes.get(name, row.row()[name])
            if isinstance(value, dict | list | bool):
                value = json.dumps(value)
            if isinstance(value, int) and abs(value) >= 2**63:
                value = float("inf")
            # What the file's own rules refuse stays as it was.
            sql.execute(f"UPDATE OR IGNORE results SET {name} = ?", (value,))
        sql.commit()
        sql.close()
        codes = [check(tmp_path, "results", path, *more) for more in (
            (), ("--where", "n > 3"), ("--against", path))]  # fmt: skip
        return max(codes)

    shown = {name: value for name, value in row.row().items() if name not in ("schedule", "log")}
    fuzz(json.dumps(shown, indent=1), examples, probe)


@pytest.mark.parametrize("examples", NUMBERS)
def test_stores_that_are_torn(tmp_path: Path, examples: int):
    """Bytes of the file itself are changed, cut and moved."""
    path = tmp_path / "x.db"
    with Store(path, writable=True) as store:
        store.put([])
    good = path.read_bytes()

    @settings(max_examples=examples, deadline=None, database=None, derandomize=True,
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(st.lists(st.tuples(st.integers(0, len(good) - 1), st.binary(max_size=40)), max_size=6),
           st.integers(0, len(good)))  # fmt: skip
    def test(blows: list[tuple[int, bytes]], cut: int) -> None:
        data = bytearray(good)
        for at, noise in blows:
            data[at : at + len(noise)] = noise
        path.write_bytes(bytes(data[:cut] if cut % 3 == 0 else data))
        check(tmp_path, "results", path)

    test()


WORD = st.sampled_from(
    [
        *("list", "describe", "results", "plot", "replay", "generate", "verify", "sweep", "--json"),
        *(
            "--help",
            "--filter",
            "--where",
            "n > 3",
            "--n",
            "4",
            "-1",
            "x",
            "pbft",
            "dbft2",
            "--out",
        ),
        *("dbft2-n4-t5-p1", "dbft2-strict-n4-v2-forks", "--format", "mps", "xls", "--set", "=", ""),
        *("crashes=1", "--x", "--by", "--export", "a.csv", "--horizon", "5", "9" * 30, "--nosuch"),
        *(
            "--objective",
            "p1",
            "no.toml",
            "no.db",
            "no.json",
            ".",
            "/",
            "\0",
            "é",
            "--solver",
            "cbc",
        ),
        *("--workers", "--version"),
    ]
)


@pytest.mark.parametrize("examples", NUMBERS)
def test_command_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, examples: int):
    """Any words in any order, of the commands that solve nothing."""
    monkeypatch.chdir(tmp_path)

    @settings(max_examples=examples, deadline=None, database=None, derandomize=True,
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(st.lists(WORD, min_size=1, max_size=7))
    def test(words: list[str]) -> None:
        done = CliRunner().invoke(cli.app, words)
        assert done.exception is None or isinstance(done.exception, SystemExit), words
        assert done.exit_code in (0, 1, 2, 3)
        assert done.exit_code != 2 or done.stderr.count("\n") == 1 or "Usage" in done.output, words

    test()
