"""The return rule of dBFT 2.0, read by rule table and replicas alike."""

from __future__ import annotations

from enum import Enum


class ReturnRule(Enum):
    """When a node that asked for a view change takes part in its view again.

    Each of them, `NEVER` apart, wants more than f nodes.
    """

    NEVER = "never"
    OWN_VIEW = "own-view"
    """Nodes whose Commit of the node's own view it has, itself included."""
    ANY_VIEW = "any-view"
    """Nodes of which it has a Commit, of whatever view."""
    COMMITTED_OR_LOST = "committed-or-lost"
    """Nodes of which it has a Commit, or has heard nothing in its view or a later one."""
