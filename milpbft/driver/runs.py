"""Random runs: which input comes next, chosen by a seed and by what the reference did."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Any

from milpbft.errors import InputError

if TYPE_CHECKING:
    from milpbft.sim.bench import Json, Setup

KINDS = ("crashfree", "byzantine", "restart", "timed", "mixed", "late")
CLOCKED = frozenset({"timed", "late"})
"""Kinds of runs with a clock; in late ones timers expire at any time from when they are due on."""
LYING = frozenset({"byzantine", "mixed", "late"})
"""Kinds of runs in which somebody lies: one node, or up to f of them where others start again."""
AGAIN = {"restart": 0.02, "mixed": 0.02, "late": 0.02}
"""How often the next input is that a node starts again."""
LIES = 0.1
"""How often it is a lie, where there are any."""
RECOVERY = "RecoveryMessage"
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
        self.liars = self._some_liars() if forged else set[int]()
        some = [node for node in range(self._n) if self._random.random() < 0.15]
        self.down = set(some[: (self._n - 1) // 3]) if kind == "timed" else set[int]()
        self.delta = self._random.choice(DELTAS)
        self._lags: dict[tuple[int, int], int] = {}
        self._messages: list[Json] = []
        self._loss = self._random.choice((0.0, 0.1, 0.3))
        self._pending: list[tuple[int, int, int]] = []
        self._proposals: list[int] = []
        self._states: list[Json] = []
        self._now = 0
        self._said = -1

    def _some_liars(self) -> set[int]:
        if self.kind not in LYING:
            return set()
        count = 1 if self.kind == "byzantine" else self._random.randint(0, (self._n - 1) // 3)
        return set(self._random.sample(range(self._n), min(count, self._n - 1)))

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
        self._messages += sent
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
        return self._next_timed() if self.kind in CLOCKED else self._fault() or self._next_free()

    def _fault(self) -> Json | None:
        toss = self._random.random()
        if self.liars and toss < LIES:
            return self._lie()
        if toss < LIES or toss >= LIES + AGAIN.get(self.kind, 0):
            return None
        return {"op": "restart", "node": self._random.choice(self._honest)}

    @property
    def _honest(self) -> list[int]:
        return [node for node in range(self._n) if node not in self.liars]

    def _next_free(self) -> Json:
        if self._pending and self._random.random() < 0.7:
            place = self._random.randrange(len(self._pending))
            again = self._random.random() < 0.05
            _, node, msg = self._pending[place] if again else self._pending.pop(place)
            return {"op": "deliver", "node": node, "msg": msg}
        nodes = self._honest
        # Most of the time those that propose, so that there is something to agree on.
        eager = [i for i in nodes if self._states[i].get("primary") == i]
        chosen = eager if eager and self._random.random() < 0.3 else nodes
        return {"op": "timeout", "node": self._random.choice(chosen)}

    def _lie(self) -> Json:
        node = self._random.choice(sorted(self.liars))
        view = self._random.randint(0, 1 + max(state["view"] for state in self._states))
        about = -1
        if self._proposals and self._random.random() < 0.8:
            about = self._random.choice(self._proposals)
        kind = self._random.choice(self._forged)
        said: dict[str, Any] = {"op": "forge", "node": node, "kind": kind, "view": view}
        if kind == RECOVERY:
            return {**said, "carries": self._parts()}
        return {**said, "about": about, "nonce": self._random.randint(1, 2)}

    def _parts(self) -> list[int]:
        """Choose what a forged recovery message carries: at most one of each sender and kind."""
        parts = {
            (message["sender"], message["kind"]): message["id"]
            for message in self._messages
            if not message["kind"].startswith("Recovery") and self._random.random() < 0.5
        }
        return sorted(parts.values())

    def _expires(self, node: int) -> int:
        """Return when the timer of a node runs off, or is seen to, where that may be late."""
        due: int = self._states[node]["due_ms"]
        if self.kind == "timed":
            return due
        if (node, due) not in self._lags:
            self._lags[node, due] = self._random.choice((0, self._random.randint(0, self.delta)))
        return due + self._lags[node, due]

    def _next_timed(self) -> Json | None:
        up = [node for node in self._honest if node not in self.down]
        timers = [(self._expires(i), 1, i, -1) for i in up if not self._states[i]["done"]]
        events = [(at, 0, node, msg) for at, node, msg in self._pending] + timers
        if not events:
            return None
        if (fault := self._fault() if self.kind == "late" else None) is not None:
            return fault
        at, expires, node, msg = min(events)
        at = max(at, self._now)
        if at != self._said:
            self._now = self._said = at
            return {"op": "now", "now_ms": at}
        if expires:
            return {"op": "timeout", "node": node}
        self._pending.remove(next(p for p in self._pending if p[1:] == (node, msg)))
        return {"op": "deliver", "node": node, "msg": msg}
