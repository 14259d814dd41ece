"""Worker: the search for a proof as a backend, in a process of its own."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, cast

from milpbft.milp.certificate.proof import TooLongError, proof_of

from .cutoff import BetterPointError, OutOfTimeError, Refutation
from .learn import Learning
from .planes import Planes
from .search import Search
from .task import Kind, ProofClaim, ProofTask
from .veripb import LogError

if TYPE_CHECKING:
    from ..task import Claim, Task, Tell

LONGEST = 200 * 10**6
_DEPTH = 100_000
SEARCHES: dict[Kind, type[Refutation]] = {
    "tree": Search,
    "learning": Learning,
    "planes": Planes,
}


def run(task: Task, _tell: Tell) -> Claim:
    """Look for a proof within the limits of a task."""
    # A node of the search is a call, and so is each assumption above it.
    sys.setrecursionlimit(_DEPTH)
    began = time.process_time()
    wanted = cast("ProofTask", task)
    search = SEARCHES[wanted.kind](wanted)
    message = ""
    try:
        final, ordered = search.run(), wanted.kind == "planes"
        proof = proof_of(final, search.given, search.nodes, LONGEST, ordered=ordered)
        return ProofClaim("optimal", seconds=time.process_time() - began, proof=proof)
    except BetterPointError as error:
        point = error.point.astype(float)
        return ProofClaim("feasible", point=point, seconds=time.process_time() - began)
    except OutOfTimeError:
        pass
    except (TooLongError, LogError) as error:
        message = str(error)
    seconds = time.process_time() - began
    return ProofClaim("limit", seconds=seconds, nodes=search.nodes, message=message)
