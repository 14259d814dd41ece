"""Elections of schedules: real ballots, signed, verified and counted by the reference."""

from __future__ import annotations

from typing import TYPE_CHECKING

from milpbft.errors import InputError
from milpbft.pov.reference.election import Ballot, Election
from milpbft.pov.reference.labels import Label
from milpbft.pov.reference.rules import Rules
from milpbft.schedule import Send
from milpbft.schedule.reading import numbers_in
from milpbft.sim.signatures import KeyRing
from milpbft.verdict import Verdict

if TYPE_CHECKING:
    from milpbft.schedule import Schedule

REPLAY = "replay"


def rules_of(schedule: Schedule) -> Rules:
    """Return the rules of an election's schedule.

    Raises
    ------
    InputError
        Where a setting is missing or out of its range.
    """
    named = {}
    for name in ("commissioners", "butlers", "votes"):
        text = schedule.settings.get(name, "")
        if not text.isdecimal():
            raise InputError(f"settings.{name}", text, "a number")
        named[name] = int(text)
    commissioners, butlers = named["commissioners"], named["butlers"]
    others = schedule.n - commissioners - butlers - 1
    lots = "lot" in schedule.settings
    return Rules(commissioners, butlers, others=others, votes=named["votes"], lots=lots)


def ballots_of(schedule: Schedule, rules: Rules) -> list[Ballot]:
    """Sign the ballots that a schedule says, in the order of its events."""
    keys = KeyRing(rules.n)
    ballots = []
    for event in schedule.events:
        if isinstance(event, Send):
            label = Label.parse(event.kind)
            if label.base != "Ballot" or label.named is None:
                raise InputError("kind", event.kind, "Ballot{a,b,...}")
            ballots.append(Ballot.signed(event.node, 0, (), label.named, keys))
    return ballots


def elect(schedule: Schedule) -> tuple[int, ...] | str:
    """Count the ballots of a schedule; return who is elected, or why there is no election."""
    rules = rules_of(schedule)
    eligible = frozenset(range(rules.commissioners, rules.n)) - {rules.server}
    lot = schedule.settings.get("lot", "").encode()
    election = Election(rules, KeyRing(rules.n), 0, eligible, lot)
    ballots = ballots_of(schedule, rules)
    return election.refuse_all(ballots) or election.result(ballots)


def replay_election(schedule: Schedule) -> Verdict:
    """Compare who is elected by the ballots of a schedule with whom it says.

    Returns
    -------
    Verdict
        Of the check ``replay``: ``confirmed``, or ``refuted`` with the first difference.

    Raises
    ------
    InputError
        Where the schedule is no election.
    """
    found = elect(schedule)
    if isinstance(found, str):
        return Verdict(REPLAY, "refuted", f"the ballots are no election: {found}")
    said = numbers_in(schedule.settings, "elected")
    for node in sorted(set(said) ^ set(found)):
        words = ("here, but not", "in the schedule, but not here")
        where = f"{words[0]} in the schedule" if node in found else words[1]
        return Verdict(REPLAY, "refuted", f"candidate {node} is elected {where}")
    return Verdict(REPLAY, "confirmed")
