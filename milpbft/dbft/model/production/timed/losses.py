"""Messages of a profile that are lost for good, each on its way from one node to one other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.automaton.pernode.rows import ZERO, Affine

if TYPE_CHECKING:
    from milpbft.automaton.pernode.program import Program


class Losses:
    """Which messages are lost, of those that a node must be brought.

    Variables are 1 where the message is lost on its way to node k: ``request[k,v,t]``,
    ``response[k,j,v,t]`` and ``commit[k,j,v,t]``, which node j says once in view v, from the tick
    on at which it is sent; ``change[k,j,v,t]`` and ``call[k,j,t]``, its ChangeView and its
    RecoveryRequest of tick t; ``answer[k,i,j,t]``, the RecoveryMessage with which node i answers
    what the timer of node j says at tick t; and ``repeat[k,i,t]``, the one of node i, which has
    committed, as its own timer expires. No more than so many, each counted once. What else is sent,
    answers to change views that announce an entry, need not be brought in any run of the model.

    Parameters
    ----------
    program
        Where variables go; none where nothing is lost.
    n, views, ticks
        How many nodes, views and ticks.
    most
        How many messages may be lost.
    """

    def __init__(self, program: Program, n: int, views: int, ticks: int, most: int) -> None:
        self.most = most
        if not most:
            return
        shapes = {
            "request": (n, views, ticks),
            "response": (n, n, views, ticks),
            "commit": (n, n, views, ticks),
            "change": (n, n, views, ticks),
            "call": (n, n, ticks),
            "answer": (n, n, n, ticks),
            "repeat": (n, n, ticks),
        }
        self._lost = {kind: program.integers(f"lost_{kind}", *of) for kind, of in shapes.items()}
        once, each = ("request", "response", "commit"), slice(None)
        total = [
            lost.total((*(each,) * (len(shapes[kind]) - 1), -1)) if kind in once else lost.total()
            for kind, lost in self._lost.items()
        ]
        program.rows.at_most("lossy", Affine.total(total), most)

    def _of(self, kind: str, *place: int) -> Affine:
        return self._lost[kind][place] if self.most and place[-1] >= 0 else ZERO

    def of(self, kind: str, receiver: int, sender: int, view: int, tick: int) -> Affine:
        """A message of a kind that is no RecoveryMessage, sent at a tick."""
        match kind:
            case "PrepareRequest":
                return self.request(receiver, view, tick)
            case "PrepareResponse":
                return self.response(receiver, sender, view, tick)
            case "Commit":
                return self.commit(receiver, sender, view, tick)
            case "ChangeView":
                return self.change(receiver, sender, view, tick)
        return self.call(receiver, sender, tick)

    def request(self, receiver: int, view: int, tick: int) -> Affine:
        """The request of a view, sent by a tick."""
        return self._of("request", receiver, view, tick)

    def response(self, receiver: int, sender: int, view: int, tick: int) -> Affine:
        """A response in a view, sent by a tick."""
        return self._of("response", receiver, sender, view, tick)

    def commit(self, receiver: int, sender: int, view: int, tick: int) -> Affine:
        """A commit in a view, sent by a tick."""
        return self._of("commit", receiver, sender, view, tick)

    def preparation(
        self, receiver: int, sender: int, view: int, tick: int, *, primary: bool
    ) -> Affine:
        """A request or a response in a view, sent by a tick."""
        if primary:
            return self.request(receiver, view, tick)
        return self.response(receiver, sender, view, tick)

    def change(self, receiver: int, sender: int, view: int, tick: int) -> Affine:
        """A ChangeView that is sent in a view at a tick."""
        return self._of("change", receiver, sender, view, tick)

    def call(self, receiver: int, sender: int, tick: int) -> Affine:
        """A RecoveryRequest that is sent at a tick."""
        return self._of("call", receiver, sender, tick)

    def answer(self, receiver: int, sender: int, asker: int, tick: int) -> Affine:
        """A RecoveryMessage that answers what the timer of a node said at a tick."""
        return self._of("answer", receiver, sender, asker, tick)

    def repeat(self, receiver: int, sender: int, tick: int) -> Affine:
        """A RecoveryMessage that a timer of a committed node sends at a tick."""
        return self._of("repeat", receiver, sender, tick)
