"""Threshold automata of others, which a clause of their licence on advertising keeps out of here.

They are read from ``shared/ta`` beside the checkout, where CI has them.
"""

from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[3] / "shared" / "ta"
needs_others = pytest.mark.skipif(not FOLDER.is_dir(), reason=f"no {FOLDER}")
