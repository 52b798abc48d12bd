"""`bench redundancy`: what a backbone's response curves say that its own gene table does not.

Nothing is trained. The null is VVP_i(v)_j = a_i(v) b_j cos_ij (probes/gene_table/product.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ugrn_core.benchmark.evaluation_set import Protocol, evaluation_set
from ugrn_core.benchmark.protocol import gain, judge
from ugrn_core.console import progress_bar
from ugrn_core.experiment.catalog.study import scores_for
from ugrn_core.probes.gene_table import cosines, product
from ugrn_core.probes.settings import default_settings

if TYPE_CHECKING:
    from ugrn_core.experiment.ablations.probe_settings import Trial
    from ugrn_core.types import ProbeSettings

YARDSTICK = "centred cosine"  # what every score is compared with, paired


@dataclass(frozen=True, eq=False)
class Curves:
    """responses and gradients (S, M, G) of the sources `at` (S,) in a panel, its gene vectors
    (G, D), and the settings of the probes."""

    responses: np.ndarray
    gradients: np.ndarray
    at: np.ndarray
    vectors: np.ndarray
    settings: ProbeSettings


def measure(trial: Trial, readout: str | None = None) -> pd.DataFrame:
    """Return rows backbone, dataset, readout, network, quantity, value, low, high.

    Of all pairs, with an empty network: the shares and correlations of `shares`. Of each network,
    under `matched` sampling (chance 0.5) with 95 % intervals: the AUPRC of every score of `scores`,
    and how far it is ahead of the centred cosine of the backbone's own gene table, paired.
    """
    curves = probed(trial, readout)
    fit = product.table_product(_turned(curves), _own_cosines(curves))
    about = {"backbone": trial.backbone.name, "dataset": trial.networks[0].dataset}
    about["readout"] = curves.settings.readout
    rows = [
        about | {"network": "", "quantity": name, "value": value}
        for name, value in shares(curves, fit).items()
    ]
    judged = _judged(trial, scores(curves, fit))
    rows += [about | row for row in judged]
    return pd.DataFrame(rows).reindex(
        columns=[*about, "network", "quantity", "value", "low", "high", "edges"]
    )


def probed(trial: Trial, readout: str | None = None) -> Curves:
    """Return the curves of the trial's regulators on the backbone's own grid."""
    chosen = {"readout": readout} if readout else {}
    settings = default_settings(trial.backbone, **chosen)
    panel = trial.study.panel
    sweep = trial.backbone.sweep(panel, settings)
    at = np.array([panel.genes.index(s) for s in trial.sources])
    each = []
    with progress_bar(f"probing {trial.study.dataset.title}") as progress:
        for number, source in enumerate(at):
            each.append(sweep(source))
            progress(number + 1, len(at))
    responses, gradients = (np.stack(part) for part in zip(*each))
    return Curves(
        responses=responses,
        gradients=gradients,
        at=at,
        vectors=trial.backbone.gene_embedding(panel),
        settings=settings,
    )


def shares(curves: Curves, fit: product.TableProduct) -> dict[str, float]:
    """Return what is told of all pairs, by name.

    The variance of the responses that the gene table's product explains; the correlation of mean
    VVP and mean GDT; the antisymmetric share among regulators; the share of the responses that no
    straight line explains; the shares of pairs whose VVP and whose GDT have both signs.
    """
    cosine, turned = _own_cosines(curves), _turned(curves)
    steps = np.array(curves.settings.grid) - curves.settings.baseline
    return {
        "variance explained by a_i(v) b_j cos_ij": fit.explains,
        "correlation of VVP and GDT": product.agreement(turned, curves.gradients, cosine),
        "antisymmetric share": product.antisymmetric_share(turned, fit, curves.at),
        "curvature": product.curvature(curves.responses, cosine, steps),
        "sign changes of VVP": product.sign_changes(turned, cosine),
        "sign changes of GDT": product.sign_changes(curves.gradients, cosine),
    }


def scores(curves: Curves, fit: product.TableProduct) -> dict[str, np.ndarray]:
    """Return (S, G) scores by name, NaN for a gene with itself: mean response, mean gradient and
    what the gene table's product leaves of the response, all centred; and the table's own."""
    own, turned = _own_cosines(curves), _turned(curves)
    pair = np.where(np.isfinite(own), 0.0, np.nan)
    return {
        "VVP": cosines.centred(turned.mean(axis=1) + pair),
        "GDT": cosines.centred(curves.gradients.mean(axis=1) + pair),
        "residual": cosines.centred((turned - np.nan_to_num(fit.fitted)).mean(axis=1) + pair),
        "cosine": own,
        YARDSTICK: cosines.centred(own),
        "CSLS": cosines.less_crowding(curves.vectors, curves.at),
        "shared neighbours": cosines.shared_neighbours(curves.vectors, curves.at),
    }


def _turned(curves: Curves) -> np.ndarray:
    """Return the responses, turned round below the baseline: a fall of the target when the source
    falls is a rise when it rises."""
    side = np.sign(np.array(curves.settings.grid) - curves.settings.baseline)
    return curves.responses.astype(np.float64) * np.where(side == 0, 1, side)[:, None]


def _own_cosines(curves: Curves) -> np.ndarray:
    return cosines.cosines(curves.vectors)[curves.at]


def _judged(trial: Trial, by_name: dict[str, np.ndarray]) -> Iterator[dict]:
    for network in trial.networks:
        known = np.array([g in trial.study.tokens for g in network.genes])
        test = evaluation_set(network, Protocol("matched"), scoreable=known)
        in_order = {
            name: scores_for(network, trial.study, score, trial.sources)
            for name, score in by_name.items()
        }
        for name, score in in_order.items():
            row = judge(test, score)
            if row["reason"]:
                continue  # every edge was too popular to be matched
            told = {"value": row["auprc"], "low": row["auprc_low"], "high": row["auprc_high"]}
            about = {"network": network.name, "edges": row["n_positives"]}
            yield about | {"quantity": f"AUPRC of {name}"} | told
            ahead = gain(test, score, in_order[YARDSTICK]) if name != YARDSTICK else {}
            if ahead:
                told = dict(zip(("value", "low", "high"), ahead.values()))
                yield about | {"quantity": f"{name} ahead of {YARDSTICK}"} | told
