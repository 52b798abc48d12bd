"""What the rest of a panel does to the numbers of the same pairs: a Markdown table on stdout.

    python scripts/panel_composition.py [BACKBONE]

The same 8 transcription factors and 92 further genes of PBMC 68k (reduced) are probed in panels
of several sizes, filled up at random from the backbone's vocabulary, two draws a size.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from scipy.stats import spearmanr

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from ugrn_core.experiment.catalog import backbones, datasets
from ugrn_core.experiment.catalog.study import fit_to_backbone
from ugrn_core.experiment.curves import probing
from ugrn_core.experiment.curves.workers import one_thread
from ugrn_core.probes.settings import default_settings
from ugrn_core.settings import read_settings
from ugrn_core.types import Panel

SOURCES, CORE, DRAWS, TOP = 8, 100, 2, 50
SIZES = (100, 200, 400, 800, 1600)
RESPONSE = "| genes | with | Spearman | relative L2 | same sign | top 50 shared | mean peak |"


def core_of(backbone, settings) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the sources and the core panel, sources first."""
    study = fit_to_backbone(datasets.open_dataset("pbmc68k", settings), backbone)
    rng = np.random.default_rng(0)
    sources = tuple(rng.permutation(study.regulators)[:SOURCES])
    others = [g for g in study.panel.genes if g not in sources]
    return sources, (*sources, *rng.permutation(others)[: CORE - SOURCES])


def curves(backbone, core, sources, size: int, draw: int) -> np.ndarray:
    """Return the GDT (S, T, CORE) of the core's pairs in a panel of `size`."""
    pool = [g for g in backbone.vocabulary.genes if g not in set(core)]
    rng = np.random.default_rng([1, draw])
    genes = (*core, *rng.permutation(pool)[: size - CORE])
    asked = probing.request(backbone, Panel(genes), sources, default_settings(backbone))
    with one_thread():
        return asked.curves.gdt[:, :, :CORE]


def compare(a: np.ndarray, b: np.ndarray) -> list[str]:
    """Return Spearman of the peaks, relative L2 of the curves, equal signs, shared top edges."""
    others = ~np.eye(len(a), CORE, dtype=bool)
    pairs = [x.transpose(0, 2, 1)[others] for x in (a, b)]  # (N, T) each
    peaks = [np.abs(x).max(1) for x in pairs]
    tops = [set(np.argsort(-p)[:TOP]) for p in peaks]
    same = np.mean(np.sign(pairs[0].mean(1)) == np.sign(pairs[1].mean(1)))
    error = np.linalg.norm(pairs[0] - pairs[1]) / np.linalg.norm(pairs[1])
    shared = len(tops[0] & tops[1]) / TOP
    figures = [spearmanr(*peaks).statistic, error, same, shared]
    return [f"{x:.2f}" for x in figures] + [f"{peaks[0].mean():.2g}"]


def main() -> None:
    settings = read_settings()
    backbone = backbones.open_named(sys.argv[1] if len(sys.argv) > 1 else "ugrn-base", settings)
    sources, core = core_of(backbone, settings)
    found = {
        (size, draw): curves(backbone, core, sources, size, draw)
        for size in SIZES
        for draw in range(DRAWS if size > CORE else 1)
    }
    print(f"{RESPONSE}\n{'|---' * 7}|")
    for size in SIZES[1:]:
        rows = {
            "other members, same size": (size, 1),
            "the core alone": (CORE, 0),
            "800 genes": (800, 1 if size == 800 else 0),
        }
        for words, other in rows.items():
            if size == 800 and words == "800 genes":
                continue
            row = compare(found[size, 0], found[other])
            print(f"| {size} | {words} | {' | '.join(row)} |")


if __name__ == "__main__":
    main()
