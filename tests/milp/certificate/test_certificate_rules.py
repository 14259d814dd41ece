"""The verifier's rules, each on a certificate written by hand."""

from __future__ import annotations

import gc
import gzip
from typing import TYPE_CHECKING

import pytest

from milpbft.milp.certificate.claims import CertificateError
from milpbft.milp.certificate.verify import verify
from tests.milp.certificate.plain_checker import accepts

if TYPE_CHECKING:
    from pathlib import Path

# Most x + y with 2x + 2y <= 3: 1, by rounding half the row.
ROUNDED = """% by hand
VER 1.0
VAR 2
x y
INT 2
0 1
OBJ max
2  0 1  1 1
CON 5 4
l0 G 0 1 0 1
u0 L 1 1 0 1
l1 G 0 1 1 1
u1 L 1 1 1 1
row L 3 2 0 2 1 2
RTP range 1 1
SOL 1
best 1 0 1
DER 1
d0 L 1 OBJ { rnd 1 4 1/2 } -1
"""
# 2x = 1 has no integer: x <= 0 and x >= 1 are both absurd.
SPLIT = """VER 1.0
VAR 1
x
INT 1
0
OBJ min
0
CON 1 0
row E 1 1 0 2
RTP infeas
SOL 0
DER 5
a L 0 1 0 1 { asm } -1
b G 1 1 0 1 { asm } -1
c G 1 0 { lin 2 0 1 1 -2 } 5
d G 1 0 { lin 2 0 -1 2 2 } 5
e G 1 0 { uns 3 1 4 2 } -1
"""


# x is 1. The second side of the split rests on an assumption that nobody discharges.
FORGOTTEN = """VER 1.0
VAR 1
x
INT 1
0
OBJ min
0
CON 2 2
l0 G 1 1 0 1
u0 L 1 1 0 1
RTP infeas
SOL 0
DER 5
a L 0 1 0 1 { asm } -1
b G 1 1 0 1 { asm } -1
c G 1 0 { asm } -1
d G 1 0 { lin 2 0 1 2 -1 } -1
e G 1 0 { uns 5 2 4 3 } -1
"""
# The point satisfies the first constraint, and breaks the second.
BROKEN_POINT = """VER 1.0
VAR 1
x
INT 1
0
OBJ max
1 0 1
CON 2 2
l0 G 0 1 0 1
u0 L 1 1 0 1
RTP range 7 7
SOL 1
best 1 0 7
DER 1
c L 7 1 0 1 { lin 1 1 1 } -1
"""
# x is 1/2, for it need not be an integer; what is rounded says that it is at least 1.
CONTINUOUS = """VER 1.0
VAR 1
x
INT 0

OBJ min
0
CON 2 2
l0 G 1/2 1 0 1
u0 L 1/2 1 0 1
RTP infeas
SOL 0
DER 2
a G 1 1 0 1 { rnd 1 0 1 } -1
b G 1/2 0 { lin 2 2 1 1 -1 } -1
"""


def check(path: Path, text: str) -> None:
    path.write_text(text)
    verify(path)


@pytest.mark.parametrize("text", [ROUNDED, SPLIT])
def test_what_follows_is_accepted(tmp_path: Path, text: str) -> None:
    """Plain and compressed."""
    check(tmp_path / "a.vipr", text)
    with gzip.open(tmp_path / "a.vipr.gz", "wt") as file:
        file.write(text)
    verify(tmp_path / "a.vipr.gz")
    assert accepts(text)


@pytest.mark.parametrize(
    ("text", "old", "new", "reason"),
    [
        (ROUNDED, "rnd 1 4 1/2", "lin 1 4 1/2", "does not follow"),
        (ROUNDED, "rnd 1 4 1/2", "rnd 1 4 1/3", "no inequality of integers"),
        (ROUNDED, "rnd 1 4 1/2", "rnd 1 5 1/2", "no such index yet"),
        (ROUNDED, "rnd 1 4 1/2", "rnd 2 4 1/4 4 1/4", "stands there twice"),
        (ROUNDED, "rnd 1 4 1/2", "rnd 2 4 1/2 0 1", "different directions"),
        (ROUNDED, "rnd 1 4 1/2", "sol", "no reason"),
        (ROUNDED, "rnd 1 4 1/2", "rnd 1 4 1/0", "no number"),
        (ROUNDED, "rnd 1 4 1/2", "rnd 1 4 1.0e9", "no number"),
        (ROUNDED, "INT 2\n0 1", "INT 1\n0", "no inequality of integers"),
        (ROUNDED, "range 1 1", "range 0 0", "does not prove it"),
        (ROUNDED, "range 1 1", "range 2 2", "none reaches 2"),
        (ROUNDED, "best 1 0 1", "best 2 0 1 1 1", "constraint 4 does not hold"),
        (ROUNDED, "best 1 0 1", "best 1 0 1/2", "fraction"),
        (ROUNDED, "SOL 1\nbest 1 0 1", "SOL 0", "none reaches 1"),
        (ROUNDED, "VER 1.0", "VER 1.1", "found '1.1'"),
        (ROUNDED, "DER 1", "DER 2", "ends early"),
        (ROUNDED, "DER 1", "DER 0", "more than announced"),
        (SPLIT, "b G 1 1", "b G 2 1", "leave a gap"),
        (SPLIT, "uns 3 1 4 2", "uns 3 1 3 1", "leave a gap"),
        (SPLIT, "uns 3 1 4 2", "uns 3 2 4 1", "does not prove it"),
        (SPLIT, "uns 3 1 4 2", "lin 1 3 1", "does not prove it"),
        (SPLIT, "INT 1\n0", "INT 0\n", "leave a gap"),
        (SPLIT, "1 -2 } 5", "1 -2 } 3", "used too late"),
        (SPLIT, "e G 1 0", "e G 0 0", "does not prove it"),
    ],
)
def test_what_does_not_follow_is_refused(
    tmp_path: Path, text: str, old: str, new: str, reason: str
) -> None:
    """Each rule, broken once; the second checker refuses the same."""
    assert old in text
    broken = text.replace(old, new, 1)
    with pytest.raises(CertificateError, match=reason):
        check(tmp_path / "broken.vipr", broken)
    assert not accepts(broken)


def test_damaged_files_are_refused(tmp_path: Path) -> None:
    """Neither half a compressed file nor another file is a certificate."""
    good = gzip.compress(ROUNDED.encode())
    for content in (good[: len(good) // 2], b"no gzip", b""):
        path = tmp_path / "damaged.vipr.gz"
        path.write_bytes(content)
        with pytest.raises(CertificateError):
            verify(path)
    (tmp_path / "bytes.vipr").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(CertificateError):
        verify(tmp_path / "bytes.vipr")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (FORGOTTEN, "does not prove it"),
        (BROKEN_POINT, "constraint 1 does not hold"),
        (CONTINUOUS, "no inequality of integers"),
    ],
)
def test_what_another_checker_was_seen_to_accept_is_refused(
    tmp_path: Path, text: str, reason: str
) -> None:
    """``viprchk`` for version 1.0 loses assumptions, tests one constraint, and rounds fractions."""
    with pytest.raises(CertificateError, match=reason):
        check(tmp_path / "false.vipr", text)
    assert not accepts(text)


@pytest.mark.parametrize("text", [ROUNDED, SPLIT])
def test_a_text_that_ends_anywhere_is_refused(tmp_path: Path, text: str) -> None:
    """After each of its words."""
    words = text.partition("VER")[2].split()
    for end in range(len(words)):
        with pytest.raises(CertificateError):
            check(tmp_path / "short.vipr", " ".join(["VER", *words[:end]]))


@pytest.mark.parametrize("count", ["9" * 18, "9" * 30, "9" * 5000, "-1", "1_0", "+1", "1.0"])
def test_no_count_breaks_the_verifier(tmp_path: Path, count: str) -> None:
    """Each place of a count or an index."""
    for old in ("VAR 2", "INT 2", "CON 5", "SOL 1", "DER 1", "rnd 1", "L 3 2", "max\n2"):
        with pytest.raises(CertificateError):
            check(tmp_path / "count.vipr", ROUNDED.replace(old, old[:-1] + count, 1))


def test_garbage_is_collected_afterwards(tmp_path: Path) -> None:
    """Whatever came of it; and not, where it was not before."""
    for before in (gc.enable, gc.disable):
        before()
        collects = gc.isenabled()
        check(tmp_path / "a.vipr", ROUNDED)
        with pytest.raises(CertificateError):
            check(tmp_path / "b.vipr", "VER 2.0")
        assert gc.isenabled() == collects
    gc.enable()
