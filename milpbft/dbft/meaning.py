"""What optima of the published model mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from milpbft.dbft.instance import PublishedInstance


def published_meaning(instance: PublishedInstance, value: int | None) -> str:
    """Say what the optimum of a published instance means; its Byzantine nodes are f in number."""
    i = instance
    run = f"the published model of dBFT 2.0 with {i.n} nodes, {i.horizon} instants a view"
    run += f" and delivery properties {', '.join(map(str, i.delivery))}" if i.delivery else ""
    if value is None:
        return f"No run fits {run}, proven"
    best = {"max": "greatest", "min": "least"}[i.objective.sense]
    return f"The {best} {i.objective.sum()} in {run} is {value}, proven"
