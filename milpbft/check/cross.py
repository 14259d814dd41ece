"""The MILP beside the proof for all parameters: both must say the same where both can speak."""

from __future__ import annotations

import math
import time
from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING

from milpbft.automaton.explicit.progress import explore_temporal
from milpbft.automaton.temporal.resting import rests
from milpbft.check.safety import decide

if TYPE_CHECKING:
    from milpbft.automaton.automaton import Automaton
    from milpbft.automaton.specification import Specification
    from milpbft.check.finding import Finding, Status
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

    Where rules form a cycle, which no MILP covers, by enumeration at each of these sizes.

    Returns
    -------
    Finding
        The finding for all parameters, with what the MILP says in its reason; ``contradicted``
        where the two cannot both be right.
    """
    if automaton.cycle:
        by, said = "enumeration", _enumerated(automaton, specification, most, limits)
    else:
        ranges = dict.fromkeys(automaton.parameters, (0, most))
        other = decide(automaton, specification, ranges, solver=solver, limits=limits)
        by, said = "MILP", other.status
    if "undecided" in {finding.status, said}:
        return replace(finding, reason=_joined(finding.reason, f"{by}: {said}"))
    within = finding.status == "violated" and max(finding.parameters.values(), default=0) <= most
    expected = "violated" if within else "holds"
    # A violation beyond the MILP's range leaves open what is within it, unless it is the least.
    if finding.status == "violated" and not within and not finding.least:
        expected = said
    if said == expected:
        return replace(finding, reason=_joined(finding.reason, f"{by} up to {most}: the same"))
    reason = f"z3 says {finding.status}, {by} up to {most} {said}: a fault of milpbft"
    return replace(finding, status="contradicted", reason=reason)


def _enumerated(
    automaton: Automaton, specification: Specification, most: int, limits: Limits
) -> Status:
    """Enumerate at all sizes from 0 to `most`, as far as time allows; only runs that rest."""
    end = time.monotonic() + (math.inf if limits.seconds is None else limits.seconds)
    verdict: Status = "holds" if rests(~specification.claimed) else "undecided"
    for values in product(range(most + 1), repeat=len(automaton.parameters)):
        size = dict(zip(automaton.parameters, values, strict=True))
        if automaton.assumptions.evaluate(size):
            found = explore_temporal(automaton, specification, size).verdict
            if found == "violated":
                return "violated"
            if found == "undecided":
                verdict = "undecided"
            if time.monotonic() > end:
                return "undecided"
    return verdict


def _joined(*texts: str) -> str:
    return "; ".join(filter(None, texts))
