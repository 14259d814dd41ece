"""Certify: find a proof of a bound that can be checked in exact arithmetic."""
