"""A bench of Proof of Vote: commissioners, butlers and the time server of one round."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.errors import InputError
from milpbft.pov.reference.labels import at
from milpbft.pov.reference.node import Node
from milpbft.pov.reference.rules import Rules
from milpbft.pov.reference.world import World

if TYPE_CHECKING:
    from milpbft.pov.reference.messages import Envelope
    from milpbft.sim.bench import Json, Lie, Setup


class PovBench:
    """Nodes whose clocks the driver sets; timers expire when it says so.

    Parameters
    ----------
    setup
        Its `options` are settings of schedules; by default one butler, one time server, and
        commissioners else, with free clocks.
    """

    kinds: tuple[str, ...] = ()
    """None: what a Byzantine node may say depends on what it has heard, as a run of the world."""

    def __init__(self, setup: Setup) -> None:
        if setup.profile:
            raise InputError("profile", setup.profile, f"{setup.protocol} has no profiles")
        usual = {"commissioners": str(setup.n - 2), "butlers": "1", "cycle": "5", "clocks": "free"}
        self._rules = Rules.of(setup.n, usual | setup.options)
        self._machines = World(self._rules).machines
        self._messages: list[Envelope] = []
        self._now = 0

    def start(self) -> Json:
        """Start all nodes."""
        sent = [message for node in sorted(self._machines) for message in self._act(node)]
        return {"states": self.states(), "sent": sent}

    def deliver(self, node: int, msg: int, *, more: bool = False) -> Json:
        """Give a node a message."""
        if not 0 <= msg < len(self._messages):
            raise InputError("msg", msg, f"a message from 0 to {len(self._messages) - 1}")
        self._check(node)
        self._machines[node].on_message(self._messages[msg])
        return self._answer(node, more=more)

    def timeout(self, node: int, *, more: bool = False) -> Json:
        """Let the timer of a node expire, if one runs."""
        self._check(node)
        if self._machines[node].deadline is not None:
            self._machines[node].on_timer()
        return self._answer(node, more=more)

    def restart(self, node: int) -> Json:
        """Start a node again without memory."""
        self._check(node)
        self._machines[node] = World(self._rules).machines[node]
        self._machines[node].on_clock(self._now)
        return self._answer(node)

    def forge(self, lie: Lie) -> Json:
        """Refuse: see `kinds`."""
        raise InputError("forge", lie.kind, "Byzantine nodes of Proof of Vote are not driven")

    def now(self, milliseconds: int) -> None:
        """Set the clocks, to ticks."""
        self._now = milliseconds
        for machine in self._machines.values():
            machine.on_clock(milliseconds)

    def states(self) -> list[Json]:
        """Return the state of every node."""
        return [self._state(node) for node in sorted(self._machines)]

    def _state(self, node: int) -> Json:
        machine = self._machines[node]
        if not isinstance(machine, Node):
            return {"view": 0, "done": False, "role": "time server"}
        return {
            "view": machine.cycle - 1,
            "done": machine.chain.height > 0,
            "role": "commissioner" if machine.commissioner else "other",
            "height": machine.chain.height,
            "head": machine.chain.head.digest.hex(),
            "dropped": sum(machine.dropped.values()),
        }

    def _answer(self, node: int, *, more: bool = False) -> Json:
        return {"sent": [] if more else self._act(node), "state": self._state(node)}

    def _act(self, node: int) -> list[Json]:
        machine = self._machines[node]
        machine.act()
        sent = [self._note(node, envelope) for envelope in machine.outbox]
        machine.outbox.clear()
        return sent

    def _note(self, node: int, envelope: Envelope) -> Json:
        payload = envelope.payload
        self._messages.append(envelope)
        kind = payload.kind + at(payload.height)
        told = {"id": len(self._messages) - 1, "kind": kind, "view": payload.cycle - 1}
        return {**told, "sender": node}

    def _check(self, node: int) -> None:
        if node not in self._machines:
            raise InputError("node", node, f"a node from 0 to {len(self._machines) - 1}")
