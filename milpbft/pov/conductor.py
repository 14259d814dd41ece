"""Carrying out the plan of a tenure on nodes of the reference, by delays and withheld blocks."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from milpbft.errors import InputError
from milpbft.pov.formulas import random_number
from milpbft.pov.reference.messages import Proposal, SignatureMessage
from milpbft.pov.reference.replay import Replay
from milpbft.pov.reference.rules import Rules
from milpbft.pov.reference.world import World
from milpbft.pov.steering import signer_sets
from milpbft.sim.faults import Faults
from milpbft.sim.moves import Forgery, Moves
from milpbft.verdict import Verdict

if TYPE_CHECKING:
    from milpbft.pov.model.tenure import Plan
    from milpbft.pov.reference.blocks import Draft
    from milpbft.pov.reference.messages import Envelope
    from milpbft.pov.tenure_instance import TenureInstance
    from milpbft.schedule import Schedule

_OWN_SETTINGS = ("objective", "value")


class Conductor:
    """Delivers everything at once but signatures, and those when they draw the number wanted.

    Butlers before the planned cycle of a round withhold: they are dishonest and say nothing. The
    one of the planned cycle proposes; the network brings it the signatures of a set, at a tick, for
    which the time server's stamp draws the number that the next round is to begin with.

    Parameters
    ----------
    plan
        What is to happen.
    cycle
        T_b.
    """

    def __init__(self, plan: Plan, cycle: int) -> None:
        self._plan = plan
        self._cycle = cycle
        self._draft: Draft | None = None
        self._signers: tuple[int, ...] = ()
        self._tick = -1

    def choose(self, tick: int, world: World) -> Moves[Envelope]:
        """Choose the moves of a tick."""
        deliveries = []
        for node, packet in world.network.everywhere(tick):
            payload = packet.envelope.payload
            if isinstance(payload, Proposal):
                self._note(payload, tick, world)
            if isinstance(payload, SignatureMessage) and not self._lets(payload, tick):
                continue
            deliveries.append((node, packet))
        return Moves(deliveries, (), self._forgeries(tick, world))

    def _lets(self, message: SignatureMessage, tick: int) -> bool:
        current = self._draft is not None and message.header == self._draft.header.digest
        return current and tick == self._tick and message.sender in self._signers

    def _note(self, proposal: Proposal, tick: int, world: World) -> None:
        """On a new proposal, look for signatures and a time that draw the number wanted."""
        if self._draft is not None and self._draft.header == proposal.draft.header:
            return
        self._draft = proposal.draft
        wanted = (*self._plan.drawn, None)[proposal.height]
        header, rules = proposal.draft.header, world.rules
        signatures = [world.keys.sign(c, header.encoded) for c in range(rules.commissioners)]
        # Signatures are sent now, and can arrive from the next tick on; the stamp is a tick later.
        cutoff = tick - 1 + self._cycle - self._late(tick, world)
        for arrival in range(tick + 1, cutoff - 1):
            for signers in signer_sets(rules, range(rules.commissioners)):
                chosen = [signatures[c] for c in signers]
                if wanted in (None, random_number(chosen, arrival + 1, rules.butlers)):
                    self._tick, self._signers = arrival, signers
                    return
        self._tick, self._signers = tick + 1, next(signer_sets(rules, range(rules.commissioners)))

    def _late(self, tick: int, world: World) -> int:
        """Return how long after the begin of its packing cycle the butler proposed."""
        chain = next(iter(world.nodes.values())).chain
        return (tick - 1 - chain.head.timestamp) % self._cycle

    def _forgeries(self, tick: int, world: World) -> list[Forgery]:
        """Let a dishonest butler on duty in a planned cycle do what an honest one would."""
        chain = max((node.chain for node in world.nodes.values()), key=lambda one: one.height)
        height = chain.height + 1
        if height > len(self._plan.cycles):
            return []
        view = (tick - chain.head.timestamp) // self._cycle
        duty = chain.on_duty(view + 1)
        planned = view + 1 >= self._plan.cycles[height - 1]
        if duty not in world.faults.byzantine or not planned:
            return []
        at = f"@{height}" if height > 1 else ""
        log = world.network.log
        if log.latest(duty, f"Proposal{at}", view) is None:
            return [Forgery(duty, f"Proposal{at}", view)]
        name = f"{{{','.join(map(str, self._signers))}}}{at}"
        if tick == self._tick:
            return [Forgery(duty, f"StampRequest{name}", view)]
        stamped = log.latest(world.rules.server, f"Timestamp{name}", view)
        ready = stamped is not None and stamped.tick + 1 == tick
        return [Forgery(duty, f"Block{name}", view)] if ready else []


def conduct(instance: TenureInstance, plan: Plan, source: str) -> Schedule:
    """Run the nodes of an instance by a plan; the schedule says what the plan is worth."""
    rules = Rules(instance.commissioners, instance.butlers, instance.cycle, rounds=instance.rounds)
    crooks = frozenset(rules.first_team[number] for number in plan.crooks)
    world = World(rules, faults=Faults(crooks))
    horizon = (sum(plan.cycles) + 1) * instance.cycle
    world.run(Conductor(plan, instance.cycle), horizon)
    value = sum(plan.cycles) if instance.objective.name == "tenure" else instance.rounds
    if instance.objective.name == "run" and not plan.crooks:
        value = 0
    schedule = world.schedule(horizon, source)
    own = dict(zip(_OWN_SETTINGS, (instance.objective.name, str(value)), strict=True))
    return replace(schedule, protocol="povtenure", settings=schedule.settings | own)


def replay_tenure(schedule: Schedule) -> Verdict:
    """Replay a tenure's schedule, and compare what its chain is worth with what it says.

    Raises
    ------
    InputError
        Where the schedule does not say what it is worth.
    """
    kind, value = (schedule.settings.get(name, "") for name in _OWN_SETTINGS)
    if kind not in ("tenure", "run") or not value.isdecimal():
        raise InputError("settings.objective", kind, "tenure or run, with a value")
    settings = {k: v for k, v in schedule.settings.items() if k not in _OWN_SETTINGS}
    run = Replay(replace(schedule, protocol="pov", settings=settings))
    verdict = run.run()
    if not verdict:
        return verdict
    found = worth(run, kind)
    if found != int(value):
        return Verdict("replay", "refuted", f"{kind} {found} here, {value} in the schedule")
    return verdict


def worth(run: Replay, kind: str) -> int:
    """Return the packing cycles of all rounds, or the rounds that dishonest butlers made first."""
    chains = [node.chain.blocks[1:] for node in run.world.nodes.values()]
    blocks = max(chains, key=len)
    if kind == "tenure":
        return sum(block.header.cycle for block in blocks)
    made = [block.header.producer in run.world.faults.byzantine for block in blocks]
    return made.index(False) if False in made else len(made)
