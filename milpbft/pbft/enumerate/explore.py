"""Exhaustive enumeration: every execution of the PBFT family's replicas for one or two views.

Nothing here knows the protocols' rules, and no rule table or MILP is used: what a replica does is
found by running it (:mod:`milpbft.pbft.enumerate.local`), what Byzantine nodes can sign by forging
it and asking replicas (:mod:`milpbft.pbft.enumerate.lies`).

**Messages are shown just in time.** Any message may reach anybody at any later time, so a delivery
can be postponed to the step that needs it. A node in an execution is shown, right before each of
its steps, a smallest set of the messages it had by then that makes it do the same; the rest later
or never. This needs three things of the replicas, and tests hold them against random messages and
random runs of the executable world:

- a replica that was shown less does nothing else and nothing earlier: its rules ask for so many
  messages or more, and are taken once;
- a step takes messages of one kind and view, or view changes, of whatever views and claims, one of
  each sender; other messages of a step would have done for a step of their own, before or after it;
- a message counts for one step, and what it was shown for is all that came of it. View changes
  count for several (to follow others, to open a view, to start a timer), and are remembered.

A state is what each node did, the view changes that it remembers, and which backed messages
Byzantine primaries have shown. Nodes and senders have names; only Byzantine backups are chosen up
to names.

**Byzantine nodes** show what they like to whom they like, if a correct replica takes it: that a
certificate or a new view rests on signatures really given is checked by replicas.

**Locks.** In a quiescent state no messages of correct nodes and no timer make a correct node act.
Messages of Byzantine nodes are owed to nobody, or, where they are relayed, to all once a correct
node was shown them.

**Acts** are counted as in ``steps_fork``: a message sent, a step without one, a crash, and a
certificate or new view of a Byzantine primary when it is first shown.

**Views.** One or two: then all claims of view changes are of view 0 and labels say all about them.
A node that left the last of them is followed until the next one is opened to it, or it leaves
further: whatever is decided in these views is decided without it.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, product
from typing import TYPE_CHECKING, Any

from milpbft.errors import InputError
from milpbft.pbft.enumerate.result import Enumeration, Found
from milpbft.pbft.enumerate.search import Search, Taken
from milpbft.pbft.enumerate.witness import schedule
from milpbft.sim.seals import Seals

if TYPE_CHECKING:
    from collections.abc import Iterator

    from milpbft.pbft.enumerate.result import Goal, Relay
    from milpbft.pbft.reference.reference import FamilyReference
    from milpbft.pbft.reference.rules import Rules

    Requests = dict[int, tuple[int]]

MOST_NODES = 7
"""Steps are found by trying all sets of messages that a few senders can send."""


def explore(
    protocol: type[FamilyReference[Any]],
    rules: Rules,
    *,
    views: int = 1,
    values: int = 2,
    crashes: int = 0,
    byzantine: int = 0,
    restarts: int = 0,
    fetch: bool = True,
    waits: bool = True,
    losses: int = 0,
    reloads: int = 0,
    resent: bool = False,
    relay: Relay = "none",
    limit: int = 1_000_000,
    until: Goal | None = None,
    replica: type[Any] | None = None,
) -> Enumeration:
    """Enumerate the executions of the replicas of one network.

    Parameters
    ----------
    protocol
        The reference of the protocol.
    rules
        What the network agrees on, at most 7 nodes; execution certificates, on which nothing
        depends, are left out.
    views
        Views 0 to `views` - 1 are explored, 1 or 2.
    values
        Requests that compete, 1 or 2. A primary of view 0 proposes the first, later ones propose
        either if they are free; Byzantine ones may propose both.
    crashes
        Most nodes that crash, whichever and whenever the adversary likes.
    byzantine
        How many nodes are Byzantine from the start, whichever the adversary likes.
    restarts
        Most nodes that start again without memory, each once and before it decides. Whoever takes
        messages of it counts it once; its own are not brought to it.
    fetch
        Block fetch: who decided tells the others, so that a lock needs every correct node to be
        undecided. Without it, fewer than n - f - c may have decided.
    waits
        Whether nodes that left the last view are followed while they wait for the next one to be
        opened. Only locks need that, and none are looked for otherwise.
    losses
        Most messages between correct nodes that the network loses for good, each to one receiver.
        While a run goes on a lost message is a late one; at rest it is not owed.
    reloads
        Most nodes that reload their logs: of messages that they have not been shown by then, they
        are shown none later. At rest that is all that is owed to them.
    resent
        Whether nodes send again what they sent in the view that they are in, so that it is not
        lost.
    relay
        What is owed to all once a correct node has it of a Byzantine one: nothing, the new views
        that it took (``status``), or everything (``gossip``). Only locks depend on it.
    limit
        Most states to see, at least 1.
    until
        Look no further than the first fork or lock for each choice of Byzantine nodes and requests,
        nor for one that takes as many acts as one that was found.
    replica
        The class of correct nodes, by default the protocol's; tests put faulty ones here.

    Raises
    ------
    InputError
        Where a number is out of its range.
    """
    for field, value, low, high in (
        ("n", rules.n, 1, MOST_NODES),
        ("views", views, 1, min(2, rules.n)),
        ("values", values, 1, 2),
        ("crashes", crashes, 0, rules.n),
        ("byzantine", byzantine, 0, rules.n),
        ("restarts", restarts, 0, 0 if byzantine or losses else rules.n),
        ("losses", losses, 0, 100),
        ("reloads", reloads, 0, 0 if byzantine or restarts or losses else rules.n),
        ("limit", limit, 1, 10**9),
    ):
        if not low <= value <= high:
            raise InputError(field, value, f"a number from {low} to {high}")
    rules = replace(rules, execution=False)
    done: list[Search] = []
    best: int | None = None
    for liars in _liars(rules, views, byzantine):
        for requests in _requests(rules, liars, views, values):
            reference = protocol(rules, keys=Seals(), replica=replica, requests=requests)
            search = Search(
                reference,
                liars,
                requests,
                views=views,
                values=values,
                crashes=crashes,
                restarts=restarts,
                fetch=fetch,
                waits=waits,
                losses=losses,
                reloads=reloads,
                resent=resent,
                relay=relay,
            )
            seen = sum(len(earlier.settled) for earlier in done)
            done.append(search)
            search.run(limit - seen, until, best)
            if search.capped:
                return _result(done)
            if until is not None and (found := search.found[until]) is not None:
                best = found[0] if best is None else min(best, found[0])
    return _result(done)


def _liars(rules: Rules, views: int, byzantine: int) -> Iterator[frozenset[int]]:
    """Yield each choice of Byzantine nodes, those that are no primaries being interchangeable."""
    primaries = [rules.primary(view) for view in range(views)]
    backups = [node for node in range(rules.n) if node not in primaries]
    for count in range(byzantine + 1):
        if byzantine - count <= len(backups):
            for chosen in combinations(primaries, count):
                yield frozenset(chosen) | frozenset(backups[: byzantine - count])


def _requests(rules: Rules, liars: frozenset[int], views: int, values: int) -> Iterator[Requests]:
    """Yield what correct primaries are asked for: the first of them for value 0."""
    primaries = [rules.primary(view) for view in range(views)]
    _, *later = [node for node in primaries if node not in liars] or [0]
    for chosen in product(range(values), repeat=len(later)):
        yield {node: (value,) for node, value in zip(later, chosen, strict=True) if value}


def _result(done: list[Search]) -> Enumeration:
    return Enumeration(
        states=sum(len(search.settled) for search in done),
        capped=any(search.capped for search in done),
        left=any(search.left for search in done),
        blocks=frozenset[frozenset[int]]().union(*(search.blocks for search in done)),
        undecided=max(search.undecided for search in done),
        fork=_least(done, "fork"),
        lock=_least(done, "lock"),
        fewest_lost=min((s.fewest_lost for s in done if s.fewest_lost is not None), default=None),
    )


def _least(done: list[Search], goal: Goal) -> Found | None:
    """Return the end with the fewest acts of all searches, written as a schedule."""
    best: tuple[int, list[Taken], Search] | None = None
    for search in done:
        found = search.found[goal]
        if found is not None and (best is None or found[0] < best[0]):
            best = *found, search
    if best is None:
        return None
    acts, steps, search = best
    return Found(acts, schedule(search, steps, quiet=goal == "lock"))
