"""Imports follow the design, and the contracts that say so bite."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CONTRACTS = {
    "layers": "Floors import what is below them, and rooms are independent",
    "models": "Models do not see the reference",
    "reference": "The reference, and what searches it, share no code with the models they check",
    "solvers": "Solvers know problems, and no protocol",
    "libraries": "Only solvers/ talks to solver libraries, and to it all through one door",
    "commands": "Only commands import commands",
    "cli": "Nothing imports the command line",
    "circles": "No circles",
}
TYPES_ONLY = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    "
# Contract, module that is added or changed, and the import that breaks it.
FORBIDDEN = [
    ("layers", "milpbft/check/replay.py", "import milpbft.dbft.instance"),
    ("layers", "milpbft/check/replay.py", "import milpbft.solve"),
    ("layers", "milpbft/report/text.py", TYPES_ONLY + "import milpbft.pbft.instance"),
    ("layers", "milpbft/pbft/claims.py", "import milpbft.dbft.instance"),
    ("layers", "milpbft/milp/block.py", "import milpbft.question.part"),
    ("layers", "milpbft/unplaced.py", ""),
    ("models", "milpbft/dbft/model/table.py", "import milpbft.dbft.reference.replica"),
    ("models", "milpbft/automaton/rule.py", "import milpbft.sim.world"),
    ("reference", "milpbft/dbft/reference/rules.py", "import milpbft.milp.problem"),
    ("reference", "milpbft/dbft/reference/messages.py", TYPES_ONLY + "import milpbft.milp.problem"),
    ("reference", "milpbft/dbft/reference/replica.py", "import milpbft.dbft.model.table"),
    ("reference", "milpbft/dbft/reference/replica.py", "import milpbft.dbft.instance\n"
     "import milpbft.dbft.room"),
    ("reference", "milpbft/pbft/enumerate/lies.py", "import milpbft.pbft.model.table"),
    ("reference", "milpbft/sim/clock.py", "from milpbft.solvers import solve"),
    ("solvers", "solvers/cbc.py", "import milpbft.dbft.returns"),
    ("libraries", "milpbft/solve.py", "import mip"),
    ("libraries", "milpbft/solve.py", "from solvers import Limits"),
    ("commands", "milpbft/suite.py", "import milpbft.commands.console"),
    ("cli", "milpbft/suite.py", "import cli"),
    ("cli", "solvers/solve.py", "from cli import app"),
    ("circles", "milpbft/milp/block.py", TYPES_ONLY + "import milpbft.milp.problem"),
]  # fmt: skip


def check(tree: Path) -> subprocess.CompletedProcess[str]:
    """Run lint-imports on the packages in a directory."""
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    return subprocess.run(command, cwd=tree, capture_output=True, text=True, check=False)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Copy the packages."""
    for package in ("milpbft", "solvers"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / package, tmp_path / package, ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_imports_keep_every_contract():
    """The tree as it stands breaks none of the contracts, and has all of them."""
    done = check(ROOT)
    assert done.returncode == 0, done.stdout
    for name in CONTRACTS.values():
        assert f"{name} KEPT" in done.stdout


def test_a_copy_keeps_every_contract(tree: Path):
    """The copy is sound before an import is added, so what fails below fails for that import."""
    done = check(tree)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(("contract", "module", "line"), FORBIDDEN)
def test_contract_bites(tree: Path, contract: str, module: str, line: str):
    """One forbidden import, added to a copy of the tree, breaks the contract that is meant."""
    file = tree / module
    before = file.read_text(encoding="utf-8") if file.exists() else ""
    file.write_text(f"{before}\n{line}\n", encoding="utf-8")
    done = check(tree)
    assert done.returncode == 1
    assert f"{CONTRACTS[contract]} BROKEN" in done.stdout
