"""Verify: check a certificate in VIPR 1.0 format.

Cheung, Gleixner and Steffy, "Verifying Integer Programming Results" (IPCO 2017). The rules are in
:mod:`rules <milpbft.milp.certificate.rules>`, which is all that has to be trusted.
"""

from __future__ import annotations

import gc
import gzip
import zlib
from typing import TYPE_CHECKING, NamedTuple

from milpbft.milp.certificate.claims import CertificateError, Number
from milpbft.milp.certificate.read import read
from milpbft.milp.certificate.rules import check

if TYPE_CHECKING:
    from pathlib import Path

    from milpbft.milp.problem import Problem


class Proven(NamedTuple):
    """What a certificate proves: that no point exists, or bounds of the optimum, None for none."""

    infeasible: bool
    lower: Number | None
    upper: Number | None
    derivations: int


def verify(path: Path, problem: Problem | None = None) -> Proven:
    """Check every line of a certificate.

    A name that ends in ``.gz`` is a compressed one. It must be about `problem`, if that is given:
    the same variables, objective and constraints in the same order, the bounds of variables first.

    Raises
    ------
    CertificateError
        Where a line is wrong, the relation is not proven, or the problem is another one.
    OSError
        Where the file cannot be read.
    """
    collects = gc.isenabled()
    gc.disable()  # nothing is garbage before the end, and looking for it is a fifth of the time
    try:
        with gzip.open(path) if path.name.endswith(".gz") else path.open("rb") as file:
            data = file.read()
        claims = read(data)
        check(claims, problem)
        return Proven(claims.infeasible, claims.lower, claims.upper, len(claims.reasons))
    except (StopIteration, EOFError):
        raise CertificateError("the certificate ends early") from None
    except CertificateError:
        raise
    except (ValueError, ZeroDivisionError, gzip.BadGzipFile, zlib.error) as error:
        raise CertificateError(f"there is no text, or no number: {error}") from None
    finally:
        (gc.enable if collects else gc.disable)()
