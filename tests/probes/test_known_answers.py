"""Against formulas: out_j = a_j + sum_i w_ji f(v_i)."""

from __future__ import annotations

import numpy as np
import pytest
from analytic import f, slope

from ugrn_core.errors import ComputationError, GridError, OptionError
from ugrn_core.probes.attention import Attention, rank_attention
from ugrn_core.probes.base import ProbeRequest
from ugrn_core.probes.embedding import Embedding, EmbeddingCosine
from ugrn_core.probes.gdt import GDT
from ugrn_core.probes.perturbation import AbsolutePerturbation, Perturbation
from ugrn_core.probes.settings import default_settings
from ugrn_core.probes.vvp import VVP

SOURCES = ("GENE3", "GENE0", "GENE4")
AT = [3, 0, 4]


@pytest.fixture
def ask(analytic, panel, profile):
    def ask(profile=profile, **overrides):
        settings = default_settings(analytic, **overrides)
        return ProbeRequest(analytic, panel, SOURCES, settings, profile)

    return ask


@pytest.mark.parametrize("readout", ["visible", "masked"])
def test_vvp_and_gdt(analytic, panel, ask, readout):
    request = ask(dtype="float64", readout=readout)
    grid = np.array(request.settings.grid)
    w = analytic.couplings(panel)[:, AT].T[:, None, :]  # (S, 1, G)
    np.testing.assert_allclose(
        VVP()(request).values, w * (f(grid) - f(0.5))[None, :, None], atol=1e-12
    )
    np.testing.assert_allclose(GDT()(request).values, w * slope(grid)[None, :, None], atol=1e-12)
    background = f(-1.0 if readout == "masked" else 0.5)
    expected = analytic.gene_embedding(panel)[:, 0] + analytic.couplings(panel).sum(1) * background
    np.testing.assert_allclose(request.curves.baseline_output, expected, atol=1e-6)


def test_both_probes_share_one_sweep(analytic, ask):
    request = ask()
    VVP()(request)
    calls = analytic.calls
    GDT()(request)
    assert analytic.calls == calls


def test_a_subset_of_the_grid(ask):
    request = ask()
    whole = GDT()(request).values
    np.testing.assert_array_equal(GDT((5.0, 1.0))(request).values, whole[:, [7, 2]])
    np.testing.assert_array_equal(VVP((3.0,))(request).values, VVP()(request).values[:, [5]])
    assert GDT((5.0,))(request).provenance["parameters"] == {"values": (5.0,)}
    for wrong in ((7.0,), ()):
        with pytest.raises(GridError, match="probed grid"):
            VVP(wrong)(request)


def test_embeddings(analytic, panel, ask):
    e = analytic.gene_embedding(panel)
    values = Embedding()(ask()).values
    np.testing.assert_allclose(values[1, :, 5], e[0] + e[5], atol=1e-6)
    cosine = EmbeddingCosine()(ask()).values
    expected = e[3] @ e[6] / np.linalg.norm(e[3]) / np.linalg.norm(e[6])
    assert cosine[0, 0, 6] == pytest.approx(expected, abs=1e-6)
    assert cosine[0, 0, 3] == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("batch", [None, 1, 2])
def test_knock_out_on_the_real_profile(analytic, panel, profile, ask, batch):
    w = analytic.couplings(panel)
    expected = (w[:, AT] * f(profile[AT])).T
    values = Perturbation(batch)(ask(dtype="float64")).values
    np.testing.assert_allclose(values[:, 0], expected, atol=1e-12)
    assert (values[2] == 0).all()  # a silent gene cannot be knocked out
    np.testing.assert_allclose(
        AbsolutePerturbation(batch)(ask(dtype="float64")).values[:, 0], np.abs(expected), atol=1e-12
    )


def test_knock_out_is_averaged_over_cells(analytic, panel, ask):
    cells = np.random.default_rng(2).uniform(0, 3, (4, 9))
    expected = (analytic.couplings(panel)[:, AT] * f(cells[:, AT]).mean(axis=0)).T
    found = Perturbation()(ask(profile=cells, dtype="float64")).values[:, 0]
    np.testing.assert_allclose(found, expected, atol=1e-12)


def test_profiles_that_do_not_fit(ask):
    with pytest.raises(OptionError, match="reads real expression"):
        Perturbation()(ask(profile=None))
    with pytest.raises(OptionError, match="panel's 9 genes"):
        Perturbation()(ask(profile=np.ones(8)))
    for bad in (7.0, -0.1, np.nan):
        with pytest.raises(GridError, match=r"\[0, 5\].*made-up units"):
            Perturbation()(ask(profile=np.full(9, bad)))


def test_attention_reads_the_column_of_the_source(analytic, panel, profile, ask):
    import torch

    raw = analytic.attention(panel, torch.from_numpy(profile[None]).float())[0]
    ranked = rank_attention(raw)
    values = Attention()(ask()).values
    assert raw.shape == (2, 10, 10)
    np.testing.assert_allclose(values[0, 0], ranked[1:, 1 + 3], atol=1e-6)


def test_ranks_by_hand():
    raw = np.array([[[0.1, 0.2, 0.3], [0.9, 0.8, 0.7], [5, 7, 6]]])
    # along keys: [0 1 2], [2 1 0], [0 2 1]; then along queries, ties averaged or in row order
    average = np.array([[0.5, 0.5, 2], [2, 0.5, 0], [0.5, 2, 1]]) / 3
    stable = np.array([[0, 0, 2], [2, 1, 0], [1, 2, 1]]) / 3
    np.testing.assert_allclose(rank_attention(raw), average)
    np.testing.assert_allclose(rank_attention(raw, "stable"), stable)
    with pytest.raises(OptionError):
        rank_attention(raw, "random")


@pytest.mark.parametrize("kind", ["scgpt_small", "scbenchmark_small"])
def test_ranks_of_the_original_code(shared_data, kind):
    golden = np.load(shared_data / "parity" / kind / "golden.npz")
    raw, ranked = golden["cls_0__attn_raw_last"], golden["cls_0__attn_rank_last"]
    for cell in range(len(raw)):
        difference = np.abs(rank_attention(raw[cell], "stable") - ranked[cell])
        assert np.median(difference) < 1e-6
        assert (difference > 1e-6).mean() < 0.01


def test_settings_are_checked(analytic):
    settings = default_settings(analytic, cls=None, readout="masked", grid=[1.0, 2.0])
    assert (settings.cls, settings.readout, settings.grid) == (None, "masked", (1.0, 2.0))
    assert default_settings(analytic).cls == 0.0
    with pytest.raises(GridError, match="0 to 5"):
        default_settings(analytic, grid=(1.0, 5.5))
    with pytest.raises(GridError, match="0 to 5"):
        default_settings(analytic, baseline=-1)
    with pytest.raises(OptionError, match="generative"):
        default_settings(analytic, readout="generative")
    with pytest.raises(OptionError, match="-2"):
        default_settings(analytic, cls=-2.0)
    with pytest.raises(OptionError, match="gird"):
        default_settings(analytic, gird=(1.0,))


def test_nan_is_refused_and_named(analytic, ask, monkeypatch):
    request = ask()

    class Broken:
        baseline_output = np.zeros(9, np.float32)

        def __call__(self, source):
            return np.zeros((8, 9), np.float32), np.full((8, 9), np.nan, np.float32)

    monkeypatch.setattr(analytic, "sweep", lambda panel, settings: Broken())
    with pytest.raises(ComputationError, match="tangent of GENE3"):
        GDT()(request)
