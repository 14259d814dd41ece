"""Registry: every protocol, what it offers, and where its room is.

A new protocol is a new room and one entry here, or, in another package, an entry point of the group
``milpbft.rooms``: its name is the protocol's, and what it names is an :class:`Entry`. Entries name
places, as ``module:name``; what stands there is imported when it is first used, so the registry
itself knows no room.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Any

from milpbft.errors import InputError, meant

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "milpbft.rooms"
"""The group of entry points at which other packages name their protocols."""


@dataclass(frozen=True)
class Carrier:
    """What a room offers whose nodes carry the messages of other protocols; places, all three.

    Parameters
    ----------
    word
        Reads the word that names such a network, and returns it as names of instances have it.
    paths
        Given the number of nodes and the word: how messages go, for models.
    walks
        The same from the reference implementation, for checks: by sender and receiver, the nodes on
        the way, both ends included.
    """

    word: str
    paths: str
    walks: str


@dataclass(frozen=True)
class Entry:
    """One protocol.

    Parameters
    ----------
    title
        Name as its authors write it.
    module
        Module of the protocol's :class:`milpbft.room.Room`, and its name there, after a colon.
    questions
        By semantics: the class of its instances, a :class:`milpbft.question.part.Question`, named
        like `module`. The first is what a name without its semantics means. Empty where there is
        only a reference implementation so far.
    claims
        Where the claims of its paper are, a list of :class:`milpbft.claims.Claim`, named like
        `module`; empty for none.
    decides
        Whether nodes decide, which pictures count.
    words
        What its authors call a view, and who leads it.
    commands
        Commands of its own, by name: where their Typer app is, named like `module`.
    carrier
        What carries messages of other protocols over its nodes; None where nothing does.
    host
        What runs an application on its replicas: the place of a
        :class:`milpbft.sim.application.Host`; empty for none.
    """

    title: str
    module: str
    questions: dict[str, str]
    claims: str = ""
    decides: bool = True
    words: tuple[str, str] = ("view", "primary")
    commands: dict[str, str] = field(default_factory=dict)
    carrier: Carrier | None = None
    host: str = ""

    def question(self, semantics: str | None = None) -> str:
        """Return the place of the class of instances of a semantics; None for the first.

        Raises
        ------
        InputError
            Where the protocol has no model of that semantics.
        """
        if not self.questions:
            raise InputError("protocol", self.title, "a protocol that has a model")
        known = isinstance(semantics, str) and semantics in self.questions
        if semantics and not known:
            raise InputError(
                "semantics", semantics, f"{self.title} has {', '.join(self.questions)}"
            )
        return self.questions[semantics or next(iter(self.questions))]


def load(place: str) -> Any:  # noqa: ANN401  (whatever the registry names)
    """Import what stands at ``module:name``."""
    module, _, name = place.partition(":")
    return getattr(import_module(module), name)


_DBFT = "milpbft.dbft"
_POV = "milpbft.pov"
_PBFT = "milpbft.pbft"
_HGFRR = "milpbft.hgfrr"
_POWM = "milpbft.powm"
_V2V = "milpbft.v2v"
_STRICT = {"strict": f"{_DBFT}.instance:DbftInstance"}
_HOST = f"{_PBFT}.hosting:host"
_FAMILY = {"strict": f"{_PBFT}.instance:PbftInstance"}
BUILT_IN = {
    "dbft1": Entry("dBFT 1.0", f"{_DBFT}.room:DBFT1", _STRICT),
    "dbft2": Entry(
        "dBFT 2.0",
        f"{_DBFT}.room:DBFT2",
        {"published": f"{_DBFT}.instance:PublishedInstance", **_STRICT},
        f"{_DBFT}.claims:CLAIMS",
    ),
    "dbft21": Entry("dBFT 2.1, staged change views", f"{_DBFT}.room:DBFT21", _STRICT),
    "pbft": Entry(
        "PBFT",
        f"{_PBFT}.room:ROOM",
        _FAMILY,
        f"{_PBFT}.claims:CLAIMS",
        commands={"pbft": f"{_PBFT}.command:app"},
        host=_HOST,
    ),
    "linear": Entry("Linear BFT", f"{_PBFT}.room:ROOM", _FAMILY, host=_HOST),
    "sbft": Entry("SBFT", f"{_PBFT}.room:ROOM", _FAMILY, host=_HOST),
    "sbftfast": Entry("SBFT without its slow path", f"{_PBFT}.room:ROOM", _FAMILY),
    "pov": Entry(
        "Proof of Vote",
        f"{_POV}.room:POV",
        {},
        f"{_POV}.claims:CLAIMS",
        words=("cycle", "butler on duty"),
        commands={"pov": f"{_POV}.command:app"},
    ),
    "povround": Entry(
        "Proof of Vote, a round",
        f"{_POV}.room:POV",
        {"strict": f"{_POV}.instance:RoundInstance"},
        words=("cycle", "butler on duty"),
    ),
    "povelection": Entry(
        "Proof of Vote, an election",
        f"{_POV}.room:POV",
        {"strict": f"{_POV}.voting:ElectionInstance"},
        f"{_POV}.switches:CLAIMS",
        decides=False,
    ),
    "povchain": Entry(
        "Proof of Vote, several heights",
        f"{_POV}.room:POV",
        {"strict": f"{_POV}.heights:ChainInstance"},
        decides=False,
        words=("cycle", "butler on duty"),
    ),
    "hgfrr": Entry(
        "HGFRR, a broadcast",
        f"{_HGFRR}.room:HGFRR",
        {"strict": f"{_HGFRR}.instance:BroadcastInstance"},
        f"{_HGFRR}.claims:CLAIMS",
        decides=False,
        words=("level", "source"),
        commands={"overlay": f"{_HGFRR}.command:app"},
        carrier=Carrier(
            word=f"{_HGFRR}.wiring:normal",
            paths=f"{_HGFRR}.carried:paths_of",
            walks=f"{_HGFRR}.reference.walks:walks",
        ),
    ),
    "churn": Entry(
        "HGFRR overlay, a broadcast over rings that change",
        f"{_HGFRR}.room:HGFRR",
        {"strict": f"{_HGFRR}.churn:ChurnInstance"},
        decides=False,
        words=("level", "source"),
    ),
    "besttree": Entry(
        "Best broadcast tree",
        f"{_HGFRR}.room:HGFRR",
        {"strict": f"{_HGFRR}.instance:TreeInstance"},
        decides=False,
        words=("broadcast", "source"),
    ),
    "dissemination": Entry(
        "Gossip or Kademlia, a broadcast",
        f"{_HGFRR}.room:HGFRR",
        {"strict": f"{_HGFRR}.dissemination:DisseminationInstance"},
        decides=False,
        words=("broadcast", "source"),
    ),
    "powmassign": Entry(
        "Parallel proof of work, nonce sets",
        f"{_POWM}.room:POWM",
        {"strict": f"{_POWM}.instance:AssignInstance"},
        f"{_POWM}.claims:CLAIMS",
        decides=False,
        commands={"mine": f"{_POWM}.command:app"},
    ),
    "powmfail": Entry(
        "Parallel proof of work, failures",
        f"{_POWM}.room:POWM",
        {"strict": f"{_POWM}.instance:FailInstance"},
        decides=False,
        words=("term", "manager"),
    ),
    "powmcut": Entry(
        "Parallel proof of work, a cut",
        f"{_POWM}.room:POWM",
        {"strict": f"{_POWM}.instance:CutInstance"},
        decides=False,
        words=("term", "manager"),
    ),
    "powmelect": Entry(
        "Parallel proof of work, captured elections",
        f"{_POWM}.room:POWM",
        {"strict": f"{_POWM}.electing:ElectInstance"},
        decides=False,
    ),
    "v2vmatch": Entry(
        "V2V energy market, best matching",
        f"{_V2V}.room:MARKET",
        {"strict": f"{_V2V}.instance:MatchInstance"},
        f"{_V2V}.claims:CLAIMS",
        decides=False,
        commands={"market": f"{_V2V}.command:app"},
    ),
    "v2vstable": Entry(
        "V2V energy market, stability",
        f"{_V2V}.room:MARKET",
        {"strict": f"{_V2V}.instance:StableInstance"},
        decides=False,
    ),
    "v2vworst": Entry(
        "V2V energy market, worst market in turn",
        f"{_V2V}.room:MARKET",
        {"strict": f"{_V2V}.instance:WorstInstance"},
        decides=False,
    ),
    "v2vorder": Entry(
        "V2V energy market, order of requests",
        f"{_V2V}.room:MARKET",
        {"strict": f"{_V2V}.instance:OrderInstance"},
        decides=False,
    ),
}


class Protocols(Mapping[str, Entry]):
    """Every protocol by name, those that are built in first, then those of other packages.

    Other packages are asked only for a name that is not built in, or for all names.

    Parameters
    ----------
    built_in
        The entries that come with milpbft.
    """

    def __init__(self, built_in: Mapping[str, Entry]) -> None:
        self._built_in = built_in

    @cached_property
    def _outside(self) -> dict[str, EntryPoint]:
        # Imported here: 30 ms that only who looks outside pays.
        from importlib.metadata import entry_points  # noqa: PLC0415

        points = {point.name: point for point in reversed(list(entry_points(group=GROUP)))}
        return {name: point for name, point in sorted(points.items())
                if name not in self._built_in}  # fmt: skip

    def __contains__(self, name: object) -> bool:
        return name in self._built_in or name in self._outside

    def __getitem__(self, name: str) -> Entry:
        if name in self._built_in:
            return self._built_in[name]
        point = self._outside[name]
        try:
            entry = point.load()
        except Exception as error:
            raise _broken(point, f"{type(error).__name__}: {error}") from None
        if not isinstance(entry, Entry):
            raise _broken(point, f"it is a {type(entry).__name__}, no Entry")
        return entry

    def __iter__(self) -> Iterator[str]:
        return iter([*self._built_in, *self._outside])

    def __len__(self) -> int:
        return len(self._built_in) + len(self._outside)


def _broken(point: EntryPoint, reason: str) -> InputError:
    allowed = (
        f"{GROUP} says that it is {point.value}, which is no milpbft.registry.Entry ({reason})"
    )
    return InputError("protocol", point.name, allowed)


PROTOCOLS = Protocols(BUILT_IN)


def find(protocol: object) -> Entry:
    """Return the entry of a protocol.

    Raises
    ------
    InputError
        Where there is none.
    """
    # Files may hold a table or a list here, which a mapping cannot be asked for.
    if not isinstance(protocol, str) or protocol not in PROTOCOLS:
        allowed = f"one of {', '.join(PROTOCOLS)}{meant(protocol, PROTOCOLS)}"
        raise InputError("protocol", protocol, allowed)
    return PROTOCOLS[protocol]


def commands(entries: Mapping[str, Entry] = BUILT_IN) -> dict[str, str]:
    """Return the commands that rooms bring: by name, where their Typer app is.

    A room of another package that cannot be read brings none.
    """
    found: dict[str, str] = {}
    for name in entries:
        with suppress(InputError):
            found |= entries[name].commands
    return found


def hosts() -> tuple[str, ...]:
    """Return the protocols that run applications on their replicas."""
    return tuple(name for name, entry in BUILT_IN.items() if entry.host)


def carrier() -> Carrier:
    """Return what carries messages over an overlay: that of the first room that offers it."""
    return next(entry.carrier for entry in BUILT_IN.values() if entry.carrier is not None)
