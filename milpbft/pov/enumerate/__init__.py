"""Exhaustive search over the reference of Proof of Vote."""
