"""View changes: who asks for which view, what makes one valid, and what a new view must propose."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

from milpbft.pbft.reference.admission import of_node, request_fault
from milpbft.pbft.reference.checkpoints import proves
from milpbft.pbft.reference.messages import (
    NULL,
    Claim,
    Envelope,
    NewView,
    PrePrepare,
    ViewChange,
    VouchedViewChange,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from milpbft.pbft.reference.rules import Rules
    from milpbft.sim.signatures import Signatures

    Valid = Callable[[Claim, int], bool]
    Order = Callable[[Sequence[ViewChange]], "Ordered | None"]


class Choice(NamedTuple):
    """What a new view proposes for a sequence number."""

    digest: bytes
    request: Envelope | None


Ordered = tuple[int, list[tuple[int, Choice]]]
"""Where a new view starts, and what it proposes above that."""


class ViewChanges:
    """The view changes that a replica knows, its own included: the first of a node for a view."""

    def __init__(self) -> None:
        self._views: defaultdict[int, dict[int, Envelope]] = defaultdict(dict)

    def of(self, view: int) -> Mapping[int, Envelope]:
        """Return the view changes for `view` by sender, in the order in which they came."""
        return self._views.get(view, {})

    def senders(self, view: int) -> set[int]:
        """Return the nodes whose view changes for `view` or a later one are known."""
        return {node for v, known in self._views.items() if v >= view for node in known}

    def add(self, view_change: ViewChange, envelope: Envelope) -> None:
        """Keep a view change."""
        self._views[view_change.view][view_change.sender] = envelope

    def goals(self, view: int, node: int) -> list[int]:
        """Return, per node but `node`, the latest view after `view` that it went to."""
        goals: dict[int, int] = {}
        for later in sorted(v for v in self._views if v > view):
            goals |= dict.fromkeys(self._views[later], later)
        goals.pop(node, None)
        return list(goals.values())

    def forget(self, before: int) -> None:
        """Forget views before `before`."""
        for view in [v for v in self._views if v < before]:
            del self._views[view]


def view_change_fault(  # noqa: PLR0911  (a case per fault)
    view_change: ViewChange, rules: Rules, keys: Signatures, valid: Valid
) -> str | None:
    """Say what is wrong with a view change; None where it is valid.

    Its stable checkpoint is proven where rules ask for that, every claim is of an earlier view, is
    between the watermarks and is backed, and no two claims of one type are about one number.
    """
    proven = rules.starts == "proven"
    if proven == isinstance(view_change, VouchedViewChange):
        return "another kind of view change"
    if proven and not proves(view_change.stable, view_change.proof, rules, keys):
        return "its checkpoint is not proven"
    said = set()
    for claim in view_change.claims:
        # Called first: a claim that is not backed may lack its fields.
        if not valid(claim, view_change.sender):
            return "a claim is not backed"
        about = type(claim), claim.sequence
        if about in said:
            return "two claims about one sequence number"
        said.add(about)
        if rules.watermarks and not view_change.stable < claim.sequence <= rules.top(
            view_change.stable
        ):
            return "a claim out of the watermarks"
        if claim.view >= view_change.view:
            return "a claim of a later view"
        if request_fault(claim.request, claim.digest, rules, keys) is not None:
            return "a claim with another request"
    return None


def ordered(
    view_changes: Sequence[ViewChange], choices: Mapping[int, Choice], rules: Rules
) -> Ordered | None:
    """Return the checkpoint that view changes start from and O above it, gaps filled with nulls.

    O goes from the checkpoint (min-s) to the highest sequence number that is chosen (max-s). None
    where they start from no checkpoint, so that they open no view.
    """
    start = starting(view_changes, rules)
    if start is None:
        return None
    stable = start[0]
    top = max((s for s in choices if s > stable), default=stable)
    null = Choice(NULL, None)
    return stable, [(s, choices.get(s, null)) for s in range(stable + 1, top + 1)]


def starting(view_changes: Sequence[ViewChange], rules: Rules) -> tuple[int, bytes | None] | None:
    """Return the checkpoint that a new view starts from, and its state where it is not proven.

    Of proven ones the latest. Else the latest that f + 1 of the view changes hold and that is not
    below the low watermarks of a quorum of them, or of those that hold it where rules are broken.
    """
    if rules.starts == "proven":
        return max(view_change.stable for view_change in view_changes), None
    vouched = [v for v in view_changes if isinstance(v, VouchedViewChange)]
    for checkpoint in sorted({c for v in vouched for c in v.held}, reverse=True):
        holders = [v for v in vouched if checkpoint in v.held]
        counted = holders if rules.starts == "matching" else vouched
        low = [v for v in counted if v.stable <= checkpoint.sequence]
        if len(holders) > rules.faults and len(low) >= rules.view_quorum:
            return checkpoint.sequence, checkpoint.state
    return None


def follows(
    opening: NewView, rules: Rules, keys: Signatures, valid: Valid, order: Order
) -> list[ViewChange] | None:
    """Return the view changes of a new view; None where it does not follow from them.

    They are valid and of a quorum of distinct nodes, all for this view; its first proposals are
    those that they call for; the others are requests of clients at higher sequence numbers.
    """
    view_changes = _quorum(opening, rules, keys, valid)
    proposals = _proposals(opening, rules, keys)
    if view_changes is None or proposals is None:
        return None
    if (start := order(view_changes)) is None:
        return None
    stable, again = start
    said = [(vote.sequence, vote.digest) for vote in proposals[: len(again)]]
    if said != [(sequence, choice.digest) for sequence, choice in again]:
        return None
    fresh = [vote.sequence for vote in proposals[len(again) :]]
    low = stable + len(again)
    high = rules.top(stable)
    if any(vote.request is None for vote in proposals[len(again) :]):
        return None
    rising = all(a < b for a, b in zip([low, *fresh], fresh, strict=False))
    inside = not rules.watermarks or all(sequence <= high for sequence in fresh)
    return view_changes if rising and inside else None


def _quorum(
    opening: NewView, rules: Rules, keys: Signatures, valid: Valid
) -> list[ViewChange] | None:
    view_changes = []
    for envelope in opening.view_changes:
        view_change = envelope.payload
        if not isinstance(view_change, ViewChange) or not view_change.well_formed:
            return None
        if view_change.view != opening.view or not of_node(envelope, rules, keys):
            return None
        if view_change_fault(view_change, rules, keys, valid) is not None:
            return None
        view_changes.append(view_change)
    senders = {view_change.sender for view_change in view_changes}
    enough = len(senders) == len(view_changes) >= rules.view_quorum
    return view_changes if enough else None


def _proposals(opening: NewView, rules: Rules, keys: Signatures) -> list[PrePrepare] | None:
    votes = []
    for envelope in opening.pre_prepares:
        vote = envelope.payload
        if not isinstance(vote, PrePrepare) or not vote.well_formed:
            return None
        if (vote.sender, vote.view) != (opening.sender, opening.view):
            return None
        if not of_node(envelope, rules, keys):
            return None
        if request_fault(vote.request, vote.digest, rules, keys) is not None:
            return None
        votes.append(vote)
    return votes
