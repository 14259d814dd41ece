"""What a protocol with rule tables is written with, and what comes from it.

A protocol is a :class:`ProtocolTable`: the states of a correct node, its moves with what they need
and which counters then grow, what messages say, and which messages of Byzantine nodes must be
backed. :func:`model_of` makes the MILP of an instance of it, in both encodings, and
:class:`Unfolding` leads from a counted run back to a schedule.
"""

from milpbft.automaton.table import Act, Backing, Groups, Label, Message, Table
from milpbft.table.maker import Forging, Move, Token
from milpbft.table.models import counted_model, model_of, per_node_model, ranges_of
from milpbft.table.need import BYZANTINE, FAULTS, NODES, NONE, ONE, Need, from_primary, need
from milpbft.table.protocol import ProtocolTable
from milpbft.table.state import CRASHED, DONE, LEFT, START, State, suffix
from milpbft.table.thresholds import PAIRS, USUAL, Thresholds
from milpbft.table.unfolding import Unfolding

__all__ = [
    "BYZANTINE",
    "CRASHED",
    "DONE",
    "FAULTS",
    "LEFT",
    "NODES",
    "NONE",
    "ONE",
    "PAIRS",
    "START",
    "USUAL",
    "Act",
    "Backing",
    "Forging",
    "Groups",
    "Label",
    "Message",
    "Move",
    "Need",
    "ProtocolTable",
    "State",
    "Table",
    "Thresholds",
    "Token",
    "Unfolding",
    "counted_model",
    "from_primary",
    "model_of",
    "need",
    "per_node_model",
    "ranges_of",
    "suffix",
]
