"""What goes to the process that looks for a proof, and what comes back."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Literal, cast, get_args

from milpbft.errors import InputError

from ..task import Claim, Task

if TYPE_CHECKING:
    from milpbft.milp.certificate.condensed import Expansion
    from milpbft.milp.certificate.proof import Proof


Kind = Literal["tree", "learning", "planes"]
"""A branch and bound; a search that learns from conflicts; cutting planes in binaries."""


def search_kind(name: str | None) -> Kind | None:
    """Return the kind of search of a name; None for all of them.

    Raises
    ------
    InputError
        Where there is no such kind, or it is cutting planes, and Exact is not installed.
    """
    if name is not None and name not in get_args(Kind):
        raise InputError("search", name, f"one of {', '.join(get_args(Kind))}")
    if name == "planes" and not exact_installed():
        raise InputError("search", name, "of the extra: pip install 'milpbft[proofs]'")
    return cast("Kind | None", name)


def exact_installed() -> bool:
    """Whether the solver for cutting planes is there."""
    return find_spec("exact") is not None


@dataclass
class ProofTask(Task):
    """A task to prove that no point is better than `value`; None: that there is no point.

    Of a problem that condenses another one, with how its proof is written as one of the other.
    """

    value: int | None = None
    kind: Kind = "tree"
    expansion: Expansion | None = None


@dataclass
class ProofClaim(Claim):
    """A proof, which is tested before it is believed.

    Without one, `status` is ``feasible`` with a `point` that the task says cannot be, or ``limit``.
    """

    proof: Proof | None = None
