"""Exhaustive enumeration of the replicas of the PBFT family, for few nodes and one or two views."""
