"""Back to names for dBFT 2.1: who is shown what for a change view of each stage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.dbft.model.family import COMMIT, REQUEST, RESPONSE
from milpbft.dbft.model.unfold import DbftUnfolding, about
from milpbft.table.stage import Sent

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from milpbft.automaton.rule import Rule
    from milpbft.dbft.model.family import FamilyTable
    from milpbft.table import Act

CV1, CV2, CV3 = "ChangeView1", "ChangeView2", "ChangeView3"


class Dbft21Unfolding(DbftUnfolding):
    """As for dBFT 2.0; a node is shown as few commits as its rule bears.

    Messages and an expired timer in the same tick give the change view, not the commit, so that
    preparations need not be hidden from a node that asks. Of a run in the reading ``pool`` the
    Byzantine messages are sent once somebody is shown them.
    """

    def __init__(self, rules: FamilyTable, values: dict[str, int]) -> None:
        super().__init__(rules, values)
        self._assumed: dict[tuple[int, int], int] = {}

    def do(self, node: int, rule: Rule, act: Act) -> None:
        """Let a node do what its rule means."""
        match act.what:
            case "commit":
                self._show_preparations(node, act.view, act.value)
            case "ask2" | "ask2b":
                self._show_first(node, act.view, act.value)
                self._assumed[node, act.view] = act.value
            case "ask3":
                self._show_late(node, act.view, act.value)
            case "accept" if node != act.view:
                # First, so that what the node knows about another proposal does not stand.
                self.stage.show(node, [Sent(about(REQUEST, act.value), act.view, act.view)])
                super().do(node, rule, act)
                return
            case _:
                super().do(node, rule, act)
                return
        self.perform(node, rule, act)

    def _show_preparations(self, node: int, view: int, value: int) -> None:
        """From cv2, show more than f commits first; then the request, and M preparations."""
        if Sent(CV2, view, node) in self.stage.sent:
            self.stage.show_some(node, self.all(COMMIT, view, value), self.faults + 1)
        self.stage.show(node, [Sent(about(REQUEST, value), view, view)])
        self.stage.show_some(node, self.preparations(view, value), self.quorum)

    def _show_first(self, node: int, view: int, value: int) -> None:
        """Show M nodes that asked or prepared; whoever prepared itself needs one that asked.

        Preparations first: of M ChangeView1 the node would enter the next view at once.
        """
        firsts = self.all(CV1, view)
        mine = Sent(CV1, view, node) in self.stage.sent
        if not mine:
            self.stage.show_some(node, firsts, 1)
        for preparations in self._first_preparations(view, value, free=mine):
            prepared = [k for k in preparations if self.stage.there(k)]
            chosen = self._one_each(node, prepared, firsts)
            if sum(self.stage.has(node, k) or self.stage.there(k) for k in chosen) >= self.quorum:
                self.stage.show_some(node, chosen, self.quorum)
                return

    def _first_preparations(self, view: int, value: int, *, free: bool) -> Iterator[list[Sent]]:
        """Yield what may count as preparations of a node that asks for stage 2.

        Those to the value; of a node that is `free`, since it knows no request, responses to
        whatever values, without the requests; or those to another value, its request with them.
        """
        yield self.preparations(view, value)
        if free:
            values = range(self.protocol.values)
            yield [k for other in values for k in self.all(about(RESPONSE, other), view)]
            yield from (self.preparations(view, other) for other in values)

    def _show_late(self, node: int, view: int, value: int) -> None:
        """Show M nodes that committed or sent a ChangeView2, with at most f commits among them.

        Commits first, as above; none of a node that sent both. Byzantine nodes count once whatever
        they send, so that correct nodes' commits come before theirs.
        """
        seconds, commits = self.all(CV2, view), self.all(COMMIT, view, value)
        has = self.stage.known[node] | {label for label in self.stage.sent if label.sender == node}
        liars = self.stage.byzantine
        commits.sort(key=lambda label: (label not in has, label.sender in liars))
        both = {k.sender for k in seconds if k in self.stage.sent}
        few = [k for k in commits if k in has or (self.stage.there(k) and k.sender not in both)]
        chosen = self._one_each(node, few[: self.faults], seconds)
        self.stage.show_some(node, chosen, self.quorum)

    def _one_each(self, node: int, preferred: list[Sent], others: list[Sent]) -> list[Sent]:
        """Choose one label of each sender, preferred ones first; what a node has stands."""
        known = self.stage.known[node]
        chosen = {label.sender: label for label in preferred}
        for label in others:
            if label in known or label.sender not in chosen:
                chosen[label.sender] = label
        return list(chosen.values())

    def rest(self, node: int) -> None:
        """Show a node what it is owed, and the request that makes it drop what is about another."""
        view = self.view[node]
        asks = {Sent(kind, view, node) for kind in (CV1, CV2)} & self.stage.sent.keys()
        if asks and view in self.stage.byzantine and self._proposal(node, view) is None:
            counted = {k: self._responses(view, k) for k in range(self.protocol.values)}
            least = min(counted, key=lambda value: counted[value])
            firsts = sum(map(self.stage.has_sent, self._honest(self.all(CV1, view))))
            if Sent(CV2, view, node) in asks:
                value = self._assumed[node, view]
                others = (self.all(COMMIT, view, k) for k in counted if k != value)
                misled = any(self.stage.has_sent(k) for sent in others for k in self._honest(sent))
            else:
                value, misled = least, firsts + sum(counted.values()) >= self.quorum
            if misled:
                self.stage.show(node, [Sent(about(REQUEST, value), view, view)])
        super().rest(node)

    def _responses(self, view: int, value: int) -> int:
        """Count the correct responses to a proposal of a view."""
        return sum(map(self.stage.has_sent, self._honest(self.all(RESPONSE, view, value))))

    def _honest(self, messages: Iterable[Sent]) -> list[Sent]:
        return [k for k in messages if k.sender not in self.stage.byzantine]

    def keep_still(self, node: int) -> None:
        """Turn upper guards off by lies: more than f commits, or a ChangeView3.

        The latter is kept from whoever would send a ChangeView2 for it: a node in cv1, or one that
        prepared and knows of a ChangeView1.
        """
        view = self.view[node]
        sent = (k.kind for k in self.stage.sent if (k.view, k.sender) == (view, node))
        mine = {kind.partition("#")[0] for kind in sent}
        if CV3 in mine or not self.stage.byzantine:
            return
        known = {k.kind for k in self.stage.known[node] if k.view == view}
        request = next((kind for kind in known if kind.startswith(REQUEST)), REQUEST)
        commits = self.all(COMMIT + request.removeprefix(REQUEST), view)
        if sum(self.stage.there(label) for label in commits) > self.faults:
            self.stage.show_some(node, commits, self.faults + 1)
        if CV2 in mine or (CV1 not in mine and CV1 not in known):
            self.stage.show_some(node, self.all(CV3, view), 1)
