"""Runs of replicas of a profile that restart or miss messages, and whether a model has them."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING, Any

from milpbft.dbft.instance import DbftInstance
from milpbft.dbft.model.production.timed.model import cast_of
from milpbft.dbft.model.production.timed.variables import VIEWS, Cast
from milpbft.dbft.reference.messages import ChangeView, Commit, PrepareRequest, PrepareResponse
from milpbft.question.files import parse_instance
from milpbft.solvers import Limits, solve
from tests.proven import solved

if TYPE_CHECKING:
    from milpbft.dbft.enumerate.delays import Clock

Facts = dict[tuple[str, int, int], int]
"""By act, life and view, at which tick it was done first; node i is n + i once it has restarted."""


class Run:
    """A random run, until all nodes that are up have a block, or one leaves the modelled views.

    Attributes
    ----------
    last
        Its last tick.
    facts
        What was done at which tick.
    lost
        How many messages were lost.
    """

    def __init__(self, clock: Clock, seed: int) -> None:
        self._clock, self._random, self.facts = clock, Random(seed), Facts()
        self._reference = clock.reference()
        self._nodes: dict[int, Any] = dict(self._reference.replicas())
        self._life = {i: i for i in self._nodes}
        self._mail: list[tuple[int, int, Any]] = []
        self.lost, self._often = 0, self._random.choice((0.02, 0.1, 0.3))
        self._lazy = self._random.choice((0.1, 0.5, 0.9))
        order = self._random.sample(range(clock.n), clock.n)
        self._crashes = {i: self._moment() for i in order[: clock.crashes]}
        rest = order[clock.crashes :] if self._random.random() < 0.8 else order
        self._again = {i: self._moment() for i in rest[: clock.restarts + clock.reloads]}
        self.last = clock.horizon
        for tick in range(clock.horizon + 1):
            self._tick(tick)
            if any(replica.view >= VIEWS for replica in self._nodes.values()):
                self.last = tick - 1
                break
            if all(replica.done for replica in self._nodes.values()):
                self.last = tick
                break

    def _moment(self) -> int:
        return self._random.randrange(self._random.choice((4, 8, self._clock.horizon)))

    def _note(self, tick: int, act: str, life: int, view: int = 0) -> None:
        self.facts.setdefault((act, life, view), tick)

    def _tick(self, tick: int) -> None:
        for node in [i for i, at in self._crashes.items() if at == tick and i in self._nodes]:
            del self._nodes[node]
            self._note(tick, "crash", self._life[node])
        for node in [i for i, at in self._again.items() if at == tick and i in self._nodes]:
            if not self._nodes[node].has_valid_block:
                self._start(node, tick)
        came = [(node, envelope) for at, node, envelope in self._mail if at == tick]
        self._random.shuffle(came)
        sent = [e for node in self._nodes for e in self._act(node, tick, came)]
        last = max(tick, self._clock.gst) + self._clock.delta
        for envelope in sent:
            for node in self._nodes:
                if node != envelope.sender and not self._loses():
                    lazy = self._random.random() < self._lazy
                    at = last if lazy else self._random.randint(tick + 1, last)
                    self._mail.append((at, node, envelope))

    def _loses(self) -> bool:
        if self.lost == self._clock.losses or self._random.random() >= self._often:
            return False
        self.lost += 1
        return True

    def _start(self, node: int, tick: int) -> None:
        if self._clock.restarts:
            self._nodes[node] = self._reference.restarted(node, 1)
            self._life[node] = self._clock.n + node
            self._note(tick, "restart", node)
            self._note(tick, "crash", node)
        else:
            self._mail = [one for one in self._mail if one[1] != node]
            self._note(tick, "reload", node)
        self._reference.begin(self._nodes[node], tick)

    def _act(self, node: int, tick: int, came: list[tuple[int, Any]]) -> list[Any]:
        replica, life = self._nodes[node], self._life[node]
        self._reference.tell(replica, tick)
        for receiver, envelope in came:
            if receiver == node:
                replica.on_message(envelope)
        due = self._reference.due(replica)
        if due is not None and due <= tick:
            replica.on_timer()
        sent, replica.outbox[:] = list(replica.outbox), []
        for envelope in sent:
            self._say(tick, life, envelope.payload)
        for view in range(1, replica.view + 1):
            self._note(tick, "entered", life, view)
        if replica.has_valid_block:
            self._note(tick, "done", life, replica.view)
        return sent

    def _say(self, tick: int, life: int, payload: Any) -> None:
        match payload:
            case ChangeView():
                self._note(tick, "asked", life, payload.new_view - 1)
            case PrepareRequest():
                self._note(tick, "proposed", life, payload.view)
            case PrepareResponse() if self._reference.primary(payload.view) != payload.sender:
                self._note(tick, "responded", life, payload.view)
            case Commit():
                # A second life may say again what the first one committed to.
                regained = ("committed", payload.sender, payload.view) in self.facts
                act = "said again" if life >= self._clock.n and regained else "committed"
                self._note(tick, act, life, payload.view)


def name_of(clock: Clock, what: str = "first") -> str:
    """Return the question of the clock's first decision, or last one."""
    faults = f"-c{clock.crashes}" if clock.crashes else ""
    again = f"-amnesia{clock.restarts}" if clock.restarts else ""
    again += f"-reload{clock.reloads}" if clock.reloads else ""
    again += f"-lossy{clock.losses}" if clock.losses else ""
    network = f"gst{clock.gst}-delta{clock.delta}-timer{clock.timeout}"
    return (
        f"dbft2-strict-n{clock.n}-v2{faults}-t{clock.horizon}-delay_{what}-{network}"
        f"-{clock.profile}{again}"
    )


def latest(clock: Clock, what: str = "first") -> int:
    """Return the proven delay, whose run is replayed."""
    result = solved(name_of(clock, what), "cpsat")
    assert result.solution.status == "optimal"
    assert result.solution.objective is not None
    return result.solution.objective


def hold_runs(clock: Clock) -> None:
    """Hold random runs of replicas to be runs of the model."""
    for seed in range(12):
        run = Run(clock, seed)
        assert run.last < 3 or admits(clock, run), seed


def admits(clock: Clock, run: Run) -> bool:
    """Whether the model of the clock's question has a run: a point with just these acts."""
    instance = parse_instance(name_of(replace(clock, horizon=run.last)))
    assert isinstance(instance, DbftInstance)
    cast = cast_of(instance)
    _fix(cast, run)
    cast.program.optimise(cast.program.integers("nothing", 1)[0])
    solution = solve(cast.program.build(), "cpsat", Limits(seconds=120))
    assert solution.status in {"optimal", "infeasible"}, solution.status
    return solution.status == "optimal"


def _fix(cast: Cast, run: Run) -> None:
    acts = {"asked": cast.asked, "responded": cast.responded, "committed": cast.committed}
    acts |= {"done": cast.done_in, "entered": cast.entered}
    rows, ticks, never = cast.program.rows, range(run.last + 1), run.last + 1

    def fix(variable: Any, tick: int, since: int) -> None:
        if variable.terms:
            rows.equal("fixed", variable, int(tick >= since))

    for life in range(cast.lives.count):
        for view in range(VIEWS):
            own = acts | ({"proposed": cast.proposed} if cast.leads(life, view) else {})
            for name, act in own.items():
                if name == "committed" and ("said again", life, view) in run.facts:
                    continue
                for tick in ticks:
                    fix(act(life, view, tick), tick, run.facts.get((name, life, view), never))
        for tick in ticks:
            fix(cast.crashed(life, tick), tick, run.facts.get(("crash", life, 0), never))
    for node in range(cast.n):
        for name, by in (("restart", cast.lives.restarted), ("reload", cast.lives.reloaded)):
            for tick in ticks:
                fix(by(node, tick), tick, run.facts.get((name, node, 0), never))
