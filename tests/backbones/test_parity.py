"""Agreement with the original code's outputs (tolerances: the goldens' own README)."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from ugrn_core.backbones import open_backbone
from ugrn_core.backbones.forward_ad import ForwardADSweep
from ugrn_core.backbones.generative import generate
from ugrn_core.backbones.loaded import panel_ids, tensors_of
from ugrn_core.types import Panel, ProbeSettings

TOLERANCES = {"float32": ("", 5e-6, 2e-5), "float64": ("_f64", 1e-9, 1e-9)}


@pytest.fixture(scope="module")
def backbone(golden):
    return open_backbone(golden.folder)


@pytest.fixture(params=list(TOLERANCES))
def case(request, golden):
    """dtype, golden suffix, tolerance of outputs, tolerance of derivatives."""
    return (getattr(torch, request.param), *TOLERANCES[request.param])


def uniform(golden, values, dtype) -> torch.Tensor:
    cells = torch.tensor(values, dtype=dtype)[:, None]
    return cells.repeat(1, len(golden.panel))


def close(got, expected, atol) -> None:
    assert got.shape == expected.shape
    np.testing.assert_allclose(np.asarray(got), expected, rtol=0, atol=atol)


def reverse_jacobian(function, values: torch.Tensor) -> torch.Tensor:
    """(B, targets, sources): every cell's own Jacobian by plain autograd.

    Cells do not see each other, so one backward pass serves a target in all of them.
    """
    values = values.clone().requires_grad_()
    out = function(values)
    rows = [torch.autograd.grad(o.sum(), values, retain_graph=True)[0] for o in out.unbind(1)]
    return torch.stack(rows, 1)


def test_every_spelling_gives_the_same_outputs(any_golden, case):
    dtype, suffix, atol, _ = case
    backbone, arrays = open_backbone(any_golden.folder), any_golden.arrays
    for layout, cls in any_golden.layouts():
        cells = torch.tensor(any_golden.facts["cells"], dtype=dtype)
        baselines = uniform(any_golden, any_golden.facts["baselines"], dtype)
        for name, values in (("base_out", baselines), ("cells_out", cells)):
            with torch.no_grad():
                out = backbone.reconstruct(any_golden.panel, values, cls=cls)
            close(out, arrays[f"{layout}__{name}{suffix}"], atol)


@pytest.mark.parametrize(
    "names",
    [
        ("scgpt_small/flash_wqkv", "scgpt_small/torch_inproj"),
        ("scbenchmark_small/ddp_prefix", "scbenchmark_small/plain"),
    ],
)
def test_every_spelling_holds_the_same_tensors(shared_data, names):
    one, other = (open_backbone(shared_data / "parity" / name) for name in names)
    assert one.files["best_model.pt"] != other.files["best_model.pt"]
    pairs = zip(*(tensors_of((b.weights.genes, b.weights.net)) for b in (one, other)), strict=True)
    assert all(torch.equal(a, b) for a, b in pairs)
    # torch_inproj lacks the flag row, so it is another model as soon as that row is read.
    assert (one.checksum == other.checksum) == (one.weights.query_flag is None)


def test_outputs_with_sources_set_zeroed_and_clamped(golden, backbone, case):
    dtype, suffix, atol, _ = case
    facts, sources = golden.facts, golden.facts["source_positions"]
    for layout, cls in golden.layouts():

        def out(cells, cls=cls):
            with torch.no_grad():
                flat = backbone.reconstruct(
                    golden.panel, cells.reshape(-1, cells.shape[-1]), cls=cls
                )
            return flat.reshape(cells.shape)

        values = torch.tensor(facts["values"], dtype=dtype)
        cells = uniform(golden, facts["baselines"][::2], dtype)[:, None, None].repeat(
            1, len(sources), len(values), 1
        )
        zeroed = torch.tensor(facts["cells"], dtype=dtype)[:, None].repeat(1, len(sources), 1)
        for k, i in enumerate(sources):
            cells[:, k, :, i] = values
            zeroed[:, k, i] = 0
        close(out(cells), golden.arrays[f"{layout}__pert_out{suffix}"][::2], atol)
        close(out(zeroed), golden.arrays[f"{layout}__cells_zeroed_out{suffix}"], atol)


def test_masked_targets(golden, backbone, case):
    dtype, suffix, atol, jac_atol = case
    cells = uniform(golden, golden.facts["baselines"], dtype)
    cells[:, golden.facts["mask_positions"]] = backbone.defaults.mask_value
    for layout, cls in golden.layouts():

        def out(v, cls=cls):
            return backbone.reconstruct(golden.panel, v, readout="masked", cls=cls)

        close(out(cells).detach(), golden.arrays[f"{layout}__masked_out{suffix}"], atol)
        jacobian = reverse_jacobian(out, cells)[:, :, golden.facts["source_positions"]]
        close(jacobian, golden.arrays[f"{layout}__masked_jac{suffix}"], jac_atol)


def test_derivative_ends_above_the_clamp(golden, backbone, case):
    dtype, suffix, atol, jac_atol = case
    source = golden.facts["source_positions"][0]
    baseline = golden.facts["baselines"][golden.facts["b0"]]
    cells = uniform(golden, [baseline] * 4, dtype)
    cells[:, source] = torch.tensor(golden.facts["clamp_values"], dtype=dtype)
    for layout, cls in golden.layouts():

        def out(v, cls=cls):
            return backbone.reconstruct(golden.panel, v, cls=cls)

        # Near 512 the original's own float32 outputs are 8e-6 off its float64 ones.
        out_atol = 2e-5 if dtype == torch.float32 else atol
        close(out(cells).detach(), golden.arrays[f"{layout}__clamp_out{suffix}"], out_atol)
        gradient = reverse_jacobian(out, cells)[:, :, source]
        close(gradient, golden.arrays[f"{layout}__clamp_grad{suffix}"], jac_atol)
        assert (gradient[2:] == 0).all()
        assert (gradient[1] != 0).any()


def test_jacobian_by_reverse_mode(golden, backbone, case):
    dtype, suffix, _, atol = case
    cells = uniform(golden, golden.facts["baselines"], dtype)
    for layout, cls in golden.layouts():

        def out(v, cls=cls):
            return backbone.reconstruct(golden.panel, v, cls=cls)

        jacobian = reverse_jacobian(out, cells)
        close(jacobian, golden.arrays[f"{layout}__jac{suffix}"], atol)


@pytest.mark.parametrize("fast", [False, True], ids=["forward-ad", "fastest"])
def test_sweep_gives_trajectories_and_responses(golden, backbone, case, fast):
    dtype, suffix, atol, jac_atol = case
    facts = golden.facts
    for layout, cls in golden.layouts():
        settings = ProbeSettings(
            background=facts["baselines"][facts["b0"]],
            grid=tuple(facts["values"]),
            cls=cls,
            dtype=str(dtype).removeprefix("torch."),
        )
        build = backbone.sweep if fast else lambda p, s: ForwardADSweep(backbone, p, s)
        sweep = build(golden.panel, settings)
        base = golden.arrays[f"{layout}__base_out{suffix}"][facts["b0"]]
        close(sweep.baseline_output, base, atol)
        # float32 goldens lie on the other side of a ReLU kink at one point: compare with float64.
        tangents = golden.arrays[f"{layout}__gdt_along_f64"]
        for k, i in enumerate(facts["source_positions"]):
            response, tangent = sweep(i)
            expected = golden.arrays[f"{layout}__pert_out{suffix}"][facts["b0"], k] - base
            close(response, expected, 2 * atol)
            close(tangent, tangents[k], jac_atol)


@pytest.mark.parametrize("fast", [False, True], ids=["forward-ad", "fastest"])
def test_sweep_gives_the_jacobian_of_uniform_cells(golden, backbone, case, fast):
    dtype, suffix, _, atol = case
    layout, cls = golden.layouts()[0]
    for b, baseline in list(enumerate(golden.facts["baselines"]))[::3]:
        settings = ProbeSettings(baseline, (baseline,), cls=cls, dtype=str(dtype)[6:])
        build = backbone.sweep if fast else lambda p, s: ForwardADSweep(backbone, p, s)
        sweep = build(golden.panel, settings)
        tangent = np.stack([sweep(i)[1][0] for i in golden.facts["source_positions"]], 1)
        expected = golden.arrays[f"{layout}__jac{suffix}"][b]
        close(tangent, expected[:, golden.facts["source_positions"]], atol)


def test_attention_of_the_last_layer(golden, backbone):
    cells = torch.tensor(golden.facts["cells"])
    for layout, cls in golden.layouts():
        expected = golden.arrays[f"{layout}__attn_raw_last"]
        got = backbone.attention(golden.panel, cells, cls=cls)
        close(got, expected, 1e-5 * np.abs(expected).max())


def test_gene_embedding(golden, backbone):
    close(backbone.gene_embedding(golden.panel), golden.arrays["gene_emb"], 1e-6)


def test_generative_readout(golden, backbone, case):
    dtype, suffix, atol, jac_atol = case
    if "generative" not in backbone.defaults.readouts:
        assert "flag_encoder.weight" not in backbone.ignored
        pytest.skip("this checkpoint has no flag_encoder, which the generative readout needs")
    queried = Panel(tuple(golden.facts["gen_query_genes"]))
    queries = backbone._gene_vectors(panel_ids(backbone.vocabulary, queried), dtype)
    queries = queries + backbone.weights.query_flag.to(dtype)
    known = len(golden.panel)

    def out(v):
        tokens = backbone._tokens(golden.panel, v, -2.0)[1]
        return generate(backbone.in_dtype(dtype).net, tokens, queries)

    cells = uniform(golden, golden.facts["baselines"], dtype)
    close(out(cells), golden.arrays[f"gen__gen_preds{suffix}"], atol)
    jacobian = reverse_jacobian(out, cells)[:, :, golden.facts["source_positions"]]
    close(jacobian, golden.arrays[f"gen__gen_jac{suffix}"], jac_atol)
    read = backbone.reconstruct(golden.panel, cells, readout="generative", cls=-2.0)
    close(read, golden.arrays[f"gen__gen_preds{suffix}"][:, :known], atol)
    some = torch.tensor([3, 1])
    subset = backbone.reconstruct(golden.panel, cells, "generative", -2.0, targets=some)
    close(subset, golden.arrays[f"gen__gen_preds{suffix}"][:, [3, 1]], atol)
    perceived = backbone.reconstruct(golden.panel, cells, cls=-2.0)
    close(perceived, golden.arrays[f"gen__pcpt_preds{suffix}"], atol)
