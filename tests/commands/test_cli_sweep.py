"""The commands of sweeps: a family into a store, what is in it, and pictures and tables of it."""

from __future__ import annotations

import csv
import json
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner, Result

import cli

if TYPE_CHECKING:
    from pathlib import Path

FAMILY = """
time_limit = 60
[[instances]]
protocol = "dbft2"
semantics = "strict"
n = 4
views = 1
crashes = {from = 0, to = "f"}
objective = ["undecided", "forks"]
"""


def run(*args: object) -> Result:
    return CliRunner().invoke(cli.app, [str(arg) for arg in args])


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sweep a small family, once for all tests here."""
    place = tmp_path_factory.mktemp("sweep")
    (place / "family.toml").write_text(FAMILY)
    out = place / "results.db"
    done = run("sweep", place / "family.toml", "--out", out, "--json")
    assert done.exit_code == 0, done.stderr
    found = json.loads(done.stdout)
    assert (found["tasks"], found["solved"], found["outcomes"]["optimal"]) == (4, 4, 4)
    assert "ok     dbft2-strict-n4-v1-c1-undecided  optimal 3" in done.stderr
    return out


def test_a_sweep_goes_on_where_it_was(store: Path):
    """Nothing is left to solve, and the last line says so."""
    done = run("sweep", store.with_name("family.toml"), "--out", store)
    assert done.exit_code == 0
    assert "4 of 4 done" in done.stdout
    assert "4 of them before: 4 optimal" in done.stdout


def test_results_are_printed_filtered_and_counted(store: Path):
    """As lines, and as an object."""
    done = run("results", store, "--where", "crashes == f and objective == 'undecided'")
    assert done.stdout.splitlines()[-1] == "1 results: 1 optimal"
    assert "optimal 3" in done.stdout
    found = json.loads(run("results", store, "--filter", "forks", "--json").stdout)
    assert [one["value"] for one in found["results"]] == [1, 1]
    assert found["totals"]["optimal"] == 2
    assert run("results", store, "--filter", "nothing").stdout == "0 results: none\n"


def test_two_stores_are_compared(store: Path, tmp_path: Path):
    """The same: nothing. Another optimum: one of them is wrong, and the exit code says it."""
    import sqlite3

    same = run("results", store, "--against", store)
    assert (same.exit_code, same.stdout) == (0, "0 differences, 0 contradictions\n")
    other = tmp_path / "other.db"
    sql = sqlite3.connect(store)
    sql.execute(f"VACUUM INTO '{other}'")
    sql = sqlite3.connect(other)
    sql.execute("UPDATE results SET value = 2, bound = 2 WHERE instance LIKE '%c1-undecided'")
    sql.execute("DELETE FROM results WHERE instance LIKE '%c1-forks'")
    sql.commit()
    done = run("results", store, "--against", other)
    assert done.exit_code == 1
    assert "optimal 2 -> optimal 3  ONE IS WRONG" in done.stdout
    assert "new      dbft2-strict-n4-v1-c1-forks" in done.stdout
    found = json.loads(run("results", store, "--against", other, "--json").stdout)
    assert (len(found["changes"]), found["contradictions"]) == (2, 1)


def test_exports_have_every_result(store: Path, tmp_path: Path):
    """CSV and Parquet have the same numbers, and MIPLIB's file a line each."""
    parquet = pytest.importorskip("pyarrow.parquet")
    for name in ("a.csv", "a.parquet"):
        assert run("results", store, "--export", tmp_path / name).exit_code == 0
    with (tmp_path / "a.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    table = parquet.read_table(tmp_path / "a.parquet").to_pylist()
    assert [int(row["value"]) for row in rows] == [row["value"] for row in table]
    assert [int(row["field.crashes"]) for row in rows] == [row["field.crashes"] for row in table]
    run("results", store, "--solu", tmp_path / "a.solu")
    lines = (tmp_path / "a.solu").read_text().splitlines()
    assert len(lines) == 4
    assert "=opt=  dbft2-strict-n4-v1-c1-undecided-counted 3" in lines


def test_a_family_is_a_benchmark_set(store: Path, tmp_path: Path):
    """Another solver reads each model, and finds each point to be feasible and worth its value."""
    import highspy

    family = store.with_name("family.toml")
    done = run(
        "generate", "--family", family, "--store", store, "--format", "mps", "--out", tmp_path
    )
    assert done.exit_code == 0, done.stderr
    lines = (tmp_path / "milpbft.solu").read_text().splitlines()
    assert len(lines) == 4
    points = 0
    for line in lines:
        _, name, value = line.split()
        highs = highspy.Highs()
        highs.setOptionValue("output_flag", False)
        highs.setOptionValue("threads", 1)  # of the whole process, from its first run on
        assert highs.readModel(str(tmp_path / f"{name}.mps")) == highspy.HighsStatus.kOk
        if not (tmp_path / f"{name}.sol").exists():
            continue
        points += 1
        text = (tmp_path / f"{name}.sol").read_text().splitlines()
        assert text[0] == f"=obj= {value}"
        values = {name: float(number) for name, number in map(str.split, text[1:])}
        names = highs.getLp().col_names_
        assert values.keys() <= set(names)
        for k, column in enumerate(names):
            highs.changeColBounds(k, values.get(column, 0.0), values.get(column, 0.0))
        highs.run()
        assert highs.getModelStatus() == highspy.HighsModelStatus.kOptimal
        assert highs.getInfo().objective_function_value == float(value)
    assert points >= 2
    run("generate", "dbft2-n4-t5-p1", "--store", store, "--out", tmp_path)
    assert (tmp_path / "milpbft.solu").read_text() == "=unkn= dbft2-n4-t5-p1-compact\n"
    assert run("generate").exit_code == 2


def test_a_plot_is_a_page(store: Path, tmp_path: Path):
    """Which needs no network, and has a line per objective."""
    page = tmp_path / "plot.html"
    done = run("plot", store, "--x", "crashes", "--y", "value", "--by", "objective", "--out", page,
               "--json")  # fmt: skip
    assert json.loads(done.stdout) == {"path": str(page), "results": 4, "lines": 2}
    assert "dbft2-strict-n4-v1-c1-undecided" in page.read_text()


def test_a_line_joins_what_has_one_value_at_each_place(store: Path):
    """Of two objectives at one place, no line is drawn from one to the other."""
    from milpbft.report.scatter import scatter
    from milpbft.store import Store

    with Store(store) as opened:
        records = list(opened.records())
    apart = scatter(records, "crashes", "value", "objective")
    assert {trace.mode for trace in apart.data} == {"lines+markers"}
    assert {trace.mode for trace in scatter(records, "n", "value").data} == {"markers"}


@pytest.mark.parametrize(
    ("args", "field"),
    [
        (("results", "none.db"), "store"),
        (("results", "{store}", "--where", "n >"), "where"),
        (("results", "{store}", "--where", "nodez > 1"), "where"),
        (("results", "{store}", "--export", "{tmp}/a.txt"), "export"),
        (("results", "{store}", "--export", "{tmp}/none/a.csv"), "export"),
        (("plot", "{store}", "--x", "nn"), "x"),
        (("plot", "{store}", "--y", "objective"), "y"),
        (("plot", "{store}", "--by", "nn"), "by"),
        (("sweep", "none.toml", "--out", "{tmp}/x.db"), "file"),
        (("sweep", "{family}", "--out", "{tmp}/none/x.db"), "store"),
        (("sweep", "{family}", "--out", "{family}"), "store"),
        (("sweep", "{family}", "--out", "{tmp}/x.db", "--workers", "0"), "workers"),
        (("sweep", "{family}", "--out", "{tmp}/x.db", "--dask-local", "0"), "dask-local"),
        (("sweep", "{family}", "--out", "{tmp}/x.db", "--scheduler", "nowhere:0"), "scheduler"),
        (("sweep", "{family}", "--out", "{tmp}/x.db", "--stop-after", "-1"), "stop-after"),
        (("sweep", "{family}", "--out", "{tmp}/x.db", "--stop-after", "inf"), "stop-after"),
    ],
)
def test_what_cannot_be_used_is_one_line(
    store: Path, tmp_path: Path, args: tuple[str, ...], field: str
):
    """With the field; nothing is left behind."""
    known = {"store": store, "tmp": tmp_path, "family": store.with_name("family.toml")}
    done = run(*(arg.format_map(known) for arg in args))
    assert done.exit_code == 2, done.output
    assert done.stderr.startswith(f"error: {field}: ")
    assert done.stderr.count("\n") == 1
    left = {path.name for path in tmp_path.iterdir()} - {"x.db", "x.db-wal", "x.db-shm"}
    assert not left
