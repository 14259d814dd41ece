"""Worst-case schedules of Byzantine consensus protocols, found by MILP, proven and replayed.

A first session. What is the worst that one Byzantine node of four can do to dBFT 2.0?

>>> import milpbft
>>> worst = milpbft.solve("dbft2-strict-n4-v2-b1-undecided")
>>> worst.value, worst.bound, worst.status
(3, 3, 'optimal')

It keeps all three correct nodes from ever deciding, and no execution does more. The solver's word
is not taken for it: its schedule was replayed on an implementation that shares no code with the
model.

>>> worst.checks["replay"].status
'confirmed'
>>> print(worst.schedule.events[0])
Fault(tick=0, node=0, fault='byzantine', event='fault')

In a notebook, ``worst`` shows its timeline, and ``worst.draw()`` an interactive one. An instance is
a name, a file, or a protocol with fields, here the model of dBFT 2.0 as its paper prints it:

>>> print(milpbft.solve("dbft2", n=4, horizon=5, objective="p1", solver="cbc").answer)
... # doctest: +NORMALIZE_WHITESPACE
At 1000 a block and 100 a view, the greatest value in the published model of dBFT 2.0 with 4 nodes
and 5 instants a view is 1400, proven; replayed on the reference implementation.
>>> milpbft.instance("dbft2-n4-t5-p1", objective="p2").name
'dbft2-n4-t5-p2'

The replicas alone, under a random adversary, and what they did, replayed:

>>> run = milpbft.simulate("dbft2", byzantine=[3], seed=1)
>>> print(milpbft.replay(run.schedule))
The reference implementation of dbft2 says confirmed.

The functions are the commands of the command line: :func:`solve`, :func:`generate`, :func:`check`,
:func:`replay`, :func:`simulate`, :func:`claims`. Their answers have one sentence, ``answer``, and a
``summary()``, which is what ``--json`` prints. :func:`protocols` lists what there is. Packages of
protocols, such as ``milpbft.pbft``, offer what is theirs alone; ``dir`` lists it.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from milpbft.lazy import offer

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from milpbft.automaton.automaton import Automaton
    from milpbft.question.files import InstanceFile
    from milpbft.question.part import Question
    from milpbft.report.answers.checked import Checked
    from milpbft.report.answers.decided import Decided
    from milpbft.report.answers.generated import Generated
    from milpbft.report.answers.replayed import Replayed
    from milpbft.report.answers.simulated import Simulation
    from milpbft.report.answers.solved import Solved
    from milpbft.schedule import Schedule

__version__ = "0.1.0"

offer(
    __name__,
    {
        "InputError": "milpbft.errors:InputError",
        "Replay": "milpbft.check.replay:Replay",
        "Schedule": "milpbft.schedule:Schedule",
        "automaton": "milpbft.automaton",
        "dbft": "milpbft.dbft",
        "decide": "milpbft.check.safety:decide",
        "decide_claim": "milpbft.claims:decide",
        "hgfrr": "milpbft.hgfrr",
        "milp": "milpbft.milp",
        "pbft": "milpbft.pbft",
        "pov": "milpbft.pov",
        "powm": "milpbft.powm",
        "v2v": "milpbft.v2v",
        "question": "milpbft.question",
        "report": "milpbft.report",
        "room_of": "milpbft.room:room_of",
        "schedule": "milpbft.schedule",
        "sim": "milpbft.sim",
        "solvers": "milpbft.solvers",
    },
)


def solve(
    instance: str | Path | Question,
    *,
    solver: str | None = None,
    second: str | None = None,
    time_limit: float | None = None,
    memory_limit: int | None = None,
    threads: int = 1,
    start: bool = True,
    expect: int | str | None = None,
    **fields: Any,  # noqa: ANN401  (each field has its own type)
) -> Solved:
    """Find the worst schedule of an instance, prove it, and replay it on the reference.

    Parameters
    ----------
    instance
        An instance, its name, an instance file, or a protocol with `fields`.
    solver
        ``cbc``, ``highs``, ``cpsat`` or ``pulp:NAME``; None for the one that suits.
    second
        Another solver, which must find the same.
    time_limit, memory_limit, threads
        Of each solve: seconds, at least 0; MiB, at least 1; at least 1.
    start
        Whether the solver is given the best scripted run as a MIP start.
    expect
        An optimum, or ``"infeasible"``, to hold the result against.
    fields
        Fields of the instance, e.g. ``n=4``; they override what `instance` says.

    Raises
    ------
    InputError
        Where there is no such instance or solver, or a field is not allowed.
    """
    from milpbft.cases import Case
    from milpbft.expectation import parse_expected
    from milpbft.report.answers.solved import Solved
    from milpbft.solvers import Limits
    from milpbft.suite import Settings, run

    case = Case.of(instance, **fields)
    if expect is not None:
        case = Case(case.instance, parse_expected(str(expect), "expect"), case.path)
    limits = Limits(time_limit, memory_limit, threads)
    return Solved(run(case, Settings(solver, limits, start, second)))


def generate(
    instance: str | Path | Question,
    out: str | Path = ".",
    *,
    form: str = "lp",
    **fields: Any,  # noqa: ANN401
) -> Generated:
    """Write the MILP of an instance as a file that other solvers read.

    Parameters
    ----------
    instance, fields
        As for :func:`solve`.
    out
        Directory for the file; made where it does not exist.
    form
        ``lp``, ``mps`` or ``mps.gz``.

    Raises
    ------
    InputError
        As :func:`solve`, and for another format.
    OSError
        Where the file cannot be written.
    """
    from milpbft.cases import Case
    from milpbft.milp.write import write
    from milpbft.report.answers.generated import Generated
    from milpbft.room import room_of

    asked = Case.of(instance, **fields).instance
    path = Path(out) / f"{asked.name}-{asked.encoding}.{form}"
    path.parent.mkdir(parents=True, exist_ok=True)
    problem = room_of(asked.protocol).model(asked).problem
    write(problem, path)
    return Generated(asked, problem, path)


def check(
    paths: str | Path | Iterable[str | Path],
    *,
    text: str = "",
    solver: str | None = None,
    second: str | None = None,
    time_limit: float | None = None,
    memory_limit: int | None = None,
    threads: int = 1,
    workers: int = 1,
) -> Checked:
    """Solve instance files; hold them against their expected optima.

    Parameters
    ----------
    paths
        Instance files, and directories that are searched for them.
    text
        Only instances with this in the name of the instance or file.
    solver, second, time_limit, memory_limit, threads
        As for :func:`solve`.
    workers
        How many are solved at a time, at least 1.

    Returns
    -------
    Checked
        True where none failed. A file that is no instance is an outcome of its own.

    Raises
    ------
    InputError
        Where a path does not exist or nothing is left to check.
    """
    from milpbft.report.answers.checked import Checked
    from milpbft.solvers import Limits
    from milpbft.suite import Outcome, Settings, run_all, survey

    listed = [paths] if isinstance(paths, str | Path) else paths
    settings = Settings(solver, Limits(time_limit, memory_limit, threads), second=second)
    cases, broken = survey([Path(path) for path in listed], text)
    for case in cases:
        settings.suit(case.instance)
    done = {id(outcome.case): outcome for outcome in run_all(cases, settings, workers)}
    unread = (Outcome.unread(one) for one in broken)
    return Checked((*unread, *(done[id(case)] for case in cases)))


def replay(schedule: Schedule | str | Path) -> Replayed:
    """Run a schedule, or a file of one, on the reference implementation of its protocol.

    Raises
    ------
    InputError
        Where it is no schedule, or of an unknown protocol.
    """
    from milpbft.report.answers.replayed import Replayed
    from milpbft.schedule.files import read_schedule
    from milpbft.solve import replay_schedule

    run = read_schedule(Path(schedule)) if isinstance(schedule, str | Path) else schedule
    return Replayed(run, replay_schedule(run))


def simulate(
    protocol: str,
    *,
    seed: int = 0,
    n: int = 4,
    ticks: int = 60,
    byzantine: Iterable[int] = (),
    crash: Mapping[int, int] | None = None,
    timer: int = 0,
    recovery: bool = True,
    values: int = 1,
    **chances: float,
) -> Simulation:
    """Run the reference implementation alone, under a seeded random adversary.

    Parameters
    ----------
    protocol
        One of :func:`protocols` whose nodes are replicas.
    seed
        Of the adversary; the same seed gives the same run.
    n
        Nodes, 4 to 100.
    ticks
        Last tick, 1 to a million.
    byzantine, crash
        Byzantine nodes, and the tick at which a node crashes, by node.
    timer
        Ticks before timers may expire in view 0, twice as many per view; 0 for none.
    recovery
        Whether recovery messages arrive.
    values
        Proposals of a Byzantine primary.
    chances
        Probabilities per tick: ``deliver``, ``propose``, ``expire``, ``forge``.

    Raises
    ------
    InputError
        Where a value is out of range.
    """
    from milpbft.report.answers.simulated import Simulation
    from milpbft.sim.clock import Timers
    from milpbft.sim.faults import Faults
    from milpbft.simulate import CHANCES, Plan
    from milpbft.simulate import simulate as run

    faults = Faults(frozenset(byzantine), dict(crash or {}))
    chances = CHANCES | chances
    plan = Plan(protocol, n, ticks, faults, Timers(timer), recovery, chances, values)
    return Simulation(run(plan, seed))


def claims(
    text: str = "",
    *,
    solver: str | None = None,
    time_limit: float | None = None,
    memory_limit: int | None = None,
    threads: int = 1,
) -> Decided:
    """Decide what papers claim: holds, or refuted with the witness.

    Parameters
    ----------
    text
        Only claims with this in paper, place or sentence.
    solver, time_limit, memory_limit, threads
        As for :func:`solve`.

    Raises
    ------
    InputError
        Where no claim has that text.
    """
    from milpbft.claims import decide, known_claims
    from milpbft.report.answers.decided import Decided
    from milpbft.solvers import Limits

    limits = Limits(time_limit, memory_limit, threads)
    return Decided(tuple(decide(claim, solver, limits) for claim in known_claims(text)))


def instance(name: str | Path, **fields: Any) -> Question:  # noqa: ANN401
    """Return the instance that a name, a file, or a protocol with fields means.

    Raises
    ------
    InputError
        Where there is no such instance, or a field is not allowed.
    """
    from milpbft.cases import Case

    return Case.of(name, **fields).instance


def load(path: str | Path) -> InstanceFile | Schedule | Automaton:
    """Read a file: an instance (.toml), a schedule (.json, .itf.json), or an automaton (.ta).

    Raises
    ------
    InputError
        Where it cannot be read, or is none of these.
    """
    from milpbft.errors import InputError

    file = Path(path)
    if file.suffix == ".toml":
        from milpbft.question.files import InstanceFile

        return InstanceFile.read(file)
    if file.suffix == ".ta":
        from milpbft.automaton.ta.reader import load_ta

        return load_ta(file)
    if file.suffix == ".json":
        from milpbft.schedule.files import read_schedule

        return read_schedule(file)
    raise InputError("path", str(file), "a file ending in .toml, .json or .ta")


def protocols() -> dict[str, str]:
    """Return the title of every protocol, by its name; those of other packages too."""
    from milpbft.registry import PROTOCOLS

    return {name: entry.title for name, entry in PROTOCOLS.items()}
