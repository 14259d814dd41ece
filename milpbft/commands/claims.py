"""The command on claims of papers."""

from pathlib import Path
from typing import Annotated, Any

import typer

from milpbft.claims import Decision, decide, known_claims
from milpbft.commands import console, options
from milpbft.commands.bundles import bundled
from milpbft.commands.console import Display, print_json, writing
from milpbft.commands.lazy import example
from milpbft.report.keep import keep

_COLOURS = {"holds": "green", "refuted": "red", "undecided": "yellow"}

Filter = Annotated[
    str,
    typer.Option(
        "--filter", metavar="TEXT", help="Only claims with this in paper, place or sentence."
    ),
]
Out = Annotated[
    Path | None, typer.Option("--out", metavar="DIR", help="Directory that keeps the witnesses.")
]


@example("milpbft claims --filter unique --out witnesses")
@bundled
def claims(
    *,
    text: Filter = "",
    solver: options.Solver = None,
    limits: options.SolveLimits,
    out: Out = None,
    as_json: options.Json = False,
) -> int:
    """Decide what papers claim: holds, or refuted with the witness.

    A refuted claim is no failure; a verdict other than the known one is.
    """
    chosen = known_claims(text)
    console.make_directory(out)
    found: list[dict[str, Any]] = []
    failed = undecided = 0
    with Display("deciding claims") as display:
        for number, claim in enumerate(chosen, start=1):
            display.update(f"{claim.paper}, {claim.place}")
            decision = decide(claim, solver, limits)
            undecided += decision.status == "undecided"
            failed += decision.status != "undecided" and not decision.as_expected
            summary = decision.summary()
            if out is not None and decision.witness is not None:
                folder = out / f"{number:02d}"
                with writing("out", out):
                    folder.mkdir(exist_ok=True)
                    summary["schedule"] = str(keep(decision.witness, folder))
            found.append(summary)
            display.print(_text(decision), err=as_json)
    counts = {
        status: sum(one["status"] == status for one in found)
        for status in ("holds", "refuted", "undecided")
    }
    if as_json:
        print_json({"claims": found, **counts})
    else:
        typer.echo(", ".join(f"{count} {status}" for status, count in counts.items()))
    return console.exit_code(failed=failed, undecided=undecided)


def _text(decision: Decision) -> str:
    claim = decision.claim
    status = typer.style(decision.status, fg=_COLOURS[decision.status])
    lines = [f"{status}: {claim.paper}, {claim.place}: {claim.sentence}"]
    if not decision.as_expected and decision.status != "undecided":
        lines[0] += f"  (expected: {claim.expected})"
    for one in decision.evidence:
        replay = f", replay {one.replay}" if one.replay else ""
        lines.append(f"  {one.source}: {one.words}{replay}")
    if claim.remark:
        lines.append(f"  {claim.remark}")
    return "\n".join(lines)
