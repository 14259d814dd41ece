"""Threshold automata as text: ByMC's language, read and written."""
