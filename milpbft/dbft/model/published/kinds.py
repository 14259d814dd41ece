"""Message kinds of the published model, in the order of its delivery properties (1) to (4)."""

from __future__ import annotations

KINDS = ("Req", "Res", "Com", "CV")

MESSAGE = {
    "Req": "PrepareRequest",
    "Res": "PrepareResponse",
    "Com": "Commit",
    "CV": "ChangeView",
}
"""Name of each kind in schedules."""
