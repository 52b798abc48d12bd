"""`reproduce paper`: the paper's table with any backbone, under one or several presets."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from ugrn_core.benchmark.results_table import read_results
from ugrn_core.console import say
from ugrn_core.data.beeline.networks import beeline_cells
from ugrn_core.errors import MissingDataError
from ugrn_core.experiment.catalog import backbones
from ugrn_core.experiment.evaluation import methods, zeroshot
from ugrn_core.experiment.evaluation.plan import Plan
from ugrn_core.experiment.evaluation.shipped import FIGURES
from ugrn_core.experiment.reproduce import comparing
from ugrn_core.experiment.reproduce.forecast import forecast
from ugrn_core.experiment.reproduce.presets import OWN, Preset, chosen
from ugrn_core.files import check_writable, write_atomically
from ugrn_core.markdown import table as markdown_table
from ugrn_core.settings import Settings

if TYPE_CHECKING:
    from ugrn_core.backbones.base import Backbone

SOURCE = "hESC"
TABLE, REPORT = "paper.tsv", "paper.md"


def reproduce(
    backbone: str,
    data: Path,
    out: Path,
    settings: Settings,
    *,
    presets: str = OWN,
    seeds: int = 3,
    random_control: bool = True,
    only_estimate: bool = False,
    command: str = "",
) -> Path | None:
    """Compute the paper's table with `backbone` on BEELINE's `data`; return the report, in `out`.

    presets: names with commas between, or all. Says what it will take; only_estimate: that is all,
    and None is returned. Writes REPORT, TABLE (comparing.COLUMNS) and, a preset, its results table.
    Curves and judgements are kept: a stopped run goes on where it was. Raises UnknownNameError,
    CheckpointError, MissingDataError, OptionError, StorageError.
    """
    check_writable(out / REPORT)
    network = backbones.open_named(backbone, settings)
    swept = chosen(presets, network.defaults)
    plan = _plan(backbone, data, seeds, command)
    say(forecast(plan, network, swept, settings, random_control=random_control).sentence())
    if only_estimate:
        return None
    tables = []
    for preset in swept:
        say(f"{preset.name}: {preset.sentence()}")
        path = out / f"{preset.name}.parquet"
        how = {"random_control": random_control, "tuned": preset.of}
        zeroshot.run(plan, settings, path, **how)
        tables.append(comparing.compared(read_results(path)[0], preset.name))
    together = pd.concat(tables, ignore_index=True)
    content = together.to_csv(sep="\t", index=False, float_format="%.4f").encode()
    about = _about(plan, network)
    write_atomically(out / TABLE, content)
    text = report(together, swept, about | {"sha256": hashlib.sha256(content).hexdigest()})
    write_atomically(out / REPORT, text.encode())
    return out / REPORT


def _about(plan: Plan, network: Backbone) -> dict:
    about = {"backbone": plan.backbone, "checksum": network.checksum, "command": plan.command}
    if relaxation := network.defaults.relaxation:
        about["gdt"] = f"{methods.RELAXED}: {relaxation}"
    return about


def _plan(backbone: str, data: Path, seeds: int, command: str) -> Plan:
    """Return the plan of the paper's cells that `data` holds; raise MissingDataError for none."""
    there = {(c.network, c.dataset) for c in beeline_cells(data)}
    cells = [cell for cell in FIGURES if cell in there]
    networks = dict.fromkeys(n for n, _ in cells if (n, SOURCE) in there)
    targets = dict.fromkeys(d for n, d in cells if n in networks)
    if not targets:
        raise MissingDataError(
            f"'{data}' holds none of the paper's cells ({'; '.join(map(', '.join, FIGURES))}) "
            f"together with {SOURCE}, the source. Fetch BEELINE's data: `python -m ugrn_core data "
            "fetch beeline`."
        )
    return Plan(
        data=data,
        backbone=backbone,
        source=SOURCE,
        networks=",".join(networks),
        targets=",".join(targets),
        samplings=(comparing.PAPER, comparing.MATCHED),
        probes=",".join(comparing.asked_methods()),
        gene_set="TFs+500",
        seeds=seeds,
        orthologs=None,
        command=command,
        recipes=("paper",),
    )


def report(table: pd.DataFrame, swept: tuple[Preset, ...], about: dict) -> str:
    """Return the report as Markdown: a verdict and a table a preset, published figures as such."""
    name = about["backbone"]
    parts = [
        f"# The paper's table with {name}",
        "Published: Qi et al., ICML 2026 (arXiv 2605.08128), scGPT, AUPRC, translators trained on "
        "hESC with the same network, balanced test pairs. The paper tells neither v_b nor the grid "
        "nor its translator's size: presets stand for what it leaves open. Computed: the same "
        "protocol here, 95 % interval over regulators.",
    ]
    if "gdt" in about:
        parts.append(f"{about['gdt']}. Its figures are no repetition of the paper's.")
    for preset in swept:
        rows = table[table["preset"] == preset.name]
        parts += [f"## Preset {preset.name}", f"{preset.sentence()}."]
        parts += ["\n".join(f"- {s}" for s in comparing.sentences(rows, name))]
        for sampling, some in rows.groupby("sampling", sort=False):
            parts += [f"### Sampling {sampling}", markdown_table(_shown(some))]
    parts += ["## Made by", f"```json\n{json.dumps(about, indent=1)}\n```"]
    return "\n\n".join(parts) + "\n"


def _shown(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows as a table for people."""
    words = pd.DataFrame(
        {
            "network / dataset": rows["network"] + " / " + rows["dataset"],
            "method": rows["method"],
            "published": rows["published"].map("{:.3f}".format),
            "computed": [_interval(r) for r in rows.itertuples()],
            "random weights": rows["random_weights"].map(_number),
            "gene-table cosine": rows["gene_table"].map(_number),
            "popularity": rows["popularity"].map(_number),
            "agrees": rows["agrees"].map(_yes),
            "above chance and random": rows["tells"].map(_yes),
        }
    )
    return words.drop(columns="agrees") if rows["agrees"].isna().all() else words


def _interval(row) -> str:
    if pd.isna(row.computed):
        return row.reason or "not computed"
    return f"{row.computed:.3f} ({row.low:.2f}-{row.high:.2f})"


def _number(value: float) -> str:
    return "" if pd.isna(value) else f"{value:.3f}"


def _yes(value: object) -> str:
    return "" if value is None or pd.isna(value) else "yes" if value else "no"
