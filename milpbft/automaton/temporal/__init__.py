"""Temporal formulas: what must hold of whole runs, and what it takes to show that it does not."""
