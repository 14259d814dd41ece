"""Threshold automata: one rule table per protocol, the single source of every encoding."""
