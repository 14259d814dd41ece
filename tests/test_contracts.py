"""Imports follow the design, and the contracts that say so bite."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CONTRACTS = {
    "reference": "The reference shares no code with what it checks",
    "milp": "The modelling layer knows nothing but errors",
    "solvers": "Solvers know problems, and no protocol",
    "models": "Models do not see the reference",
    "rooms": "Models and scripts are used through their room",
    "report": "Reports draw results and make none",
    "libraries": "Only solvers/ talks to solver libraries",
    "cli": "Nothing imports the command line",
}
TYPES_ONLY = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    "
# Contract, module that is added or changed, and the import that breaks it.
FORBIDDEN = [
    ("reference", "milpbft/dbft/rules.py", "import milpbft.milp.problem"),
    ("reference", "milpbft/dbft/messages.py", TYPES_ONLY + "import milpbft.milp.problem"),
    ("reference", "milpbft/dbft/replica.py", "from milpbft.dbft.published import kinds"),
    ("reference", "milpbft/sim/clock.py", "from solvers import solve"),
    ("reference", "milpbft/sim/clock.py", "import milpbft.registry\nimport milpbft.dbft.room"),
    ("reference", "milpbft/new/replica.py", "import milpbft.new.model"),
    ("reference", "milpbft/new/replica.py", "import milpbft.automaton"),
    ("milp", "milpbft/milp/block.py", "import milpbft.instance"),
    ("milp", "milpbft/milp/block.py", "import milpbft.new"),
    ("solvers", "solvers/cbc.py", "import milpbft.dbft.rules"),
    ("solvers", "solvers/cbc.py", "import milpbft.new"),
    ("models", "milpbft/dbft/published/compact.py", "import milpbft.dbft.replica"),
    ("models", "milpbft/new/model.py", "import milpbft.new.replica"),
    ("models", "milpbft/new/automaton.py", "import milpbft.sim.world"),
    ("rooms", "milpbft/dbft/published/model.py", "import milpbft.dbft.published.script"),
    ("rooms", "milpbft/check/replay.py", "import milpbft.dbft.published.direct"),
    ("report", "milpbft/report/text.py", "import milpbft.solve"),
    ("report", "milpbft/report/text.py", "import milpbft.sim.world"),
    ("libraries", "milpbft/solve.py", "import mip"),
    ("cli", "milpbft/suite.py", "import cli"),
    ("cli", "solvers/solve.py", "from cli import app"),
]


def check(tree: Path) -> subprocess.CompletedProcess[str]:
    """Run lint-imports on the packages in a directory."""
    command = [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"]
    return subprocess.run(command, cwd=tree, capture_output=True, text=True, check=False)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Copy the packages, with a room of a new protocol and a package of automata, all empty."""
    for package in ("milpbft", "solvers"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / package, tmp_path / package, ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    for module in ("automaton/__init__", "new/__init__", "new/model", "new/replica"):
        file = tmp_path / "milpbft" / f"{module}.py"
        file.parent.mkdir(exist_ok=True)
        file.touch()
    return tmp_path


def test_imports_keep_every_contract():
    """The tree as it stands breaks none of the contracts, and has all of them."""
    done = check(ROOT)
    assert done.returncode == 0, done.stdout
    for name in CONTRACTS.values():
        assert f"{name} KEPT" in done.stdout


def test_a_new_room_keeps_every_contract(tree: Path):
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
