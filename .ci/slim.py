"""Drop what nobody runs of the package of CBC from this environment, 568 MB of its 598.

Of its builds the one stays that it chooses on this machine, and files that it holds up to six times
over become one file with as many names: a wheel cannot hold links. Nothing changes for whoever
imports, runs or uninstalls it here; on a machine of another kind the environment is made anew.
"""

from __future__ import annotations

import os
import shutil
from hashlib import sha256
from pathlib import Path

import cbcbox


def main() -> None:
    """Slim the package of the interpreter that runs this."""
    place = Path(cbcbox.__file__).parent
    runs = Path(cbcbox.cbc_dist_dir())
    for build in place.glob("cbc_dist*"):
        if build != runs:
            shutil.rmtree(build)
    first: dict[tuple[bytes, int], Path] = {}
    for path in sorted(place.rglob("*")):
        if path.is_symlink() or not path.is_file():
            continue
        seen = sha256(path.read_bytes()).digest(), path.stat().st_mode
        known = first.setdefault(seen, path)
        if not known.samefile(path):
            spare = path.with_name(f"{path.name}.link")
            spare.unlink(missing_ok=True)
            os.link(known, spare)
            spare.replace(path)


if __name__ == "__main__":
    main()
