"""An ordered problem says the same as the problem: point by point, and in certificates."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import pytest

from milpbft.certify import check_certificate, verified
from milpbft.milp.certificate.claims import CertificateError
from milpbft.milp.certificate.ordered import binaries, extended, ordered
from tests.solvers.certify.test_proofs import drawn, enumerated, written
from tests.solvers.handmade import problem

if TYPE_CHECKING:
    from pathlib import Path

    from milpbft.milp.problem import Problem


def points(made: Problem) -> list[np.ndarray]:
    """Return all points that satisfy every row, by trying all."""
    boxes = zip(made.lower.tolist(), made.upper.tolist(), strict=True)
    tried = (np.array(x) for x in product(*(range(low, high + 1) for low, high in boxes)))
    return [x for x in tried if not made.violations(x, 1)]


def test_points_are_extended_in_one_way() -> None:
    """The points of the ordered problem are the extended ones, each worth what it was."""
    dice, wide = np.random.default_rng(3), 0
    for _ in range(120):
        made = drawn(dice)
        if len(made.lower) + binaries(made) > 9:
            continue
        plain, both = points(made), points(ordered(made))
        assert [x.tolist() for x in both] == [extended(made, x).tolist() for x in plain]
        assert [made.value(x) for x in plain] == [ordered(made).value(x) for x in both]
        wide += binaries(made) > 0 and len(plain) > 1
    assert wide > 8


def test_without_wide_integers_it_is_the_problem() -> None:
    """Binaries, and integers of two neighbouring values, need no others."""
    made = problem([[2, 3]], [-1], [4], [1, 8], [1, 1], lower=[0, 7])
    assert ordered(made) is made


@pytest.mark.parametrize("change", ["side", "row", "box", "goal"])
def test_a_certificate_is_about_one_problem(change: str, tmp_path: Path) -> None:
    """Where the instance is changed in one number, its certificate in binaries is refused."""
    rows, sides, upper, goal = [[2, 2], [2, 3]], [7, 9], [5, 5], [1, 2]
    made = problem(rows, [-1, -1], sides, upper, goal)
    best = enumerated(made)
    assert best is not None
    written(tmp_path / "a.vipr", made, best, "planes")
    assert verified(tmp_path / "a.vipr", made).upper == made.value(best)
    match change:
        case "side":
            sides = [8, 9]
        case "row":
            rows = [[2, 2], [2, 2]]
        case "box":
            upper = [5, 4]
        case "goal":
            goal = [2, 1]
    other = problem(rows, [-1, -1], sides, upper, goal)
    with pytest.raises(CertificateError):
        verified(tmp_path / "a.vipr", other)


def test_binaries_must_be_those_of_the_integers(tmp_path: Path) -> None:
    """A file whose binaries are tied to an integer in another way is refused."""
    made = problem([[2, 2]], [-1], [7], [5, 5], [1, 1])
    written(path := tmp_path / "a.vipr", made, enumerated(made), "planes")
    text = path.read_text()
    lines = text.splitlines()
    ties = [k for k, line in enumerate(lines) if line.startswith("ordered_") and " E 0 6 " in line]
    assert len(ties) == 2
    lines[ties[0]] = lines[ties[0]].replace(" E 0 ", " E 1 ")
    path.write_text("\n".join(lines) + "\n")
    verdict = check_certificate(path, made, 3)
    assert verdict.status == "refuted"
    assert "another constraint" in verdict.reason
