"""Exhaustive exploration of the replicas of production profiles."""
