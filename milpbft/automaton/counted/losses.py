"""Losses in the counted encoding: messages that the network loses for good, at most so many.

While a run goes on, a lost message is a late one. At rest it is not owed: what nodes in a location
owe is judged by what correct nodes sent, less ``lost[l,M]`` messages M that none of them ever has.
The same for all nodes of a location, since what is enough for one of them is for each; so

    sum over locations of x[K,l] * sum over M of lost[l,M]  <=  the most that may be lost.

A message counts for all counters that it brings, and a sender once for each: ``m[K,q] - sum of
lost[l,M] over M that bring q``. Who can count by several messages may still do so when one of them
is lost. Then this takes too much away, and no lock is missed; the replay says whether it is one.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from milpbft.milp.problem import LE

if TYPE_CHECKING:
    from milpbft.automaton.condition import Atom
    from milpbft.automaton.counted.encoding import Counted, Terms
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
        messages = [m for m in self._table.messages if read & {*m.brings}]
        count = min(self._most, encoded.bounds.nodes)
        block = encoded.builder.variables(f"lost_{place}", len(messages), upper=count, base=0)
        numbers = {m.label: int(k) for m, k in zip(messages, block.index, strict=True)}
        self.lost |= {(place, label): number for label, number in numbers.items()}
        holds = encoded.builder.variables(f"h_{place}", len(atoms), base=0)
        for message in messages:
            self._bound(message, numbers[message.label], read)
        for atom, k in atoms.items():
            self._link(atom, int(holds.index[k]), messages, numbers)
        here = int(encoded.located[place].index[encoded.slots])
        most = encoded.bounds.location[place]
        for rule in owed:
            terms = [(1, here), *((most, int(holds.index[atoms[atom]])) for atom in rule)]
            allowed = most * len(rule)
            if self._only_if is not None:
                terms.append((most, self._only_if))
                allowed += most
            encoded.row("quiescent", terms, LE, allowed)
        self._pay(place, list(numbers.values()), count)

    def _bound(self, message: Message, number: int, read: set[str]) -> None:
        """Lose what was sent: ``lost[l,M] <= m[K,q]`` for each counter q that M brings.

        Where nodes say again what they said, only what they do not: less the sum of x[K,l'] over
        the locations l' of those that say M again.
        """
        encoded = self._encoded
        places = (encoded.located[place] for place in self._table.held.get(message.label, ()))
        again = [(1, int(place.index[encoded.slots])) for place in places]
        for counter in message.brings:
            if counter in read and counter in encoded.counted:
                sent = int(encoded.counted[counter].index[encoded.slots])
                encoded.row("sent", [(1, number), (-1, sent), *again], LE, 0)

    def _link(
        self, atom: Atom, holds: int, messages: list[Message], numbers: dict[Label, int]
    ) -> None:
        """``a(m[K] - lost) + 1 <= U h[l,a]``."""
        encoded = self._encoded
        terms, constant = encoded.terms(atom.linear, encoded.slots)
        highest = -encoded.lowest(-atom.linear)
        for message in messages:
            factor = sum(atom.linear.coefficient(name) for name in message.brings)
            if factor:
                terms = [*terms, (-factor, numbers[message.label])]
                highest += max(0, -factor) * min(self._most, encoded.bounds.nodes)
        encoded.row("owed", [*terms, (-(highest + 1), holds)], LE, -1 - constant)

    def _pay(self, place: str, numbers: list[int], count: int) -> None:
        """``sum of lost[l,M] <= paid[k] + U (1 - there[k])`` for each k-th node of a location.

        ``x[K,l] <= k - 1 + U there[k]``.
        """
        encoded = self._encoded
        if not numbers:
            return
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
