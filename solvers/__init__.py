"""Solvers: hand a Problem over to a solver in a process of its own, bring a Solution back."""

from solvers.limits import Limits
from solvers.registry import available, prover
from solvers.solve import solve

__all__ = ["Limits", "available", "prover", "solve"]
