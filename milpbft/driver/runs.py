"""Random runs: which input comes next, chosen by a seed and by what the reference did."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

from milpbft.errors import InputError

if TYPE_CHECKING:
    from milpbft.sim.bench import Json, Setup

KINDS = ("crashfree", "byzantine", "restart", "timed")
STEPS = 160
"""Inputs of a run."""
DELTAS = (20, 200, 900)
"""Longest delays of timed runs, in milliseconds."""


class Chooser:
    """Chooses the inputs of one run.

    Parameters
    ----------
    seed
        The same seed chooses the same, of the same answers.
    kind
        One of `KINDS`.
    setup
        Sizes and the time of a block.
    forged
        Kinds of messages that a Byzantine node says; those of the first are proposals.
    """

    def __init__(self, seed: int, kind: str, setup: Setup, forged: tuple[str, ...]) -> None:
        if kind not in KINDS:
            raise InputError("kind", kind, "one of " + ", ".join(KINDS))
        self._random = Random(f"{seed} {kind}")
        self.kind = kind
        self._n = setup.n
        self._forged = forged
        self.liars = {self._random.randrange(self._n)} if kind == "byzantine" else set[int]()
        some = [node for node in range(self._n) if self._random.random() < 0.15]
        self.down = set(some[: (self._n - 1) // 3]) if kind == "timed" else set[int]()
        self.delta = self._random.choice(DELTAS)
        self._loss = self._random.choice((0.0, 0.1, 0.3))
        self._pending: list[tuple[int, int, int]] = []
        self._proposals: list[int] = []
        self._states: list[Json] = []
        self._now = 0
        self._said = -1

    def start(self, states: list[Json], sent: list[Json]) -> None:
        """Note the states in which the nodes start."""
        self._states = states
        self._note(sent)

    def note(self, step: Json, answer: Json) -> None:
        """Note what the reference did with a step."""
        if answer.get("state"):
            self._states[step["node"]] = answer["state"]
        self._note(answer.get("sent") or [])

    def _note(self, sent: list[Json]) -> None:
        for message in sent:
            if message["kind"].partition("#")[0] in self._forged[:1]:
                self._proposals.append(message["id"])
            for node in range(self._n):
                if node == message["sender"] or node in self.liars or node in self.down:
                    continue
                if self._random.random() >= self._loss:
                    arrives = self._now + self._random.randint(1, self.delta)
                    self._pending.append((arrives, node, message["id"]))

    def next(self) -> Json | None:
        """Choose the next input; None where nothing is left to do."""
        return self._next_timed() if self.kind == "timed" else self._next_free()

    def _next_free(self) -> Json:
        toss = self._random.random()
        if self.kind == "byzantine" and toss < 0.1:
            return self._lie()
        if self.kind == "restart" and toss < 0.02:
            return {"op": "restart", "node": self._random.randrange(self._n)}
        if self._pending and self._random.random() < 0.7:
            place = self._random.randrange(len(self._pending))
            again = self._random.random() < 0.05
            _, node, msg = self._pending[place] if again else self._pending.pop(place)
            return {"op": "deliver", "node": node, "msg": msg}
        nodes = [node for node in range(self._n) if node not in self.liars]
        # Most of the time those that propose, so that there is something to agree on.
        eager = [i for i in nodes if self._states[i].get("primary") == i]
        chosen = eager if eager and self._random.random() < 0.3 else nodes
        return {"op": "timeout", "node": self._random.choice(chosen)}

    def _lie(self) -> Json:
        node = min(self.liars)
        view = self._random.randint(0, 1 + max(state["view"] for state in self._states))
        about = -1
        if self._proposals and self._random.random() < 0.8:
            about = self._random.choice(self._proposals)
        kind = self._random.choice(self._forged)
        said: dict[str, Any] = {"op": "forge", "node": node, "kind": kind, "view": view}
        return {**said, "about": about, "nonce": self._random.randint(1, 2)}

    def _next_timed(self) -> Json | None:
        up = [node for node in range(self._n) if node not in self.down]
        timers = [(self._states[i]["due_ms"], 1, i, -1) for i in up if not self._states[i]["done"]]
        events = [(at, 0, node, msg) for at, node, msg in self._pending] + timers
        if not events:
            return None
        at, expires, node, msg = min(events)
        at = max(at, self._now)
        if at != self._said:
            self._now = self._said = at
            return {"op": "now", "now_ms": at}
        if expires:
            return {"op": "timeout", "node": node}
        self._pending.remove(next(p for p in self._pending if p[1:] == (node, msg)))
        return {"op": "deliver", "node": node, "msg": msg}
