"""Table: a protocol's rules as an automaton, and what they mean in the protocol."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from milpbft.automaton.automaton import Automaton
    from milpbft.automaton.condition import Atom


@dataclass(frozen=True)
class Act:
    """What a rule is in the protocol.

    Parameters
    ----------
    what
        The protocol's name for it, e.g. ``propose``, ``enter``, ``accept`` or ``crash``.
    view
        The view that the node is in before.
    value
        Which of the view's proposals it is about: 0, or k for a Byzantine primary's k-th other.
    """

    what: str
    view: int
    value: int = 0


@dataclass(frozen=True)
class Table:
    """A rule table with what its automaton cannot say.

    Parameters
    ----------
    automaton
        Locations, rules, guards.
    owed
        By rule that a correct node must take sooner or later: the guards on what correct nodes
        sent under which it must. A rule that is not here is the adversary's choice.
    meaning
        By rule: its act.
    done
        By block: the locations of nodes that accepted it.
    crashed
        Locations of crashed nodes.
    left
        Locations of nodes that left the modelled views.
    """

    automaton: Automaton
    owed: dict[str, tuple[Atom, ...]]
    meaning: dict[str, Act]
    done: dict[str, tuple[str, ...]]
    crashed: tuple[str, ...]
    left: tuple[str, ...]
