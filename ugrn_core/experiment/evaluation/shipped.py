"""Published figures, shown as published and never as ours.

Qi et al., Towards Universal Gene Regulatory Network Inference, ICML 2026 (arXiv 2605.08128):
AUPRC, scGPT backbone, translators trained on hESC with the same network, balanced test pairs.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from ugrn_core.benchmark.results_table import read_results
from ugrn_core.settings import Settings

PROBES = ("Pert (origin)", "Attn (origin)", "Pert (baseline)", "Emb", "VVP", "GDT", "Ensemble")
FIGURES = {
    ("STRING", "hHEP"): (0.496, 0.507, 0.586, 0.732, 0.609, 0.906, 0.909),
    ("STRING", "mDC"): (0.512, 0.536, 0.569, 0.637, 0.606, 0.917, 0.923),
    ("STRING", "mESC"): (0.542, 0.531, 0.493, 0.699, 0.600, 0.969, 0.966),
    ("STRING", "mHSC-L"): (0.622, 0.534, 0.624, 0.815, 0.656, 0.895, 0.873),
    ("Non-Specific ChIP-seq", "hHEP"): (0.516, 0.512, 0.546, 0.586, 0.549, 0.716, 0.711),
    ("Non-Specific ChIP-seq", "mESC"): (0.551, 0.539, 0.512, 0.638, 0.582, 0.835, 0.836),
}
PUBLISHED = [
    (network, dataset, probe, value)
    for (network, dataset), values in FIGURES.items()
    for probe, value in zip(PROBES, values)
]


def published_frame() -> pd.DataFrame:
    """Return the paper's AUPRC figures (scGPT backbone): network, dataset, probe, auprc."""
    return pd.DataFrame(PUBLISHED, columns=["network", "dataset", "probe", "auprc"])


REDUNDANCY = ("backbone", "dataset", "network", "quantity", "value", "low", "high")


def redundancy_table(settings: Settings) -> pd.DataFrame:
    """Return what `bench redundancy` measured of the backbones that ship, columns REDUNDANCY and
    more; empty where the table is not there."""
    path = settings.assets / "results" / "redundancy.csv"
    if not path.is_file():
        return pd.DataFrame(columns=REDUNDANCY)
    return pd.read_csv(path, keep_default_na=False, na_values={c: [""] for c in REDUNDANCY[4:]})


# What tells one row from another: the same in two tables, the first table's is kept.
_ROW = (
    *("backbone", "probe", "recipe", "source", "gene_set"),
    *("dataset", "network", "sampling", "genes"),
)


def benchmark_path(settings: Settings) -> Path:
    """Return where the shipped benchmark's main table lies; others may lie beside it."""
    return settings.assets / "results" / "benchmark.parquet"


def benchmark_table(settings: Settings) -> tuple[pd.DataFrame, dict]:
    """Return the rows of all shipped tables and the main one's provenance; raise
    MissingDataError."""
    main = benchmark_path(settings)
    table, about = read_results(main)
    others = sorted(p for p in main.parent.glob("*.parquet") if p != main)
    if others:
        table = pd.concat([table, *(read_results(p)[0] for p in others)], ignore_index=True)
        table = table.drop_duplicates([c for c in _ROW if c in table], ignore_index=True)
    return table, about
