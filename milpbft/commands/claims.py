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

_COLOURS = {"holds": "green", "refuted": "red", "open": "magenta", "undecided": "yellow"}
_NOT_SETTLED = "not settled by the text"

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
    """Decide what papers claim: holds, refuted with the witness, or open in the text.

    A claim that the text leaves open has a verdict per reading. A refuted claim is no failure; a
    verdict other than the known one is.
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
    counts = {status: sum(one["status"] == status for one in found) for status in _COLOURS}
    if as_json:
        print_json({"claims": found, **counts})
    else:
        typer.echo(", ".join(f"{count} {status}" for status, count in counts.items()))
    return console.exit_code(failed=failed, undecided=undecided)


def _text(decision: Decision) -> str:
    claim, said = decision.claim, decision.status
    status = typer.style(_NOT_SETTLED if said == "open" else said, fg=_COLOURS[said])
    lines = [f"{status}: {claim.paper}, {claim.place}: {claim.sentence}"]
    if not decision.as_expected and said != "undecided":
        lines[0] += f"  (expected: {claim.expected})"
    if claim.assumes:
        lines.append(f"  assumed: {claim.assumes}")
    for words, verdict in decision.readings.items():
        lines.append(f"  {verdict}, read so: {words}")
        lines += _evidence(decision, words)
    lines += _evidence(decision, "")
    if claim.remark:
        lines.append(f"  {claim.remark}")
    return "\n".join(lines)


def _evidence(decision: Decision, reading: str) -> list[str]:
    """Write the evidence on one reading, a line each."""
    return [
        f"  {one.source}: {one.words}{f', replay {one.replay}' if one.replay else ''}"
        for one in decision.evidence
        if one.reading == reading
    ]
