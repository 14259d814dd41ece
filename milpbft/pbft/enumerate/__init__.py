"""Exhaustive search over the replicas of the PBFT family; shares no code with its models."""
