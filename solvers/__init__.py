"""Solvers: hand a Problem over to a solver in a process of its own, bring a Solution back."""

from .certify import Attempt, Kind, prove, search_kind
from .limits import Limits
from .registry import available, choose, engine, prover, version
from .smt import Answer as SmtAnswer
from .smt import Smt
from .solve import solve
from .watch import Progress, watching

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
