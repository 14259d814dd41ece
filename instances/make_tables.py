"""List every instance file in the tables of instances/README.md, without solving any.

    python instances/make_tables.py

Lines that a run of `milpbft check FOLDER --table instances/README.md` has written stay, unless the
file says another value now. Files without a line get one that says what the file says, with "not
run" for solver and no seconds; lines of files that are gone are taken out.
"""

from __future__ import annotations

import re
from pathlib import Path

from milpbft.report.table import write_table
from milpbft.suite import Outcome, find

HERE = Path(__file__).parent
PAGE = HERE / "README.md"
_TABLE = re.compile(r"<!-- table: milpbft check (instances/(\w+)) -->")


def main() -> None:
    """Write the tables."""
    for command, folder in _TABLE.findall(PAGE.read_text(encoding="utf-8")):
        write_table(PAGE, command, [Outcome.not_run(case) for case in find([HERE / folder])])


if __name__ == "__main__":
    main()
