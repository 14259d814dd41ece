"""Temporal formulas: what must hold of whole runs, and how a run of slots is asked to show it."""
