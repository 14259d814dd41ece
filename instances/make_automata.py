"""Write the rule tables of dBFT as automata: `instances/automata/dbft*.ta`.

    python instances/make_automata.py

The other files of that folder are written by hand.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from milpbft.automaton.ta.writer import write_ta
from milpbft.dbft.model.table import Dbft2
from milpbft.dbft.model.v1.table import Dbft1
from milpbft.dbft.model.variant import Variant

if TYPE_CHECKING:
    from milpbft.automaton.automaton import Automaton

FOLDER = Path(__file__).parent / "automata"


def automata() -> dict[str, Automaton]:
    """Return the automata by the name of their file."""
    return {
        "dbft2-one-view.ta": Dbft2(Variant(views=1, values=2)).automaton,
        "dbft2-two-views.ta": Dbft2(Variant(views=2)).automaton,
        "dbft1-two-views.ta": Dbft1(Variant(views=2)).automaton,
    }


def main() -> None:
    """Write all files."""
    for name, automaton in automata().items():
        (FOLDER / name).write_text(write_ta(automaton), encoding="utf-8")
        print(name)


if __name__ == "__main__":
    main()
