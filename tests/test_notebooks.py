"""Notebooks run from beginning to end, and are stored without what they printed."""

from __future__ import annotations

import ast
from pathlib import Path
from time import monotonic

import pytest

nbformat = pytest.importorskip("nbformat", reason="needs the extra: pip install -e '.[notebook]'")
nbclient = pytest.importorskip("nbclient", reason="needs the extra: pip install -e '.[notebook]'")

NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("*.ipynb"))
SECONDS = 120


def read(path: Path):
    return nbformat.read(path, as_version=4)


def test_there_are_notebooks():
    """An empty list would let every test below pass."""
    assert NOTEBOOKS


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_runs(path: Path):
    """Every cell runs without an error, all of them within the limit; asserts are in the cells."""
    deadline = monotonic() + SECONDS
    client = nbclient.NotebookClient(
        read(path),
        timeout_func=lambda _: max(1, int(deadline - monotonic())),
        kernel_name="python3",
        resources={"metadata": {"path": str(path.parent)}},
    )
    client.execute()
    assert monotonic() < deadline


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_imports_the_api_alone(path: Path):
    """What a reader needs is in the package itself: no notebook imports from deeper."""
    code = "\n".join(cell.source for cell in read(path).cells if cell.cell_type == "code")
    imported = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            imported |= {name.name for name in node.names}
        if isinstance(node, ast.ImportFrom):
            imported.add(node.module)
    ours = {name for name in imported if name.split(".")[0] in ("milpbft", "solvers", "cli")}
    assert ours == {"milpbft"}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_is_stripped(path: Path):
    """What is stored depends on nobody's machine: no outputs, counts, or traces of a kernel."""
    notebook = read(path)
    for cell in notebook.cells:
        assert not cell.metadata
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None
    assert notebook.metadata.kernelspec.name == "python3"
    assert "version" not in notebook.metadata.language_info


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_is_valid(path: Path):
    """The file is a notebook whose cells have names of their own, so that changes read well."""
    notebook = read(path)
    nbformat.validate(notebook)
    names = [cell.id for cell in notebook.cells]
    assert len(set(names)) == len(names)
