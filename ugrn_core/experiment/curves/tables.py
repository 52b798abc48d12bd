"""The curves of a probed panel as one table, or as AnnData: for scripts.

Letters: S sources, T values of the grid, G genes of the panel.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from ugrn_core.export.base import json_text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from anndata import AnnData

    from ugrn_core.experiment.catalog.study import Study
    from ugrn_core.probes.base import ProbeRequest


def curve_frame(request: ProbeRequest, study: Study) -> pd.DataFrame:
    """Return S x T x G rows: source, value, target, vvp, gdt and baseline_output.

    value: of the source, on the backbone's value scale. vvp: what the target's reconstruction
    changes by; gdt: its derivative by the source's value, no column where the backbone has none.
    baseline_output: the target's reconstruction while the source carries the baseline, too. source
    and target are categories, in the panel's order. A source's response to itself is included.
    """
    curves, grid = request.curves, request.settings.grid
    genes, sources = _symbols(request, study)
    s, t, g = len(sources), len(grid), len(genes)
    columns = {
        "source": pd.Categorical.from_codes(np.repeat(request.positions, t * g), genes),
        "value": np.tile(np.repeat(np.array(grid), g), s),
        "target": pd.Categorical.from_codes(np.tile(np.arange(g), s * t), genes),
        "vvp": curves.vvp.reshape(-1),
        **({} if curves.gdt is None else {"gdt": curves.gdt.reshape(-1)}),
        "baseline_output": np.tile(curves.baseline_output, s * t),
    }
    return pd.DataFrame(columns)


def curve_cells(request: ProbeRequest, study: Study, about: Mapping) -> AnnData:
    """Return virtual cells: an observation a source and value (S x T), a variable a gene (G).

    X: vvp. layers["gdt"]: where the backbone has a derivative. obs: source, value. var:
    baseline_output, is_source. uns["ugrn"]: `about` as JSON.
    """
    from anndata import AnnData

    curves, grid = request.curves, request.settings.grid
    genes, sources = _symbols(request, study)
    s, t, g = curves.vvp.shape
    obs = pd.DataFrame(
        {"source": pd.Categorical(np.repeat(sources, t)), "value": np.tile(grid, s)},
        index=[f"{source}={value:g}" for source in sources for value in grid],
    )
    driven = np.isin(np.arange(g), request.positions)
    var = pd.DataFrame(
        {"baseline_output": curves.baseline_output, "is_source": driven}, index=genes
    )
    layers = {} if curves.gdt is None else {"gdt": curves.gdt.reshape(s * t, g)}
    cells = AnnData(X=curves.vvp.reshape(s * t, g), obs=obs, var=var, layers=layers)
    cells.uns["ugrn"] = json_text(about)
    return cells


def _symbols(request: ProbeRequest, study: Study) -> tuple[list[str], list[str]]:
    """The symbols of the panel's genes and of the sources."""
    genes, sources = request.panel.genes, request.sources
    return [study.labels.get(g, g) for g in genes], [study.labels.get(s, s) for s in sources]
