"""Rounds by exhaustion: the reference run under every network and every Byzantine set.

What is chosen, tick by tick, is what correct nodes and the time server are given, of what matters
to them. Byzantine nodes need no choice: they hear everything after a tick, and do at once whatever
they can, since what they send comes to whom and when the search likes. So a Byzantine butler makes
all its proposals at tick 0, asks for as many timestamps as it may as soon as it has the signatures,
for different blocks, and publishes each; a Byzantine commissioner signs every proposal.

The search knows the rules of the reference, and nothing of the model.
"""

from __future__ import annotations

from itertools import chain, combinations, product
from typing import TYPE_CHECKING

from milpbft.pov.enumerate.options import Options
from milpbft.pov.enumerate.plot import Plot, plots
from milpbft.pov.enumerate.state import State
from milpbft.pov.reference.messages import BlockMessage, SignatureMessage
from milpbft.pov.reference.rules import Rules
from milpbft.pov.reference.world import World
from milpbft.sim.faults import Faults
from milpbft.sim.moves import Forgery, Moves
from milpbft.sim.seals import Seals

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator

    from milpbft.pov.enumerate.options import Delivery
    from milpbft.pov.enumerate.state import Proposed
    from milpbft.pov.instance import RoundInstance


class TooLarge(Exception):  # noqa: N818  (a limit, not an error)
    """There are more runs than allowed."""


class Search:
    """All runs of one plot.

    Parameters
    ----------
    instance
        What is asked.
    plot
        Who is Byzantine, and who is apart from whom since when.
    left
        How many steps may still be taken, by all searches that share the list.
    theirs
        Rules of faulty nodes, for mutants.
    restarts
        How many nodes start again at most; None for what the instance says.
    """

    def __init__(
        self,
        instance: RoundInstance,
        plot: Plot,
        left: list[int],
        theirs: type[Rules] | None = None,
        restarts: int | None = None,
    ) -> None:
        self._instance = i = instance
        self._restarts = i.amnesia + i.lapses + i.reloads if restarts is None else restarts
        self._plot = plot
        self._left = left
        self._rules = Rules.of_round(i)
        self._theirs = theirs.of(self._rules.n, self._rules.settings()) if theirs else None
        self._options = Options(instance, plot, self._rules)

    def best(self) -> int:
        """Return the most that a run of the plot is worth, for an objective that is maximised."""
        i = self._instance
        frontier, best, never = [self._start()], 0, i.horizon + 1
        counts = i.objective.name in {"blocks", "illegal", "faults_fork", "faults_illegal"}
        for tick in range(i.horizon + 1):
            found: dict[Hashable, State] = {}
            for state in frontier:
                for twin in self._after(state, tick):
                    if counts:
                        best = max(best, self._blocks(twin))
                    if counts or not self._over(twin):
                        found.setdefault(self._options.key(twin, tick), twin)
            if not found:
                return best if counts else self._cycles(tick)
            frontier = list(found.values())
        return best if counts else self._cycles(never)

    def _cycles(self, over: int) -> int:
        i = self._instance
        starts = [min(v * i.cycle, i.horizon + 1) for v in range(1, i.begun + 1)]
        return 1 + sum(over >= start for start in starts)

    def _over(self, state: State) -> bool:
        done = [node.chain.height > 0 for node in state.world.nodes.values()]
        return all(done) if self._instance.objective.name == "last" else any(done)

    def _blocks(self, state: State) -> int:
        adopted = state.world.adopted(1)
        if self._instance.objective.name.endswith("illegal"):
            return sum("!" in state.names[digest][1] for digest in adopted)
        return len(adopted)

    def _start(self) -> State:
        faults = Faults(self._plot.faulty)
        return State(World(self._rules, keys=Seals(), faults=faults, theirs=self._theirs))

    # ---- a tick

    def _after(self, state: State, tick: int) -> Iterator[State]:
        heard = self._options.heard(state.world, tick)
        cases = (
            (again, expiries, given, readings)
            for again in self._options.restarts(state, self._restarts)
            for expiries in self._options.expiries(state.world, tick)
            for choice in product(*self._options.slots(state, tick, expiries))
            for given in [[*heard, *self._left_of(choice, again)]]
            for readings in self._options.readings(state.world, tick, given)
        )
        for again, expiries, given, readings in cases:
            self._left[0] -= 1
            if self._left[0] < 0:
                raise TooLarge
            twin = state.twin()
            twin.readings = readings
            for _, packet in heard:
                payload = packet.envelope.payload
                if isinstance(payload, SignatureMessage):
                    self._learn(twin, payload)
            forgeries = list(self._lies(twin, tick))
            twin.world.events.clear()
            twin.world.readings = readings
            twin.restarted |= again
            for node in again:
                (twin.world.reload if self._instance.reloads else twin.world.restart)(tick, node)
            twin.world.step(tick, Moves(given, expiries, forgeries))
            assert not twin.world.impossible, twin.world.impossible
            self._note(twin)
            yield twin

    def _left_of(self, choice: Iterable[list[Delivery]], again: frozenset[int]) -> list[Delivery]:
        """Return what comes of a choice: nothing to who reloads its log, for that is lost."""
        given = chain.from_iterable(choice)
        return [one for one in given if not self._instance.reloads or one[0] not in again]

    def _learn(self, state: State, message: SignatureMessage) -> None:
        suffix = state.world.coalition.names.get(message.header, "")
        place = message.cycle - 1, suffix
        state.known[place] = state.known.get(place, frozenset()) | {message.sender}

    def _note(self, state: State) -> None:
        """Name the blocks that were published."""
        for packet in self._options.sent(state.world, "Block"):
            payload = packet.envelope.payload
            if isinstance(payload, BlockMessage) and payload.block.digest not in state.names:
                label = packet.kind.removeprefix("Block")
                number = int(label.partition("~")[2] or 0)
                name = packet.view, label.partition("{")[0].partition("~")[0], number
                state.names[payload.block.digest] = name

    # ---- Byzantine nodes

    def _lies(self, state: State, tick: int) -> Iterator[Forgery]:
        i = self._instance
        if not self._plot.faulty:
            return
        for packet in self._options.sent(state.world, "Proposal"):
            if packet.sender not in self._plot.faulty and packet.kind != "Proposal":
                continue  # A butler that has forgotten the first says it again.
            heard = packet.tick + self._options.ear(packet.sender) == tick
            if packet.sender not in self._plot.faulty and heard:
                for liar in self._plot.liars:
                    yield Forgery(liar, "Signature", packet.view)
        for view in range(i.views):
            butler = i.commissioners + view % i.butlers
            if butler in self._plot.faulty:
                for suffix in self._suffixes():
                    if tick == 0:
                        yield Forgery(butler, f"Proposal{suffix}", view)
                    yield from self._ask(state, tick, butler, (view, suffix))
                    yield from self._publish(state, tick, butler, (view, suffix))

    def _suffixes(self) -> list[str]:
        found = [f"#{k}" if k else "" for k in range(self._instance.variants)]
        if self._instance.objective.name.endswith("illegal"):
            found.append(f"#{self._instance.variants}!")
        return found

    def _ask(self, state: State, tick: int, butler: int, place: Proposed) -> Iterator[Forgery]:
        rules, (view, suffix) = self._rules, place
        asked = state.asked.get(place, ())
        able = sorted(state.known.get(place, frozenset()) | set(self._plot.liars))
        if len(able) < rules.quorum or not rules.in_time(max(0, tick + 1 - rules.off), 0, view + 1):
            return
        sizes = range(rules.quorum, min(rules.most_signatures, len(able)) + 1)
        sets = (signers for size in sizes for signers in combinations(able, size))
        once = rules.once and not rules.twofaced
        numbers = range(len(asked), 1 if once else self._instance.stamps)
        chosen = self._again(state, tick, place, sets) if rules.twofaced else sets
        for number, signers in zip(numbers, chosen, strict=False):
            named = f"{suffix}{{{','.join(map(str, signers))}}}" + (f"~{number}" if number else "")
            asked = (*asked, (tick, named))
            yield Forgery(butler, f"StampRequest{named}", view)
        state.asked[place] = asked

    def _again(
        self, state: State, tick: int, place: Proposed, sets: Iterable[tuple[int, ...]]
    ) -> Iterator[tuple[int, ...]]:
        """Yield each set of signers as often as a two-faced server has another time for it."""
        view, suffix = place
        for signers in sets:
            named = f"{suffix}{{{','.join(map(str, signers))}}}"
            now = {tick + off for (kind, when), off in state.readings.items()
                   if when == view and kind.partition("~")[0] == named}  # fmt: skip
            free = self._options.times(state.world, view, named, tick + 1)
            yield from [signers] * len([time for time in free if time not in now])

    def _publish(self, state: State, tick: int, butler: int, place: Proposed) -> Iterator[Forgery]:
        for since, named in state.asked.get(place, ()):
            if since + 1 + self._options.ear(self._rules.server) == tick:
                yield Forgery(butler, f"Block{named}", place[0])


def best(
    instance: RoundInstance, most: int = 100_000, theirs: type[Rules] | None = None
) -> int | None:
    """Return the optimum of an instance by trying everything; None where nothing is feasible.

    Raises
    ------
    TooLarge
        Where more than `most` ticks would have to be run.
    """
    cases, left = plots(instance), [most]
    if instance.objective.sense == "max":
        return max(Search(instance, plot, left, theirs).best() for plot in cases)
    wanted = {"faults_fork": 2, "faults_illegal": 1, "faults_stop": instance.begun + 1}
    needed = wanted[instance.objective.name]
    most_again = instance.amnesia + instance.lapses + instance.reloads
    tries = product(cases, range(most_again + 1))
    for plot, restarts in sorted(tries, key=lambda one: len(one[0].faulty) + one[1]):
        if Search(instance, plot, left, theirs, restarts).best() >= needed:
            return len(plot.faulty) + restarts
    return None
