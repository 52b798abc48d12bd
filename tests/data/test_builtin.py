"""Data that need no download, against what is published about them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from ugrn_core.data.cells import builtin
from ugrn_core.data.cells.builtin import krumsiek_expression, krumsiek_network, pbmc68k
from ugrn_core.errors import MissingDataError


def test_pbmc68k_is_log_normalised_with_cell_types():
    cells = pbmc68k()
    assert cells.values.shape == (765, 700)
    assert cells.values.min() == 0
    assert cells.values.max() < 10
    types = cells.annotations["cell_type"]
    assert len(set(types)) == 10
    marker = cells.values[cells.genes.index("CD79A")]
    assert marker[types == "CD19+ B"].mean() > 5 * marker[types == "CD14+ Monocyte"].mean()


def test_krumsiek_network_is_the_published_signed_one():
    network = krumsiek_network()
    signs = {
        (network.genes[a], network.genes[b]): s for (a, b), s in zip(network.edges, network.signs)
    }
    assert len(signs) == 26
    assert len(network.genes) == 11
    # Table 1 of Krumsiek et al. 2011; GATA1 and PU.1 repress each other, PU.1 and C/EBPa drive on.
    assert signs["GATA1", "SPI1"] == signs["SPI1", "GATA1"] == -1
    assert signs["GATA2", "GATA1"] == signs["GATA1", "ZFPM1"] == signs["CEBPA", "SPI1"] == 1
    assert signs["FLI1", "KLF1"] == signs["KLF1", "FLI1"] == -1
    assert signs["EGR1", "GFI1"] == signs["GFI1", "EGR1"] == -1
    assert signs["CEBPA", "GFI1"] == signs["JUN", "EGR1"] == 1
    assert ("CEBPA", "CEBPA") not in signs
    assert "ZFPM1 is 'Fog1' in the file" in network.notes


def test_krumsiek_cells_reach_their_fates():
    cells = krumsiek_expression()
    assert cells.values.shape == (11, 640)
    assert cells.values.min() == 0
    fate, late = cells.annotations["cell_type"], cells.annotations["time"] == 159
    assert set(fate) == {"progenitor", *builtin.FATES}
    gata1, pu1 = (cells.values[cells.genes.index(g)] for g in ("GATA1", "SPI1"))
    for name in ("erythrocyte", "megakaryocyte"):
        assert gata1[late & (fate == name)] > 0.8 > pu1[late & (fate == name)]
    for name in ("monocyte", "neutrophil"):
        assert pu1[late & (fate == name)] > 0.8 > gata1[late & (fate == name)]
    assert np.isfinite(cells.values).all()


def test_a_missing_file_says_what_to_install(monkeypatch):
    monkeypatch.setattr(builtin, "find_spec", lambda name: None)
    with pytest.raises(MissingDataError, match="pip install scanpy"):
        krumsiek_network()


def test_scanpy_itself_is_not_imported():
    code = (
        "import sys; from ugrn_core.data.cells.builtin import krumsiek_network as read; read(); "
        "print('scanpy' in sys.modules)"
    )
    root = Path(builtin.__file__).parents[3]
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=root)
    assert done.stdout.strip() == "False"
