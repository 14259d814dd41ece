"""Options of the command line: names, help and types, once for all commands."""

from pathlib import Path
from typing import Annotated, Any

import typer

from milpbft.cases import parse_fields
from milpbft.commands.bundles import Bundle
from milpbft.errors import InputError
from milpbft.registry import BUILT_IN
from milpbft.solvers import Limits


def _option(name: str, text: str, metavar: str | None = None, panel: str | None = None) -> Any:  # noqa: ANN401
    return typer.Option(name, help=text, metavar=metavar, rich_help_panel=panel)


_I, _S, _F, _C = "Instance", "Solver", "Faults", "Chances, per tick"
TARGET = typer.Argument(
    metavar="NAME|FILE|PROTOCOL",
    help="An instance name such as dbft2-n4-t5-p1 or dbft2-strict-n4-v2-c1-undecided, an instance "
    "file, or a protocol with options.",
)
_NODES = "Number of nodes."
_HORIZON = "Instants or ticks; in each view where the semantics is published."
_OBJECTIVE = "A goal such as undecided, p1 to p7, or SENSE_BLOCKS_VIEWS_MESSAGES."
_SET = "Another field of the instance. Repeatable."
_DELIVERY = "Delivery properties that hold, such as 34, or none."
_SOLVER = "cbc, highs, cpsat, or pulp:NAME for a solver that PuLP finds."
_MEMORY = "MiB that the process of a solve may hold."
_FILTER = "Only instances with this in the name of the instance or file."
_TABLE = "Write a Markdown table, into its place where the file exists."
_PROTOCOL = f"One of {', '.join(BUILT_IN)}, or of another package."
_CERTIFY = "Prove each optimum in a certificate in this directory, and verify it."
_TIMER = "Ticks before timers may expire in view 0, twice as many per view; 0 for none."

N = Annotated[int | None, _option("--n", _NODES, "N", _I)]
Nodes = Annotated[int, _option("--n", _NODES, "N")]
Horizon = Annotated[int | None, _option("--horizon", _HORIZON, "T", _I)]
Objective = Annotated[str | None, _option("--objective", _OBJECTIVE, "NAME", _I)]
Delivery = Annotated[str | None, _option("--delivery", _DELIVERY, "DIGITS", _I)]
Semantics = Annotated[str | None, _option("--semantics", "published or strict.", "NAME", _I)]
Encoding = Annotated[str | None, _option("--encoding", "direct, compact or counted.", "NAME", _I)]
Set = Annotated[list[str] | None, _option("--set", _SET, "FIELD=VALUE", _I)]

Solver = Annotated[str | None, _option("--solver", _SOLVER, "NAME", _S)]
Second = Annotated[
    str | None, _option("--second", "Another solver, which must find the same.", "NAME", _S)
]
AllSizes = Annotated[
    bool, _option("--all", "Not for this n: prove for every size that there is none, by z3.")
]
CrossSizes = Annotated[
    int | None, _option("--cross", "With --all: the MILP too, at every n up to this.", "N")
]
Unknown = Annotated[
    str | None,
    _option(
        "--unknown",
        "With --all: find every quorum a n + b f + c without fork or lock; a, b and c in ranges.",
        "quorum[=A..A,B..B,C..C]",
    ),
]
TimeLimit = Annotated[
    float | None, _option("--time-limit", "Seconds that a solve may take.", "SECONDS", _S)
]
MemoryLimit = Annotated[int | None, _option("--memory-limit", _MEMORY, "MIB", _S)]
Threads = Annotated[int, _option("--threads", "Threads of the solver.", "K", _S)]
NoStart = Annotated[bool, _option("--no-start", "Hand no MIP start to the solver.", None, _S)]
Workers = Annotated[int, _option("--workers", "Instances that are solved at a time.", "K", _S)]

Search = Annotated[
    str | None,
    _option("--search", "Look for proofs in one way alone: tree, learning or planes.", "KIND", _S),
]

LogFile = Annotated[
    Path | None, _option("--log", "Append the solver's log to this file.", "FILE", _S)
]
Json = Annotated[bool, _option("--json", "Print one JSON object, and all else on stderr.")]
Out = Annotated[Path | None, _option("--out", "Directory that keeps what was found.", "DIR")]
ModelDir = Annotated[Path, _option("--out", "Directory for the files.", "DIR")]
Expect = Annotated[
    str | None, _option("--expect", "Assert this optimum; an integer, or infeasible.", "VALUE")
]
Format = Annotated[str, _option("--format", "lp, mps or mps.gz.", "FORMAT")]
Filter = Annotated[str, _option("--filter", _FILTER, "TEXT")]
JunitFile = Annotated[Path | None, _option("--junit", "Write a JUnit report.", "FILE")]
CertifyDir = Annotated[Path | None, _option("--certify", _CERTIFY, "DIR")]
CertificateDir = Annotated[Path, _option("--out", "Directory for the certificates.", "DIR")]
Record = Annotated[bool, _option("--record", "Write what is shown into the instance files.")]
TableFile = Annotated[Path | None, _option("--table", _TABLE, "FILE")]

INSTANCE = typer.Argument(
    metavar="[NAME|FILE|PROTOCOL]", help="The instance that the certificate must be about."
)
CertificateFile = Annotated[
    Path, typer.Argument(help="A certificate, .vipr or .vipr.gz.", metavar="CERTIFICATE")
]
Paths = Annotated[
    list[Path], typer.Argument(help="Instance files, or directories of them.", metavar="PATH")
]
ScheduleFile = Annotated[
    Path, typer.Argument(help="A schedule, .json or .itf.json.", metavar="SCHEDULE")
]
Protocol = Annotated[str, typer.Argument(help=_PROTOCOL, metavar="PROTOCOL")]

Ticks = Annotated[int, _option("--ticks", "Last tick.", "T")]
Seed = Annotated[int, _option("--seed", "Seed of the first run.", "SEED")]
Runs = Annotated[int, _option("--runs", "Number of runs, each with the next seed.", "K")]
Timer = Annotated[int, _option("--timer", _TIMER, "TICKS")]
NoRecovery = Annotated[bool, _option("--no-recovery", "Let no recovery message arrive.")]
Byzantine = Annotated[list[int] | None, _option("--byzantine", "Repeatable.", "NODE", _F)]
Crash = Annotated[list[str] | None, _option("--crash", "Repeatable.", "NODE@TICK", _F)]
_RESTART = "Starts again without memory. Repeatable."
Restart = Annotated[list[str] | None, _option("--restart", _RESTART, "NODE@TICK", _F)]
_RELOAD = "Starts again with its log; what was under way to it is lost. Repeatable."
Reload = Annotated[list[str] | None, _option("--reload", _RELOAD, "NODE@TICK", _F)]
Values = Annotated[int, _option("--values", "Proposals of a Byzantine primary.", "K", _F)]
Deliver = Annotated[float, _option("--deliver", "A message under way arrives.", "P", _C)]
Propose = Annotated[float, _option("--propose", "A primary proposes.", "P", _C)]
Expire = Annotated[float, _option("--expire", "Another node's timer expires.", "P", _C)]
Forge = Annotated[float, _option("--forge", "A Byzantine node sends a message.", "P", _C)]

DriverCommand = Annotated[
    str, _option("--driver", "Command of a driver; see docs/drivers.md.", "CMD")
]
DrivenProtocol = Annotated[str, _option("--protocol", "Protocol of the driver.", "NAME")]
Profile = Annotated[str, _option("--profile", "Rules, such as neo-go.", "NAME")]
Patience = Annotated[float, _option("--patience", "Seconds that an answer may take.", "SECONDS")]
RecordFile = Annotated[Path | None, _option("--record", "Keep the runs, a line each.", "FILE")]
RecordingFile = Annotated[
    Path | None, _option("--recording", "Check the reference against these runs.", "FILE")
]


def fields(
    *,
    n: N = None,
    horizon: Horizon = None,
    objective: Objective = None,
    delivery: Delivery = None,
    semantics: Semantics = None,
    encoding: Encoding = None,
    others: Set = None,
) -> dict[str, Any]:
    """Return fields of an instance; what is not given is None.

    Raises
    ------
    InputError
        Where an option and ``--set`` both give a field.
    """
    given = {"n": n, "horizon": horizon, "objective": objective, "delivery": delivery}
    given |= {"semantics": semantics, "encoding": encoding}
    further = parse_fields(others or ())
    for name, value in given.items():
        if value is not None and name in further:
            raise InputError("set", f"{name}={further[name]}", f"{name} once; --{name} gives it")
    return given | further


def limits(
    *, time_limit: TimeLimit = None, memory_limit: MemoryLimit = None, threads: Threads = 1
) -> Limits:
    """Return the limits of each solve."""
    names = {"seconds": "time-limit", "memory_mb": "memory-limit"}
    try:
        return Limits(time_limit, memory_limit, threads)
    except InputError as error:
        field = names.get(error.field, error.field)
        raise InputError(field, error.value, error.allowed) from None


def seeds(*, seed: Seed = 0, runs: Runs = 1) -> range:
    """Return the seed of each run."""
    if not 1 <= runs <= 1_000_000:
        raise InputError("runs", runs, "a number from 1 to 1000000")
    return range(seed, seed + runs)


Fields = Annotated[dict[str, Any], Bundle(fields)]
SolveLimits = Annotated[Limits, Bundle(limits)]
Seeds = Annotated[range, Bundle(seeds)]
