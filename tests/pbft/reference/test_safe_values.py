"""What a new view of SBFT must propose: every history of a small network, and the authors' rule.

Nodes that claim the same are interchangeable, and signatures are not what is tested.
"""

from __future__ import annotations

from functools import cache
from itertools import chain, combinations_with_replacement, product
from typing import TYPE_CHECKING, NamedTuple

import pytest

from milpbft.pbft.reference.messages import Certificate, Certified, Claim, Signed, ViewChange
from milpbft.pbft.reference.rules import Rules
from milpbft.pbft.reference.sbft import SbftReplica
from milpbft.pbft.reference.shares import PREPARE
from milpbft.pbft.reference.threshold import ShareSets
from tests.pbft.reference.hearing import KEYS, request

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

REQUESTS = {value: request(value) for value in (0, 1)}
DIGESTS = {value: envelope.payload.fingerprint for value, envelope in REQUESTS.items()}
VALUES = {digest: value for value, digest in DIGESTS.items()}

Mark = tuple[int, int]
"""View and value."""


class Said(NamedTuple):
    """What a view change claims: its sender's latest share and its latest certificate."""

    share: Mark | None = None
    lock: Mark | None = None


@cache
def claims(said: Said) -> tuple[Claim, ...]:
    found: list[Claim] = []
    if said.lock:
        view, value = said.lock
        made = Certificate(PREPARE, view, 1, DIGESTS[value], b"")
        found.append(Certified(made, REQUESTS[value]))
    if said.share:
        view, value = said.share
        found.append(Signed(view, 1, DIGESTS[value], b"", REQUESTS[value]))
    return tuple(found)


def chooser(f: int, c: int, **changes: object) -> SbftReplica:
    """Return a replica that chooses; it needs no signatures for that."""
    rules = Rules.sbft(3 * f + 2 * c + 1, c)
    for name, value in changes.items():
        object.__setattr__(rules, name, value)
    return SbftReplica(0, rules, KEYS, ShareSets(KEYS, {}))


def choice(replica: SbftReplica, said: Sequence[Said]) -> int | None:
    view_changes = [ViewChange(node, 9, 0, (), claims(one)) for node, one in enumerate(said)]
    chosen = replica._select(view_changes).get(1)
    return None if chosen is None else VALUES[chosen.digest]


# ---- whatever was decided is proposed again


class History(NamedTuple):
    """Value 0 was decided in `view`; `locks` has the value that each view certified, if any."""

    view: int
    locks: tuple[int | None, ...]


def histories(views: int) -> Iterator[History]:
    """Yield decisions in each view; from then on only value 0 can be certified."""
    for view in range(views):
        options = [(None, 0, 1) if v < view else (None, 0) for v in range(views)]
        yield from (History(view, locks) for locks in product(*options))


def locks_of(history: History) -> list[Mark]:
    return [(v, value) for v, value in enumerate(history.locks) if value is not None]


def lies(history: History) -> list[Said]:
    """What a Byzantine node may claim: any share, and any certificate that exists."""
    shares: list[Mark | None] = [None, *product(range(len(history.locks)), (0, 1))]
    return [Said(*both) for both in product(shares, [None, *locks_of(history)])]


def bystanders(history: History) -> list[Said]:
    """What a correct node may claim that took no part: from the next view on, value 0 alone."""
    shares: list[Mark | None] = [None, *product(range(history.view + 1), (0, 1))]
    shares += [(view, 0) for view in range(history.view + 1, len(history.locks))]
    return [Said(*both) for both in product(shares, [None, *locks_of(history)])]


def signers(history: History) -> list[Said]:
    """What a correct node may claim whose share is in the proof of the fast path."""
    shares = [(view, 0) for view in range(history.view, len(history.locks))]
    return [Said(*both) for both in product(shares, [None, *locks_of(history)])]


def committers(history: History) -> list[Said]:
    """What a correct node may claim whose commit share is in the proof of the slow path."""
    locks = [lock for lock in locks_of(history) if lock[0] >= history.view]
    return [Said(*both) for both in product([s.share for s in signers(history)], locks)]


def sets(parts: Iterable[tuple[list[Said], int]]) -> Iterator[list[Said]]:
    """Yield what so many nodes of each kind may claim together."""
    choices = [combinations_with_replacement(kind, count) for kind, count in parts]
    yield from (list(chain(*chosen)) for chosen in product(*map(list, choices)))


def forgets(f: int, c: int, views: int, *, slow: bool, **changes: object) -> bool:
    """Whether some view changes of n - f nodes or more lose a decision of one of so many views.

    All f liars are among them; one that claims nothing is as good as none, like a correct node that
    took no part. Of those that did, up to f are missed.
    """
    replica = chooser(f, c, **changes)
    n = 3 * f + 2 * c + 1
    # Correct nodes in a proof at least, f of its shares being the liars'.
    least = (2 * f + c + 1 if slow else n - c) - f
    for history in histories(views):
        if slow and history.locks[history.view] != 0:
            continue
        kind = committers(history) if slow else signers(history)
        others = bystanders(history)
        for missed in range(f + 1):
            found = [(kind, least - missed), (others, n - f - least), (lies(history), f)]
            if any(choice(replica, said) != 0 for said in sets(found)):
                return True
    return False


SIZES = [
    (1, 0, 2, False),
    (1, 0, 2, True),
    (1, 1, 2, False),
    (1, 0, 3, False),
    pytest.param(1, 0, 3, True, marks=pytest.mark.slow),
    pytest.param(1, 2, 2, False, marks=pytest.mark.slow),
]


@pytest.mark.parametrize(("f", "c", "views", "slow"), SIZES)
def test_what_is_decided_is_proposed_again(f: int, c: int, views: int, slow: bool):
    """All view changes after a decision in one of the views, whatever happened in the others."""
    assert not forgets(f, c, views, slow=slow)


@pytest.mark.parametrize(
    ("slow", "changes"),
    [
        (True, {"prefers_fast": True}),
        (False, {"evidence_quorum": 3}),
        (True, {"evidence_quorum": 1}),
    ],
)
def test_other_choices_forget_decisions(slow: bool, changes: dict[str, object]):
    """Evidence that wins over a certificate of its view; a share too many, or one too few."""
    assert forgets(1, 0, 2, slow=slow, **changes)


# ---- the authors' rule


class Element(NamedTuple):
    """What a view change of concord-bft says of a sequence number.

    Parameters
    ----------
    view, value
        Of the latest proposal that its sender took.
    lock
        View of the latest certificate for the same value; None without.
    """

    view: int
    value: int
    lock: int | None


def restricted(elements: Sequence[Element | None], f: int, c: int) -> int | None:
    """Return the value that concord-bft has a new view propose; None where it leaves it free.

    ViewChangeSafetyLogic::computeRestrictionsForSeqNum: the highest certificate, unless f + c + 1
    proposals of later views are for one value.
    """
    said = [element for element in elements if element is not None]
    locked = [(one.lock, one.value) for one in said if one.lock is not None]
    lock, value = max(locked, default=(-1, None))
    later = [one.value for one in said if one.view > lock]
    backed = [one for one in (0, 1) if later.count(one) >= f + c + 1]
    return backed[0] if backed else value


def elements(locks: tuple[int | None, ...]) -> list[Element | None]:
    """Return what one view change can say where views certified these values."""
    found: list[Element | None] = [None]
    for view, value in product(range(len(locks)), (0, 1)):
        ends = [w for w in range(view + 1) if locks[w] == value]
        found += [Element(view, value, lock) for lock in (None, *ends)]
    return found


@pytest.mark.parametrize(("f", "c", "views"), [(1, 0, 3), (1, 1, 2), (2, 1, 2)])
def test_the_choice_is_that_of_the_authors(f: int, c: int, views: int):
    """All sets of 2f + 2c + 1 view changes that theirs can be."""
    replica = chooser(f, c)
    count = 2 * f + 2 * c + 1
    for locks in product((None, 0, 1), repeat=views):
        for chosen in combinations_with_replacement(elements(locks), count):
            said = [
                Said((one.view, one.value), None if one.lock is None else (one.lock, one.value))
                for one in chosen
                if one is not None
            ]
            assert choice(replica, said) == restricted(chosen, f, c), chosen
