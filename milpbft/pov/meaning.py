"""What optima of Proof of Vote mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.pov.heights import ChainInstance
from milpbft.pov.instance import RoundInstance
from milpbft.pov.voting import ElectionInstance
from milpbft.question.meaning import capital, counted, tried

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from milpbft.question.part import Question


def _round(i: RoundInstance) -> str:
    """Say how large a round is and what its network does, e.g. ``a round of 4 commissioners``."""
    net = f"messages arrive within {counted(i.delta, 'tick')}" if i.delta else "any delays"
    net += f" from tick {i.gst}" if i.gst else ""
    net += f", per hop of overlay {i.overlay}" if i.overlay else ""
    net += f", clocks are off by up to {counted(i.skew, 'tick')}" if i.skew else ""
    net += f", {counted(i.late, 'tick')} later to the time server" if i.late else ""
    net += ", which answers when it likes" if i.withholding else ""
    net += f", its clock is off by up to {counted(i.off, 'tick')}" if i.off else ""
    net += ", and it says different times" if i.twofaced else ""
    cut = f"; {i.side} commissioners are cut off" if i.side else ""
    cut += f"; commissioners are cut into {i.sides.replace('x', ', ')}" if i.sides else ""
    cut += "" if i.heal is None else f" until tick {i.heal}"
    switches = [word for word, (field, value) in i.words.items() if getattr(i, field) == value]
    repairs = [word for word in switches if word not in {"withholding", "twofaced"}]
    said = f"; {', '.join(repairs)}" if repairs else ""
    return (
        f"a round of {counted(i.commissioners, 'commissioner')} and "
        f"{counted(i.butlers, 'butler')}, {counted(i.begun, 'packing cycle')} of "
        f"{counted(i.cycle, 'tick')} ({net}{cut}{said})"
    )


_RELOADS = "that starts again with its log", "that start again with their logs"


def _byzantine(i: RoundInstance | ChainInstance) -> str:
    """Say who may be Byzantine."""
    said = [counted(*kind) for kind in _kinds(i) if kind[0]]
    return f"with {' and '.join(said)}" if said else "without Byzantine nodes"


def _kinds(i: RoundInstance | ChainInstance) -> list[tuple[int, str, str]]:
    kinds = [
        (i.byzantine_commissioners, "Byzantine commissioner", "Byzantine commissioners"),
        (i.byzantine_butlers, "Byzantine butler", "Byzantine butlers"),
    ]
    if isinstance(i, ChainInstance):
        outside = (i.byzantine_outside, "Byzantine candidate", "Byzantine candidates")
        reloads = (i.reloads, f"node {_RELOADS[0]}", f"nodes {_RELOADS[1]}")
        return [*kinds, *([outside] if i.outside else []), *([reloads] if i.reloads else [])]
    return [*kinds, *_restarts(i)]


def _restarts(i: RoundInstance) -> list[tuple[int, str, str]]:
    forgets = "that starts again and forgets", "that start again and forget"
    kinds = [
        (i.amnesia, f"commissioner {forgets[0]}", f"commissioners {forgets[1]}"),
        (i.lapses, f"butler {forgets[0]}", f"butlers {forgets[1]}"),
        (i.reloads, f"node {_RELOADS[0]}", f"nodes {_RELOADS[1]}"),
    ]
    return [kind for kind in kinds if kind[0]]


def _cycles(i: RoundInstance, value: int) -> str:
    whom = "a correct node has" if i.objective.name == "cycles" else "every correct node has"
    if value > i.begun:
        some = "no correct node has" if i.objective.name == "cycles" else "some correct node lacks"
        late = f"by tick {i.horizon} it may be that {some} a block"
        return f"In {_round(i)}, {_byzantine(i)}, {late}"
    cycles = counted(value, "packing cycle")
    return f"In {_round(i)}, {_byzantine(i)}, it takes {cycles} at worst until {whom} a block"


def _blocks(i: RoundInstance, value: int) -> str:
    where = f"in {_round(i)}, {_byzantine(i)}"
    if value == 0:
        return f"No valid block can come about {where}"
    if value == 1:
        return f"No: {where}, correct nodes never adopt two different blocks"
    return f"Yes: {where}, correct nodes can adopt {value} different valid blocks, and no more"


def _illegal(i: RoundInstance, value: int) -> str:
    where = f"in {_round(i)}, {_byzantine(i)}"
    if value == 0:
        return f"No: {where}, no correct node adopts a block with a forged transaction"
    blocks = counted(value, "different block")
    return f"Yes: {where}, correct nodes can adopt {blocks} with forged transactions"


_AIMS = {
    "faults_fork": "make correct nodes adopt two different blocks",
    "faults_illegal": "make correct nodes adopt an illegal block",
    "faults_stop": "let no block come by tick {i.horizon}",
    "faults_halt": "let nobody get a block at height {i.heights}",
    "faults_branches": "make correct nodes adopt two different blocks at height {i.heights}",
}
"""What the fewest Byzantine nodes are asked for."""


def _fewest(i: RoundInstance | ChainInstance, value: int) -> str:
    where = _round(i) if isinstance(i, RoundInstance) else _chain(i)
    again = _restarts(i) if isinstance(i, RoundInstance) else i.reloads
    one = f"{'faulty' if again else 'Byzantine'} node"
    nodes = f"{tried(value, _kinds(i), one)} at least" if value else f"no {one}"
    return f"It takes {nodes} to {_AIMS[i.objective.name].format(i=i)} in {where}"


def _too_few(i: RoundInstance | ChainInstance) -> str:
    where = _round(i) if isinstance(i, RoundInstance) else _chain(i)
    who = _byzantine(i).removeprefix("with ")
    return f"No: in {where}, {who} cannot {_AIMS[i.objective.name].format(i=i)}"


_VOTES = {"even": "evenly", "same": "all alike", "random": "by chance", "scores": "by scores"}
"""How correct commissioners vote."""
_TIES = {"won": "", "lost": ", friends lose ties", "drawn": ", ties by lot {}"}
"""Who gets the seat where votes are equal."""


def _election(i: ElectionInstance) -> str:
    chance = f" (seed {i.seed})" if i.honest == "random" else ""
    trusted = f", {i.trusted} with better scores" if i.trusted else ""
    free = f", {counted(i.designated, 'ticket')} free of scores" if i.designated else ""
    dropped = f", {counted(i.dropped, 'ballot')} left out" if i.dropped else ""
    return (
        f"{counted(i.commissioners, 'commissioner')} who vote for {i.votes} of {i.candidates} "
        f"candidates{trusted}, the correct ones {_VOTES[i.honest]}{chance}, for "
        f"{counted(i.butlers, 'seat')}{free}{dropped}{_TIES[i.ties].format(i.lot)}"
    )


def _seats(i: ElectionInstance, value: int) -> str:
    friends = f"{value or 'none'} of {i.friends} friends{' at most' * bool(value)}"
    if not i.byzantine_commissioners:
        return f"In an election of {_election(i)}, {friends} can get a seat"
    voters = counted(i.byzantine_commissioners, "Byzantine commissioner")
    return f"In an election of {_election(i)}, {voters} can seat {friends}"


def _minority(i: ElectionInstance) -> str:
    most = counted(i.byzantine_commissioners, "Byzantine commissioner")
    return (
        f"No: in an election of {_election(i)}, {most} cannot elect more than half of the butlers"
    )


def _majority(i: ElectionInstance, value: int) -> str:
    return (
        f"In an election of {_election(i)}, it takes "
        f"{counted(value, 'Byzantine commissioner')} to elect more than half of the butlers, and "
        "no fewer"
    )


def _chain(i: ChainInstance) -> str:
    """Say how large a chain is, and which repairs it has."""
    repairs = [word for word, (field, _) in i.words.items() if getattr(i, field)]
    repairs += [f"terms of {counted(i.term, 'block')}"] if i.term else []
    said = f" ({', '.join(repairs)})" if repairs else ""
    sizes = f"{counted(i.commissioners, 'commissioner')} and {counted(i.butlers, 'butler')}"
    sizes += f", {counted(i.outside, 'candidate')} besides" if i.outside else ""
    sizes += f", {i.swaps} new commissioners as each term begins" if i.swaps else ""
    return f"a chain of {sizes}{said}"


def _halt(i: ChainInstance, value: int) -> str:
    chain = f"{capital(_byzantine(i))}, {_chain(i)}"
    if value >= i.heights:
        return f"{chain} gets {counted(value, 'block')} at least, one above the other"
    after = (
        f"after {counted(value, 'block')}, and not before" if value else "before its first block"
    )
    return f"{chain} can stop for ever {after}"


def _duties(i: ChainInstance, value: int) -> str:
    who = f"{capital(_byzantine(i))}, Byzantine butlers"
    makes = f"make up to {value}" if value else "make none"
    return f"{who} {makes} of {counted(i.heights, 'block')} in {_chain(i)}"


def _branches(i: ChainInstance, value: int) -> str:
    kind = "special block" if i.special else "block"
    where = f"at height {i.heights} of {_chain(i)}"
    if value < 2:
        return f"No: {_byzantine(i)}, correct nodes never adopt two different {kind}s {where}"
    return (
        f"Yes: {_byzantine(i)}, correct nodes can adopt {value} different {kind}s {where}, and no "
        "more"
    )


MEANINGS: Mapping[tuple[type[Question], str], Callable[..., str]] = {
    (RoundInstance, "cycles"): _cycles,
    (RoundInstance, "last"): _cycles,
    (RoundInstance, "blocks"): _blocks,
    (RoundInstance, "illegal"): _illegal,
    (RoundInstance, "faults_fork"): _fewest,
    (RoundInstance, "faults_illegal"): _fewest,
    (RoundInstance, "faults_stop"): _fewest,
    (ChainInstance, "halt"): _halt,
    (ChainInstance, "duties"): _duties,
    (ChainInstance, "branches"): _branches,
    (ChainInstance, "faults_halt"): _fewest,
    (ChainInstance, "faults_branches"): _fewest,
    (ElectionInstance, "seats"): _seats,
    (ElectionInstance, "commissioners"): _majority,
}
"""Sentences by class and objective."""

UNMET: Mapping[tuple[type[Question], str], Callable[..., str]] = {
    (RoundInstance, "faults_fork"): _too_few,
    (RoundInstance, "faults_illegal"): _too_few,
    (RoundInstance, "faults_stop"): _too_few,
    (ChainInstance, "faults_halt"): _too_few,
    (ChainInstance, "faults_branches"): _too_few,
    (ElectionInstance, "commissioners"): _minority,
}
"""The same where so few cannot do it."""


RULES = {
    "Proposal": "the butler on duty proposes a block at the start of its packing cycle",
    "Signature": "a commissioner signs a valid proposal of the butler on duty",
    "StampRequest": "the butler holds signatures of more than half of the commissioners",
    "Timestamp": "the time server stamps what it is asked to",
    "Block": "the butler holds a timestamp for its signed block, and publishes it",
    "Fetch": "the packing cycle ends, and the node lacks the block",
    "Forward": "a node passes on the block that it adopted",
    "Ballot": "a commissioner votes for candidates at the end of a tenure",
    "decide": "a block with enough signatures and a timestamp arrives",
    "timeout": "the packing cycle ends without a block",
    "fault": "the adversary chose this node",
}
"""When nodes do what schedules show, in words for pictures."""


def node_names(commissioners: int, butlers: int, candidates: int, rest: str, n: int) -> list[str]:
    """Name the nodes: commissioners, butlers, time server, candidates, and the rest."""
    named = [f"commissioner {i}" for i in range(commissioners)]
    named += [f"butler {i}" for i in range(butlers)]
    named += ["time server", *(f"candidate {i}" for i in range(candidates))]
    return (named + [f"{rest} {i}" for i in range(len(named), n)])[:n]
