"""Checks: why anyone should believe a number."""
