"""Registry: the names of solvers, where their code is, and which can be used here."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec

from milpbft.errors import InputError

# Name of a solver -> module and function that run it, in a process of its own.
BACKENDS = {
    "cbc": f"{__package__}.cbc:run",
    "highs": f"{__package__}.highs:run",
    "cpsat": f"{__package__}.cpsat:run",
}
BRIDGE = "pulp:"
# PuLP's names for solvers that it reaches in several ways, and the solvers behind them.
_ENGINES = {"COIN": "cbc", "COINMP": "cbc", "CBC": "cbc", "HIGHS": "highs", "FSCIP": "scip"}
# Name of a solver -> distribution packages whose versions say who solved.
_PACKAGES = {"cbc": ("cbcbox",), "highs": ("highspy",), "cpsat": ("ortools",)}
_MODULES = {"cbc": "cbcbox", "highs": "highspy", "cpsat": "ortools", BRIDGE: "pulp"}
# Name of a solver -> the extra that installs it, where a plain install does not.
_EXTRAS = {"cpsat": "cpsat", BRIDGE: "pulp"}


@dataclass(frozen=True)
class Choice:
    """A solver by name: its backend ``module:function``, and its variant (PuLP's name for it)."""

    name: str
    target: str
    variant: str = ""


def choose(name: str) -> Choice:
    """Find the backend of a solver.

    Raises
    ------
    InputError
        Where no solver has that name, its extra is not installed, or PuLP finds none of that name.
    """
    needed = BRIDGE if name.startswith(BRIDGE) else name
    if needed in _EXTRAS and not _installed(needed):
        allowed = f"its packages are missing: pip install 'milpbft[{_EXTRAS[needed]}]'"
        raise InputError("solver", name, allowed)
    if name in BACKENDS:
        return Choice(name, BACKENDS[name])
    if name.startswith(BRIDGE) and name in _bridged():
        return Choice(name, f"{__package__}.pulp_bridge:run", name.removeprefix(BRIDGE))
    raise InputError("solver", name, f"one of {', '.join(available())}")


def engine(name: str) -> str:
    """Name the solver itself, however it is reached: ``cbc`` for ``pulp:PULP_CBC_CMD``."""
    if not name.startswith(BRIDGE):
        return name
    word = name.removeprefix(BRIDGE).upper().removeprefix("PULP_")
    for suffix in ("_CMD", "_DLL", "_PY"):
        word = word.removesuffix(suffix)
    return _ENGINES.get(word, word.lower())


def available() -> list[str]:
    """Names of the solvers that are installed here, the default first."""
    return [*filter(_installed, BACKENDS), *_bridged()]


def prover() -> str:
    """Name of the solver for pure integer programs most of which say that nothing exists.

    CP-SAT, which proves that several times faster (`benchmarks/README.md`), or HiGHS where it is
    missing.
    """
    return "cpsat" if _installed("cpsat") else "highs"


@cache
def version(name: str) -> str:
    """Version of a solver as its packages say, e.g. ``highspy 1.15.1``."""
    # The solver's process loads this module too, and has no use for these 20 milliseconds.
    from importlib import metadata  # noqa: PLC0415

    packages = ("pulp",) if name.startswith(BRIDGE) else _PACKAGES.get(name, ())
    return ", ".join(f"{package} {metadata.version(package)}" for package in packages)


def _installed(name: str) -> bool:
    # A backend that is not of this package (a test's) is there because someone named it.
    return name not in _MODULES or find_spec(_MODULES[name]) is not None


@cache
def _bridged() -> tuple[str, ...]:
    if not _installed(BRIDGE):
        return ()
    # Importing PuLP takes a tenth of a second, so only who asks for it pays.
    import pulp  # noqa: PLC0415

    return tuple(BRIDGE + name for name in pulp.listSolvers(onlyAvailable=True))
