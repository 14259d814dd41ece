"""Sizes of the published dBFT model (Coelho et al. 2020, section 3.1)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Sizes:
    """Numbers that every family of the published model reads.

    Nodes 0 to M-1 are honest, as printed (the paper counts them 1 to M). Where n is not 3f+1 this
    leaves more than f Byzantine nodes: the model's property, kept for parity.

    Parameters
    ----------
    n
        Number of nodes and of views.
    horizon
        Number of instants of each view, the first of which is empty.
    """

    n: int
    horizon: int

    @property
    def f(self) -> int:
        """Tolerated faults: floor((n-1)/3)."""
        return (self.n - 1) // 3

    @property
    def quorum(self) -> int:
        """M = 2f+1, also the number of honest nodes."""
        return 2 * self.f + 1

    @property
    def byzantine(self) -> int:
        """Number of Byzantine nodes, n - M."""
        return self.n - self.quorum

    @property
    def margin(self) -> int:
        """Honest nodes in every quorum: M - (n - M); f+1 where n = 3f+1, and less otherwise."""
        return max(0, self.quorum - self.byzantine)
