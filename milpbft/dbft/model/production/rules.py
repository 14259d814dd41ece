"""Which options of a profile the rule tables read; `docs/profiles.md` has the sources."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Literal

from pydantic import TypeAdapter

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Rules:
    """What decides locks and forks of a production node, beside what all of them do.

    Parameters
    ----------
    guard
        What a node in view change drops or holds back while at most f nodes are committed or
        failed: ``responses``, ``preparations`` (the request too), or nothing is dropped and nothing
        done (``hold``).
    failed
        Who fails to a node: those of which no message of its view or a later one is known
        (``view``), or ``nobody``. Within one height, ``height`` of the C# node is ``nobody``.
    later
        What is kept of later views: preparations and commits for then (``newest``), or ``commits``
        at once and nothing else.
    agreement
        Whether a node that is moved to a view without having asked says so.
    forgets
        Whether change views are forgotten as a view is entered.
    unseen
        Whether commits before the request are counted whatever they sign.
    once
        Whether a node answers the same message once only.
    hurries
        Whether the primary of a view after the first proposes as it enters, or waits a block's
        time; ticks alone depend on it.
    own
        Whether a node's own response puts its timer off as one that comes; likewise.
    looks
        Whether a node that is given a change view again looks anew whether M nodes ask for that.
    answers
        Whether a primary that started again and gets its own request back answers it, and commits
        to nothing in that view then; otherwise it takes it.
    requests
        Whether a node that starts again asks for recovery.
    """

    guard: Literal["hold", "responses", "preparations"]
    failed: Literal["nobody", "view"]
    later: Literal["newest", "commits"]
    agreement: bool
    forgets: bool
    unseen: bool
    once: bool
    hurries: bool
    own: bool
    looks: bool
    answers: bool
    requests: bool

    def varied(self, options: Mapping[str, str]) -> Rules:
        """Return the rules with `guard` and `failed` set otherwise, as in a profile."""
        own = {name: "nobody" if value == "height" else value for name, value in options.items()}
        return TypeAdapter(Rules).validate_python({**asdict(self), **own})


RULES = {
    "neo-go": Rules(
        guard="responses",
        failed="view",
        later="newest",
        agreement=False,
        forgets=True,
        unseen=True,
        once=False,
        hurries=True,
        own=False,
        looks=True,
        answers=True,
        requests=False,
    ),
    "neo-cs": Rules(
        guard="preparations",
        failed="nobody",
        later="commits",
        agreement=True,
        forgets=False,
        unseen=False,
        once=True,
        hurries=False,
        own=True,
        looks=False,
        answers=False,
        requests=True,
    ),
}
