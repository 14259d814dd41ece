"""Numbers of certificates: none is rounded or leaves its 64 bits, however it is written."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, cast

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from milpbft.milp.certificate import claims as claims_module
from milpbft.milp.certificate import rules
from milpbft.milp.certificate.claims import Assumption, CertificateError, Claims, Row, Split, Sum
from milpbft.milp.certificate.read import read
from milpbft.milp.certificate.rules import check
from milpbft.milp.certificate.verify import verify
from tests.milp.certificate.plain_checker import accepts
from tests.solvers.handmade import problem as instance

if TYPE_CHECKING:
    from collections.abc import Iterator

HEAD = "VER 1.0\nVAR 2\nx y\nINT 2\n0 1\nOBJ min\n0\n"
COLUMN = np.zeros(1, np.int64)
BASE = Row(1, 1, COLUMN, np.ones(1, np.int64))
SUM = Sum(rounded=False, indices=COLUMN, factors=COLUMN + 1, scale=1)
SIZES = st.sampled_from([1, 2, 3, 2**20, 2**31, 2**32, 2**53, 2**60, 2**61, 2**62, 2**63, 2**64])
NUMBERS = st.builds(lambda size, off, sign: sign * (size + off), SIZES, st.integers(-1, 1),
                    st.sampled_from([1, -1]))  # fmt: skip
FRACTIONS = st.builds(Fraction, NUMBERS, st.sampled_from([1, 1, 2, 3, 2**31, 2**64]))


def certificate(rows: list[str], derived: list[str]) -> str:
    """Write a certificate that nothing is feasible, of the last derived row."""
    parts = [f"CON {len(rows)} 0", *rows, "RTP infeas", "SOL 0", f"DER {len(derived)}", *derived]
    return HEAD + "\n".join(parts) + "\n"


def written(terms: list[tuple[int, Fraction | int]]) -> str:
    """Write a list of pairs."""
    return " ".join([str(len(terms)), *(f"{index} {number}" for index, number in terms)])


def verdicts(text: str, path: Path) -> Iterator[bool]:
    """Say whether the verifier and the other checker accept a certificate."""
    path.write_text(text)
    try:
        verify(path)
        yield True
    except CertificateError:
        yield False
    yield accepts(text)


def test_a_sum_that_would_wrap_around_is_refused(tmp_path: Path) -> None:
    """2^32 times 2^32 is no zero, though its last 64 bits are; nor is 2^63 twice."""
    for size, times in ((2**32, 2**32), (2**62, 4), (2**63, 2), (2**31, 2**33)):
        rows = [f"a G 1 1 0 {size}", f"b L 0 1 0 {size}"]
        for wrong in ([(0, times)], [(0, times), (1, 0)]):
            text = certificate(rows, [f"d G 1 0 {{ lin {written(wrong)} }} -1"])
            assert [*verdicts(text, tmp_path / "a.vipr")] == [False, False]
        right = [(0, times), (1, -times)]
        text = certificate(rows, [f"d G {times} 0 {{ lin {written(right)} }} -1"])
        assert [*verdicts(text, tmp_path / "b.vipr")] == [True, True]


@given(st.tuples(NUMBERS, NUMBERS), st.tuples(FRACTIONS, FRACTIONS), st.booleans(),
       st.integers(-1, 1))  # fmt: skip
def test_sums_of_all_sizes_are_exact(
    rows: tuple[int, int], multiples: tuple[Fraction, Fraction], rounded: bool, off: int
) -> None:
    """``a x >= 1`` and ``b x <= 0`` with any multiples: the two checkers agree on each claim.

    Nothing rests on the claim: it is what each accepts or refuses. What is a sum is accepted.
    """
    (a, b), (p, q) = rows, multiples
    given_rows = [f"a G 1 1 0 {a}", f"b L 0 1 0 {b}", "absurd G 1 0"]
    for coefficient in {p * a + q * b, p * a, Fraction(0)}:
        claim = f"d G {p + off} {written([(0, coefficient)] if coefficient else [])}"
        why = f"{'rnd' if rounded else 'lin'} {written([(0, p), (1, q)])}"
        text = certificate(given_rows, [f"{claim} {{ {why} }} -1", "e G 1 0 { lin 1 2 1 } -1"])
        with TemporaryDirectory() as folder:
            one, other = verdicts(text, Path(folder, "a.vipr"))
        assert one == other, text
        follows = p > 0 > q and off <= 0 and coefficient == p * a + q * b
        assert one or rounded or not follows


@given(st.lists(FRACTIONS, max_size=6), st.sampled_from([" ", "  ", "\t", "\n"]), st.booleans())
def test_lists_are_read_as_they_are_written(
    numbers: list[Fraction], blank: str, plus: bool
) -> None:
    """Integers and fractions, of few digits or many, with any blanks between them."""
    terms = [(k, f"+{v}" if plus and v > 0 else str(v)) for k, v in enumerate(numbers)]
    text = blank.join([str(len(terms)), *(f"{k}{blank}{v}" for k, v in terms)])
    names = " ".join(f"x{k}" for k in range(6))
    head = f"VER 1.0 VAR 6 {names} INT 0 OBJ min 0 CON 0 0 RTP infeas SOL 0 DER 1\n"
    claims = read(f"{head}d G 0 {text} {{ asm }} -1\n".encode())
    assert claims.rows[0].terms == {k: v for k, v in enumerate(numbers) if v}


@pytest.mark.parametrize("word", ["1/2/3", "1/-2", "1/0", "/2", "1/", "2-1", "1e3", "0x1", "1_0",
                                  "--1", "1.5.2", "nan", "inf", "½"])  # fmt: skip
def test_what_is_no_number_is_refused(tmp_path: Path, word: str) -> None:
    """In a list of which the rest is right, whichever way it is read."""
    for rest in ("1 1", "1 1/3", f"1 {10**30}"):
        rows = [f"a G 1 2 0 {word} {rest}"]
        text = certificate(rows, ["d G 1 0 { lin 0 } -1"])
        (tmp_path / "a.vipr").write_text(text)
        with pytest.raises(CertificateError, match=r"no number|more or fewer"):
            verify(tmp_path / "a.vipr")


def claims(
    row: Row = BASE, why: object = SUM, *, bounds: tuple[object, object] = (None, None)
) -> Claims:
    """Say of a row ``x >= 1`` that something else holds."""
    made = Claims(["x"], {0}, maximise=False, objective=BASE, infeasible=True)
    made.rows, made.labels = [row, BASE._replace(columns=COLUMN[:0], values=COLUMN[:0])], ["a", "d"]
    made.reasons = [cast("Sum", why)]
    made.lower, made.upper = cast("tuple[int, int]", bounds)
    return made


@pytest.mark.parametrize(
    "wrong",
    [
        *(claims(BASE._replace(values=np.array([v]))) for v in (0.5, True)),
        claims(BASE._replace(values=np.array([0.5], object))),
        claims(BASE._replace(values=np.ones(2, np.int64))),
        *(claims(BASE._replace(columns=c)) for c in (COLUMN + 1, COLUMN - 1, COLUMN[:0])),
        *(claims(BASE._replace(columns=COLUMN.astype(kind))) for kind in (float, bool, np.uint64)),
        *(claims(BASE._replace(side=side)) for side in (0.5, np.int64(1), True, "1")),
        *(claims(BASE._replace(sense=sense)) for sense in (2, 0.5, True)),
        claims(BASE._replace(last=0.5)),
        *(claims(why=SUM._replace(factors=f)) for f in (np.array([0.5]), COLUMN[:0])),
        *(claims(why=SUM._replace(factors=np.array([v], kind)))
          for v, kind in ((0.5, object), (-(2**63), np.int64))),
        *(claims(why=SUM._replace(scale=scale)) for scale in (0, -1, 2**70, 0.5, np.int64(1))),
        *(claims(why=SUM._replace(indices=COLUMN + k)) for k in (1, 2, -1)),
        *(claims(why=why) for why in ((), (0,), [], None, Assumption, COLUMN, "", 0)),
        claims(why=Split(0, 0.5, 0, 0)),
        *(claims(bounds=(bound, None)) for bound in (0.5, np.int64(1))),
    ],
)  # fmt: skip
def test_what_is_read_wrongly_is_no_proof(wrong: Claims) -> None:
    """Rules do not rely on who has read: not on kinds of numbers, shapes, reasons or indices."""
    with pytest.raises(CertificateError):
        check(wrong)


@pytest.mark.parametrize("rest", [
    "{ uns 0 0 0 } -1", "{ uns 0 0 0 0 0 } -1", "{ uns } -1", "{ asm 7 } -1", "{ lin } -1",
    "{ lin 1 0 1/\n2 } -1", "{ lin 1 0 1\n1/ } -1", "{ lin 1 0/1 1 } -1", "{ lin 1/1 0 1 } -1",
    "{ lin -0 } -1", "{ lin 1 0 1 } -2", "{ lin 1 0 1 }", "{ lin 1 0 1 -1", "lin 1 0 1 } -1",
    "{lin 1 0 1 } -1", "{ lin 1 0 1} -1",
])  # fmt: skip
def test_what_is_no_derivation_is_refused(tmp_path: Path, rest: str) -> None:
    """Whatever follows would be one, and each says what is wrong."""
    text = certificate(["a G 1 1 0 1"], [f"d G 1 1 0 1 {rest}", "e G 1 0 { asm } -1"])
    (tmp_path / "a.vipr").write_text(text)
    with pytest.raises(CertificateError):
        verify(tmp_path / "a.vipr")


@pytest.mark.parametrize("text", [
    "%\n" * 20_000, f"{HEAD}CON 0 0 RTP infeas SOL 0 DER 1\nd G 1{' ' * 50_000}",
    f"{HEAD}CON 0 0 RTP infeas SOL 0 DER 1\nd G 1{' ' * 9000}{{ {'r' * 9000}{' ' * 9000}",
    f"{HEAD}CON 0 0 RTP infeas SOL 0 DER 1\nd G 1 0{' ' * 9000}{{ asm }}{' ' * 9000}-x",
])  # fmt: skip
def test_what_does_not_match_takes_no_longer(tmp_path: Path, text: str) -> None:
    """Long texts that are nearly certificates: none is tried in all ways."""
    (tmp_path / "a.vipr").write_text(text)
    with pytest.raises(CertificateError):
        verify(tmp_path / "a.vipr")


def test_numbers_are_the_same_however_they_are_written(tmp_path: Path) -> None:
    """Of the instance's constraints too, and where a comment has many digits or a plus."""
    made = instance([[2, 1]], [1], [2], [1, 1], [1, 1], sense="min")
    names = " ".join(made.variable_names())
    for comment in ("", "% 2026-01-01T00:00+00:00\n", f"% {10**30}\n"):
        for one in ("1", "+1", "1.0", "2/2"):
            text = (
                f"{comment}VER 1.0 VAR 2 {names} INT 2 0 1 OBJ min\n2 0 {one} 1 1\nCON 5 4\n"
                f"l0 G 0 1 0 {one}\nu0 L {one} 1 0 1\nl1 G 0 1 1 1\nu1 L 1 1 1 {one}\n"
                f"row G 2 2 0 2 1 {one}\nRTP range 1 1\nSOL 1\nbest 1 0 {one}\nDER 1\n"
                f"d G {one} OBJ {{ rnd 2 4 1/2 2 1/2 }} -1"
            )
            path = tmp_path / "a.vipr"
            path.write_text(text)
            assert verify(path, made).lower == 1


def test_nothing_proves_nothing(tmp_path: Path) -> None:
    """Without constraints, the objective has no bound but that it is an objective of nothing."""
    text = "VER 1.0 VAR 1 x INT 1 0 OBJ min 1 0 1 CON 0 0 RTP range 0 inf SOL 0 DER 0\n"
    assert [*verdicts(text, tmp_path / "a.vipr")] == [False, False]
    nothing = text.replace("min 1 0 1", "min 0")
    assert next(verdicts(nothing, tmp_path / "b.vipr"))


def test_few_sums_at_a_time_are_as_good(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The product of matrices is made in parts."""
    derived = [f"d{k} G {k + 2} 1 0 {k + 2} {{ lin 1 0 {k + 2} }} -1" for k in range(9)]
    derived.append("e G 2 0 { lin 2 0 2 1 -2 } -1")
    text = certificate(["a G 1 1 0 1", "b L 0 1 0 1"], derived)
    for batch in (1, 4, 8192):
        monkeypatch.setattr(rules, "_BATCH", batch)
        assert [*verdicts(text, tmp_path / "a.vipr")] == [True, True]
        wrong = text.replace("d5 G 7 1 0 7", "d5 G 8 1 0 7")
        assert [*verdicts(wrong, tmp_path / "a.vipr")] == [False, False]


def test_what_must_be_trusted_is_small_and_stands_alone() -> None:
    """Rules: 300 lines; they import what they are told in, and else no part of the project."""
    trusted = {rules.__name__, claims_module.__name__}
    for module in (rules, claims_module):
        source = Path(str(module.__file__)).read_text(encoding="utf-8")
        assert source.count("\n") <= 300
        imported = re.findall(r"^(?:from|import) (\S+)", source, re.MULTILINE)
        ours = {name for name in imported if name.split(".")[0] in ("milpbft", "solvers")}
        assert ours <= trusted
