"""Hunting: what random adversaries reach on replicas where the network promises nothing.

A run is drawn on the replicas, cut at any moment, and judged by the checks that replays are judged
by: whether it rests, however what is owed arrives; which blocks were accepted; how many acts it
took, or ticks where there are so many. No model and no solver is asked, and nobody tells the
adversary what leads to its aim.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from math import inf
from typing import TYPE_CHECKING, Any

from crowding import CROWD, Latest, few
from faulting import KNOWN, SOUND, Mutant, cast, forking, only

from milpbft.check.replay import Replay
from milpbft.check.rest import rests
from milpbft.check.room import StrictRoom
from milpbft.check.tally import is_run_of, tally
from milpbft.dbft.instance import DbftInstance
from milpbft.question.objective import Goal
from milpbft.room import room_of
from milpbft.schedule import Decide, Fault, Schedule, Send
from milpbft.schedule.losses import Loss, losing
from milpbft.sim.adversary import RandomAdversary
from milpbft.sim.faults import Faults
from milpbft.sim.moves import Forgery, Moves
from milpbft.sim.world import World

if TYPE_CHECKING:
    from collections.abc import Iterator
    from random import Random

    from faulting import Strict

    from milpbft.sim.network import Packet
    from milpbft.sim.replica import Reference

_KNOWN = KNOWN | {"losses", "gossip", "status", "resent", "calm", "fastpath", "profile",
                  "options", "state", "horizon"}  # fmt: skip
_LATE = {"first", "last"}
_TICKS = (2, 40)
_AFTER = 25
"""Ticks in which all that is owed arrives and all timers expire, where acts up to rest count."""
_DRAWS = 4
"""Runs that are drawn at most until one stays within the views."""
_STILL = 5
"""Ticks at the end in which nobody says anything, where a run has come to rest."""
_RATES = (0.0, 0.1, 0.5, 1.0, 1.0, 1.0)
_EVEN = (0.1, 0.3, 0.9)
_EAGER = (0.0, 0.02, 0.1, 0.3)
_CAMPS = 3
_WAITS = (0, 1, 2, 4, 8, inf, inf)
"""Ticks in a view after which a camp of very many nodes leaves it."""


class LeavesViewsError(Exception):
    """A node has come to a view that is not modelled: the run is none of the question."""


class Uneven(RandomAdversary):
    """Brings each message of a kind and view to each node as often as is drawn; to some never.

    In some of its runs all of them come equally often, and in others all that go from one camp of
    nodes to another one: of many nodes, chance alone would let no quorum miss what others have.

    From the tick `until` on everything arrives that correct nodes sent, but for what is lost, and
    all timers expire. Where all is calm no timer of a view does, on the fast path alone no
    collector's either.

    Parameters
    ----------
    instance
        The question.
    dice
        What draws.
    until
        The first tick at which nothing is held back.
    """

    def __init__(self, instance: Strict, dice: Random, until: int) -> None:
        self._many = instance.n > CROWD
        expire = 1.0 if self._many else dice.choice(_EAGER)
        chances = {"deliver": 1.0, "propose": 0.5, "expire": expire,
                   "forge": dice.choice((0.5, 1.0))}  # fmt: skip
        super().__init__(0, values=instance.values, **chances)
        self.name, self.lost = "uneven adversary", set[Loss]()
        self._random, self._until, self._most = dice, until, instance.losses
        self._drawn = _RATES if dice.random() < 0.67 else (dice.choice(_EVEN),)
        self._camp = _camps(instance.n, dice)
        self._rates: dict[tuple[int, int, str, int], float] = {}
        self._patience: dict[tuple[int, int], float] = {}
        self._instance = instance
        self._calm = getattr(instance, "calm", False)
        self._fast = getattr(instance, "fastpath", False)

    def choose(self, tick: int, world: World[Any, Any]) -> Moves[Any]:
        """Leave out deliveries by their rates, and timers that do not expire.

        Raises
        ------
        LeavesViewsError
            Where one of very many nodes has left the views that are modelled: the rest of the run
            would take long.
        """
        if self._many and world.highest_view >= self._instance.views:
            raise LeavesViewsError
        if tick == self._until:
            self._lose(world, tick)
        if tick >= self._until:
            self._chances |= {"expire": 1.0, "propose": 1.0, "forge": 0.0}
        moves = super().choose(tick, world)
        kept = [one for one in moves.deliveries if self._arrives(tick, world, *one)]
        expiring = [node for node in moves.expiries if self._may(node, world)]
        if self._many:
            kept = list(few(kept, world))
            expiring = [node for node in expiring if self._leaves(tick, world, node)]
        return Moves(kept, expiring, moves.forgeries)

    def _lie(self, node: int, world: World[Any, Any]) -> Forgery:
        """Say nothing of views that are not modelled, into which others might follow."""
        return lie_of(node, world, self._instance, self._random)

    def _lose(self, world: World[Any, Any], tick: int) -> None:
        """Choose which of the messages that are under way never arrive."""
        honest = [
            _loss(node, packet)
            for node, packet in world.network.everywhere(tick)
            if packet.sender not in world.faults.byzantine
        ]
        most = min(len(honest), self._most)
        self.lost = set(self._random.sample(honest, self._random.randint(0, most)))

    def _arrives(self, tick: int, world: World[Any, Any], node: int, packet: Packet[Any]) -> bool:
        if tick >= self._until and packet.sender not in world.faults.byzantine:
            return _loss(node, packet) not in self.lost
        key = self._camp[node], self._camp[packet.sender], packet.kind, packet.view
        rate = self._rates.setdefault(key, self._random.choice(self._drawn))
        return self._random.random() < rate

    def _leaves(self, tick: int, world: World[Any, Any], node: int) -> bool:
        """Whether one of very many nodes has waited as long as its camp does in its view."""
        if tick >= self._until or world.proposes(node):
            return True
        key = self._camp[node], world.replicas[node].view
        waits = self._random.choice(_WAITS)
        return tick >= self._patience.setdefault(key, tick + waits)

    def _may(self, node: int, world: World[Any, Any]) -> bool:
        if self._calm and not world.proposes(node):
            return False
        return not (self._fast and any(packet.sender == node for packet in world.network.log))


def _camps(n: int, dice: Random) -> dict[int, int]:
    """Put each node into a camp: one of its own, or one of at most so many that are drawn.

    Of very many nodes each of its own does what chance does on average, and rarely anything else.
    """
    if dice.random() < (0.1 if n > CROWD else 0.5):
        return {node: node for node in range(n)}
    nodes = dice.sample(range(n), n)
    ends = sorted(dice.randint(0, n) for _ in range(_CAMPS - 1))
    return {node: sum(place >= end for end in ends) for place, node in enumerate(nodes)}


def lie_of(node: int, world: World[Any, Any], instance: Strict, dice: Random) -> Forgery:
    """Draw what a Byzantine node says, of the views that are modelled."""
    view = dice.randint(0, min(world.highest_view + 1, instance.views - 1))
    kind, value = dice.choice(world.reference.kinds), dice.randrange(instance.values)
    named = value and kind in world.reference.valued_kinds
    return Forgery(node, f"{kind}#{value}" if named else kind, view)


def _loss(node: int, packet: Packet[Any]) -> Loss:
    return Loss(packet.sender, node, packet.kind, packet.view)


def hunted(instance: Strict, seeds: range, mutant: Mutant = SOUND) -> Iterator[int | None]:
    """Yield what runs are worth that stay within the views; None of one that misses the aim.

    Parameters
    ----------
    instance
        The question.
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
        drawn = (_drawn(instance, begin(), dice) for _ in range(_DRAWS))
        if (run := next(filter(None, drawn), None)) is not None:
            yield _worth(instance, run, begin())


def _known(instance: Strict) -> None:
    """Refuse what is not drawn, or not judged, as the question has it."""
    i = instance
    refused = {
        "the network makes promises": i.network != "asynchronous",
        "the aim is a sum or a delay": not isinstance(i.objective, Goal) or i.objective.of in _LATE,
        "what is lost is lost at a tick": i.losses > 0 and i.horizon is not None,
        "Byzantine nodes keep calm": getattr(i, "calm", False) and i.byzantine > 0,
        "messages have counted copies": i.losses > 0 and i.byzantine > 0,
    }
    only(instance, _KNOWN, refused)


def _drawn(instance: Strict, reference: Reference[Any, Any], dice: Random) -> Schedule | None:
    """Run the replicas; None where a node leaves the views, or acts that count are to come."""
    aim, most = instance.objective, instance.horizon
    last = dice.randint(*_TICKS if most is None else (min(1, most), most))
    resting = isinstance(aim, Goal) and aim.kind == "steps" and aim.of != "fork"
    resting &= most is None
    adversary = Uneven(instance, dice, last + 1)
    speaks = getattr(instance, "profile", "paper") != "paper"
    world = World(
        reference,
        adversary,
        last + (_AFTER if resting else 1) if most is None else most,
        faults=faults_of(instance, dice, last),
        recovery=speaks,
        network=Latest(instance.n, reference.recovery_kinds) if instance.n > CROWD else None,
    )
    try:
        run = world.run().schedule
    except LeavesViewsError:
        return None
    if len(run.primaries) > instance.views or (resting and not _still(run, reference)):
        return None
    height = {"height": str(instance.n)} if speaks else {}
    settings = instance.promises() | instance.resting() | height | losing(adversary.lost)
    primaries = tuple(reference.primary(view) for view in range(instance.views))
    run = replace(run, primaries=primaries, settings=settings)
    assert is_run_of(instance, run), "it keeps to what the question promises"
    return run


def _still(run: Schedule, reference: Reference[Any, Any]) -> bool:
    """Whether nobody decides or says anything at the end that was not said before."""
    end = run.horizon - _STILL
    if any(isinstance(event, Decide) and event.tick > end for event in run.events):
        return False
    sent = [(e.tick, (e.node, e.kind.partition("#")[0], e.view))
            for e in run.events if isinstance(e, Send)]  # fmt: skip
    before = {label for tick, label in sent if tick <= end}
    late = {label for tick, label in sent if tick > end} - before
    return {kind for _, kind, _ in late} <= reference.recovery_kinds


def faults_of(instance: Strict, dice: Random, last: int) -> Faults:
    """Choose who is faulty: so many Byzantine nodes, where faults are counted at most so many.

    Where all is calm the primary is not.
    """
    i = instance
    fewest = isinstance(i.objective, Goal) and i.objective.kind == "faults"
    nodes = list(range(int(getattr(i, "calm", False)), i.n))
    if dice.random() < 0.5:
        dice.shuffle(nodes)

    def some(most: int, *, exactly: bool = False) -> list[int]:
        return [nodes.pop(0) for _ in range(most if exactly else dice.randint(0, most))]

    def ticks(chosen: list[int]) -> dict[int, tuple[int, ...]]:
        return {node: (dice.randint(1, last),) for node in chosen}

    liars = some(i.byzantine, exactly=not fewest)
    crashes = {node: dice.randint(0, last) for node in some(i.crashes)}
    return Faults(frozenset(liars), crashes, ticks(some(i.amnesia)), ticks(some(i.reloads)))


def _worth(instance: Strict, run: Schedule, reference: Reference[Any, Any]) -> int | None:
    aim = instance.objective
    assert isinstance(aim, Goal), "weighted sums are not hunted for"
    if forking(instance):
        return _forks(instance, aim, run, reference)
    failed = run.failed
    up = {*range(run.n)} - failed
    decided = {e.node for e in run.events if isinstance(e, Decide)} - failed
    if decided or not up or not rests(run, reference):
        return 0 if aim.kind == "undecided" else None
    if aim.kind == "undecided":
        return len(up)
    if aim.of == "state" and not _stands(instance, run, reference):
        return None
    return _cost(instance, aim, run, reference)


def _stands(instance: Strict, run: Schedule, reference: Reference[Any, Any]) -> bool:
    """Whether as many nodes as the state says are committed in its views, or in them and not."""
    assert isinstance(instance, DbftInstance), "states are of dBFT 2.0"
    done = _replayed(run, reference)
    ends = [done.replicas[node] for node in range(run.n) if node not in run.failed]
    stood = Counter(("c" if one.locked else "v", one.view) for one in ends if not one.done)
    return all(stood[phase, view] == count for count, phase, view in instance.groups)


def _replayed(run: Schedule, reference: Reference[Any, Any]) -> Replay[Any, Any]:
    done = Replay(run, reference)
    assert done.run(), "replicas do again what they did"
    return done


def _forks(
    instance: Strict, aim: Goal, run: Schedule, reference: Reference[Any, Any]
) -> int | None:
    """Count blocks, or what it took until there were two."""
    found = tally(run, reference)
    assert found is not None, "replicas do again what they did"
    if aim.kind == "forks":
        return len(found.blocks)
    if len(found.blocks) < 2:
        return None
    end = sorted(found.blocks.values())[1]
    events = tuple(event for event in run.events if event.tick <= end)
    return _cost(instance, aim, replace(run, events=events, horizon=end), reference)


def _cost(instance: Strict, aim: Goal, run: Schedule, reference: Reference[Any, Any]) -> int | None:
    """Count faulty nodes, lost messages, acts or ticks of a run; None where events do not tell."""
    match aim.kind:
        case "ticks":
            return _last_act(run, reference)
        case "faults":
            return len(run.failed | {e.node for e in run.events if isinstance(e, Fault)})
        case "losses":
            return len(run.settings.get("lost", "").split(",")) if "lost" in run.settings else 0
    room, found = room_of(instance.protocol), tally(run, reference)
    assert isinstance(room, StrictRoom), "its nodes are replicas"
    assert found is not None, "replicas do again what they did"
    return room.acts(instance, run, found)


def _last_act(run: Schedule, reference: Reference[Any, Any]) -> int:
    """Return when a node that is not Byzantine last said something, decided, failed or moved."""
    done = _replayed(run, reference)
    own = {*range(run.n)} - {*run.byzantine}
    acts = [e.tick for e in run.events if isinstance(e, Send | Decide | Fault) and e.node in own]
    return max(0, *acts, *(tick for node in own for tick, _ in done.views[node]))
