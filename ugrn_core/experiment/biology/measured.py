"""What `bench overexpression` measured of the backbones that ship."""

from __future__ import annotations

import pandas as pd

from ugrn_core.settings import Settings

NUMBERS = tuple(f"{name}{end}" for name in ("auroc", "sign_auroc") for end in ("", "_low", "_high"))
COLUMNS = ("backbone", "score", *NUMBERS, "regulators", "pairs")


def measured_table(settings: Settings) -> pd.DataFrame:
    """Return the rows that ship, columns COLUMNS; empty where the table is not there."""
    path = settings.assets / "results" / "overexpression.csv"
    if not path.is_file():
        return pd.DataFrame(columns=COLUMNS)
    return pd.read_csv(path, keep_default_na=False, na_values={c: [""] for c in NUMBERS})
