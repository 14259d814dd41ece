"""The parameters of dBFT 2.0: sizes, quorums, primaries and the return rule."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from milpbft.dbft.returns import ReturnRule
from milpbft.errors import InputError
from milpbft.sim.turns import turns


@dataclass(frozen=True, slots=True)
class Rules:
    """What the replicas of one network agree on; :meth:`of` fills in the usual values.

    Parameters
    ----------
    validators
        The nodes in the order in which they become primaries.
    faults
        f, the number of faulty nodes that the quorums are made for.
    prepare_quorum, commit_quorum, view_quorum
        Preparations for a commit, commits for a block, change views for a new view. They are equal
        in the protocol; set apart, they make faulty replicas for tests.
    returns
        When a node that asked for a view change takes part again.
    rotation
        ``view``: the primary of view v is ``validators[v % n]``; ``height``: it is
        ``validators[(height - v) % n]``, as in production.
    agreement
        Whether a node that moves to a view that it did not ask for says so with a ChangeView of its
        own first, as the C# node does.
    patient
        Whether a node that knows of more than f nodes committed (or lost, under that return rule)
        asks for recovery and not for a view change when its timer expires, as production does.
    """

    validators: tuple[int, ...]
    faults: int
    prepare_quorum: int
    commit_quorum: int
    view_quorum: int
    returns: ReturnRule = ReturnRule.ANY_VIEW
    rotation: Literal["view", "height"] = "view"
    agreement: bool = True
    patient: bool = False

    def __post_init__(self) -> None:
        if sorted(self.validators) != list(range(self.n)):
            raise InputError("validators", self.validators, f"each of 0 to {self.n - 1} once")
        for name in ("prepare_quorum", "commit_quorum", "view_quorum"):
            value = getattr(self, name)
            if not 1 <= value <= self.n:
                raise InputError(name, value, f"a number from 1 to {self.n}")

    @classmethod
    def of(
        cls,
        n: int,
        *,
        faults: int | None = None,
        quorum: int | None = None,
        primaries: tuple[int, ...] = (),
        returns: ReturnRule = ReturnRule.ANY_VIEW,
        rotation: Literal["view", "height"] = "view",
        agreement: bool = True,
        patient: bool = False,
    ) -> Rules:
        """Rules of a network of `n` nodes.

        Parameters
        ----------
        n
            Number of nodes.
        faults
            f, by default ``(n - 1) // 3``.
        quorum
            M, by default ``n - f``; the published model has ``2 f + 1``.
        primaries
            The primaries of the first views, distinct up to view n; the other nodes follow in
            their order.

        Raises
        ------
        InputError
            Where a node is primary twice or no node, or a quorum is not from 1 to `n`.
        """
        f = (n - 1) // 3 if faults is None else faults
        m = n - f if quorum is None else quorum
        order = turns(n, primaries)
        return cls(order, f, m, m, m, returns, rotation, agreement, patient)

    @property
    def settings(self) -> dict[str, str]:
        """What a schedule says of replicas whose quorums are the usual ones."""
        return {"returns": self.returns.value, "agreement": str(self.agreement).lower()}

    @property
    def n(self) -> int:
        """Number of nodes."""
        return len(self.validators)

    @property
    def usual_quorum(self) -> int:
        """The protocol's own M: n - f."""
        return self.n - self.faults

    def own_sizes(self) -> dict[str, str]:
        """Return f and quorums where they are not the usual, as schedules say them."""
        sizes = {
            "faults": (self.faults, (self.n - 1) // 3),
            "quorum": (self.prepare_quorum, self.usual_quorum),
            "view_quorum": (self.view_quorum, self.prepare_quorum),
        }
        return {name: str(own) for name, (own, usual) in sizes.items() if own != usual}

    def primary(self, view: int, height: int) -> int:
        """Return the primary of `view` at `height`."""
        turn = view if self.rotation == "view" else height - view
        return self.validators[turn % self.n]
