"""Certify: find a proof of a bound that can be checked in exact arithmetic."""

from .prove import Attempt, prove
from .task import Kind, search_kind

__all__ = ["Attempt", "Kind", "prove", "search_kind"]
