"""The Python API: the words of the command line, and nothing heavy before it is needed."""

from __future__ import annotations

import doctest
import importlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import cli
import milpbft
from milpbft.lazy import LazyPackage

ROOT = Path(__file__).parents[1]
WORDS = ("solve", "check", "replay", "simulate", "generate", "claims")
HEAVY = {"numpy", "scipy", "pydantic", "plotly", "networkx", "cryptography", "highspy", "mip",
         "pulp", "ortools", "lark", "typer", "rich"}  # fmt: skip


def python(code: str) -> str:
    """Run a program in a fresh interpreter; return what it prints."""
    command = [sys.executable, "-c", code]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


def test_the_first_session_is_as_written():
    """The docstring of the package is a session that happens."""
    ran = doctest.testmod(milpbft)
    assert ran.attempted >= 9
    assert ran.failed == 0


@pytest.mark.parametrize("word", WORDS)
def test_the_words_are_those_of_the_command_line(word: str):
    """Each is a command, and stays a function when the module of its name is imported."""
    assert word in cli.COMMANDS
    before = getattr(milpbft, word)
    assert callable(before)
    assert before.__module__ == "milpbft"
    if (ROOT / "milpbft" / f"{word}.py").exists() or (ROOT / "milpbft" / word).exists():
        importlib.import_module(f"milpbft.{word}")
    assert getattr(milpbft, word) is before


def test_a_word_is_a_function_whatever_is_imported_first():
    """In a fresh interpreter too, after a deep import."""
    for first in ("milpbft.check.replay", "milpbft.solve", "milpbft.claims", "milpbft.simulate"):
        printed = python(f"import {first}, milpbft; print(milpbft.{first.split('.')[1]})")
        assert printed.startswith("<function ")


def test_importing_is_light():
    """``import milpbft`` loads no library at all."""
    (modules,) = python("import sys, milpbft; print(*sys.modules)").splitlines()
    assert not HEAVY & set(modules.split())


def test_the_version_is_light():
    """``milpbft --version`` loads no library but those that read a command line."""
    code = (
        "import sys, runpy; sys.argv = ['milpbft', '--version']\n"
        "try: runpy.run_module('milpbft', run_name='__main__')\n"
        "except SystemExit as end: code = end.code\n"
        "print(code or 0); print(*sys.modules)"
    )
    version, exit_code, modules = python(code).splitlines()
    assert version == f"milpbft {milpbft.__version__}"
    assert exit_code == "0"
    assert set(modules.split()) & HEAVY <= {"typer", "rich"}


def test_the_module_is_the_command_line():
    """``python -m milpbft`` is ``milpbft``, from any directory that has a cli.py of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "milpbft", "solve", "dbft2-n3-t5-p1"],
        cwd=ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert done.stderr.startswith("error: n: 3 is not allowed")


def test_solve_answers():
    """Value, bound, status, schedule, checks, one sentence, summary, and a notebook's view."""
    worst = milpbft.solve("dbft2", n=4, horizon=5, objective="p1", expect=1400, second="highs")
    assert (worst.value, worst.bound, worst.status) == (1400, 1400, "optimal")
    assert worst
    assert {"rows", "direct", "replay", "second-solver"} == set(worst.checks)
    assert all(worst.checks.values())
    assert worst.schedule.n == worst.instance.n == 4
    assert worst.summary()["objective"] == 1400
    assert str(worst).startswith(
        "At 1000 a block and 100 a view, the greatest value in the published"
    )
    page = worst._repr_html_()
    assert "<td" in page
    assert "view 3, primary 2" in page
    assert worst._repr_mimebundle_() == {"text/plain": str(worst), "text/html": page}
    assert len(worst.draw().data) > 0
    assert not milpbft.solve("dbft2-n4-t5-p1", expect=1300)


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("dbft2-strict-n4-v2-c1-forks", "No: with one crash, correct nodes never"),
        ("dbft2-strict-n4-v1-c1-forks-neo-go", "(any delays; blocks are fetched; profile neo-go"),
        ("dbft2-n4-t5-p3-d1234", "At 1000 a block and 100 a view, the least value in the"),
        ("dbft2-n4-t5-p7-d1234", "; but the replay is refuted: "),
    ],
)
def test_sentences_say_what_was_found(name: str, sentence: str):
    """The best, who proves it, and what replicas make of it."""
    worst = milpbft.solve(name)
    assert sentence in worst.answer
    assert worst.answer.endswith(".")


def test_a_limit_is_no_optimum():
    """What was found before a limit is not called the best."""
    found = milpbft.solve("dbft2-n7-t10-p5", encoding="direct", start=False, time_limit=0.05)
    assert found.status in ("limit", "feasible")
    assert "proven" not in found.answer
    assert "the time limit of 0.05 s was reached" in found.answer


def test_instances_are_named_filed_or_made(tmp_path: Path):
    """The ways to say which one mean the same, and a file can be loaded."""
    one = milpbft.instance("dbft2-n4-t5-p1")
    file = tmp_path / "a.toml"
    text = '[instance]\nprotocol = "dbft2"\nn = 4\nhorizon = 5\nobjective = "p1"\n'
    file.write_text(text + '[expected]\nstatus = "optimal"\nobjective = 1400\n')
    assert milpbft.instance(file) == milpbft.instance("dbft2", n=4, horizon=5, objective="p1")
    loaded: Any = milpbft.load(file)
    assert loaded.instance == one
    assert (loaded.expected.objective, loaded.expected.source) == (1400, "")
    assert milpbft.instance(one, encoding="direct").encoding == "direct"
    checked = milpbft.check(tmp_path)
    assert checked
    assert checked.answer == "1 of 1 are as expected."
    assert checked.summary()["totals"]["ok"] == 1
    assert "dbft2-n4-t5-p1" in checked._repr_html_()
    (tmp_path / "b.toml").write_text("no [ toml")
    broken = milpbft.check([str(tmp_path)])
    assert not broken
    assert broken.answer == "1 of 2 are as expected, 1 error."


def test_other_files_are_loaded(tmp_path: Path):
    """Schedules and automata, by their suffix; what is none of these is unusable."""
    run = milpbft.simulate("dbft2", byzantine=[3], crash={2: 10}, seed=4)
    path = tmp_path / "schedule.json"
    path.write_text(run.schedule.to_json())
    assert milpbft.load(path) == run.schedule
    automaton: Any = milpbft.load(ROOT / "instances/automata/tendermint-2018.ta")
    assert len(automaton.rules) > 0
    with pytest.raises(milpbft.InputError, match=r"\.toml, \.json or \.ta"):
        milpbft.load(tmp_path)


def test_simulations_replay(tmp_path: Path):
    """A run of the reference happens there again; a run that was tampered with does not."""
    run = milpbft.simulate("dbft2", seed=1, n=7, deliver=0.9)
    assert "decided and" in run.answer
    assert run.summary()["seed"] == 1
    again = milpbft.replay(run.schedule)
    assert again
    assert again.answer == "The reference implementation of dbft2 says confirmed."
    path = tmp_path / "schedule.json"
    path.write_text(run.schedule.to_json().replace('"event": "decide"', '"event": "timeout"'))
    tampered = milpbft.replay(path)
    assert not tampered
    assert (tampered.status, bool(tampered.reason)) == ("refuted", True)
    assert json.dumps(tampered.summary())
    with pytest.raises(milpbft.InputError, match="speed"):
        milpbft.simulate("dbft2", speed=0.5)


def test_models_are_written(tmp_path: Path):
    """The file, its sizes, and the problem itself."""
    made = milpbft.generate("dbft2-n4-t5-p1", tmp_path / "new", encoding="direct")
    assert made.path == tmp_path / "new" / "dbft2-n4-t5-p1-direct.lp"
    assert made.path.stat().st_size > 0
    assert made.summary()["rows"] == made.problem.size.rows == 2838
    assert made.answer == f"{made.path} has 1722 variables and 2838 rows."
    with pytest.raises(milpbft.InputError, match="format"):
        milpbft.generate("dbft2-n4-t5-p1", tmp_path, form="xls")


def test_claims_are_decided():
    """One claim of a paper, refuted by a schedule that replicas confirm."""
    decided = milpbft.claims("one dishonest butler of three")
    assert decided
    assert decided.answer.startswith("Refuted: Proof of Vote, Lemma 4.3: A valid block is unique")
    assert milpbft.replay(decided.schedule)
    assert decided.summary()["claims"][0]["status"] == "refuted"


def test_protocols_are_listed():
    """Names and titles, those that are built in first."""
    assert milpbft.protocols()["dbft2"] == "dBFT 2.0"


@pytest.mark.parametrize(
    "name",
    [
        "milpbft",
        *(
            f"milpbft.{p}"
            for p in ("automaton", "hgfrr", "pbft", "pov", "question", "report", "sim")
        ),
    ],
)
def test_every_offer_stands_where_it_is_said_to_stand(name: str):
    """No package offers what is not there, and an unknown name is an error as ever."""
    package = importlib.import_module(name)
    assert isinstance(package, LazyPackage)
    for offered in package._offers:
        assert getattr(package, offered) is not None
        assert offered in dir(package)
    with pytest.raises(AttributeError, match="nosuch"):
        package.nosuch  # noqa: B018
