"""The per-node encoding: which node is where at which tick, and what it was given."""
