"""Room: what a protocol offers to the pipeline, from model to reference implementation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from milpbft.errors import InputError
from milpbft.question.meaning import strict_meaning
from milpbft.question.strict import StrictInstance
from milpbft.registry import PROTOCOLS, find, load
from milpbft.schedule.states import Watch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import numpy as np
    from numpy.typing import NDArray

    from milpbft.automaton.allsizes.everywhere import Sized
    from milpbft.milp.certificate.condensed import Condensed
    from milpbft.milp.problem import Problem
    from milpbft.milp.solution import Solution
    from milpbft.question.model import Lengthen
    from milpbft.question.part import Question
    from milpbft.schedule import Schedule
    from milpbft.verdict import Verdict


class Model(Protocol):
    """The MILP of an instance, and what its points mean."""

    @property
    def problem(self) -> Problem:
        """The problem, without starts."""
        ...

    def schedule(self, x: NDArray[np.int64], source: str) -> Schedule:
        """Read a point that satisfies every row as a schedule; `source` says who found it."""
        ...

    def point(self, schedule: Schedule) -> NDArray[np.int64] | None:
        """Write a schedule as a point; None where it breaks a row."""
        ...

    @property
    def short(self) -> str:
        """Say what is left out that a proof takes; empty where nothing is."""
        ...

    def escape(self) -> Problem | None:
        """Return the problem of leaving what is modelled before what the objective asks for.

        An optimum is one only if that is infeasible. None where the question does not arise.
        """
        ...

    def relaxed(self) -> Problem | None:
        """Return a smaller problem whose optimum no point beats, over variables of its own.

        None where there is none.
        """
        ...

    def condensed(self) -> Condensed | None:
        """Return a smaller problem whose proofs are written as proofs about this one.

        None where there is none.
        """
        ...

    def shorter(self) -> Iterator[tuple[Problem, Lengthen]]:
        """Yield problems of some of the runs, and how their points are points of the problem."""
        ...

    def lift(self, x: NDArray[np.int64]) -> Verdict | None:
        """Test a point on a second, plainer encoding; None where the instance's is the plainest."""
        ...

    def others(self, value: int) -> Iterator[Problem]:
        """Yield problems, over the same variables, whose optima are other runs of a value.

        They are asked where replicas do not do the first one.
        """
        ...

    def unanswered(self, solution: Solution) -> str:
        """Say why a solution is no answer, such as a horizon that is too short; else nothing."""
        ...


class Room(Protocol):
    """One protocol."""

    def model(self, instance: Question, *, executable: bool = False) -> Model:
        """Return the model of an instance.

        Parameters
        ----------
        instance
            An instance of this protocol.
        executable
            Keep to schedules that replicas can produce, where the semantics allows others.
        """
        ...

    def notes(self, instance: Question) -> tuple[str, ...]:
        """Return what a user should know of an instance, a line each; mostly nothing."""
        ...

    def bounding(self, instance: Question) -> bool:
        """Whether the model has runs that replicas do not have.

        Its optimum is one only if the replay confirms a run of that value.
        """
        ...

    def meaning(self, instance: Question, value: int | None) -> str:
        """Say what a proven optimum means, in a sentence without its full stop.

        Parameters
        ----------
        value
            The optimum; None where there is proven to be none.
        """
        ...

    def runs(self, instance: Question) -> Iterator[Schedule]:
        """Run scripted adversaries towards an instance's objective, for MIP starts."""
        ...

    def solver(self, instance: Question) -> str | None:
        """Return the name of the solver that suits an instance best; None for the best prover."""
        ...

    def second(self, instance: Question) -> str | None:
        """Return the name of a second solver without which no optimum is believed; mostly None."""
        ...

    def replay(self, schedule: Schedule) -> Verdict:
        """Run a schedule on the reference implementation; it must keep its promises too."""
        ...

    @property
    def rules(self) -> Mapping[str, str]:
        """By kind of message: when a correct node sends it, in a sentence, for pictures."""
        ...

    def names(self, schedule: Schedule) -> list[str]:
        """Return what the protocol calls each node, for pictures."""
        ...

    def called(self, kind: str) -> str:
        """Return what a kind of message is called, its suffixes in words, for pictures."""
        ...

    def delivers(self, schedule: Schedule, kind: str) -> bool:
        """Whether a schedule says who receives a kind of message; else none of it is lost."""
        ...

    def watch(self, schedule: Schedule) -> Watch:
        """Replay a schedule, and return what each node knew when."""
        ...

    def detail(self, schedule: Schedule) -> Schedule:
        """Return a schedule with all that a driver needs, where nodes can be driven."""
        ...

    def messages(self, schedule: Schedule) -> Schedule | None:
        """Return the messages of the run that a plan stands for; None for what is no plan."""
        ...

    def drivable(self, schedule: Schedule) -> Schedule:
        """Return it so that nodes that act on each message at once can be driven by it."""
        ...

    def recount(self, instance: Question, schedule: Schedule, value: int | None) -> Verdict:
        """Hold an objective's value against what a run that replay confirms is worth.

        The models are not asked. A schedule that promises something else than the instance is no
        run of it.
        """
        ...

    def sized(self, instance: Question) -> Iterator[Sized]:
        """Yield the rule tables of an instance for all sizes, each with its sizes.

        Raises
        ------
        InputError
            Where there is none.
        """
        ...


class PlainRoom:
    """What most rooms say, for rooms to build on."""

    rules: Mapping[str, str] = {}
    """When correct nodes send a kind of message: not said."""

    def names(self, schedule: Schedule) -> list[str]:
        """Call them nodes."""
        return [f"node {node}" for node in range(schedule.n)]

    def called(self, kind: str) -> str:
        """Number what ends in ``#k``: it is about proposal k > 0, or the same again."""
        base, _, number = kind.partition("#")
        return f"{base} no. {int(number) + 1}" if number.isdecimal() else kind

    def delivers(self, schedule: Schedule, kind: str) -> bool:
        """Say that schedules have all deliveries."""
        return True

    def watch(self, schedule: Schedule) -> Watch:
        """See nothing: nodes do not say what they know."""
        return Watch()

    def detail(self, schedule: Schedule) -> Schedule:
        """Add nothing."""
        return schedule

    def messages(self, schedule: Schedule) -> Schedule | None:
        """Say that schedules are no plans: they have messages of their own."""
        return None

    def drivable(self, schedule: Schedule) -> Schedule:
        """Change nothing else: nodes act at once."""
        return self.detail(schedule)

    def notes(self, instance: Question) -> tuple[str, ...]:
        """Say nothing."""
        return ()

    def bounding(self, instance: Question) -> bool:
        """Say that models have the runs that replicas have."""
        return False

    def meaning(self, instance: Question, value: int | None) -> str:
        """Say what the optimum of a strict question means; of others, its value."""
        if isinstance(instance, StrictInstance):
            return strict_meaning(instance, value)
        return plain_meaning(instance, value)

    def runs(self, instance: Question) -> Iterator[Schedule]:
        """Run nothing: strict questions have no scripts."""
        return iter(())

    def solver(self, instance: Question) -> str | None:
        """Leave it to the best prover; CBC solves strict questions too."""
        return None

    def second(self, instance: Question) -> str | None:
        """Believe one solver."""
        return None

    def sized(self, instance: Question) -> Iterator[Sized]:
        """Refuse: there is no rule table."""
        allowed = "a strict instance of a protocol with a rule table, in the counted encoding"
        raise InputError("all", f"{instance.protocol}, {instance.semantics}", allowed)


class TableRoom(PlainRoom):
    """A room that looks models up by the class of the instance."""

    models: ClassVar[Mapping[type[Question], Callable[[Any], Model]]]
    """Makers of models."""

    meanings: ClassVar[Mapping[tuple[type[Question], str], Callable[[Any, int], str]]] = {}
    """What optima mean, by class and objective, in sentences without their full stop."""
    unmet: ClassVar[Mapping[tuple[type[Question], str], Callable[[Any], str]]] = {}
    """The same where nothing does what the objective asks for."""

    def model(self, instance: Question, *, executable: bool = False) -> Model:
        """Return the model of an instance; all its schedules are executable."""
        return self.models[type(instance)](instance)

    def meaning(self, instance: Question, value: int | None) -> str:
        """Look up what an optimum means."""
        key = type(instance), instance.objective.name
        if value is None and key in self.unmet:
            return f"{self.unmet[key](instance)}, proven"
        if value is None or key not in self.meanings:
            return super().meaning(instance, value)
        return f"{self.meanings[key](instance, value)}, proven"


def plain_meaning(instance: Question, value: int | None) -> str:
    """Give the value of an optimum without a word on what it means."""
    if value is None:
        return f"Nothing satisfies {instance.name}, proven"
    best = {"max": "maximum", "min": "minimum"}[instance.objective.sense]
    return f"The {best} of {instance.name} is {value}, proven"


def room_of(protocol: object) -> Room:
    """Import the room of a protocol.

    Raises
    ------
    InputError
        Where there is no such protocol.
    """
    room: Room = load(find(protocol).module)
    return room


def with_detail(schedule: Schedule, *, drivable: bool = False) -> Schedule:
    """Return a schedule with all that a driver needs, where its protocol is one that can tell.

    Parameters
    ----------
    drivable
        Also with deliveries at the ticks at which nodes that act at once are to have them.
    """
    if schedule.protocol not in PROTOCOLS or (schedule.detail and not schedule.view_ticks):
        return schedule
    room = room_of(schedule.protocol)
    try:
        return room.drivable(schedule) if drivable else room.detail(schedule)
    except InputError:
        return schedule
