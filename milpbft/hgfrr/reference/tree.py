"""The k-ary spanning tree within a ring (section 3.1.1, figure 3.3).

Nodes are numbered along the ring from the broadcaster, 0. Node i connects to i + 1, i + k, i + k²
and so on, as far as the ring goes, except to nodes that are in the tree already.
"""

from __future__ import annotations

from collections import deque


def parents(size: int, k: int) -> list[int]:
    """Grow the tree from node 0, breadth first.

    The paper leaves the order open in which nodes take their children. Breadth first gives its
    figure, and so does ascending order of numbers: both give one tree, since the node that comes
    first among those that could connect to j is j less the highest power of k that is in it.

    Parameters
    ----------
    size
        Nodes of the ring, 1 or more.
    k
        Base, 2 or more.

    Returns
    -------
    list
        Per node its parent; -1 for the broadcaster.
    """
    parent = [-1] * size
    queue = deque([0])
    while queue:
        node = queue.popleft()
        step = 1
        while node + step < size:
            child = node + step
            if parent[child] == -1:
                parent[child] = node
                queue.append(child)
            step *= k
    return parent


def children(size: int, k: int) -> list[list[int]]:
    """Return the children of every node, ascending; parameters as in :func:`parents`."""
    found: list[list[int]] = [[] for _ in range(size)]
    for node, parent in enumerate(parents(size, k)):
        if parent >= 0:
            found[parent].append(node)
    return found


def own_children(number: int, size: int, k: int) -> list[int]:
    """Return the children of one node, which it works out without the rest of the tree.

    A node below k^e, but not below k^(e-1), takes the nodes that lie k^e, k^(e+1) and so on
    ahead, and also those that lie k^(e-1) ahead until its highest digit would pass k - 1.
    """
    step = 1
    while step * k <= number:
        step *= k
    # Adding `step` raises the highest digit; at k - 1 there is no carry into a tree node of ours.
    if number and number // step == k - 1:
        step *= k
    found = []
    while number + step < size:
        found.append(number + step)
        step *= k
    return found
