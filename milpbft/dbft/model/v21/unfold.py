"""Back to names for dBFT 2.1: who is shown what for a change view of each stage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.dbft.model.family import COMMIT, REQUEST
from milpbft.dbft.model.unfold import DbftUnfolding, about
from milpbft.table.stage import Sent

if TYPE_CHECKING:
    from milpbft.automaton.rule import Rule
    from milpbft.table import Act

CV1, CV2, CV3 = "ChangeView1", "ChangeView2", "ChangeView3"


class Dbft21Unfolding(DbftUnfolding):
    """As for dBFT 2.0; a node is shown as few commits as its rule bears.

    Messages and an expired timer in the same tick give the change view, not the commit, so that
    preparations need not be hidden from a node that asks. Of a run in the reading ``pool`` the
    Byzantine messages are sent once somebody is shown them.
    """

    def do(self, node: int, rule: Rule, act: Act) -> None:
        """Let a node do what its rule means."""
        match act.what:
            case "commit":
                self._show_preparations(node, act.view, act.value)
            case "ask2" | "ask2b":
                self._show_first(node, act.view, act.value)
            case "ask3":
                self._show_late(node, act.view, act.value)
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
        if Sent(CV1, view, node) not in self.stage.sent:
            self.stage.show_some(node, firsts, 1)
        prepared = [k for k in self.preparations(view, value) if self.stage.there(k)]
        self.stage.show_some(node, self._one_each(node, prepared, firsts), self.quorum)

    def _show_late(self, node: int, view: int, value: int) -> None:
        """Show M nodes that committed or sent a ChangeView2, with at most f commits among them.

        Commits first, as above; none of a node that sent both.
        """
        seconds, commits = self.all(CV2, view), self.all(COMMIT, view, value)
        has = self.stage.known[node] | {label for label in self.stage.sent if label.sender == node}
        commits.sort(key=lambda label: label not in has)
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
