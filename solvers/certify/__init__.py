"""Certify: find a proof of a bound that can be checked in exact arithmetic."""

from .prove import Attempt, prove

__all__ = ["Attempt", "prove"]
