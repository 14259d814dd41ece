"""Replicas of dBFT 2.0 and of its relatives, and the worlds they run in."""
