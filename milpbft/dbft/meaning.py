"""What optima of the published model mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from milpbft.dbft.instance import PublishedInstance


def published_meaning(instance: PublishedInstance, value: int | None) -> str:
    """Say what the optimum of a published instance means; its Byzantine nodes are f in number."""
    i = instance
    run = f"the published model of dBFT 2.0 with {i.n} nodes and {i.horizon} instants a view"
    if i.delivery:
        hold = "property {} holds" if len(i.delivery) == 1 else "properties {} hold"
        run += f", where delivery {hold.format(', '.join(map(str, i.delivery)))},"
    if value is None:
        return f"No run fits {run.removesuffix(',')}, proven"
    best = {"max": "greatest", "min": "least"}[i.objective.sense]
    return f"At {i.objective.rates()}, the {best} value in {run} is {value}, proven"


RULES = {
    "PrepareRequest": "the primary of a view proposes when its timer expires, once",
    "PrepareResponse": "a backup answers the request of its view's primary, once, unless it has "
    "asked to leave the view",
    "Commit": "M = n - f nodes have prepared the request, itself included, and it has not asked to "
    "leave the view; who commits never leaves it",
    "ChangeView": "its timer expires, or M nodes ask for the next view, and it has not committed",
    "ChangeView1": "its timer expires, and it has not prepared",
    "ChangeView2": "it knows of M nodes in their first stage, or is prepared and its timer expires",
    "ChangeView3": "it knows of M nodes that asked; also after a commit",
    "RecoveryRequest": "its timer expires where it must not ask for a view change",
    "RecoveryMessage": "it answers a recovery request, or a change view for a view that is past",
    "decide": "M commits for one block of one view",
    "timeout": "the timer of the view it is in; free timers may expire at any tick",
    "fault": "the adversary chose this node",
}
"""When correct nodes do what schedules show, in words for pictures."""
