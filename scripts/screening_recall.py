"""What a screen keeps of the full run's best edges, and what it costs: a Markdown table on stdout.

    python scripts/screening_recall.py [BACKBONE]

PBMC 68k (reduced) is probed whole, then screened as `network --screen SHARE` does it, for several
shares. Recall counts the full run's best edges whose regulator passed. "At most" is the recall of
the same number of regulators chosen with the full run in hand. Processor time, nothing kept.
"""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from pathlib import Path

import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from ugrn_core.experiment.catalog import backbones, datasets, translators
from ugrn_core.experiment.catalog.study import fit_to_backbone
from ugrn_core.experiment.curves import probing, screening
from ugrn_core.experiment.curves.workers import one_thread
from ugrn_core.experiment.runs.edges import edge_frame
from ugrn_core.probes.base import ProbeRequest
from ugrn_core.probes.settings import default_settings
from ugrn_core.settings import read_settings

SHARES = (0.25, 0.5, 0.75, 0.9)
TOPS = (100, 1000)


def timed(asked: ProbeRequest) -> float:
    """Compute a request's curves; return the processor seconds that took."""
    began = time.process_time()
    with one_thread():
        _ = asked.curves
    return time.process_time() - began


def ranked(frame: pd.DataFrame, by: pd.Series) -> list[pd.Series]:
    """Return the sources of the best edges, one series for each of TOPS."""
    best = frame.loc[by.sort_values(ascending=False, kind="stable").index, "source"]
    return [best.head(n) for n in TOPS]


def recall(best: pd.Series, kept: tuple[str, ...]) -> str:
    """Return the share of `best` whose source was kept, and the most that as many could hold."""
    most = best.value_counts().head(len(kept)).sum() / len(best)
    return f"{best.isin(kept).mean():.2f} (at most {most:.2f})"


def main() -> None:
    settings = read_settings()
    backbone = backbones.open_named(sys.argv[1] if len(sys.argv) > 1 else "ugrn-base", settings)
    study = fit_to_backbone(datasets.open_dataset("pbmc68k", settings), backbone)
    regulators = study.regulators
    named = settings, backbone.name, backbone.checksum, None, len(regulators)
    chosen = translators.load(*named)
    what = chosen.settings if chosen else default_settings(backbone)
    asked = probing.request(backbone, study.panel, regulators, what)
    first = replace(screening.first_stage(asked, settings.probes), store=None)
    begun, full = timed(first), timed(asked)
    tensors = probing.tensors_for(asked, tuple(chosen.members) if chosen else ())
    frame = edge_frame(tensors, chosen)
    orders = {"GDT": frame["gdt_peak"].abs()}
    if chosen:
        orders[chosen.name] = frame["probability"]
    columns = [f"top {n:,} by {name}" for name in orders for n in TOPS]
    print(f"{backbone.name} {backbone.checksum[:12]}, {len(study.panel)} genes, {what}")
    print(f"full run {full:.1f} s, first stage {begun / full:.2f} of it\n")
    print(f"| regulators kept | {' | '.join(columns)} | time |\n{'|---' * (len(columns) + 2)}|")
    for share in SHARES:
        kept = screening.strongest_sources(first, screening.passing(len(regulators), share))
        spent = begun + timed(probing.request(backbone, study.panel, kept, what))
        found = [recall(best, kept) for by in orders.values() for best in ranked(frame, by)]
        print(f"| {share:.0%} ({len(kept)}) | {' | '.join(found)} | {spent / full:.2f} |")


if __name__ == "__main__":
    main()
