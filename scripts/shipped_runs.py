"""Compute the runs that ship: the built-in data sets under the default backbone, or another.

Run it after a backbone or its translators were made anew, and when a built-in data set has
changed:  python scripts/shipped_runs.py; python scripts/shipped_runs.py ugrn-base
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from ugrn_core.console import say
from ugrn_core.experiment.shelf.shipping import ship_runs
from ugrn_core.settings import read_settings


def main() -> None:
    """Write assets/runs/ anew, atlases left as they are."""
    for folder in ship_runs(read_settings(), *sys.argv[1:2]):
        say(f"Wrote {folder}: {sum(f.stat().st_size for f in folder.iterdir()):,} bytes")


if __name__ == "__main__":
    main()
