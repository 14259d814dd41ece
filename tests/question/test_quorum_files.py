"""The instance files with quorums of their own: complete, and named after what they hold."""

from __future__ import annotations

import runpy
from pathlib import Path

from milpbft.suite import find

FOLDER = Path(__file__).parents[2] / "instances" / "quorums"


def test_the_family_is_complete():
    """Every instance has a file under its name, there are no others, and each has its value."""
    names = runpy.run_path(str(FOLDER.parent / "make_quorums.py"))["names"]()
    cases = find([FOLDER])
    assert sorted(case.path.stem for case in cases) == sorted(names)
    for case in cases:
        assert case.path.stem == case.instance.name
        assert case.expected is not None
