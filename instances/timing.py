"""Timing: what random adversaries reach on the replicas of strict questions with ticks.

Runs keep the promises of a synchronous network, over an overlay too, and so are told apart from
others by the check that holds replayed schedules to them. No model and no solver is asked.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from faulting import KNOWN, SOUND, Mutant, cast, only
from hunting import faults_of, lie_of

from milpbft.check.carriage import Carriage
from milpbft.check.network import keeps
from milpbft.check.tally import is_run_of, tally
from milpbft.question.objective import Goal
from milpbft.registry import carrier, load
from milpbft.schedule import Decide
from milpbft.sim.clock import Timers
from milpbft.sim.moves import Moves
from milpbft.sim.synchronous import SynchronousAdversary
from milpbft.sim.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

    from faulting import Strict

    from milpbft.schedule import Schedule
    from milpbft.sim.faults import Faults
    from milpbft.sim.network import Packet
    from milpbft.sim.replica import Reference

_AIMS = {"delay_first", "delay_last", "ticks_fork", "faults_lock"}
_KNOWN = KNOWN | {"horizon", "network", "gst", "delta", "overlay", "timeout", "collector", "fetch"}
_LONG = 20
"""Horizons after which whoever has not decided never does."""
_NEVER = 10**9


class Timely(SynchronousAdversary):
    """Keeps the bound on every hop, and is lazy where relays and Byzantine nodes let it be.

    Parameters
    ----------
    instance
        The question.
    faults
        Who is faulty.
    dice
        What draws.
    """

    def __init__(self, instance: Strict, faults: Faults, dice: Random) -> None:
        i = instance
        super().__init__(0, gst=i.gst, delta=i.delta, timed=i.timeout > 0)
        self.name, self._random = "timely adversary", dice
        self._instance, self._faults = instance, faults
        self._lies = dice.choice((0.2, 0.8))
        word = None if i.overlay is None else load(carrier().word)(i.overlay)
        self._carriage = Carriage(i.n, word, faults.crashes)

    def choose(self, tick: int, world: World[Any, Any]) -> Moves[Any]:
        """Deliver and expire what is drawn, and let Byzantine nodes say something."""
        moves = super().choose(tick, world)
        liars = [
            one for one in sorted(self._faults.byzantine) if self._random.random() < self._lies
        ]
        forged = [lie_of(node, world, self._instance, self._random) for node in liars]
        return Moves(moves.deliveries, moves.expiries, forged)

    def _arrival(self, node: int, packet: Packet[Any]) -> int:
        key = (node, id(packet))
        if key not in self._arrivals:
            self._packets.append(packet)  # kept, so that no other gets its id
            self._arrivals[key] = self._comes(node, packet)
        return self._arrivals[key]

    def _comes(self, node: int, packet: Packet[Any]) -> int:
        """Draw when a message comes; never, where each walk has a faulty relay that may drop it.

        Byzantine nodes speak past all relays.
        """
        sent = packet.tick
        lies = packet.sender in self._faults.byzantine
        walks = ((),) if lies else self._carriage.relays(packet.sender, node, sent)
        passable = [len(walk) + 1 for walk in walks if self._passes(walk, sent)]
        sure = [len(walk) + 1 for walk in walks if self._passes(walk, sent, surely=True)]
        lazy = not sure or lies
        if not passable or (lazy and self._random.random() < 0.5):
            return _NEVER
        first = sent + min(passable)
        last = max(sent, self._gst) + min(passable if lazy else sure) * self._delta
        late = first >= last or self._random.random() < 0.5
        return max(first, last) if late else self._random.randint(first, last)

    def _passes(self, walk: tuple[int, ...], sent: int, *, surely: bool = False) -> bool:
        """Whether the relays of a walk pass a message on; surely, if they do however late it is."""
        for hop, relay in enumerate(walk, start=1):
            bound = max(sent, self._gst) + hop * self._delta if surely else sent + hop
            if surely and relay in self._faults.byzantine:
                return False
            if self._faults.crashes.get(relay, _NEVER) <= bound:
                return False
        return True


def timed(instance: Strict, seeds: range, mutant: Mutant = SOUND) -> Iterator[int | None]:
    """Yield what runs are worth that keep what the question promises; None of one without its aim.

    Parameters
    ----------
    instance
        Of the encoding ``compact``, in a synchronous network.
    seeds
        A run each.
    mutant
        A fault of the replicas.

    Raises
    ------
    NotAttackedError
        Where the adversary, or what judges its runs, does not know an option.
    """
    _known(instance)
    for dice, begin in cast(instance, seeds, mutant):
        run = _drawn(instance, begin(), dice)
        if run is not None and keeps(run, begin()):
            yield _worth(instance, run, begin())


def _known(instance: Strict) -> None:
    i = instance
    refused = {
        "the network is not synchronous": i.network != "synchronous" or i.horizon is None,
        "the aim is not one of ticks": i.objective.name not in _AIMS,
    }
    only(instance, _KNOWN, refused)


def _drawn(instance: Strict, reference: Reference[Any, Any], dice: Random) -> Schedule | None:
    """Run the replicas; None where a node leaves the views, but for locks, which none is then."""
    i = instance
    assert i.horizon is not None, "ticks have an end"
    lock = i.objective.name == "faults_lock"
    faults = faults_of(i, dice, i.horizon)
    world = World(
        reference,
        Timely(i, faults, dice),
        _LONG * i.horizon if lock else i.horizon,
        faults=faults,
        timers=Timers(i.timeout, getattr(i, "collector", 1)),
        recovery=False,
    )
    run = world.run().schedule
    if len(run.primaries) > i.views and not lock:
        return None
    primaries = tuple(reference.primary(view) for view in range(i.views))
    run = replace(run, primaries=primaries, settings=i.promises())
    assert is_run_of(i, run), "it keeps to what the question promises"
    return run


def _worth(instance: Strict, run: Schedule, reference: Reference[Any, Any]) -> int | None:
    """Return the tick of the first or last decision or of a fork, or the faults of a lock."""
    aim = instance.objective
    assert isinstance(aim, Goal), "weighted sums are not drawn"
    if aim.of == "fork":
        found = tally(run, reference)
        assert found is not None, "replicas do again what they did"
        return sorted(found.blocks.values())[1] if len(found.blocks) > 1 else None
    failed = run.failed
    decided = {e.node: e.tick for e in run.events if isinstance(e, Decide)}
    if aim.of == "lock":
        return None if decided else len(failed)
    ticks = [decided.get(node, run.horizon + 1) for node in range(run.n) if node not in failed]
    return (min if aim.of == "first" else max)(ticks)
