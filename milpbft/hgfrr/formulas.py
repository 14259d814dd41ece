"""Closed forms of a broadcast over the overlay: messages, ticks, levels, and their bounds.

Sizes of rings and bases of trees come in, numbers go out; nothing here runs a node. A tick is a
hop: a node may send any number of messages at a tick, as the paper counts.

What becomes of the paper's claims (section 3.1):

- **O(N) messages** holds, with constant 1: with one contact per ring a broadcast takes n - 1
  messages and at most one more per level (:func:`messages`, :func:`messages_most`). With c contacts
  of which s broadcast the constant is s (1 + 2 (c - 1) / least).
- **O(log N) ticks in a ring of N** holds for a fixed k only. The depth of the tree is the largest
  base-k digit sum below N (:func:`tree_depth`): floor(log2 N) for k = 2, (k - 1) log_k N where N is
  a power of k, and N - 1, a chain, from k = N on. The constant of log2 N is (k - 1) / log2 k;
  it is 1 for k = 2, least of all, and grows without limit. For k = N^a with a > 0 the depth is at
  least about N^a, and for k drawn evenly from 2 to N about N / 2 on average
  (:func:`mean_tree_depth`).
- **O(log N) ticks in the network** then holds for any rule for k, since rings have at most `most`
  members: levels (1 + depth of the deepest ring) ticks (:func:`ticks_most`), where a k that is too
  large costs a factor of up to most - 1 in place of floor(log2 most).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from milpbft.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from milpbft.hgfrr.sizes import Sizes


# ---- a tree within a ring


def digit_sum(number: int, k: int) -> int:
    """Return the sum of the base-k digits of `number`: its depth in the k-ary spanning tree.

    The fewest powers of k that add up to a number are as many as its digits say.
    """
    total = 0
    while number:
        number, digit = divmod(number, k)
        total += digit
    return total


def tree_depth(size: int, k: int) -> int:
    """Depth of the k-ary spanning tree of a ring: the largest digit sum below `size`.

    It is that of size - 1, or of a number that is lower in one digit d > 0 of size - 1 and has
    only the digit k - 1 below it.

    Raises
    ------
    InputError
        Where the size is below 1 or k below 2.
    """
    _check_tree(size, k)
    rest, place, best = size - 1, 0, digit_sum(size - 1, k)
    while rest:
        rest, digit = divmod(rest, k)
        if digit:
            best = max(best, digit_sum(rest, k) + digit - 1 + place * (k - 1))
        place += 1
    return best


def tree_depth_most(size: int, k: int) -> int:
    """Bound of :func:`tree_depth`: (k - 1) e with the least e such that k^e >= size.

    Also size - 1, where that is less. Attained where size is a power of k, and where k >= size.
    """
    _check_tree(size, k)
    exponent, power = 0, 1
    while power < size:
        exponent, power = exponent + 1, power * k
    return min(size - 1, (k - 1) * exponent)


def mean_tree_depth(size: int, k: int, k_most: int) -> float:
    """Depth of the tree on average, where its base is drawn evenly from `k` to `k_most`."""
    depths = [tree_depth(size, base) for base in range(k, k_most + 1)]
    return sum(depths) / len(depths)


def largest_base(size: int, depth: int) -> int | None:
    """Return the largest K such that no tree of a base from 2 to K is deeper than `depth`.

    With ``depth = floor(C * log2(size))`` it says for which k the paper's claim holds with the
    constant C. None where it holds for every k, 1 where for none.
    """
    _check_tree(size, 2)
    for k in range(2, size + 1):
        if tree_depth(size, k) > depth:
            return k - 1
    return None


# ---- a broadcast


def up_messages(source: int, servants: Sequence[Collection[int]]) -> int:
    """Messages on the way up: each bearer that does not broadcast asks all that do.

    Parameters
    ----------
    source
        The node that broadcasts.
    servants
        From the lowest level up, the contacts that broadcast in the ring that is above the source
        on that level: its own ring, the ring on which that one's contacts are, and so on.
    """
    bearers = _bearers(source, servants)
    return sum(
        len(here - set(contacts)) * len(contacts)
        for here, contacts in zip(bearers, servants, strict=False)
    )


def top_trees(source: int, servants: Sequence[Collection[int]]) -> int:
    """Trees in the ring at the top: one per contact that the message comes up to.

    In rings below, every contact that broadcasts at all has the message from above in the end.
    Parameters as of :func:`up_messages`.
    """
    return len(_bearers(source, servants)[-1])


def _bearers(source: int, servants: Sequence[Collection[int]]) -> list[set[int]]:
    """Return who brings the message to each level, and last, who broadcasts at the top."""
    bearers = [{source}]
    for contacts in servants:
        asked = bearers[-1] - set(contacts)
        bearers.append(set(contacts) if asked else bearers[-1])
    return bearers


def messages(sizes: Sequence[int], trees: Sequence[int], up: int) -> int:
    """Messages of a broadcast without failures: one per member and tree, and those on the way up.

    Parameters
    ----------
    sizes
        Members per ring, all rings of the network.
    trees
        Trees per ring: the contacts that broadcast in it; at the top see :func:`top_trees`.
    up
        Messages on the way up, see :func:`up_messages`.
    """
    return sum(t * (m - 1) for m, t in zip(sizes, trees, strict=True)) + up


@dataclass(frozen=True, slots=True)
class Tree:
    """A ring with one broadcaster, as far as the ticks of a broadcast depend on it.

    Parameters
    ----------
    size
        Its members.
    k
        Base of its tree.
    below
        The rings whose broadcasters stand on it, by their number in its tree: 0 for the ring whose
        broadcaster is that of this ring, too.
    carrier
        Number in its tree of the member that brought the message up, and so holds it already; the
        ring that it is from is not in `below`. 0 where none did, or the broadcaster itself.
    """

    size: int
    k: int
    below: Mapping[int, Tree]
    carrier: int = 0

    @property
    def depth(self) -> int:
        """Ticks from the begin of this ring's broadcast until the last node below it receives."""
        own = tree_depth(self.size, self.k)
        if self.carrier:
            others = (j for j in range(self.size) if j != self.carrier)
            own = max(digit_sum(j, self.k) for j in others)
        below = (digit_sum(number, self.k) + tree.depth for number, tree in self.below.items())
        return max([own, *below])


def ticks(path: Sequence[tuple[int, Tree]]) -> int:
    """Ticks of a broadcast without failures, where every ring has one contact.

    Parameters
    ----------
    path
        The rings that the message passes on its way up, from the lowest level: the tick at which
        each begins its broadcast, which is the number of messages so far, and the ring.
    """
    return max(begin + tree.depth for begin, tree in path)


# ---- bounds


def deliveries(n: int) -> int:
    """Nodes that have to receive a broadcast of one of `n`: no broadcast takes fewer messages."""
    return n - 1


def levels_most(n: int, sizes: Sizes) -> int:
    """Most levels that `n` nodes can be on while the limits of rings hold.

    Level l has at most n / (least · q^l) rings, q sub-rings per ring at least, and the level below
    the top has two or more: L <= 2 + log_q(n / (2 · least)).
    """
    rings, levels = n // sizes.least, 1
    while rings >= 2:
        rings, levels = rings // sizes.least_rings, levels + 1
    return levels


def rings_most(n: int, sizes: Sizes) -> int:
    """Most rings of `n` nodes, all levels together; at most 1 + 2 n / least."""
    rings = max(n // sizes.least, 1)
    total = rings
    while rings >= 2:
        rings = max(rings // sizes.least_rings, 1)
        total += rings
    return total


def messages_most(n: int, sizes: Sizes, serving: int = 1) -> int:
    """Bound of :func:`messages` for any source: s (n - 1 + (c - 1)(R - 1)) + s + (L - 1) s².

    R rings and L levels at most, c contacts per ring of which s broadcast. For c = 1 this is
    n - 1 + L. It is linear in n: R - 1 is at most 2 n / least, and L is logarithmic.
    """
    s = min(serving, sizes.contacts)
    rings, levels = rings_most(n, sizes), levels_most(n, sizes)
    trees = n - 1 + (sizes.contacts - 1) * (rings - 1)
    return s * trees + s + (levels - 1) * s * s


def ticks_most(levels: int, size: int, k: int, k_most: int = 0) -> int:
    """Bound of the ticks of a broadcast: one up and the depth of a tree down, per level.

    Parameters
    ----------
    levels
        Of the network; :func:`levels_most` bounds them by log n.
    size
        Members of the largest ring.
    k, k_most
        Bases that may be drawn, from `k` to `k_most`.
    """
    deepest = max(
        tree_depth(m, b) for m in range(1, size + 1) for b in range(k, max(k, k_most) + 1)
    )
    return levels * (1 + deepest)


def _check_tree(size: int, k: int) -> None:
    if size < 1:
        raise InputError("size", size, "1 or more members")
    if k < 2:
        raise InputError("k", k, "2 or more")
