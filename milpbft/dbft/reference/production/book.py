"""What a production node knows at one height, and how many it counts as committed or failed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.dbft.reference.messages import ChangeView, Commit, PrepareRequest, PrepareResponse

if TYPE_CHECKING:
    from milpbft.dbft.reference.messages import Envelope
    from milpbft.dbft.reference.production.site import Site


class Book:
    """The messages that a node keeps, in the view that it is in.

    Parameters
    ----------
    node
        The node itself.
    site
        What all nodes of its network share.
    """

    def __init__(self, node: int, site: Site) -> None:
        self.node = node
        self.site = site
        self.profile = site.profile
        self.rules = site.rules
        self.keys = site.keys
        self.height = site.height
        self.previous = site.previous
        self.view = 0
        self.preparations: dict[int, Envelope] = {}
        """Per node its request or response of this view."""
        self.request: PrepareRequest | None = None
        """The proposal of this view, which commits sign."""
        self.commits: dict[tuple[int, int], Envelope] = {}
        """Per node and view its Commit."""
        self.change_views: dict[int, Envelope] = {}
        """Per node its ChangeView with the highest new view."""
        self.led_here: dict[int, Envelope] = {}
        """The change views that were known for this view or a later one as it was entered."""
        self.later: list[Envelope] = []
        """Messages of later views, to be taken there."""
        self.heard: dict[int, int] = {node: 0}
        """Per node the highest view of which a message of it is known."""

    # ---- this view

    @property
    def primary(self) -> int:
        """The primary of this view."""
        return self.rules.primary(self.view, self.height)

    @property
    def is_primary(self) -> bool:
        """Whether the node is the primary of its view."""
        return self.primary == self.node

    @property
    def has_preparation_of_primary(self) -> bool:
        """Whether the primary's place among the preparations is taken."""
        return self.primary in self.preparations

    @property
    def answered_own_request(self) -> bool:
        """Whether a primary regained its own request and answered it.

        Its response stands in the place of the request then; what others respond is kept unseen.
        """
        first = self.preparations.get(self.primary)
        return first is not None and isinstance(first.payload, PrepareResponse)

    def here(self) -> list[Envelope]:
        """Return the commits of this view, by node."""
        return [e for (_, view), e in sorted(self.commits.items()) if view == self.view]

    @property
    def prepared(self) -> bool:
        """Whether M nodes prepared, the primary with its request."""
        proposed = self.has_preparation_of_primary and not self.answered_own_request
        return proposed and len(self.preparations) >= self.rules.prepare_quorum

    @property
    def accepted(self) -> bool:
        """Whether M nodes committed in this view."""
        return len(self.here()) >= self.rules.commit_quorum

    def take_proposal(self, envelope: Envelope, request: PrepareRequest) -> None:
        """Keep the request, and of the responses kept before it only those that name it.

        Commits that were kept before it are checked now, or never: see the option `early`.
        """
        self.request = request
        self.preparations = {
            node: kept
            for node, kept in self.preparations.items()
            if not isinstance(kept.payload, PrepareResponse)
            or kept.payload.request == request.digest
        }
        self.preparations[request.sender] = envelope
        if self.profile.early == "kept":
            return
        for place, kept in list(self.commits.items()):
            if place[1] == self.view and not self.signs(kept, request):
                del self.commits[place]

    def signs(self, envelope: Envelope, request: PrepareRequest) -> bool:
        """Whether a Commit signs the block header of this request."""
        commit = envelope.payload
        assert isinstance(commit, Commit), "asked of commits only"
        return self.keys.verify(commit.sender, request.header, commit.signature)

    def names_request(self, response: PrepareResponse) -> bool:
        """Whether a response is to the request of this view."""
        return self.request is not None and response.request == self.request.digest

    # ---- all views

    @property
    def own_commit(self) -> Envelope | None:
        """The node's own Commit, of whatever view; one from before a restart counts."""
        own = [envelope for (node, _), envelope in self.commits.items() if node == self.node]
        return own[0] if own else None

    def knows_commit(self, commit: Commit) -> bool:
        """Whether the node keeps a Commit in the place of this one."""
        known = (commit.sender, commit.view) in self.commits
        if known or self.profile.commits == "view":
            return known
        return any(node == commit.sender for node, _ in self.commits)

    @property
    def committed(self) -> set[int]:
        """Nodes of which a Commit is known."""
        return {node for node, _ in self.commits}

    @property
    def failed(self) -> set[int]:
        """Nodes that count as failed, the node itself included in principle."""
        nodes = set(range(self.rules.n))
        match self.profile.failed:
            case "nobody":
                return set()
            case "view":
                silent = {i for i in nodes if self.heard.get(i, -1) < self.view}
                return silent - self.committed
            case "height":
                # Whoever spoke at the height below is up; a run starts with all of them.
                return set()

    @property
    def beyond_f(self) -> bool:
        """Whether more than f nodes are committed or failed."""
        return len(self.committed) + len(self.failed) > self.rules.faults

    # ---- change views

    def view_asked_by(self, node: int) -> int:
        """Return the highest view that `node` asked for, 0 if it asked for none."""
        return view_asked(self.change_views.get(node))

    def asking(self, view: int) -> int:
        """Return the number of nodes that asked for `view` or a later one."""
        return sum(view_asked(envelope) >= view for envelope in self.change_views.values())

    @property
    def changing(self) -> bool:
        """Whether the node asked to leave its view and is still there."""
        return self.view_asked_by(self.node) > self.view

    @property
    def refuses(self) -> bool:
        """Whether the node is in view change, and too few are committed or failed to free it."""
        return self.changing and not self.beyond_f

    def enter(self, view: int) -> list[Envelope]:
        """Enter `view`; return what was put off, preparations first."""
        self.led_here = {i: e for i, e in self.change_views.items() if view_asked(e) >= view}
        if self.profile.forgets == "all":
            self.change_views = {}
        self.preparations = {}
        self.request = None
        self.view = view
        self.heard[self.node] = view
        kept, self.later = self.later, []
        if self.profile.later == "newest":
            kept.sort(key=lambda e: (isinstance(e.payload, Commit), e.sender))
        return kept

    def put_off(self, envelope: Envelope) -> None:
        """Keep a message for a later view."""
        if self.profile.later == "newest":
            place = _place(envelope)
            self.later = [kept for kept in self.later if _place(kept) != place]
        self.later.append(envelope)


def view_asked(envelope: Envelope | None) -> int:
    """Return the view that a ChangeView asks for, 0 where there is none."""
    payload = envelope.payload if envelope else None
    return payload.new_view if isinstance(payload, ChangeView) else 0


def _place(envelope: Envelope) -> tuple[int, bool]:
    """Return the place in which a message of a later view is kept: one per sender and kind."""
    return envelope.sender, isinstance(envelope.payload, Commit)
