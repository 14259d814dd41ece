"""The one door to the solvers: ``solvers/``, which lies beside this package in a checkout.

A wheel has that folder in this very place, as the package ``milpbft.solvers``, and not this module:
nothing of milpbft's stands beside it among the packages of others.
"""

from solvers import (
    Attempt,
    Kind,
    Limits,
    Progress,
    Smt,
    SmtAnswer,
    available,
    choose,
    engine,
    prove,
    prover,
    search_kind,
    solve,
    version,
    watching,
)

__all__ = [
    "Attempt",
    "Kind",
    "Limits",
    "Progress",
    "Smt",
    "SmtAnswer",
    "available",
    "choose",
    "engine",
    "prove",
    "prover",
    "search_kind",
    "solve",
    "version",
    "watching",
]
