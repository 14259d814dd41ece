"""Solvers: hand a Problem over to a solver in a process of its own, bring a Solution back."""

from .certify import Attempt, prove
from .limits import Limits
from .registry import available, choose, engine, prover
from .smt import Answer as SmtAnswer
from .smt import Smt
from .solve import solve

__all__ = [
    "Attempt",
    "Limits",
    "Smt",
    "SmtAnswer",
    "available",
    "choose",
    "engine",
    "prove",
    "prover",
    "solve",
]
