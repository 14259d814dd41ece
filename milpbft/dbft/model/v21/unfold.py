"""Back to names for dBFT 2.1: who is shown what for a change view of each stage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.dbft.model.unfold import COMMIT, REQUEST, Label, World
from milpbft.schedule import Timeout

if TYPE_CHECKING:
    from milpbft.automaton.table import Act

CV1, CV2, CV3 = "ChangeView1", "ChangeView2", "ChangeView3"


class World21(World):
    """As :class:`World`; a node is shown as few commits as its rule bears.

    Messages and an expired timer in the same tick give the change view, not the commit, so that
    preparations need not be hidden from a node that asks. Of a run in the reading ``pool`` the
    Byzantine messages are sent once somebody is shown them.
    """

    def _do(self, node: int, act: Act, *, asks: bool) -> None:
        view, s = act.view, f"#{act.value}" if act.value else ""
        match act.what:
            case "commit":
                self._commit(node, view, s)
            case "ask1":
                self._ask(node, CV1, view)
            case "ask2" | "ask2b":
                self._show_first(node, view, s)
                self._ask(node, CV2, view)
            case "ask2l":
                self._show_quorum(node, self._all(CV1, view), self._sizes.quorum)
                self._ask(node, CV2, view)
            case "ask3":
                self._show_late(node, view, s)
                self._ask(node, CV3, view)
            case "ask3l":
                self._show_quorum(node, self._all(CV2, view), self._sizes.quorum)
                self._ask(node, CV3, view)
            case "enter":
                self._view[node] = view + 1
            case "enter1" | "enter2" | "enter3":
                kind = f"ChangeView{act.what[-1]}"
                self._show_quorum(node, self._all(kind, view), self._sizes.quorum)
                self._view[node] = view + 1
            case what if what.startswith("lie"):
                pass
            case _:
                super()._do(node, act, asks=asks)

    def _all(self, kind: str, view: int) -> list[Label]:
        return [(kind, view, sender) for sender in self._nodes]

    def _ask(self, node: int, kind: str, view: int) -> None:
        self.events.append(Timeout(self.tick, node, view))
        self._send(node, kind, view)

    def _commit(self, node: int, view: int, s: str) -> None:
        """From cv2, show more than f commits first; then the request, and M preparations."""
        if (CV2, view, node) in self._sent:
            self._show_quorum(node, self._all(COMMIT + s, view), self._sizes.f + 1)
        self._show(node, [(REQUEST + s, view, view)])
        self._show_quorum(node, self._preparations(view, s), self._sizes.quorum)
        self._send(node, COMMIT + s, view)
        self._decide_at_once(node, view, s)

    def _show_first(self, node: int, view: int, s: str) -> None:
        """Show M nodes that asked or prepared; whoever prepared itself needs one that asked.

        Preparations first: of M ChangeView1 the node would enter the next view at once.
        """
        firsts = self._all(CV1, view)
        if (CV1, view, node) not in self._sent:
            self._show_quorum(node, firsts, 1)
        prepared = [k for k in self._preparations(view, s) if self._there(k)]
        self._show_quorum(node, self._one_each(node, prepared, firsts), self._sizes.quorum)

    def _show_late(self, node: int, view: int, s: str) -> None:
        """Show M nodes that committed or sent a ChangeView2, with at most f commits among them.

        Commits first, as above; none of a node that sent both.
        """
        seconds, commits = self._all(CV2, view), self._all(COMMIT + s, view)
        has = self._known[node] | {label for label in self._sent if label[2] == node}
        commits.sort(key=lambda label: label not in has)
        both = {k[2] for k in seconds if k in self._sent}
        few = [k for k in commits if k in has or (self._there(k) and k[2] not in both)]
        chosen = self._one_each(node, few[: self._sizes.f], seconds)
        self._show_quorum(node, chosen, self._sizes.quorum)

    def _there(self, label: Label) -> bool:
        """Whether a message was sent before this tick, or can be: Byzantine nodes say anything."""
        return label[2] in self._sizes.byzantine or self._sent.get(label, self.tick) < self.tick

    def _one_each(self, node: int, preferred: list[Label], others: list[Label]) -> list[Label]:
        """Choose one label of each sender, preferred ones first; what a node has stands."""
        known = self._known[node]
        chosen = {label[2]: label for label in preferred}
        for label in others:
            if label in known or label[2] not in chosen:
                chosen[label[2]] = label
        return list(chosen.values())

    def _lull(self, node: int) -> None:
        """Turn upper guards off by lies: more than f commits, or a ChangeView3.

        The latter is kept from whoever would send a ChangeView2 for it: a node in cv1, or one that
        prepared and knows of a ChangeView1.
        """
        view = self._view[node]
        mine = {label[0].partition("#")[0] for label in self._sent if label[1:] == (view, node)}
        if CV3 in mine or not self._sizes.byzantine:
            return
        known = {label[0] for label in self._known[node] if label[1] == view}
        request = next((kind for kind in known if kind.startswith(REQUEST)), REQUEST)
        commits = self._all(COMMIT + request.removeprefix(REQUEST), view)
        if sum(self._there(label) for label in commits) > self._sizes.f:
            self._show_quorum(node, commits, self._sizes.f + 1)
        if CV2 in mine or (CV1 not in mine and CV1 not in known):
            self._show_quorum(node, self._all(CV3, view), 1)
