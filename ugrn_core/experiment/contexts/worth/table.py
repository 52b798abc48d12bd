"""The tables of `bench contexts`: made data set by data set, gone on with, and read by pages."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from ugrn_core.data.beeline.layouts import DATASETS
from ugrn_core.errors import MissingDataError
from ugrn_core.experiment.contexts.worth import stages
from ugrn_core.experiment.contexts.worth.trial import (
    FLAT,
    OTHER,
    OWN,
    around_stages,
    known_edges,
    open_trial,
)
from ugrn_core.files import read_plain, write_atomically
from ugrn_core.settings import Settings

if TYPE_CHECKING:
    from ugrn_core.backbones.base import Backbone

EDGES, STAGES = "results/contexts.csv", "results/context-stages.csv"  # under the assets
MARK = 12  # digits of a backbone's checksum that tell its weights from others of its name
WORTH = 0.01  # AUPRC that own cells must be ahead of another data set's to be worth something
BY_CHANCE = 0.5


@dataclass(frozen=True)
class Asked:
    """What `bench contexts` measures. data: BEELINE's folder. most: regulators of a network."""

    data: Path
    datasets: tuple[str, ...]
    most: int


def measure(
    backbone: Backbone, what: Asked, out: Path, known: Path | None, say: Callable[[str], None]
) -> pd.DataFrame:
    """Write the rows of each data set to `out`, and those of known stages to `known`, as soon as it
    is measured; return all of `out`. Data sets that stand there of the same weights are not
    measured again, those of other backbones stay. Raises MissingDataError, StorageError."""
    mark = backbone.checksum[:MARK]
    of = {"backbone": backbone.name, "checksum": mark}
    edges, stage_rows = _others(out, of), _others(known, of)
    for name in what.datasets:
        done = _is_there(edges, of, name) and (known is None or _stages_done(stage_rows, of, name))
        if done:
            say(f"{name}: measured before, in {out.name}")
            continue
        try:
            also = stages.named(name)
            sets = name, tuple(DATASETS)
            trial = open_trial(backbone, what.data, *sets, most=what.most, also=also)
        except MissingDataError as error:
            say(f"{name}: {error}")
            continue
        say(f"{name}: {len(trial.sources)} regulators, other cells: {trial.other_name}")
        profiles, around = around_stages(trial) if name in stages.KNOWN else ((), [])
        told = of | {
            "dataset": name,
            "other": trial.other_name,
            "other_measured": round(trial.shared, 3),
            "regulators": len(trial.sources),
        }
        rows = pd.DataFrame(known_edges(trial, around)).assign(**told)
        edges = _with(edges, rows, of, name)
        _write(out, edges)
        if known is not None and around:
            rows = stages.known_stages(trial, profiles, around).assign(**of, dataset=name)
            stage_rows = _with(stage_rows, rows, of, name)
            _write(known, stage_rows)
    return edges


def _others(path: Path | None, of: dict) -> pd.DataFrame:
    """Return what stands in a table, less rows of other weights under the backbone's name."""
    table = read(path) if path is not None else pd.DataFrame()
    if table.empty or "checksum" not in table:
        return pd.DataFrame(columns=["backbone", "checksum", "dataset"])
    stale = (table["backbone"] == of["backbone"]) & (table["checksum"] != of["checksum"])
    return table[~stale]


def _is_there(table: pd.DataFrame, of: dict, dataset: str) -> bool:
    return bool(((table["backbone"] == of["backbone"]) & (table["dataset"] == dataset)).any())


def _stages_done(table: pd.DataFrame, of: dict, dataset: str) -> bool:
    return dataset not in stages.KNOWN or _is_there(table, of, dataset)


def _with(table: pd.DataFrame, rows: pd.DataFrame, of: dict, dataset: str) -> pd.DataFrame:
    old = (table["backbone"] == of["backbone"]) & (table["dataset"] == dataset)
    rest = table[~old]
    return rows if rest.empty else pd.concat([rest, rows], ignore_index=True)


def _write(path: Path, table: pd.DataFrame) -> None:
    write_atomically(path, table.to_csv(index=False, float_format="%.4f").encode())


def read(path: Path) -> pd.DataFrame:
    """Return a table of this module; empty where there is none that can be read."""
    try:
        return pd.read_csv(io.BytesIO(read_plain(path)), keep_default_na=True)
    except (OSError, ValueError):
        return pd.DataFrame(columns=["backbone", "dataset"])


def measured(settings: Settings, backbone: str, checksum: str = "") -> pd.DataFrame:
    """Return the rows that ship of a backbone, of these weights where `checksum` is given; empty
    where nothing was measured."""
    return _of(read(settings.assets / EDGES), backbone, checksum)


def measured_stages(settings: Settings, backbone: str, checksum: str = "") -> pd.DataFrame:
    """Return the rows of known stages that ship of a backbone, as `measured`."""
    return _of(read(settings.assets / STAGES), backbone, checksum)


def _of(table: pd.DataFrame, backbone: str, checksum: str) -> pd.DataFrame:
    rows = table[table["backbone"] == backbone]
    if checksum and "checksum" in rows:
        rows = rows[rows["checksum"].astype(str) == checksum[:MARK]]
    return rows


CASES = ("dataset", "network", "readout", "score")


def compared(table: pd.DataFrame, against: str) -> pd.Series:
    """Return by how much own cells are ahead of the background `against`, a value for each data
    set, network, readout and score."""
    if table.empty:
        return pd.Series(dtype=float)
    wide = table.pivot_table(index=list(CASES), columns="condition", values="auprc")
    if not {OWN, against} <= set(wide.columns):
        return pd.Series(dtype=float)
    return (wide[OWN] - wide[against]).dropna()


def sure(table: pd.DataFrame, word: str) -> tuple[int, int, int]:
    """Return how many comparisons of own cells have a paired interval: above 0, below 0, and all.
    word: over_flat or over_other."""
    if f"{word}_low" not in table:
        return 0, 0, 0
    own = table[(table["condition"] == OWN) & table[f"{word}_low"].notna()]
    return int((own[f"{word}_low"] > 0).sum()), int((own[f"{word}_high"] < 0).sum()), len(own)


def verdict(table: pd.DataFrame) -> str:
    """Return what `measured` comes to in a few words: whether own cells are a better background
    than another data set's; empty where nothing was measured."""
    from_other = compared(table, OTHER)
    if from_other.empty:
        return ""
    above, below, _ = sure(table, "over_other")
    informs = from_other.mean() >= WORTH and above >= below
    return "context carries information" if informs else "context changes numbers, not truth"


def sentence(table: pd.DataFrame) -> str:
    """Return in words what `measured` says; empty where nothing was measured."""
    said = verdict(table)
    if not said:
        return ""
    from_other, from_flat = compared(table, OTHER), compared(table, FLAT)
    sets = len(set(table["dataset"]))
    return (
        f"Measured for this backbone: {said}. Known edges of {sets} data set"
        f"{'s' if sets > 1 else ''} under matched negatives, no translator, {len(from_other)} "
        f"comparisons: own cells against another data set's cells AUPRC {from_other.mean():+.3f} "
        f"on average ({from_other.min():+.2f} to {from_other.max():+.2f}"
        f"{_intervals(sure(table, 'over_other'))}), against the flat virtual cell "
        f"{from_flat.mean():+.3f} ({from_flat.min():+.2f} to {from_flat.max():+.2f}"
        f"{_intervals(sure(table, 'over_flat'))})."
    )


def _intervals(counts: tuple[int, int, int]) -> str:
    above, below, every = counts
    return f"; {above} surely better, {below} surely worse of {every}" if every else ""


def stage_counts(table: pd.DataFrame, measure: str) -> tuple[int, int]:
    """Return for how many regulators of known stage `measure` (expression, rise or effect) goes the
    way that is known, and of how many."""
    known = table[table["known"].isin((stages.RISING, stages.FALLING))].dropna(subset=[measure])
    way = known["known"].map({stages.RISING: 1, stages.FALLING: -1})
    return int((known[measure] * way > 0).sum()), len(known)


def stage_sentence(table: pd.DataFrame) -> str:
    """Return in words what `measured_stages` says; empty where nothing was measured."""
    if table.empty:
        return ""
    (seen, of), (rise, _), (effect, _) = (
        stage_counts(table, m) for m in ("expression", "rise", "effect")
    )
    names: Sequence[str] = list(dict.fromkeys(table["dataset"]))
    return (
        f"Of {of} regulators known to come or go along {', '.join(names)}, {seen} do so in these "
        f"cells' expression, {effect} in the size of what the model answers to their knock-out at "
        f"their own level, and {rise} in what they could do (rise; "
        f"{of * BY_CHANCE:g} by chance)."
    )
