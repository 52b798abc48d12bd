"""All curves of a finished run as one NumPy file."""

from __future__ import annotations

import io

import numpy as np

from ugrn_core.experiment.curves import probing
from ugrn_core.experiment.runs import compute
from ugrn_core.settings import Settings


def curves_npz(settings: Settings, spec: compute.Spec) -> bytes:
    """Return an NPZ with the curves of every probed pair; the same run gives the same bytes.

    Arrays: genes (G,), sources (S,), both as the data set names them; grid (T,), baseline,
    vvp and gdt (S, T, G). It opens without pickles.
    """
    ready = compute.prepare(settings, spec)
    study, asked = ready.study, ready.settings
    curves = probing.curve_tensors(
        probing.request(ready.backbone, study.panel, study.regulators, asked, settings.probes)
    )
    named = [study.labels.get(token, token) for token in study.panel.genes]
    buffer = io.BytesIO()
    np.savez_compressed(
        buffer,
        genes=np.array(named),
        sources=np.array([study.labels.get(token, token) for token in study.regulators]),
        grid=np.array(asked.grid),
        baseline=np.array(asked.baseline),
        vvp=curves["vvp"].values,
        gdt=curves["gdt"].values,
    )
    return buffer.getvalue()
