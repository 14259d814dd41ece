"""The MILP beside the proof for all parameters: both must say the same where both can speak."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from milpbft.check.safety import decide

if TYPE_CHECKING:
    from milpbft.automaton.automaton import Automaton
    from milpbft.automaton.specification import Specification
    from milpbft.check.finding import Finding
    from milpbft.solvers import Limits


def crossed(
    automaton: Automaton,
    specification: Specification,
    finding: Finding,
    most: int,
    *,
    solver: str | None,
    limits: Limits,
) -> Finding:
    """Decide a specification once more, as a MILP with every parameter from 0 to `most`.

    Returns
    -------
    Finding
        The finding for all parameters, with what the MILP says in its reason; ``contradicted``
        where the two cannot both be right.
    """
    ranges = dict.fromkeys(automaton.parameters, (0, most))
    other = decide(automaton, specification, ranges, solver=solver, limits=limits)
    if "undecided" in {finding.status, other.status}:
        return replace(finding, reason=_joined(finding.reason, f"MILP: {other.status}"))
    within = finding.status == "violated" and max(finding.parameters.values(), default=0) <= most
    expected = "violated" if within else "holds"
    # A violation beyond the MILP's range leaves open what is within it, unless it is the least.
    if finding.status == "violated" and not within and not finding.least:
        expected = other.status
    if other.status == expected:
        return replace(finding, reason=_joined(finding.reason, f"MILP up to {most}: the same"))
    reason = f"z3 says {finding.status}, the MILP up to {most} {other.status}: a fault of milpbft"
    return replace(finding, status="contradicted", reason=reason)


def _joined(*texts: str) -> str:
    return "; ".join(filter(None, texts))
