"""Worker: the search for a proof as a backend, in a process of its own."""

from __future__ import annotations

import gc
import os
import sys
from typing import TYPE_CHECKING, cast

from milpbft.milp.certificate.proof import TooLongError, proof_of

from .crew import Crew
from .cutoff import BetterPointError, OutOfTimeError, Refutation
from .hand import DEPTH
from .learn import Learning
from .planes import Planes
from .search import Search
from .task import Kind, ProofClaim, ProofTask
from .veripb import LogError

if TYPE_CHECKING:
    from ..task import Claim, Task, Tell

LONGEST = 200 * 10**6
SEARCHES: dict[Kind, type[Refutation]] = {
    "tree": Search,
    "learning": Learning,
    "planes": Planes,
}


def run(task: Task, _tell: Tell) -> Claim:
    """Look for a proof within the limits of a task."""
    sys.setrecursionlimit(DEPTH)
    gc.disable()  # steps are kept or counted out: to look for cycles takes a quarter of the time
    began = _spent()
    wanted = cast("ProofTask", task)
    split = wanted.kind == "tree" and wanted.threads > 1
    search = Crew(wanted) if split else SEARCHES[wanted.kind](wanted)
    message = ""
    try:
        final, ordered, given = search.run(), wanted.kind == "planes", search.given
        if wanted.expansion is not None:
            final, given = wanted.expansion.expanded(final), wanted.expansion.size
        proof = proof_of(final, given, search.nodes, LONGEST, ordered=ordered)
        return ProofClaim("optimal", seconds=_spent() - began, proof=proof)
    except BetterPointError as error:
        point = error.point.astype(float)
        return ProofClaim("feasible", point=point, seconds=_spent() - began)
    except OutOfTimeError:
        pass
    except (TooLongError, LogError) as error:
        message = str(error)
    seconds = _spent() - began
    return ProofClaim("limit", seconds=seconds, nodes=search.nodes, message=message)


def _spent() -> float:
    """Processor time of this process and of those that it has ended."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system
