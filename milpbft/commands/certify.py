"""The command that proves optima in files."""

from pathlib import Path
from typing import Annotated, Any

import typer

from milpbft.cases import Case
from milpbft.commands import console, options
from milpbft.commands.bundles import bundled
from milpbft.commands.console import Display, paint, print_json, writing
from milpbft.commands.lazy import example
from milpbft.suite import Settings, run


@example("milpbft certify dbft2-n4-t5-p1 --out certificates")
@bundled
def certify(
    targets: Annotated[list[str], options.TARGET],
    *,
    fields: options.Fields,
    solver: options.Solver = None,
    limits: options.SolveLimits,
    search: options.Search = None,
    out: options.CertificateDir = Path(),
    as_json: options.Json = False,
) -> int:
    """Solve instances, prove the optima in files that anyone can check, and verify the files."""
    cases = [Case.of(target, **fields) for target in targets]
    settings = Settings(solver, limits, certificates=out, search=search)
    console.make_directory(out)
    found: list[dict[str, Any]] = []
    codes = []
    for case in cases:
        with Display(f"proving {case.instance.name}"), writing("out", out):
            outcome = run(case, settings)
        result, certificate = outcome.result, outcome.certificate
        assert result is not None, "only a guarded run comes without a result"
        assert certificate is not None, "the settings ask for one"
        said, verdict = str(result.solution), certificate.verdict
        found.append({"instance": case.instance.name, "proven": said, **certificate.summary()})
        codes.append(console.EXIT_CODES[outcome.verdict.status if verdict else verdict.status])
        typer.echo(f"{certificate.path or case.instance.name}", err=as_json)
        for name, text in (("proves", said), ("certificate", f"{paint(verdict.status)}: "
                           f"{verdict.reason}"), ("seconds", f"{certificate.find_seconds:.2f} to "
                           f"find, {certificate.verify_seconds:.2f} to verify")):  # fmt: skip
            typer.echo(f"  {name:<13}{text}", err=as_json)
    if as_json:
        print_json({"certificates": found})
    return console.exit_code(failed=console.FAILED in codes, undecided=console.LIMIT in codes)
