"""The rooms of PBFT, Linear BFT and SBFT."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from milpbft.check.room import StrictRoom
from milpbft.errors import InputError
from milpbft.pbft.instance import REDUNDANT, PbftInstance
from milpbft.pbft.meaning import RULES
from milpbft.pbft.model.sized import sized_tables
from milpbft.pbft.model.strict import model_of, strict_model
from milpbft.pbft.reference.family import REFERENCES, rules_of
from milpbft.schedule import Send
from milpbft.schedule.reading import number_in, word_in
from milpbft.table.carried import carried_by

if TYPE_CHECKING:
    from collections.abc import Iterator

    from milpbft.automaton.allsizes.everywhere import Sized
    from milpbft.check.tally import Tally
    from milpbft.pbft.reference.reference import FamilyReference
    from milpbft.question.part import Question
    from milpbft.question.strict import StrictInstance
    from milpbft.room import Model
    from milpbft.schedule import Schedule

COLLECTORS = "SBFT's c + 1 collectors are reduced to one, the primary, as in the thesis"
"""What results of SBFT do not say of the protocol of its paper."""


BACKED = frozenset({"PrepareCertificate", "CommitCertificate", "FullCommitProof",
                    "NewView", "DecidedNewView"})  # fmt: skip
"""What a Byzantine node can only send once others have signed what it is made of."""


class PbftRoom(StrictRoom):
    """The room of every member of the family."""

    rules = RULES

    def model(self, instance: Question, *, executable: bool = False) -> Model:
        """Return the model; of counted locks, `executable` gives the one whose locks are certain.

        Raises
        ------
        InputError
            Where a schedule that replicas produce is asked for besides, of another instance.
        """
        if not isinstance(instance, PbftInstance):
            raise InputError("semantics", instance.semantics, "strict")
        if executable and instance.encoding != "counted":
            raise InputError("encoding", instance.encoding, "counted")
        if executable:
            return strict_model(instance, wary=True)
        return model_of(instance, carried_by(instance))

    def notes(self, instance: Question) -> tuple[str, ...]:
        """Say what few slots mean, and what of SBFT is not modelled."""
        if not isinstance(instance, PbftInstance):
            return ()
        reduced = (COLLECTORS,) if instance.protocol in REDUNDANT else ()
        return (*model_of(instance, carried_by(instance)).notes, *reduced)

    def sized(self, instance: Question) -> Iterator[Sized]:
        """Yield the rule tables, where the instance is counted."""
        if not isinstance(instance, PbftInstance) or instance.encoding != "counted":
            return super().sized(instance)
        return sized_tables(instance)

    def acts(self, instance: StrictInstance, schedule: Schedule, found: Tally) -> int | None:
        """Count what a node does at a tick as one act, crashes, and what Byzantine nodes prove.

        A collector that changes paths acts as well, though it says nothing then.
        Per node and tick a node may act twice at a tick, and the events do not tell; nor where a
        primary's own view change is enough for it to open its view.
        """
        alone = isinstance(instance, PbftInstance) and instance.changing == 1
        if instance.encoding == "compact" or alone:
            return None
        sent = [e for e in schedule.events if isinstance(e, Send) and e.node in schedule.byzantine]
        proven = [event for event in sent if event.kind.partition("#")[0] in BACKED]
        return found.busy + found.turns + found.crashes + found.restarts + len(proven)

    def reference(self, schedule: Schedule) -> FamilyReference[Any]:
        """Return replicas with the schedule's primaries, sizes and variant.

        Of `settings`: ``redundant`` c of SBFT, and ``execution`` false to do without execution
        certificates; ``blind`` new views that ignore what may be committed; ``follows``,
        ``counts`` and ``joins`` how they read the view change; ``requests`` which
        value the clients of a node asked for, where not 0, and ``requests_again`` which one once it
        has started again, where not the same; ``faults``, ``quorum`` and
        ``view_quorum`` f and quorums where they are not the usual.
        """
        settings = schedule.settings
        rules = rules_of(
            schedule.protocol,
            schedule.n,
            number_in(settings, "redundant", 0),
            primaries=schedule.primaries,
            execution=word_in(settings, "execution", "true", ("true", "false")) == "true",
            blind=word_in(settings, "blind", "false", ("true", "false")) == "true",
            follows=word_in(settings, "follows", "freely", ("freely", "asked")),
            counts=word_in(settings, "counts", "exact", ("exact", "later")),
            joins=word_in(settings, "joins", "lowest", ("lowest", "next")),
            **{name: number_in(settings, name, 0) for name in OWN_SIZES if name in settings},
        )
        requests = _requests(settings.get("requests", ""))
        again = _requests(settings.get("requests_again", ""))
        return REFERENCES[schedule.protocol](rules, requests=requests, again=again)


OWN_SIZES = ("faults", "quorum", "view_quorum")
"""Settings of schedules that are f and quorums."""


def _requests(text: str) -> dict[int, tuple[int, ...]]:
    """Read ``node:value,node:value``."""
    pairs = [item.partition(":") for item in text.split(",") if item]
    if not all(node.isdecimal() and value.isdecimal() for node, _, value in pairs):
        raise InputError("settings.requests", text, "nodes and values, as in 0:1,2:1")
    return {int(node): (int(value),) for node, _, value in pairs}


ROOM = PbftRoom()
