"""The frozen translator: a shallow ReLU network with its own standardisation.

Letters: N pairs, K features, H hidden units.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ugrn_core.errors import OptionError

BLOCK_FLOATS = 2**22  # features standardised at a time


@dataclass(frozen=True, eq=False)
class Translator:
    """Trained weights, float32. `mean` and `scale` (K,) come from the training pairs only.

    layers: ((weight (out, in), bias (out,)), ...), ReLU between them, the last one with out = 1.
    """

    mean: np.ndarray
    scale: np.ndarray
    layers: tuple[tuple[np.ndarray, np.ndarray], ...]

    @property
    def features(self) -> int:
        """K, the number of features a pair must have."""
        return len(self.mean)

    def logits(self, features: np.ndarray) -> np.ndarray:
        """Return the (N,) float32 logits of `features` (N, K); a NaN feature counts as average."""
        check_features(features, self.features)
        out = np.empty(len(features), dtype=np.float32)
        step = max(1, BLOCK_FLOATS // self.features)
        for start in range(0, len(features), step):
            x = standardise(features[start : start + step], self.mean, self.scale)
            for weight, bias in self.layers[:-1]:
                x = x @ weight.T
                x += bias
                np.maximum(x, 0, out=x)
            weight, bias = self.layers[-1]
            out[start : start + step] = x @ weight[0] + bias[0]
        return out


def standardise(features: np.ndarray, mean: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Return (features - mean) / scale, float32, with missing (NaN) features at 0, the mean."""
    x = (np.asarray(features, dtype=np.float32) - mean) / scale
    x[np.isnan(x)] = 0
    return x


def check_features(features: np.ndarray, expected: int) -> None:
    """Raise OptionError unless `features` is (N, expected)."""
    if features.ndim != 2 or features.shape[1] != expected:
        raise OptionError(
            f"This translator reads {expected} features a pair; an array {features.shape} came. "
            "Use the probe, grid and feature variant it was trained with (see its card)."
        )
