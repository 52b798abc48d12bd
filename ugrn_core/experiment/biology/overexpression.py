"""Over-expressed genes in the virtual cell against what happened in cells: LINCS L1000, or another
table of signed responses to over-expression.

Causal and signed, which known networks are not. The rule was set before anything was looked at:

- regulators: human transcription factors with LEAST or more significant genes among those measured
  and known to the backbone;
- panel: these regulators and the measured genes significant for most of them, MOST in all, ties by
  symbol; judged are its measured genes, so that every negative is a gene that some regulator moves;
- the model's answer: what is written for a target when the regulator goes from off to the highest
  value of the grid, in the flat cell;
- controls: the same with random weights, the cosine of the gene vectors, and how many of the
  *other* regulators move the target in the experiment (popularity): it knows nothing of this one.
"""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ugrn_core.benchmark.metrics import auroc
from ugrn_core.data.csv import csv_columns
from ugrn_core.data.gene_names import current_symbol
from ugrn_core.data.tfs import human_tfs
from ugrn_core.errors import MissingDataError, PanelError, TableError
from ugrn_core.experiment.biology.signs import Area, area, mean_of
from ugrn_core.experiment.biology.virtual_cells import Progress, VirtualCells
from ugrn_core.experiment.catalog import backbones
from ugrn_core.experiment.curves import probing
from ugrn_core.probes.settings import default_settings
from ugrn_core.types import Panel, ProbeSettings

if TYPE_CHECKING:
    from ugrn_core.backbones.base import Backbone

LEAST = 20  # significant genes of a regulator
MOST = 1_400  # genes of the panel
JUDGED = 5  # significant genes of a regulator in the panel, below which it is not judged


@dataclass(frozen=True, eq=False)
class Measured:
    """Responses to over-expression. z: (G, R) signed, 0 where not significant; genes (G,),
    regulators (R,), approved symbols."""

    z: np.ndarray
    genes: tuple[str, ...]
    regulators: tuple[str, ...]


def read_measured(path: Path, names: dict[str, str] | None = None) -> Measured:
    """Return the responses in an .npz of x (genes, conditions), genes and cols, symbols or, by
    `names` (id -> symbol), ids; the first of two conditions of one gene counts.

    Raises MissingDataError, TableError.
    """
    if not path.is_file():
        raise MissingDataError(f"There is no file '{path}'. Check the path of --signatures.")
    try:
        with np.load(path, allow_pickle=False) as file:
            x = np.nan_to_num(file["x"].astype(float), posinf=0, neginf=0)
            genes, columns = ([str(s) for s in file[name]] for name in ("genes", "cols"))
        if x.shape != (len(genes), len(columns)):
            raise ValueError(f"x is {x.shape}, genes are {len(genes)}, cols {len(columns)}")
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise TableError(
            f"'{path}' is not a file of responses ({str(error)[:80]}). Expected an .npz of x "
            "(genes, conditions), genes and cols."
        ) from error
    regulators = [current_symbol((names or {}).get(c, c)) for c in columns]
    first = {r: k for k, r in reversed(list(enumerate(regulators)))}
    at = sorted(first.values())
    symbols = tuple(map(current_symbol, genes))
    return Measured(x[:, at], symbols, tuple(regulators[k] for k in at))


def read_names(path: Path) -> dict[str, str]:
    """Return id -> symbol of a CSV of two columns; raise MissingDataError or TableError."""
    return dict(zip(*csv_columns(path, (0, 1))))


@dataclass(frozen=True, eq=False)
class Question:
    """What a backbone is asked. panel: its genes; drive (R,): places of the regulators in it;
    targets (T,): places of the measured genes; z (R, T): the experiment's."""

    panel: Panel
    drive: np.ndarray
    targets: np.ndarray
    z: np.ndarray


def question(measured: Measured, backbone: Backbone) -> Question:
    """Return the panel and the regulators that the rule gives; raise PanelError for fewer than two
    regulators."""
    known = [backbone.vocabulary.token(g) for g in measured.genes]
    rows = np.array([k for k, token in enumerate(known) if token is not None], dtype=int)
    tfs = human_tfs()
    tokens = {r: backbone.vocabulary.find(r).token for r in measured.regulators if r in tfs}
    moved = measured.z[rows] != 0
    strong = moved.sum(axis=0) >= LEAST
    chosen = [
        k for k, r in enumerate(measured.regulators) if tokens.get(r) is not None and strong[k]
    ]
    if len(chosen) < 2:
        raise PanelError(
            f"{len(chosen)} transcription factors of this table have {LEAST} significant genes "
            f"that {backbone.name} knows; two are needed."
        )
    driven = [tokens[measured.regulators[k]] for k in chosen]
    popular = moved[:, chosen].sum(axis=1)
    order = sorted(range(len(rows)), key=lambda k: (-popular[k], measured.genes[rows[k]]))
    others = (known[rows[k]] for k in order if popular[k])
    panel = Panel(tuple(dict.fromkeys([*driven, *others]))[:MOST])
    column = {known[row]: row for row in reversed(rows)}
    judged = [k for k, token in enumerate(panel.genes) if token in column]
    z = measured.z[[column[panel.genes[k]] for k in judged]][:, chosen].T
    return Question(panel, panel.positions(driven), np.array(judged), z)


def responses(
    backbone: Backbone,
    asked_of: Question,
    settings: ProbeSettings,
    progress: Progress | None = None,
) -> np.ndarray:
    """Return (R, T): the change of each target when a regulator goes from off to high, NaN for the
    regulator itself."""
    cells = VirtualCells(backbone, asked_of.panel, settings)
    rows = [cells.cell({int(k): v}) for k in asked_of.drive for v in (cells.off, cells.high)]
    out = cells.outputs(np.array(rows), progress)[:, asked_of.targets]
    return _without_self(out[1::2] - out[0::2], asked_of)


def cosines(backbone: Backbone, asked_of: Question) -> np.ndarray:
    """Return (R, T): the cosine of the centred gene vectors, NaN for the regulator itself."""
    vectors = backbone.gene_embedding(asked_of.panel).astype(float)
    vectors -= vectors.mean(axis=0)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True) + 1e-12
    return _without_self(vectors[asked_of.drive] @ vectors[asked_of.targets].T, asked_of)


def _without_self(values: np.ndarray, asked_of: Question) -> np.ndarray:
    own = asked_of.drive[:, None] == asked_of.targets[None, :]
    return np.where(own, np.nan, values)


def centred(values: np.ndarray) -> np.ndarray:
    """Return `values` (R, T) less each target's mean over the regulators."""
    return values - np.nanmean(values, axis=0, keepdims=True)


def others_moved(asked_of: Question) -> tuple[np.ndarray, np.ndarray]:
    """Return for every pair (R, T) what the experiment says of the *other* regulators: how many
    move the target, and the sum of their signs."""
    moved, sign = (asked_of.z != 0).astype(float), np.sign(asked_of.z)
    return moved.sum(axis=0) - moved, sign.sum(axis=0) - sign


def judged(name: str, size: np.ndarray, signed: np.ndarray, asked_of: Question) -> dict:
    """Return a row: do significant targets rank high by `size` (R, T), and do those that go up rank
    above those that go down by `signed` (R, T)?

    auroc: the mean over regulators with JUDGED or more significant targets, interval over them.
    sign_auroc: over all significant pairs, interval over regulators.
    """
    each, labels, scores, groups = [], [], [], []
    for k, z in enumerate(asked_of.z):
        there = np.isfinite(size[k])
        hit = there & (z != 0)
        enough = hit.sum() >= JUDGED and (there & ~hit).any()
        each.append(auroc(hit[there], size[k][there]) if enough else np.nan)
        labels += list(z[hit] > 0)
        scores += list(signed[k][hit])
        groups += [k] * int(hit.sum())
    ranked = mean_of(np.array(each))
    sign = area(np.array(labels), np.array(scores), np.array(groups))
    counts = {"regulators": int(np.isfinite(each).sum()), "pairs": len(labels)}
    return {"score": name, **_columns("auroc", ranked), **_columns("sign_auroc", sign), **counts}


def _columns(name: str, value: Area) -> dict:
    return {name: value.value, f"{name}_low": value.low, f"{name}_high": value.high}


def table(
    backbone: Backbone,
    control: Backbone | None,
    asked_of: Question,
    settings: ProbeSettings,
    progress: Progress | None = None,
) -> pd.DataFrame:
    """Return one row a score: the model's answer, as it is and centred; its gene vectors' cosine;
    the answer under random weights; the experiment's popularity. Columns as `judged`, and
    `backbone`."""
    answer = responses(backbone, asked_of, settings, progress)
    alike = cosines(backbone, asked_of)
    count, balance = others_moved(asked_of)
    rows = [
        judged("answer", np.abs(answer), answer, asked_of),
        judged("answer, centred", np.abs(centred(answer)), centred(answer), asked_of),
        judged("cosine of gene vectors", np.abs(alike), alike, asked_of),
    ]
    if control is not None:
        random = responses(control, asked_of, settings, progress)
        rows += [judged("random weights", np.abs(random), random, asked_of)]
        rows += [
            judged("random weights, centred", np.abs(centred(random)), centred(random), asked_of)
        ]
    rows.append(judged("popularity in the experiment", count, balance, asked_of))
    frame = pd.DataFrame(rows)
    frame.insert(0, "backbone", backbone.name)
    return frame


def judge(
    backbone: Backbone, measured: Measured, progress: Progress | None = None
) -> tuple[pd.DataFrame, dict]:
    """Return the rows of a backbone (see `table`), beside its random weights where they can be
    drawn, and what made them, as plain JSON types."""
    asked_of = question(measured, backbone)
    settings = default_settings(backbone)
    control = None
    if hasattr(backbone, "weights"):
        from ugrn_core.backbones.random_weights import randomised

        control = randomised(backbone, backbones.CONTROL_SEED)
    about = probing.provenance(backbone, asked_of.panel, settings) | {
        "regulators": len(asked_of.drive),
        "genes": len(asked_of.panel),
        "significant_pairs": int((asked_of.z != 0).sum()),
        "rule": {"least": LEAST, "most": MOST, "judged": JUDGED},
    }
    return table(backbone, control, asked_of, settings, progress), about
