"""Losses in the counted encoding: messages that the network loses for good, at most so many.

While a run goes on, a lost message is a late one. At rest it is not owed: what nodes in a location
owe is judged by what correct nodes sent, less ``lost[l,M]`` messages M that none of them ever has.
The same for all nodes of a location, since what is enough for one of them is for each; so

    sum over locations of x[K,l] * sum over M of lost[l,M]  <=  the most that may be lost.

A message counts for all counters that it brings: ``m[K,q] - sum of lost[l,M] over M that bring q``
is left. Who counts for q by messages of several views, S, does so until it lost all of them. With
``gone[l,S,R]`` senders of S of which R is lost, for R within what these do not say again, and views
V(q) of messages that bring q, for each family of such messages:

    sum over R of gone[l,S,R]  <=  the sum of x[K,l'] over the locations l' of those that said S
    sum of gone[l,S,R] over S and R with w in R  =  sum of lost[l,M] over M of view w
    m[K,q] - sum of gone[l,S,R] over S and R for which S and V(q) meet, and do so within R

is left. A location in which nodes are that said different things is there for each; then this takes
too much away, and no lock is missed; the replay says whether it is one.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations
from typing import TYPE_CHECKING

from milpbft.automaton.counted.speakers import families, family_of, kinds, several, speakers
from milpbft.milp.problem import EQ, LE

if TYPE_CHECKING:
    from milpbft.automaton.condition import Atom
    from milpbft.automaton.counted.encoding import Counted, Terms
    from milpbft.automaton.counted.speakers import Speaker, Views
    from milpbft.automaton.table import Label, Message, Table


class Losses:
    """What is lost on the way to the nodes of each location, and the rows of a run at rest.

    Parameters
    ----------
    encoded
        The encoding of the table's automaton.
    table
        The protocol.
    most
        Messages that may be lost, each on its way to one receiver.
    only_if
        Number of a binary variable that asks for rest; None to require it.

    Attributes
    ----------
    lost
        By location and message: the number of the variable that says how many are lost.
    total
        The terms of what is lost in all.
    """

    def __init__(
        self, encoded: Counted, table: Table, most: int, only_if: int | None = None
    ) -> None:
        self._encoded = encoded
        self._table = table
        self._most = most
        self._only_if = only_if
        self.lost: dict[tuple[str, Label], int] = {}
        self.total: Terms = []
        self._several = several(table)
        self._family = families(table)
        self._speakers = speakers(table)
        self._own = kinds(table)
        self._gone: dict[str, dict[tuple[Speaker, Views], int]] = {}
        said = {label for labels in table.sends.values() for label in labels}
        self._said = [message for message in table.messages if message.label in said]
        rules: defaultdict[str, list[tuple[Atom, ...]]] = defaultdict(list)
        for rule in encoded.automaton.rules:
            if rule.name in table.owed:
                rules[rule.source].append(table.owed[rule.name])
        for place, owed in rules.items():
            self._rest(place, owed)
        encoded.row("lossy", self.total, LE, most)

    def _rest(self, place: str, owed: list[tuple[Atom, ...]]) -> None:
        """Let nodes stay in a location only where one atom of each rule fails by what they have."""
        encoded = self._encoded
        atoms = {atom: k for k, atom in enumerate(dict.fromkeys(a for rule in owed for a in rule))}
        read = {name for atom in atoms for name in atom.names}
        had = self._table.had.get(place, frozenset())
        messages = [m for m in self._said if read & {*m.brings} and m.label not in had]
        count = min(self._most, encoded.bounds.nodes)
        block = encoded.builder.variables(f"lost_{place}", len(messages), upper=count, base=0)
        numbers = {m.label: int(k) for m, k in zip(messages, block.index, strict=True)}
        self.lost |= {(place, label): number for label, number in numbers.items()}
        holds = encoded.builder.variables(f"h_{place}", len(atoms), base=0)
        for message in messages:
            self._bound(message, numbers[message.label], read)
        self._repeat({m: numbers[m.label] for m in messages})
        taken = self._taken(place, read, messages, numbers)
        for atom, k in atoms.items():
            self._link(atom, int(holds.index[k]), taken, count)
        here = int(encoded.located[place].index[encoded.slots])
        most = encoded.bounds.location[place]
        for rule in owed:
            terms = [(1, here), *((most, int(holds.index[atoms[atom]])) for atom in rule)]
            allowed = most * len(rule)
            if self._only_if is not None:
                terms.append((most, self._only_if))
                allowed += most
            encoded.row("quiescent", terms, LE, allowed)
        self._itself(place, self._pay(place, list(numbers.values()), count))

    def _bound(self, message: Message, number: int, read: set[str]) -> None:
        """Lose what was sent: ``lost[l,M] <= m[K,q]`` for each counter q that M brings."""
        encoded = self._encoded
        for counter in message.brings:
            if counter in read and counter in encoded.counted:
                sent = int(encoded.counted[counter].index[encoded.slots])
                encoded.row("sent", [(1, number), (-1, sent)], LE, 0)

    def _repeat(self, numbers: dict[Message, int]) -> None:
        """Where nodes say again what they said, lose only what they do not.

        ``sum of lost[l,M] <= sum of m[K,q] - sum of x[K,l']`` for some counters q, over the
        messages M that bring one of them and the locations l' of those that say one of these again.
        """
        encoded = self._encoded
        for counters, places in self._table.held.items():
            lost = [(1, k) for m, k in numbers.items() if not {*counters}.isdisjoint(m.brings)]
            sent = [(-1, int(encoded.counted[q].index[encoded.slots])) for q in counters]
            held = [(1, int(encoded.located[p].index[encoded.slots])) for p in places]
            if lost:
                encoded.row("sent", [*lost, *sent, *held], LE, 0)

    def _taken(
        self, place: str, read: set[str], messages: list[Message], numbers: dict[Label, int]
    ) -> dict[str, list[int]]:
        """Return by counter the variables that say how many senders are lost to it."""
        several = self._several.keys() & read
        taken = {
            name: [numbers[m.label] for m in messages if name in m.brings]
            for name in read - several
        }
        if not several:
            return taken
        gone = self._gone[place] = self._losing(place, {self._family[name] for name in several})
        self._share(gone, messages, numbers)
        for name in several:
            views = self._several[name]
            taken[name] = [
                number
                for (speaker, views_lost), number in gone.items()
                if speaker.family == self._family[name]
                and frozenset() < speaker.said & views <= views_lost
            ]
        return taken

    def _losing(self, place: str, read: set[str]) -> dict[tuple[Speaker, Views], int]:
        """Count senders of some families by what they said, and what of it is lost of those."""
        encoded = self._encoded
        count = min(self._most, encoded.bounds.nodes)
        speakers = {s: number for s, number in self._speakers.items() if s.family in read}
        ways = [(s, r) for s in speakers for r in _parts(s.lossy)]
        block = encoded.builder.variables(f"gone_{place}", len(ways), upper=count, base=0)
        gone = {way: int(k) for way, k in zip(ways, block.index, strict=True)}
        for speaker, number in speakers.items():
            terms, constant = encoded.terms(number, encoded.slots)
            lost = [(1, gone[speaker, r]) for r in _parts(speaker.lossy)]
            if lost:
                spoken = [(-factor, variable) for factor, variable in terms]
                encoded.row("gone", [*lost, *spoken], LE, constant)
        return gone

    def _share(
        self,
        gone: dict[tuple[Speaker, Views], int],
        messages: list[Message],
        numbers: dict[Label, int],
    ) -> None:
        """What senders of all kinds lose of a view is what is lost of it, in each family."""
        lost: defaultdict[tuple[str, int], Terms] = defaultdict(list)
        for message in messages:
            family = family_of(message, self._family)
            if family is not None:
                lost[family, message.label.view].append((-1, numbers[message.label]))
        for (family, view), terms in lost.items():
            parts = [
                (1, number)
                for (speaker, views), number in gone.items()
                if speaker.family == family and view in views
            ]
            self._encoded.row("gone", [*parts, *terms], EQ, 0)

    def _link(self, atom: Atom, holds: int, taken: dict[str, list[int]], count: int) -> None:
        """``a(m[K] - lost) + 1 <= U h[l,a]``."""
        encoded = self._encoded
        terms, constant = encoded.terms(atom.linear, encoded.slots)
        highest = -encoded.lowest(-atom.linear)
        for name, numbers in taken.items():
            factor = atom.linear.coefficient(name)
            for number in numbers if factor else ():
                terms = [*terms, (-factor, number)]
                highest += max(0, -factor) * count
        encoded.row("owed", [*terms, (-(highest + 1), holds)], LE, -1 - constant)

    def _pay(self, place: str, numbers: list[int], count: int) -> int | None:
        """``sum of lost[l,M] <= paid[k] + U (1 - there[k])`` for each k-th node of a location.

        ``x[K,l] <= k - 1 + U there[k]``. Returns the first ``there``; None where nothing is lost.
        """
        encoded = self._encoded
        if not numbers:
            return None
        bound = encoded.bounds.location[place]
        nodes, cap = min(bound, self._most + 1), count * len(numbers)
        there = encoded.builder.variables(f"there_{place}", nodes, base=0)
        paid = encoded.builder.variables(f"paid_{place}", nodes, upper=cap, base=0)
        here = int(encoded.located[place].index[encoded.slots])
        for k in range(nodes):
            binary, pays = int(there.index[k]), int(paid.index[k])
            encoded.row("there", [(1, here), (-bound, binary)], LE, k)
            terms = [*((1, number) for number in numbers), (-1, pays), (cap, binary)]
            encoded.row("paid", terms, LE, cap)
            self.total.append((1, pays))
        return int(there.index[0])

    def _itself(self, place: str, there: int | None) -> None:
        """Lose nothing that a node says itself: ``gone[l,S] + there[1] <= how many said S``.

        Where the table counts these, of the one kind that all nodes of a location are of in a
        family.
        """
        gone = self._gone.get(place)
        if there is None or gone is None or not self._table.spoken:
            return
        own = [kind for kind in self._speakers if kind in self._own.get(place, set())]
        for itself in own:
            lost = [(1, number) for (speaker, _), number in gone.items() if speaker == itself]
            if not lost or sum(kind.family == itself.family for kind in own) > 1:
                continue
            terms, constant = self._encoded.terms(self._speakers[itself], self._encoded.slots)
            spoken = [(-factor, variable) for factor, variable in terms]
            self._encoded.row("gone", [*lost, *spoken, (1, there)], LE, constant)


def _parts(views: Views) -> list[Views]:
    """Return the subsets of some views, without the empty one."""
    sizes = range(1, len(views) + 1)
    return [frozenset(some) for size in sizes for some in combinations(sorted(views), size)]
