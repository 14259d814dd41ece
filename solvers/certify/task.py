"""What goes to the process that looks for a proof, and what comes back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..task import Claim, Task

if TYPE_CHECKING:
    from milpbft.milp.certificate.proof import Proof


@dataclass
class ProofTask(Task):
    """A task to prove that no point is better than `value`; None: that there is no point.

    `learns` asks for a search that learns from conflicts.
    """

    value: int | None = None
    learns: bool = False


@dataclass
class ProofClaim(Claim):
    """A proof, which is tested before it is believed.

    Without one, `status` is ``feasible`` with a `point` that the task says cannot be, or ``limit``.
    """

    proof: Proof | None = None
