"""No mutation of a certificate that makes it invalid is accepted."""

from __future__ import annotations

import random
import re
from typing import TYPE_CHECKING

import numpy as np
import pytest

from milpbft.certify import check_certificate
from milpbft.milp.certificate.claims import CertificateError
from milpbft.milp.certificate.ordered import ordered
from milpbft.milp.certificate.verify import verify
from milpbft.milp.certificate.write import write_certificate
from solvers import solve
from solvers.certify import prove
from tests.milp.certificate.plain_checker import accepts
from tests.solvers.certify.test_proofs import written
from tests.solvers.handmade import problem

if TYPE_CHECKING:
    from pathlib import Path

    from milpbft.milp.problem import Problem

SECTIONS = ("VAR", "INT", "OBJ", "CON", "RTP", "SOL", "DER")


def odd_cycles() -> Problem:
    """Choose most of nine points on three cycles of three, no two neighbours: three.

    The relaxation takes half of each point, 4.5 in all, so the proof branches.
    """
    rows = np.zeros((10, 9), dtype=int)
    for k in range(9):
        rows[k, k] = 1
        rows[k, 3 * (k // 3) + (k + 1) % 3] = 1
    rows[9] = 2
    return problem(rows.tolist(), [-1] * 10, [1] * 9 + [9], [1] * 9, [1] * 9)


def parity() -> Problem:
    """Two integers whose doubled sum is odd: there are none."""
    return problem([[2, 2], [2, 2]], [-1, 1], [7, 7], [5, 5], [1, 0])


def weights() -> Problem:
    """Fill a bag of 13 with at most two of each of four weights: it cannot be filled."""
    return problem([[4, 6, 6, 8], [1, 1, 1, 1]], [-1, -1], [13, 4], [2, 2, 2, 2], [4, 6, 6, 8])


@pytest.fixture(scope="module", params=[odd_cycles, parity, weights])
def certified(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory):
    """Return a problem, its optimum, and the text of a certificate; one is by cutting planes."""
    made = request.param()
    solution = solve(made, "highs")
    path = tmp_path_factory.mktemp("certificates") / "good.vipr"
    if request.param is weights:
        written(path, made, solution.values, "planes")
        made = ordered(made)
    else:
        attempt = prove(made, solution.objective)
        assert attempt.proof is not None, attempt.message
        write_certificate(path, made, solution.values, attempt.proof)
    text = path.read_text()
    verify(path, made)
    assert accepts(text)
    return made, solution.objective, text


def mutated(text: str, dice: random.Random) -> str:
    """Change one line, with an eye to those of the proof."""
    lines = text.splitlines()
    starts = {word: k for k, line in enumerate(lines) for word in SECTIONS
              if line.startswith(word + " ")}  # fmt: skip
    section = dice.choice([*SECTIONS, *["DER"] * 6, "RTP", "SOL"])
    ends = [*sorted(starts.values()), len(lines)]
    first = starts[section]
    last = ends[ends.index(first) + 1]
    at = dice.randrange(first, last)
    match dice.randrange(8):
        case 0:
            del lines[at]
        case 1:
            lines.insert(at, lines[at])
        case 2:
            other = dice.randrange(first, last)
            lines[at], lines[other] = lines[other], lines[at]
        case 3:
            swaps = {"L": "G", "G": "L", "lin": "rnd", "rnd": "lin", "uns": "lin", "max": "min",
                     "min": "max", "infeas": "range 0 0", "asm": "lin 0"}  # fmt: skip
            words = lines[at].split(" ")
            known = [k for k, word in enumerate(words) if word in swaps]
            if known:
                k = dice.choice(known)
                words[k] = swaps[words[k]]
            lines[at] = " ".join(words)
        case _:
            numbers = list(re.finditer(r"(?<=\s)-?\d+(/\d+)?", lines[at]))
            if numbers:
                found = dice.choice(numbers)
                number = found[0].split("/")[0]
                change = dice.choice([-1, 1, -2, 2, 10, -int(number), -2 * int(number)])
                new = str(int(number) + change) + found[0][len(number) :]
                lines[at] = lines[at][: found.start()] + new + lines[at][found.end() :]
    return "\n".join(lines) + "\n"


def agreed(text: str, path: Path) -> bool:
    """Whether a certificate is accepted; both checkers, which share no code, must agree."""
    path.write_text(text)
    try:
        verify(path)
        accepted = True
    except CertificateError:
        accepted = False
    assert accepted == accepts(text), text
    return accepted


def test_no_invalid_mutation_is_accepted(certified, tmp_path: Path) -> None:
    """Both checkers, which share no code, agree on each; what is accepted proves the optimum.

    Five hundred mutations of each certificate.
    """
    made, value, text = certified
    dice, path = random.Random(19), tmp_path / "mutant.vipr"
    changed = refused = 0
    while changed < 500:
        mutant = mutated(text, dice)
        if mutant == text:
            continue
        changed += 1
        accepted = agreed(mutant, path)
        refused += not accepted
        if check_certificate(path, made, value):
            assert accepted
            # The claim is untouched, so what was changed was of no weight: a name, a last use.
            assert re.search("^RTP.*$", mutant, re.MULTILINE)[0] in text
    assert refused > changed / 2


def test_a_false_claim_is_refused(certified, tmp_path: Path) -> None:
    """The same proof, with another value claimed, proves something else or nothing."""
    made, value, text = certified
    path = tmp_path / "claim.vipr"
    for wrong in (0, 1, 2, 4, 5):
        if wrong == value:
            continue
        path.write_text(re.sub("^RTP .*$", f"RTP range {wrong} {wrong}", text, flags=re.MULTILINE))
        assert check_certificate(path, made, wrong).status == "refuted"
