"""``milpbft certify`` and ``verify``, and what ``--certify`` adds to ``solve`` and ``check``."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

from typer.testing import CliRunner, Result

import cli
from milpbft.question.files import InstanceFile

FILE = Path("instances/published/dbft2-n4-t5-p1.toml")


def run(*args: object) -> Result:
    return CliRunner(env={"COLUMNS": "100"}).invoke(cli.app, [str(arg) for arg in args])


def test_certify_and_verify(tmp_path: Path) -> None:
    """What one command proves, the other believes, for this instance and no other."""
    made = run("certify", "dbft2-n4-t5-p1", "--out", tmp_path, "--json")
    assert made.exit_code == 0, made.output
    (said,) = json.loads(made.stdout)["certificates"]
    assert said["proven"] == "optimum 1400"
    assert said["verdict"] == "confirmed"
    path = Path(said["certificate"])
    assert path.stat().st_size == said["bytes"]
    checked = run("verify", path, FILE, "--json")
    assert checked.exit_code == 0, checked.output
    assert json.loads(checked.stdout)["proven"] == "optimum 1400"
    alone = run("verify", path)
    assert alone.exit_code == 0
    assert "its own" in alone.stdout
    other = run("verify", path, "dbft2-n4-t5-p2")
    assert other.exit_code == 1
    assert "another objective" in other.stdout


def test_one_kind_of_search(tmp_path: Path) -> None:
    """Each kind finds this proof alone; a kind that there is not is refused."""
    for kind in ("tree", "learning", "planes"):
        options = ["--search", kind, "--threads", "2"]
        made = run("certify", "dbft2-n4-t5-p3", "--out", tmp_path / kind, *options)
        assert made.exit_code == 0, made.output
    refused = run("certify", "dbft2-n4-t5-p3", "--out", tmp_path, "--search", "luck")
    assert refused.exit_code == 2
    assert refused.stderr.startswith("error: search: ")


def test_a_changed_certificate_is_refused(tmp_path: Path) -> None:
    """A bound that is one too good is not proven."""
    run("certify", "dbft2-n4-t5-p1", "--out", tmp_path)
    text = gzip.decompress((tmp_path / "dbft2-n4-t5-p1.vipr.gz").read_bytes()).decode()
    path = tmp_path / "changed.vipr"
    path.write_text(text.replace("RTP range 1400 1400", "RTP range 1400 1399"))
    refused = run("verify", path)
    assert refused.exit_code == 1
    assert "refuted" in refused.stdout


def test_solve_and_check_list_the_certificate(tmp_path: Path) -> None:
    """Beside the other checks, with nodes, bytes and seconds."""
    solved = run("solve", FILE, "--certify", tmp_path / "a")
    assert solved.exit_code == 0, solved.output
    assert "certificate    confirmed: 1 nodes, " in solved.stdout
    checked = run("check", FILE, "--certify", tmp_path / "b")
    assert checked.exit_code == 0, checked.output
    assert "certificate confirmed: 1 nodes, " in checked.stdout
    one, other = (tmp_path / k / "dbft2-n4-t5-p1.vipr.gz" for k in "ab")
    assert one.read_bytes() == other.read_bytes()


def test_evidence_is_recorded(tmp_path: Path) -> None:
    """What a run has shown goes into the file, is kept by a run that shows less, and is listed."""
    path, table = tmp_path / "one.toml", tmp_path / "table.md"
    path.write_text(FILE.read_text())
    run("check", path, "--certify", tmp_path, "--second", "highs", "--record")
    recorded = InstanceFile.read(path).evidence
    assert recorded is not None
    assert recorded.checks == ("rows", "replay", "certificate", "second-solver")
    assert recorded.nodes == 1
    assert path.read_text().startswith(FILE.read_text())
    again = run("check", path, "--record", "--table", table)
    assert again.exit_code == 0, again.output
    assert InstanceFile.read(path).evidence == recorded
    assert "rows, replay, certificate, second-solver" in table.read_text()
    assert "fewer than" not in again.stdout


def test_weak_evidence_is_named(tmp_path: Path) -> None:
    """A value with two checks is in the list of those that need more."""
    path = tmp_path / "weak.toml"
    path.write_text(FILE.read_text().partition("[evidence]")[0])
    shown = run("check", path, "--table", tmp_path / "table.md")
    assert "fewer than 3 checks: dbft2-n4-t5-p1" in shown.stdout


def test_unusable_input(tmp_path: Path) -> None:
    """One line each, exit code 2."""
    missing = run("verify", tmp_path / "none.vipr")
    assert missing.exit_code == 2
    assert missing.stderr.startswith("error: certificate: ")
    assert run("certify", "nothing", "--out", tmp_path).exit_code == 2


def test_a_limit_is_no_certificate(tmp_path: Path) -> None:
    """Without time there is no optimum, so nothing is proven: exit code 3, and no file."""
    options = ["--encoding", "direct", "--time-limit", "0"]
    limited = run("certify", "dbft2-n7-t5-p1", "--out", tmp_path, *options)
    assert limited.exit_code == 3, limited.output
    assert not list(tmp_path.iterdir())
