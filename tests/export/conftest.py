"""A small edge table that holds everything a writer can trip over."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest


@pytest.fixture
def edges() -> pd.DataFrame:
    """Five edges; columns out of order, a missing value of each kind, hostile text."""
    return pd.DataFrame(
        {
            "note": ["plain", "=HYPERLINK(1)", 'tab\there "quoted"', "# hash, comma", None],
            "target": ["MARCH1", "SEPT1", "GATA1", "=cmd|' /C calc'!A0", '<b>&"x"</b>'],
            "source": ["GATA1", "GATA1", "SPI1", "NKX2-5", "HLA-DRB1"],
            "probability": [0.9, 0.1 + 0.2, 1e-12, 0.5, 0.25],
            "rank": [1, 3, 5, 2, 4],
            "sign": [1, -1, 0, -1, 1],
            "vvp_effect": np.array([0.1, -2.5, np.nan, 0.0, 3.25], dtype=np.float32),
            "in_STRING": [True, False, True, False, False],
            "n_backbones": pd.array([1, None, 2, 1, 1], dtype="Int64"),
            "dataset": pd.Categorical(["hESC", "hESC", "PBMC", "hESC", "PBMC"]),
            "run_id": ["r1"] * 5,
        },
        index=[9, 7, 5, 3, 1],
    )


@pytest.fixture
def known_signs() -> dict:
    """What provenance says of a run whose signs were measured, and found worth something."""
    measured = {"edges": 120, "activating": 0.6, "right": 0.8, "auroc": 0.85}
    return {"worth": {"sign": {"STRING": measured}}}


@pytest.fixture
def provenance() -> dict:
    """Values of every kind that reach a provenance record."""
    return {
        "backbone": "embedded",
        "grid": np.array([0.5, 1.0], dtype=np.float32),
        "baseline": np.float64(0.25),
        "seeds": (1, 2),
        "cls": None,
        "loss": float("nan"),
        "note": 'two\nlines, "quoted" # hash',
    }
