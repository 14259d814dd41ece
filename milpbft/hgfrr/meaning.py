"""What optima of the overlay mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.hgfrr.churn import ChurnInstance
from milpbft.hgfrr.dissemination import DisseminationInstance
from milpbft.hgfrr.instance import BroadcastInstance, TreeInstance
from milpbft.question.meaning import counted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from milpbft.question.part import Question


_FAULT = {
    "silent": ("silent relay", "silent relays"),
    "crash": ("crash", "crashes"),
    "leave": ("node that leaves", "nodes that leave"),
}
"""What one fault of a kind is called, and several."""


_NEWCOMER = {
    "correct": "",
    "silent": ", which is silent",
    "crash": ", which may crash",
    "leave": ", which may leave",
}
"""What is said of newcomers, by how they fail."""


def _overlay(i: BroadcastInstance) -> str:
    """Say how large the overlay is."""
    contacts = counted(i.contacts, f"{i.election} contact")
    repair = f", repaired at tick {i.repair}" if i.repair else ""
    repair += f", contacts changed at tick {i.change}" if i.change else ""
    links = f", {counted(i.latency, 'tick')} per unit of distance" if i.latency else ""
    ports = f", {counted(i.ports, 'message')} per node and tick" if i.ports else ""
    return (
        f"an HGFRR overlay of {i.n} nodes (rings of {i.ring}, {contacts} a ring, trees of base "
        f"{i.k}, seed {i.seed}{repair}{links}{ports})"
    )


def _changing(i: ChurnInstance) -> str:
    """Say how large the overlay is, and what changes on it."""
    after = f"crashes found after {counted(i.beat, 'tick')}" if i.beat else ""
    turned = f"contacts elected anew every {counted(i.period, 'tick')}" if i.period else ""
    joins = f"{counted(i.joins, 'newcomer')} at most{_NEWCOMER[i.newcomer]}" if i.joins else ""
    word = f"all of a ring know of a change after {counted(i.news, 'tick')}" if i.news else ""
    known = "relays go by the rings that they know now" if i.trees == "present" else ""
    over = "messages to former contacts handed on" if i.handover == "yes" else ""
    again = f"repeated at tick {i.again}" if i.again else ""
    changes = "".join(
        f", {words}" for words in (after, turned, joins, over, word, known, again) if words
    )
    return (
        f"an HGFRR overlay of {i.n} nodes (rings of {i.ring}, {counted(i.contacts, 'contact')} a "
        f"ring, of which {i.serving} broadcast, trees of base {i.k}, seed {i.seed}{changes})"
    )


def _held(i: ChurnInstance, value: int) -> str:
    return (
        f"{_faulty(i)}, a broadcast over {_changing(i)} has reached {value} of {i.n - i.faults} "
        f"correct nodes by tick {i.horizon} at worst, the source included"
    )


def _late(i: ChurnInstance, value: int) -> str:
    return (
        f"{_faulty(i)}, the last correct node that a broadcast over {_changing(i)} reaches by tick "
        f"{i.horizon} has it by tick {value} at worst"
    )


def _sent(i: ChurnInstance, value: int) -> str:
    return (
        f"{_faulty(i)}, a broadcast over {_changing(i)} takes {value} messages at most by tick "
        f"{i.horizon}"
    )


def _faulty(i: BroadcastInstance | ChurnInstance) -> str:
    said = [counted(i.faults, *_FAULT[i.fault])] if i.faults else []
    said += _again(i) if isinstance(i, BroadcastInstance) else []
    return f"With {' and '.join(said)}" if said else "Without faults"


def _again(i: BroadcastInstance) -> list[str]:
    """Say how many correct nodes start again at most."""
    kinds = ((i.amnesia, "without memory"), (i.reloads, "with a log"))
    return [f"{counted(most, 'restart')} {how} at most" for most, how in kinds if most]


def _coverage(i: BroadcastInstance, value: int) -> str:
    return (
        f"{_faulty(i)}, a broadcast over {_overlay(i)} reaches {value} of {i.n - i.faults} "
        "correct nodes at worst, the source included"
    )


def _ticks(i: BroadcastInstance, value: int) -> str:
    return (
        f"{_faulty(i)}, the last correct node that a broadcast over {_overlay(i)} reaches has "
        f"it by tick {value} at worst"
    )


def _messages(i: BroadcastInstance, value: int) -> str:
    return f"{_faulty(i)}, a broadcast over {_overlay(i)} takes {value} messages at most"


def _half(i: BroadcastInstance, value: int) -> str:
    who = counted(value, *_FAULT[i.fault])
    if i.amnesia or i.reloads:
        how = "without memory" if i.amnesia else "with a log"
        who = counted(value, f"restart {how}", f"restarts {how}")
        if i.faults:
            who = f"{counted(value, 'node')}, {_FAULT[i.fault][1]} or restarts {how},"
    return (
        f"It takes {who} at least to keep a broadcast over "
        f"{_overlay(i)} from more than half of the correct nodes"
    )


def _cost(i: BroadcastInstance, value: int) -> str:
    return (
        f"{_faulty(i)}, the repair of {_overlay(i)} costs {value} messages at most beside the "
        "two broadcasts"
    )


_GRAPHS = {
    "complete": "a complete graph",
    "cycle": "a cycle",
    "hypercube": "a hypercube",
    "kary": "a tree of base {i.k}",
    "rings": "an overlay's rings of {i.ring} (seed {i.seed})",
}
"""Graphs in words."""


def _tree(i: TreeInstance, value: int) -> str:
    sends = counted(i.ports, "message")
    return (
        f"The best broadcast among {i.n} nodes on {_GRAPHS[i.graph].format(i=i)}, {sends} per "
        f"node and tick, takes {counted(value, 'tick')}"
    )


def _scheme(i: DisseminationInstance) -> str:
    if i.scheme == "kademlia":
        return f"a broadcast over the Kademlia buckets of {i.n} nodes (seed {i.seed})"
    return f"gossip among {i.n} nodes (fanout {i.fanout}, seed {i.seed})"


def _told(i: DisseminationInstance, value: int) -> str:
    faults = f"With {counted(i.faults, 'silent node')}" if i.faults else "Without faults"
    return (
        f"{faults}, {_scheme(i)} reaches {value} of {i.n - i.faults} correct nodes at worst, "
        "the source included"
    )


def _told_half(i: DisseminationInstance, value: int) -> str:
    return (
        f"It takes {counted(value, 'silent node')} at least to keep {_scheme(i)} from more than "
        "half of the correct nodes"
    )


MEANINGS: Mapping[tuple[type[Question], str], Callable[..., str]] = {
    (BroadcastInstance, "coverage"): _coverage,
    (BroadcastInstance, "ticks"): _ticks,
    (BroadcastInstance, "messages"): _messages,
    (BroadcastInstance, "faults_half"): _half,
    (BroadcastInstance, "cost"): _cost,
    (ChurnInstance, "coverage"): _held,
    (ChurnInstance, "ticks"): _late,
    (ChurnInstance, "messages"): _sent,
    (DisseminationInstance, "coverage"): _told,
    (DisseminationInstance, "faults_half"): _told_half,
    (TreeInstance, "ticks"): _tree,
}
"""Sentences by class and objective."""


def _never_half(i: BroadcastInstance | DisseminationInstance) -> str:
    if isinstance(i, BroadcastInstance):
        faulty = [counted(i.faults, *_FAULT[i.fault])] if i.faults or not _again(i) else []
        who, what = " and ".join(faulty + _again(i)), f"a broadcast over {_overlay(i)}"
    else:
        who, what = counted(i.faults, "silent node"), _scheme(i)
    return f"No: {who} cannot keep {what} from more than half of the correct nodes"


UNMET: Mapping[tuple[type[Question], str], Callable[..., str]] = {
    (BroadcastInstance, "faults_half"): _never_half,
    (DisseminationInstance, "faults_half"): _never_half,
}
"""The same where so few cannot do it."""


RULES = {
    "Up": "a contact passes the message on to the ring above",
    "Down": "a node passes the message on within its ring, and a contact to the ring below",
    "UpAgain": "the same, in the broadcast that the source repeats after the repair",
    "DownAgain": "the same, in the broadcast that the source repeats after the repair",
    "Call": "a node that holds the message sends it to another one",
    "News": "a node that first holds the message tells all whom it knows",
    "Bucket": "a node hands one of its buckets over to the node that it knows of it",
    "fault": "the adversary chose this node",
}
"""When nodes do what schedules show, in words for pictures."""
