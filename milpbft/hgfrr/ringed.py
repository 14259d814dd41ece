"""Questions about a broadcast over HGFRR's rings: the fields that they have in common."""

from __future__ import annotations

from typing import Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from milpbft.errors import InputError
from milpbft.hgfrr.sizes import Sizes, check_nodes
from milpbft.hgfrr.spread import Spread
from milpbft.question.named import NamedQuestion

SIZES = {
    "n": "n",
    "r": "ring",
    "k": "k",
    "c": "contacts",
    "w": "serving",
    "s": "seed",
    "src": "source",
    "b": "faults",
}
"""Letters of the common numbers in names, in their order; families put others between them."""


def lettered(**others: tuple[str, str]) -> dict[str, str]:
    """Return the letters of a family's numbers: the common ones, and others after one of them.

    Parameters
    ----------
    others
        By letter: the field, and the letter that it follows, one that is there by then.
    """
    order = list(SIZES)
    for letter, (_, before) in others.items():
        order.insert(order.index(before) + 1, letter)
    known = SIZES | {letter: field for letter, (field, _) in others.items()}
    return {letter: known[letter] for letter in order}


class RingedQuestion(NamedQuestion):
    """A broadcast over rings, under an adversary.

    Parameters
    ----------
    n
        Nodes at the start, uniform in the unit square.
    ring
        Members of a ring, at most.
    k
        Base of the trees within rings, see :class:`milpbft.hgfrr.spread.Spread`.
    contacts
        Contact nodes per ring.
    serving
        How many of them broadcast.
    seed
        Of positions, elections and bases.
    source
        The node that broadcasts; it is not faulty.
    faults
        So many nodes of the start are faulty, chosen by the adversary.
    """

    n: int = Field(ge=1, le=1000)
    ring: int = Field(default=16, ge=1, le=1000)
    k: int = 2
    contacts: int = 1
    serving: int = 1
    seed: int = Field(default=0, ge=0)
    source: int = Field(default=0, ge=0)
    faults: int = Field(default=0, ge=0)
    encoding: Literal["compact"] = "compact"

    always: ClassVar[frozenset[str]] = frozenset({"ring", "k", "seed"})
    words: ClassVar[dict[str, tuple[str, Any]]] = {"crash": ("fault", "crash")}

    @model_validator(mode="after")
    def _on_rings(self) -> Self:
        _ = self.limits, self.spread
        check_nodes(self.n, self.source, self.faults)
        if self.serving > self.contacts:
            raise InputError("serving", self.serving, f"at most contacts = {self.contacts}")
        return self

    @property
    def limits(self) -> Sizes:
        """Limits of the rings."""
        return Sizes(self.ring, self.contacts)

    @property
    def spread(self) -> Spread:
        """Parameters of the broadcast."""
        return Spread(self.k, serving=self.serving, seed=self.seed)
