"""Exhaustive search over the replicas of dBFT; shares no code with its models."""
