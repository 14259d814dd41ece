"""Automata run one configuration at a time: runs, starts, and exhaustive exploration."""
