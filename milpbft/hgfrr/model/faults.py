"""Faults: which nodes the adversary makes faulty, and from when on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from milpbft.automaton.pernode.rows import ONE, ZERO, Affine

if TYPE_CHECKING:
    from collections.abc import Sequence

    from milpbft.hgfrr.model.terms import Series, Terms


class Faults:
    """The faulty set.

    Parameters
    ----------
    terms
        Where variables and rows go.
    nodes
        Nodes that may be faulty.
    count
        So many are, or where `fewer` at most so many.
    kind
        ``silent``: one variable per node. ``crash``: a series, 1 from the tick of the crash on.
    """

    def __init__(
        self,
        terms: Terms,
        nodes: Sequence[int],
        count: int,
        kind: Literal["silent", "crash"],
        *,
        fewer: bool = False,
    ) -> None:
        self.kind = kind
        self._horizon = terms.horizon
        self._since: dict[int, Series] = {}
        if not count:
            return
        for node in nodes:
            if kind == "crash":
                self._since[node] = terms.series(f"down_{node}")
            else:
                self._since[node] = [terms.binary(f"silent_{node}")] * (terms.horizon + 1)
        add = terms.rows.at_most if fewer else terms.rows.equal
        add("faults", Affine.total(self.ever(node) for node in nodes), Affine(constant=count))

    def since(self, node: int) -> Series:
        """Per tick: 1 where a node is faulty."""
        return self._since.get(node) or [ZERO] * (self._horizon + 1)

    def ever(self, node: int) -> Affine:
        """1 where a node is faulty by the horizon."""
        return self.since(node)[-1]

    @property
    def total(self) -> Affine:
        """Number of faulty nodes."""
        return Affine.total(self.ever(node) for node in self._since)


def arrive(
    terms: Terms,
    arrival: Series,
    sent: Series,
    *,
    giver: Series,
    taker: Series,
    kind: Literal["silent", "crash"],
    unless: Affine = ZERO,
    delay: int = 1,
) -> None:
    """Tie an arrival to its sending, d ticks before; `sent` says when a correct giver would.

    Silent givers do not send: ``sent[t-d] - giver <= x[t] <= sent[t-d]``, ``x[t] <= 1 - giver``.
    Who holds a message before it crashes has sent it on in the same tick, so crashes matter to
    takers: ``sent[t-d] - taker[t] <= x[t] <= sent[t-d]``, ``x[t] - x[t-1] <= 1 - taker[t]``.
    Each holds unless `unless` is 1.
    """
    rows = terms.rows
    for tick, now in enumerate(arrival):
        cause = sent[tick - delay] if tick >= delay else ZERO
        before = arrival[tick - 1] if tick else ZERO
        rows.at_most("sent", now - unless, cause)
        if kind == "silent":
            rows.at_most("silent", now + giver[tick] - unless, ONE)
            rows.at_most("arrives", cause - giver[tick] - unless, now)
        else:
            rows.at_most("crashed", now - before + taker[tick] - unless, ONE)
            rows.at_most("arrives", cause - taker[tick] - unless, now)
