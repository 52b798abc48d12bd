"""The additive translator: a logistic regression, whose weights a person can read."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, log_loss

from ugrn_core.translators.fit import FitReport, check_training_set, feature_statistics
from ugrn_core.translators.mlp import Translator, standardise


@dataclass(frozen=True)
class AdditiveConfig:
    """How an additive translator is trained; part of its card.

    penalty: C of scikit-learn's logistic regression, the inverse strength of its ridge penalty.
    """

    method: str = "logistic regression, a bootstrap of the training pairs for each seed"
    penalty: float = 0.01
    iterations: int = 1000


def fit_additive(
    features: np.ndarray,
    labels: np.ndarray,
    held_out: np.ndarray,
    config: AdditiveConfig,
    seed: int,
) -> tuple[Translator, FitReport]:
    """Return the logistic regression on a bootstrap (drawn by `seed`) of the training pairs, and
    how it went; arguments and errors as in `fit.fit`.

    The members of several seeds differ by what they were trained on, so their spread says how much
    a score owes to the chance of its training pairs.
    """
    labels, held_out = np.asarray(labels).astype(bool), np.asarray(held_out).astype(bool)
    check_training_set(features, labels, held_out)
    mean, scale, constant = feature_statistics(features[~held_out])
    x, y = standardise(features, mean, scale), labels[~held_out]
    rng = np.random.default_rng(seed)
    # Drawn within each label: the prevalence stays, and neither label can be lost.
    drawn = np.concatenate([rng.choice(k, len(k)) for k in map(np.flatnonzero, (~y, y))])
    model = LogisticRegression(C=config.penalty, max_iter=config.iterations)
    model.fit(x[~held_out][drawn], y[drawn])
    weight, bias = model.coef_.astype(np.float32), model.intercept_.astype(np.float32)
    translator = Translator(mean, scale, ((weight, bias),))
    probability = model.predict_proba(x)[:, 1]
    losses = tuple(
        round(float(log_loss(labels[part], probability[part])), 6) for part in (~held_out, held_out)
    )
    score = average_precision_score(labels[held_out], probability[held_out])
    prevalence = float(labels[held_out].mean())
    return translator, FitReport(
        seed=seed,
        loss=(losses,),
        best_epoch=1,
        held_out_auprc=float(score),
        held_out_prevalence=prevalence,
        constant_features=constant,
    )
