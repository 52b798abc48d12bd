"""scFoundation against the original code's outputs, and on a tiny checkpoint of its own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from tests.backbones.conftest import Golden, close, read_golden
from tests.backbones.tiny import GENES, scfoundation_state, write_scfoundation
from ugrn_core.backbones import open_backbone
from ugrn_core.backbones.forward_ad import ForwardADSweep
from ugrn_core.errors import CheckpointError, OptionError
from ugrn_core.probes.settings import default_settings
from ugrn_core.types import Panel, ProbeSettings, Profile


@pytest.fixture(scope="module")
def golden(shared_data: Path) -> Golden:
    return read_golden(shared_data / "parity" / "scfoundation_small")


def settings(golden, baseline, grid, dtype="float64") -> ProbeSettings:
    depth = golden.facts["T"], golden.facts["S_virtual"]
    return ProbeSettings(baseline, tuple(grid), cls=None, dtype=dtype, depth=depth)


def test_real_cells(golden, backbone, case):
    dtype, suffix, atol, _ = case
    net = backbone.in_dtype(getattr(torch, dtype))
    cells = torch.tensor(golden.arrays["cells_x"], dtype=getattr(torch, dtype))
    with torch.no_grad():
        close(torch.stack([net(c) for c in cells]), golden.arrays[f"out{suffix}"], atol)
        if dtype == "float64":
            close(torch.stack([net.states(c) for c in cells]), golden.arrays["hidden_f64"], atol)
        for cell, expected in zip(cells, golden.arrays[f"out{suffix}"]):
            depth = tuple(cell[-2:].tolist())
            got = backbone.reconstruct(golden.panel, cell[None, :-2], depth=depth)
            close(got[0], expected[:-2], atol)


def test_values_and_the_encoder(golden, backbone):
    net, arrays = backbone.in_dtype(torch.float64), golden.arrays
    close(net.values(torch.tensor(arrays["token_values"])), arrays["token_emb_f64"], 1e-9)
    cell = torch.tensor(arrays["cells_x"][0])
    on = net.in_encoder(cell)
    assert on.nonzero()[:, 0].tolist() == arrays["enc_ids_cell0"].tolist()
    tokens = (net.values(cell) + net.positions)[on]
    close(tokens, arrays["enc_in_cell0_f64"], 1e-9)
    close(net.encode(tokens[None])[0], arrays["enc_out_cell0_f64"], 1e-9)


def test_masked_genes_leave_the_encoder(golden, backbone):
    cell = torch.tensor(golden.arrays["cells_x"][2])
    cell[golden.arrays["mask_positions"]] = backbone.defaults.mask_value
    got = backbone.in_dtype(torch.float64)(cell)
    close(got, golden.arrays["masked_out_f64"], 1e-9)


def test_attention_of_the_encoders_last_layer(golden, backbone):
    cell = golden.arrays["cells_x"][0]
    depth = tuple(cell[-2:])
    raw = backbone.attention(golden.panel, torch.tensor(cell[None, :-2]))[0]
    on = np.flatnonzero(cell[:-2] > 0)
    assert np.isneginf(np.delete(raw, on, 1)).all()
    # Softmax needs T and S, which are no genes: differences of logarithms do not.
    expected = np.log(golden.arrays["enc_attn_last_cell0_f64"][:, : len(on), : len(on)])
    width = backbone.weights.positions.shape[1] // backbone.weights.encoder.heads
    got = raw[:, on[:, None], on] * width**-0.5
    if depth == (4.0, 4.0):
        close(got - got[..., :1], expected - expected[..., :1], 1e-9)
    assert np.isfinite(got).all()


def test_responses_with_the_jump_at_zero(golden, backbone, case):
    dtype, suffix, atol, _ = case
    base = golden.arrays["base_out_f64"][:, :-2]
    responses = golden.arrays[f"pert_out{suffix}"][..., :-2] - base[:, None, None]
    for b, baseline in enumerate(golden.facts["baselines"]):
        made = settings(golden, baseline, golden.facts["values"], dtype)
        sweep = backbone.sweep(golden.panel, made)
        close(sweep.baseline_output, base[b], atol)
        for k, source in enumerate(golden.facts["source_positions"]):
            close(sweep(source)[0], responses[b, k], atol)


def test_derivatives_at_uniform_cells(golden, backbone, case):
    dtype, suffix, _, atol = case
    for b, baseline in enumerate(golden.facts["jac_baselines"]):
        sweep = backbone.sweep(golden.panel, settings(golden, baseline, (baseline,), dtype))
        for k, source in enumerate(golden.facts["source_positions"]):
            close(sweep(source)[1][0], golden.arrays[f"jac{suffix}"][b, :-2, k], atol)


def test_derivatives_along_a_sources_values(golden, backbone):
    made = settings(golden, 1.0, golden.facts["along_values"])
    for build in (backbone.sweep, lambda p, s: ForwardADSweep(backbone, p, s)):
        sweep = build(golden.panel, made)
        for k, source in enumerate(golden.facts["source_positions"][:2]):
            close(sweep(source)[1], golden.arrays["along_f64"][:, :-2, k], 1e-7)


def test_gene_vectors(golden, backbone):
    close(backbone.gene_embedding(golden.panel), golden.arrays["gene_emb"], 0)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    return open_backbone(write_scfoundation(tmp_path_factory.mktemp("scf")))


@pytest.mark.parametrize("readout", ["visible", "masked"])
@pytest.mark.parametrize("baseline", [0.0, 1.5])
@pytest.mark.parametrize("depth", [(4.0, 3.5), (4.0, 0.0)])
def test_the_pass_by_hand_is_forward_mode(tiny, readout, baseline, depth):
    """In part of the model's genes, at depths that stay out of the encoder, too."""
    panel = Panel(GENES[7:1:-1])
    made = ProbeSettings(baseline, (0.3, baseline or 2.0, 5.0), readout, None, "float64", depth)
    fast, slow = tiny.sweep(panel, made), ForwardADSweep(tiny, panel, made)
    close(fast.baseline_output, slow.baseline_output, 1e-11)
    for source in (0, 4):
        for got, wanted in zip(fast(source), slow(source), strict=True):
            close(got, wanted, 1e-10)


def test_a_profile_keeps_its_zeros_out_of_the_encoder(tiny):
    panel = Panel(GENES[7:1:-1])
    cell = Profile("monocyte", (0.0, 1.5, 0.0, 2.5, 0.4, 3.0))
    made = ProbeSettings(cell, (0.3, 1.5, 5.0), "visible", None, "float64", (4.0, 3.5))
    fast, slow = tiny.sweep(panel, made), ForwardADSweep(tiny, panel, made)
    close(fast.baseline_output, slow.baseline_output, 1e-11)
    for source in (0, 1):  # out of the encoder, and in it
        for got, wanted in zip(fast(source), slow(source), strict=True):
            close(got, wanted, 1e-10)


def test_at_zero_the_response_jumps_and_the_derivative_is_its_limit(tiny):
    panel = Panel(GENES[:6])
    made = default_settings(tiny, dtype="float64", grid=(0.0, 1e-9, 1.0))
    response, tangent = tiny.sweep(panel, made)(2)
    jump = np.abs(response[0] - response[1]).max()
    assert jump > 1e-5
    close(tangent[0], tangent[1], 1e-9)
    cells = torch.ones(2, 6, dtype=torch.float64)
    cells[0, 2] = 0
    without, whole = tiny.reconstruct(panel, cells)
    close(response[0], (without - whole).numpy(), 1e-11)


def test_the_depth_is_part_of_the_question(tiny):
    panel = Panel(GENES[:6])
    assert default_settings(tiny).depth == (4.0, 4.0)
    one, other = (
        tiny.sweep(panel, default_settings(tiny, depth=depth)).baseline_output
        for depth in ((4, 4), (5, 4))
    )
    assert np.abs(one - other).max() > 1e-5
    for depth in ((4,), (4, -1), (4, 11), (1e300, 4), (float("nan"), 4)):
        with pytest.raises(OptionError, match="two numbers"):
            default_settings(tiny, depth=depth)


def test_what_it_refuses(tmp_path):
    state = scfoundation_state()
    changes = {
        "encoder.norm.weight": {k: v for k, v in state.items() if "encoder.norm" not in k},
        "does not know how to apply": state | {"encoder.gate.weight": torch.zeros(2, 2)},
    }
    for number, (told, changed) in enumerate(changes.items()):
        with pytest.raises(CheckpointError, match=told.replace(".", r"\.")):
            open_backbone(write_scfoundation(tmp_path / str(number), changed))
    folder = write_scfoundation(tmp_path / "genes")
    table = next(folder.glob("*.tsv"))
    table.write_text("\n".join(table.read_text().split("\n")[:-3]))
    with pytest.raises(CheckpointError, match="should number the model's"):
        open_backbone(folder)
    table.unlink()
    with pytest.raises(CheckpointError, match="one gene list"):
        open_backbone(folder)
