"""Broadcasts by gossip and over Kademlia, to set beside those over the overlay."""

from __future__ import annotations

from typing import Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from milpbft.errors import InputError
from milpbft.hgfrr.sizes import check_nodes
from milpbft.question.named import RESTARTS, NamedQuestion, Sense


class DisseminationInstance(NamedQuestion):
    """A broadcast by gossip or over Kademlia, the worst that silent nodes can make of it.

    The adversary knows whom each node has drawn, see :func:`milpbft.hgfrr.peers.peers_of`, as it
    knows the rings and contacts of an overlay.

    Parameters
    ----------
    n
        Nodes, 2 to 1000.
    scheme
        ``gossip``: who first holds the message tells everybody that it knows, once.
        ``kademlia``: who is told hands each of its smaller buckets over to the node that it knows
        of it, the source all of them.
    fanout
        Others that a node of a gossip knows; 1 for Kademlia, where it is not used.
    seed
        Of identifiers and of whom nodes know.
    source
        The node that broadcasts; it is not faulty.
    faults
        So many nodes are silent, chosen by the adversary: they receive and never send. Where the
        objective is ``faults_half``, at most so many are tried.
    objective
        ``coverage``: fewest correct nodes that hold the message in the end, the source included.
        ``faults_half``: fewest silent nodes with which it comes to at most half of the correct
        ones.
    """

    n: int = Field(ge=2, le=1000)
    scheme: Literal["gossip", "kademlia"] = "gossip"
    fanout: int = Field(default=1, ge=1)
    seed: int = Field(default=0, ge=0)
    source: int = Field(default=0, ge=0)
    faults: int = Field(default=0, ge=0)
    encoding: Literal["compact"] = "compact"

    sizes: ClassVar[dict[str, str]] = {
        "n": "n",
        "f": "fanout",
        "s": "seed",
        "src": "source",
        "b": "faults",
    }
    always: ClassVar[frozenset[str]] = frozenset({"seed"})
    words: ClassVar[dict[str, tuple[str, Any]]] = {"kademlia": ("scheme", "kademlia")}
    objectives: ClassVar[dict[str, Sense]] = {"coverage": "min", "faults_half": "min"}
    refused: ClassVar[dict[str, str]] = {
        RESTARTS: "its model has no ticks; hgfrr has nodes that start again"
    }
    example: ClassVar[str] = "dissemination-n12-f2-s0-b1-coverage"

    @model_validator(mode="after")
    def _fits(self) -> Self:
        check_nodes(self.n, self.source, self.faults)
        if self.fanout >= self.n:
            raise InputError("fanout", self.fanout, f"from 1 to {self.n - 1}")
        if self.scheme == "kademlia" and self.fanout != 1:
            raise InputError("fanout", self.fanout, "1 for kademlia, which has no fanout")
        return self
