"""The command that checks a certificate."""

from pathlib import Path
from textwrap import shorten
from time import process_time
from typing import Annotated

import typer

from milpbft.cases import Case
from milpbft.certify import judged, statement, verified
from milpbft.commands import console, options
from milpbft.commands.bundles import bundled
from milpbft.commands.console import Display, paint, print_json
from milpbft.commands.lazy import example
from milpbft.errors import InputError
from milpbft.expectation import CERTIFICATE
from milpbft.milp.certificate.claims import CertificateError
from milpbft.milp.certificate.verify import verify as verify_file
from milpbft.room import room_of
from milpbft.verdict import Verdict


@example("milpbft verify dbft2-n4-t5-p1.vipr.gz instances/published/dbft2-n4-t5-p1.toml")
@bundled
def verify(
    certificate: options.CertificateFile,
    target: Annotated[str, options.INSTANCE] = "",
    *,
    fields: options.Fields,
    as_json: options.Json = False,
) -> int:
    """Check every line of a certificate in exact arithmetic, against its instance if one is named.

    Without an instance, it is checked that the certificate proves what it says of the problem that
    it holds; with one, that this is the instance's problem, and the value that its file expects.
    """
    case = Case.of(target, **fields) if target else None
    begin = process_time()
    with Display(f"verifying {certificate.name}"):
        said, verdict = _verify(certificate, case)
    summary = {
        "certificate": str(certificate),
        "instance": case.instance.name if case else None,
        "proven": said,
        "verdict": verdict.status,
        "reason": verdict.reason,
        "bytes": certificate.stat().st_size,
        "verify_seconds": round(process_time() - begin, 4),
    }
    if as_json:
        print_json(summary)
    else:
        reason = f": {verdict.reason}" if verdict.reason else ""
        typer.echo(f"{'certificate':<15}{paint(verdict.status)}{reason}")
        typer.echo(f"{'proves':<15}{said}")
        typer.echo(f"{'problem':<15}{case.instance.name if case else 'its own'}")
    return console.EXIT_CODES[verdict.status]


def _verify(path: Path, case: Case | None) -> tuple[str, Verdict]:
    """Return what a certificate proves, in words, and whether that holds and is expected."""
    problem = room_of(case.instance.protocol).model(case.instance).problem if case else None
    try:
        proven = verify_file(path) if problem is None else verified(path, problem)
    except CertificateError as error:
        return "nothing", Verdict(CERTIFICATE, "refuted", shorten(str(error), 200))
    except OSError as error:
        allowed = f"a certificate that can be read ({error.strerror or error})"
        raise InputError("certificate", str(path), allowed) from None
    expected = case.expected if case else None
    if expected is None or expected.status == "open":
        return statement(proven), Verdict(CERTIFICATE, "confirmed")
    return statement(proven), judged(proven, expected.objective)
