"""scBERT against the original code's outputs, and on a tiny checkpoint of its own."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from tests.backbones.conftest import Golden, close, read_golden
from tests.backbones.tiny import GENES, WIDTH, scbert_state, write_scbert
from ugrn_core.backbones import open_backbone
from ugrn_core.backbones.forward_ad import ForwardADSweep
from ugrn_core.errors import CheckpointError
from ugrn_core.experiment.catalog import backbones
from ugrn_core.settings import Settings
from ugrn_core.types import Panel, ProbeSettings, Profile


@pytest.fixture(scope="module")
def golden(shared_data: Path) -> Golden:
    return read_golden(shared_data / "parity" / "scbert_small")


def test_logits_of_real_cells(golden, backbone, case):
    dtype, suffix, atol, _ = case
    cells = torch.tensor(golden.arrays["cells_bins"], dtype=getattr(torch, dtype))
    with torch.no_grad():
        close(backbone.logits(golden.panel, cells), golden.arrays[f"logits{suffix}"], atol)
        bins = backbone.reconstruct(golden.panel, cells, "visible-all")
        close(bins, golden.arrays[f"ebin{suffix}"][:, :-1], atol)


def test_a_masked_gene_carries_the_mask_class(golden, backbone):
    cell = torch.tensor(golden.arrays["cells_bins"][4:5], dtype=torch.float64)
    cell[0, golden.arrays["mask_positions"]] = backbone.defaults.mask_value
    close(backbone.logits(golden.panel, cell)[0], golden.arrays["masked_logits_f64"], 1e-9)


def test_responses_at_every_bin(golden, backbone, case):
    dtype, suffix, atol, _ = case
    bins = golden.facts["baseline_bins"]
    base = golden.arrays["base_ebin_f64"][:, :-1]
    responses = golden.arrays[f"pert_ebin{suffix}"][..., :-1] - base[:, None, None]
    for b in bins:
        settings = ProbeSettings(b, tuple(bins), "visible-all", cls=None, dtype=dtype)
        sweep = backbone.sweep(golden.panel, settings)
        close(sweep.baseline_output, base[b], atol)
        for k, source in enumerate(golden.facts["source_positions"]):
            close(sweep(source)[0], responses[b, k], atol)


def test_derivatives_between_the_bins(golden, backbone, case):
    dtype, suffix, atol, jac_atol = case
    for b, baseline in enumerate(golden.facts["gdt_baselines"]):
        settings = ProbeSettings(baseline, (baseline,), "visible-all", cls=None, dtype=dtype)
        sweep = backbone.sweep(golden.panel, settings)
        close(sweep.baseline_output, golden.arrays["gdt_base_out_f64"][b, :-1], atol)
        for k, source in enumerate(golden.facts["source_positions"]):
            close(sweep(source)[1][0], golden.arrays[f"gdt_jac{suffix}"][b, :-1, k], jac_atol)


def test_derivatives_along_a_sources_values(golden, backbone):
    grid = tuple(golden.facts["gdt_baselines"])
    settings = ProbeSettings(2.0, grid, "visible-all", cls=None, dtype="float64")
    for build in (backbone.sweep, lambda p, s: ForwardADSweep(backbone, p, s)):
        sweep = build(golden.panel, settings)
        for k, source in enumerate(golden.facts["source_positions"]):
            close(sweep(source)[1], golden.arrays["gdt_along_f64"][:, :-1, k], 1e-7)


def test_attention_of_the_last_layer(golden, backbone):
    cell = torch.tensor(golden.arrays["cells_bins"][4:5], dtype=torch.float64)
    got = backbone.attention(golden.panel, cell)[0]
    close(got, golden.arrays["attn_last_f64"][:, :-1, :-1], 1e-9)
    few = Panel(golden.panel.genes[7:2:-2])
    values = cell[:, [7, 5, 3]]
    assert backbone.attention(few, values).shape == (1, 2, 3, 3)


def test_attention_averaged_over_layers_and_heads(golden, backbone):
    cell = torch.tensor(golden.arrays["cells_bins"][4:5], dtype=torch.float64)
    got = backbone.mean_attention(golden.panel, cell)[0]
    close(got, golden.arrays["attn_mean_f64"][:-1, :-1], 1e-9)


def test_gene_vectors_are_gene2vec_as_stored(golden, backbone):
    close(backbone.gene_embedding(golden.panel), golden.arrays["gene_emb"].astype("float32"), 0)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return open_backbone(write_scbert(tmp_path_factory.mktemp("scbert")))


@pytest.mark.parametrize("readout", ["visible", "visible-all", "masked"])
def test_the_pass_by_hand_is_forward_mode(tiny, readout):
    """A panel in another order than the model's; values at, between and at the ends of bins."""
    panel = Panel(GENES[::-1])
    settings = ProbeSettings(1.0, (0.0, 0.25, 1.0, 3.7, 5.0), readout, None, "float64")
    fast, slow = tiny.sweep(panel, settings), ForwardADSweep(tiny, panel, settings)
    close(fast.baseline_output, slow.baseline_output, 1e-12)
    single = tiny.sweep(panel, ProbeSettings(1.0, settings.grid, readout, None))
    for source in (0, 6):
        expected = slow(source)
        for got, wanted in zip(fast(source), expected, strict=True):
            close(got, wanted, 1e-11)
        for got, wanted in zip(single(source), expected, strict=True):
            close(got, wanted, 5e-5)


def test_beside_a_profile_other_genes_carry_zero_as_in_a_real_cell(tiny):
    panel, cell = Panel(GENES[4:1:-1]), Profile("monocyte", (0.0, 2.0, 5.0))
    settings = ProbeSettings(cell, (0.5, 2.0, 5.0), "visible", None, "float64")
    fast, slow = tiny.sweep(panel, settings), ForwardADSweep(tiny, panel, settings)
    close(fast.baseline_output, slow.baseline_output, 1e-12)
    for source in (0, 1):
        for got, wanted in zip(fast(source), slow(source), strict=True):
            close(got, wanted, 1e-11)


def test_blocks_do_not_matter(tiny, monkeypatch):
    from ugrn_core.backbones.performer import bins, steps

    panel, settings = Panel(GENES), ProbeSettings(2.0, (0.0, 4.5), cls=None, dtype="float64")
    expected = tiny.sweep(panel, settings)(3)
    for name, least in (("FEATURES_AT_ONCE", 1), ("HIDDEN_AT_ONCE", 30), ("BASE_ROWS", 3)):
        monkeypatch.setattr(steps, name, least)
    monkeypatch.setattr(steps, "LEAST_ROWS", 2)
    monkeypatch.setattr(bins, "TOKENS_AT_ONCE", 1)
    for got, wanted in zip(tiny.sweep(panel, settings)(3), expected, strict=True):
        close(got, wanted, 1e-13)


def test_genes_outside_the_panel_are_in_the_cell_too(tiny):
    """So a pair's curves do not depend on which other genes are asked for."""
    settings = ProbeSettings(2.0, (0.0, 4.5), cls=None, dtype="float64")
    whole = tiny.sweep(Panel(GENES), settings)(3)
    few = tiny.sweep(Panel((GENES[3], GENES[8])), settings)(0)
    for got, wanted in zip(few, whole, strict=True):
        close(got, wanted[:, [3, 8]], 1e-13)


def test_the_batch_is_no_part_of_a_cells_answer(tiny):
    """The original's key maximum is one for the batch; here each cell has its own."""
    cells = torch.randint(0, 6, (4, len(GENES)), generator=torch.Generator().manual_seed(2))
    together = tiny.reconstruct(Panel(GENES), cells.double())
    alone = torch.cat([tiny.reconstruct(Panel(GENES), c[None].double()) for c in cells])
    close(together, alone, 1e-13)


def test_what_it_refuses(tmp_path):
    state = scbert_state()
    matrix = "performer.net.layers.0.0.fn.fast_attention.projection_matrix"
    tuned = {k: v for k, v in state.items() if not k.startswith("to_out")}
    changes = {
        "classify": tuned | {"to_out.fc1.weight": torch.zeros(3, WIDTH)},
        "all alike": {k: v for k, v in state.items() if k != "pos_emb.emb.weight"},
        "random features": {k: v for k, v in state.items() if k != matrix},
        "should name the model's 9 genes": state
        | {"pos_emb.emb.weight": torch.zeros(10, WIDTH, dtype=torch.float64)},
    }
    for told, changed in changes.items():
        with pytest.raises(CheckpointError, match=told):
            open_backbone(write_scbert(tmp_path / told[:9], changed))
    folder = write_scbert(tmp_path / "bare")
    (folder / "genes.txt").unlink()
    with pytest.raises(CheckpointError, match=r"genes\.txt"):
        open_backbone(folder)


def test_an_added_folder_is_offered_by_name(tmp_path):
    write_scbert(tmp_path / "backbones" / "panglao")
    (tmp_path / "backbones" / "empty").mkdir()
    settings = Settings(assets=tmp_path / "none", home=tmp_path)
    assert [card.name for card in backbones.backbones(settings)] == ["panglao"]
    assert backbones.open_named("panglao", settings).kind == "scbert"
