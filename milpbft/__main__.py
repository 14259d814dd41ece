"""``python -m milpbft``, which is also what the console script ``milpbft`` calls."""

from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path


def main() -> None:
    """Run the command line: ``milpbft/_cli.py`` of a wheel, ``cli.py`` beside milpbft elsewhere."""
    name = "milpbft._cli"
    spec = find_spec(name) or spec_from_file_location(name, Path(__file__).parents[1] / "cli.py")
    assert spec is not None, "a path always has a spec"
    assert spec.loader is not None, "and a loader"
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    module.main()


if __name__ == "__main__":
    main()
