"""What the gene table foretells: a planted product comes back, and a planted departure is told."""

from __future__ import annotations

import numpy as np
import pytest

from tests.hostile.damage import flip
from ugrn_core.experiment.curves import expected
from ugrn_core.experiment.runs import run_folder
from ugrn_core.probes.gene_table.cosines import cosines
from ugrn_core.types import ProbeTensor

GENES = tuple(f"G{k}" for k in range(9))
AT = np.array([2, 5, 7])
GRID = (0.0, 1.0, 2.0, 4.0)
ABOUT = {
    **{name: "x" for name in ("run_id", "dataset", "backbone", "date", "question")},
    **{"n_regulators": 3, "n_pairs": 1, "control": False, "settings": {"grid": list(GRID)}},
}


def planted(departure: float = 0.0) -> tuple[dict, np.ndarray]:
    """VVP that is the product but for G2 -> G4 at every value; GDT that is another product."""
    rng = np.random.default_rng(3)
    vectors = rng.normal(size=(9, 4))
    a, b = rng.normal(size=(3, 4)), rng.normal(size=9) + 3
    product = a[:, :, None] * b * np.nan_to_num(cosines(vectors)[AT])[:, None]
    vvp = product.copy()
    vvp[0, :, 4] += departure
    sources = tuple(GENES[k] for k in AT)
    tensors = {
        name: ProbeTensor(name, GENES, sources, values.astype(np.float32))
        for name, values in (("vvp", vvp), ("gdt", 2 * product))
    }
    return tensors, vectors


def read(folder):
    return expected.Expected.of(run_folder.read_arrays(folder, run_folder.EXPECTED))


@pytest.fixture
def folder(tmp_path):
    run_folder.write_edges(tmp_path / "run", b"edges", ABOUT)
    return tmp_path / "run"


def test_a_pure_product_is_explained_whole(folder):
    tensors, vectors = planted()
    run_folder.write_arrays(folder, run_folder.EXPECTED, expected.fitted(tensors, AT, vectors))
    pair = read(folder).pair(5, 1)
    assert pair.explains == pytest.approx(1, abs=1e-6)
    np.testing.assert_allclose(pair.vvp, tensors["vvp"].values[1, :, 1], atol=1e-5)
    np.testing.assert_allclose(pair.gdt, tensors["gdt"].values[1, :, 1], atol=1e-5)


def test_a_pair_that_departs_is_beyond_the_others(folder):
    tensors, vectors = planted(departure=0.2)
    run_folder.write_arrays(folder, run_folder.EXPECTED, expected.fitted(tensors, AT, vectors))
    back = read(folder)
    odd, plain = back.pair(2, 4), back.pair(7, 1)
    assert odd.departs > 3 * plain.departs
    assert odd.beyond == 100
    assert plain.beyond < 100
    assert back.pair(1, 4) is None  # no regulator
    assert back.pair(2, 2) is None


def test_without_a_derivative_there_is_no_expected_gradient(folder):
    tensors, vectors = planted()
    arrays = expected.fitted({"vvp": tensors["vvp"]}, AT, vectors)
    run_folder.write_arrays(folder, run_folder.EXPECTED, arrays)
    assert read(folder).pair(5, 1).gdt is None


def test_a_damaged_file_is_as_good_as_none(folder):
    assert read(folder) is None
    tensors, vectors = planted()
    run_folder.write_arrays(folder, run_folder.EXPECTED, expected.fitted(tensors, AT, vectors))
    flip(np.random.default_rng(1), folder / run_folder.EXPECTED)
    assert read(folder) is None
