"""Faulting: replicas of strict questions, and those with a known fault that all of them have.

Where sound replicas reach no more than the optimum and these do, the runs were wild enough to show
it, and the optimum is no luck.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from random import Random
from typing import TYPE_CHECKING, Any

from milpbft.dbft.enumerate.rules import rules_of
from milpbft.dbft.instance import DbftInstance
from milpbft.dbft.reference.production.book import Book
from milpbft.dbft.reference.production.reference import ProductionReference
from milpbft.dbft.reference.production.replica import ProductionReplica
from milpbft.dbft.reference.reference import DbftReference
from milpbft.dbft.reference.v1.reference import Dbft1Reference
from milpbft.dbft.reference.v21.reference import Dbft21Reference
from milpbft.pbft.enumerate.rules import rules_of as rules_of_pbft
from milpbft.pbft.reference.family import REFERENCES
from milpbft.question.objective import Goal
from milpbft.sim.seals import Seals

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from milpbft.dbft.reference.production.site import Site
    from milpbft.pbft.instance import PbftInstance
    from milpbft.sim.replica import Reference

    Strict = DbftInstance | PbftInstance

KNOWN = {"protocol", "semantics", "encoding", "n", "views", "crashes", "byzantine", "amnesia",
         "reloads", "values", "slots", "objective", "tolerated", "quorum", "view_quorum",
         "returns", "agreement", "redundant", "follows", "counts", "joins", "blind"}  # fmt: skip
"""Options that faults, aims and replicas of every encoding have."""

_FAMILIES = {"dbft1": Dbft1Reference, "dbft2": DbftReference, "dbft21": Dbft21Reference}


class NotAttackedError(Exception):
    """There are no random adversaries for an instance: its runs would be those of another one."""


def only(instance: Strict, known: set[str], refused: Mapping[str, bool]) -> None:
    """Refuse an instance whose runs would be of another question.

    Parameters
    ----------
    known
        Options that the adversary has, and what judges its runs.
    refused
        Reasons, and whether each holds.

    Raises
    ------
    NotAttackedError
        With the first reason, or the first option that is not known and set.
    """
    for reason, so in refused.items():
        if so:
            raise NotAttackedError(reason)
    fields: dict[str, Any] = type(instance).model_fields
    for name, field in fields.items():
        if name not in known and getattr(instance, name) != field.default:
            raise NotAttackedError(f"{name} is not known to the adversary")


@dataclass(frozen=True)
class Mutant:
    """A fault that all replicas have; as it stands, none.

    Parameters
    ----------
    quorum
        So many preparations, commits and shares are a quorum; 0 for as many as is right.
    mute
        A kind of message that they never send.
    willing
        Whether nodes of dBFT 2.0 that have asked for another view prepare and commit all the same.
    blind
        Whether new views of the PBFT family ignore what may have been decided.
    """

    quorum: int = 0
    mute: str = ""
    willing: bool = False
    blind: bool = False

    def of(self, replica: type[Any]) -> type[Any]:
        """Return a class of replicas as they are, but for what they should not do or say."""
        if self.willing and issubclass(replica, ProductionReplica):
            return _Willing
        if self.willing:
            return type("Willing", (replica,), {"_takes_part": lambda _: True})
        mute = self.mute
        if not mute:
            return replica

        def act(muted: Any) -> None:  # noqa: ANN401
            replica.act(muted)
            muted.outbox[:] = [one for one in muted.outbox if one.payload.kind != mute]

        return type("Muted", (replica,), {"act": act})


SOUND = Mutant()


def mutants(instance: Strict) -> list[Mutant]:
    """Return what breaks an aim: quorums too small for forks; of locks too large, and silence.

    Of forks of the PBFT family also small quorums whose new views ignore what went before.

    Of locks of dBFT also that nodes commit which are about to leave, and of those in which it is
    said who stands where nothing else.
    """
    if forking(instance):
        small = [Mutant(quorum=instance.n // 2), Mutant(quorum=1)]
        blind = [] if isinstance(instance, DbftInstance) else [replace(small[0], blind=True)]
        return [*small, *blind]
    if isinstance(instance.objective, Goal) and instance.objective.of == "state":
        return [Mutant(willing=True)]
    reference = reference_of(instance, {})
    kinds = dict.fromkeys([*reference.kinds[1:], *sorted(reference.recovery_kinds)])
    willing = [Mutant(willing=True)] if isinstance(instance, DbftInstance) else []
    return [*willing, Mutant(quorum=instance.n), *(Mutant(mute=kind) for kind in kinds)]


def forking(instance: Strict) -> bool:
    """Whether a question asks for blocks that conflict."""
    aim = instance.objective
    return isinstance(aim, Goal) and (aim.kind == "forks" or aim.of == "fork")


class _Ready(Book):
    """What a node knows that never takes itself to be about to leave its view."""

    @property
    def refuses(self) -> bool:
        return False


class _Willing(ProductionReplica):
    """A node that prepares and commits though it has asked for another view."""

    def __init__(self, node: int, site: Site, now: int = 0, lives: int = 0) -> None:
        super().__init__(node, site, now, lives)
        self.book = _Ready(node, site)


class _Production(ProductionReference):
    """Replicas of a profile with a fault."""

    def __init__(self, instance: DbftInstance, mutant: Mutant) -> None:
        i = instance
        super().__init__(i.n, i.profile, i.varied, height=i.n, keys=Seals())
        self._of = mutant.of(ProductionReplica)
        if most := mutant.quorum:
            self.rules = replace(self.rules, prepare_quorum=most, commit_quorum=most)
            self.site = replace(self.site, rules=self.rules)

    def replicas(self) -> dict[int, ProductionReplica]:
        return {node: self._of(node, self.site) for node in range(self.n)}

    def restarted(self, node: int, lives: int, now: int = 0) -> ProductionReplica:
        super().restarted(node, lives, now)
        replica: ProductionReplica = self._of(node, self.site, now, lives)
        return replica


def reference_of(
    instance: Strict, requests: dict[int, tuple[int, ...]], mutant: Mutant = SOUND
) -> Reference[Any, Any]:
    """Return the replicas of an instance, with seals for signatures, which are quick.

    Parameters
    ----------
    instance
        The question.
    requests
        By node which value its clients ask for; of the PBFT family.
    mutant
        A fault of the replicas.
    """
    i = instance
    if isinstance(i, DbftInstance) and i.profile != "paper":
        return _Production(i, mutant)
    if isinstance(i, DbftInstance):
        family, own = _FAMILIES[i.protocol], rules_of(i)
        if most := mutant.quorum:
            own = replace(own, prepare_quorum=most, commit_quorum=most)
        return family(own, keys=Seals(), replica=mutant.of(family.correct))
    rules = rules_of_pbft(i)
    if most := mutant.quorum:
        rules = replace(rules, prepare_quorum=most, commit_quorum=most, fast_quorum=most)
    if mutant.blind:
        rules = replace(rules, keeps_claims=False)
    one = REFERENCES[i.protocol]
    replica = mutant.of(one.correct)
    return one(rules, keys=Seals(), replica=replica, requests=requests, again=requests)


def cast(
    instance: Strict, seeds: range, mutant: Mutant
) -> Iterator[tuple[Random, Callable[[], Reference[Any, Any]]]]:
    """Yield for each seed what draws its run, and how to have its replicas as they begin."""
    for seed in seeds:
        dice = Random(f"{instance.name} {seed}")
        requests = {node: (dice.randrange(instance.values),) for node in range(instance.n)}
        yield dice, partial(reference_of, instance, requests, mutant)
