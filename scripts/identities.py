"""Write identity.json beside the weights of every backbone that ships.

Run it after a backbone under assets/ was made anew:  PYTHONPATH=. python scripts/identities.py
"""

from __future__ import annotations

from pathlib import Path

from ugrn_core.experiment.catalog.identity import SHIPPED, identity_of
from ugrn_core.files import write_atomically

BACKBONES = Path(__file__).resolve().parents[1] / "assets" / "backbones"


def main() -> None:
    """Open each backbone once, with and without random weights."""
    for folder in sorted(BACKBONES.iterdir()):
        write_atomically(folder / SHIPPED, identity_of(folder))


if __name__ == "__main__":
    main()
