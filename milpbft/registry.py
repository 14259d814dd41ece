"""Registry: every protocol, what it offers, and where its room is.

A new protocol is a new room and one entry here. Entries name places, as ``module:name``; what
stands there is imported when it is first used, so the registry itself knows no room.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from milpbft.errors import InputError


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
        if semantics and semantics not in self.questions:
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
_V2V = "milpbft.v2v"
_STRICT = {"strict": f"{_DBFT}.instance:DbftInstance"}
_HOST = f"{_PBFT}.hosting:host"
_FAMILY = {"strict": f"{_PBFT}.instance:PbftInstance"}
PROTOCOLS = {
    "dbft1": Entry("dBFT 1.0", f"{_DBFT}.room:DBFT1", _STRICT),
    "dbft2": Entry(
        "dBFT 2.0",
        f"{_DBFT}.room:DBFT2",
        {"published": f"{_DBFT}.instance:PublishedInstance", **_STRICT},
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
        commands={"pov": f"{_POV}.command:app"},
    ),
    "povround": Entry(
        "Proof of Vote, a round", f"{_POV}.room:POV", {"strict": f"{_POV}.instance:RoundInstance"}
    ),
    "povelection": Entry(
        "Proof of Vote, an election",
        f"{_POV}.room:POV",
        {"strict": f"{_POV}.instance:ElectionInstance"},
        decides=False,
    ),
    "povtenure": Entry(
        "Proof of Vote, a tenure",
        f"{_POV}.room:POV",
        {"strict": f"{_POV}.tenure_instance:TenureInstance"},
    ),
    "hgfrr": Entry(
        "HGFRR, a broadcast",
        f"{_HGFRR}.room:HGFRR",
        {"strict": f"{_HGFRR}.instance:BroadcastInstance"},
        f"{_HGFRR}.claims:CLAIMS",
        decides=False,
        commands={"overlay": f"{_HGFRR}.command:app"},
        carrier=Carrier(
            word=f"{_HGFRR}.wiring:normal",
            paths=f"{_HGFRR}.carried:paths_of",
            walks=f"{_HGFRR}.reference.walks:walks",
        ),
    ),
    "besttree": Entry(
        "Best broadcast tree",
        f"{_HGFRR}.room:HGFRR",
        {"strict": f"{_HGFRR}.instance:TreeInstance"},
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


def find(protocol: object) -> Entry:
    """Return the entry of a protocol.

    Raises
    ------
    InputError
        Where there is none.
    """
    if protocol not in PROTOCOLS:
        raise InputError("protocol", protocol, f"one of {', '.join(PROTOCOLS)}")
    return PROTOCOLS[str(protocol)]


def commands() -> dict[str, str]:
    """Return the commands that rooms bring: by name, where their Typer app is."""
    return {name: place for entry in PROTOCOLS.values() for name, place in entry.commands.items()}


def hosts() -> tuple[str, ...]:
    """Return the protocols that run applications on their replicas."""
    return tuple(name for name, entry in PROTOCOLS.items() if entry.host)


def carrier() -> Carrier:
    """Return what carries messages over an overlay: that of the first room that offers it."""
    return next(entry.carrier for entry in PROTOCOLS.values() if entry.carrier is not None)
