"""Tahoe-x1 against torch's own pre-norm encoder, which shares no code with ours."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from tests.backbones.tiny import HEADS, HIDDEN, LAYERS, TAHOE, WIDTH, tahoe_state, write_tahoe
from ugrn_core.backbones import open_backbone
from ugrn_core.backbones.forward_ad import ForwardADSweep
from ugrn_core.errors import CheckpointError
from ugrn_core.types import Panel, ProbeSettings

PANEL = Panel(("MYC", "GATA1", "ENSG99999999999", "ENSG00000066336", "TAL1"))
ROWS = [4, 0, 7, 1, 6]
CLS = 9
NEW_NAMES = {"Wqkv.": "in_proj_", "up_proj": "linear1", "down_proj": "linear2"}


@pytest.fixture(scope="module")
def backbone(tmp_path_factory):
    return open_backbone(write_tahoe(tmp_path_factory.mktemp("tahoe")))


@pytest.fixture(scope="module")
def reference():
    """torch's encoder, and the parts around it as functions of (B, S) values, in float64."""
    state = {k.removeprefix("model."): v.double() for k, v in tahoe_state().items()}

    def at(name):
        return state[f"{name}.weight"], state[f"{name}.bias"]

    layer = nn.TransformerEncoderLayer(
        WIDTH, HEADS, HIDDEN, dropout=0.0, batch_first=True, norm_first=True
    )
    stack = nn.TransformerEncoder(layer, LAYERS, nn.LayerNorm(WIDTH), enable_nested_tensor=False)
    names = {}
    for key, tensor in state.items():
        if key.startswith("transformer_encoder."):
            for theirs, torchs in NEW_NAMES.items():
                key = key.replace(theirs, torchs)
            names[key.removeprefix("transformer_encoder.")] = tensor
    stack.double().load_state_dict(names)

    def embed(values: torch.Tensor, cls: float | None) -> torch.Tensor:
        rows = ROWS if cls is None else [CLS, *ROWS]
        if cls is not None:
            values = torch.cat([values.new_full((len(values), 1), cls), values], 1)
        e = F.relu(F.linear(values.clamp(max=512)[..., None], *at("expression_encoder.linear1")))
        e = F.linear(e, *at("expression_encoder.linear2"))
        return genes(rows) + F.layer_norm(e, (WIDTH,), *at("expression_encoder.norm"))

    def genes(rows: list[int]) -> torch.Tensor:
        table = state["gene_encoder.embedding.weight"][rows]
        return F.layer_norm(table, (WIDTH,), *at("gene_encoder.enc_norm"))

    def run(values: torch.Tensor, cls: float | None, generate: bool = False) -> torch.Tensor:
        x, mask = embed(values, cls), None
        if generate:  # queries see what is known and themselves; nothing sees a query
            known = x.shape[1]
            queries = genes(ROWS) + state["flag_encoder.weight"][1]
            x = torch.cat([x, queries.expand(len(x), -1, -1)], 1)
            mask = torch.ones(x.shape[1], x.shape[1], dtype=torch.bool)
            mask[:, :known] = False
            mask.fill_diagonal_(False)
        x = stack.train()(x, mask)  # training mode: no fast path; the dropout is 0
        x = F.leaky_relu(F.linear(x, *at("expression_decoder.linear_layers.0")), 0.01)
        return F.linear(x, *at("expression_decoder.out_proj"))[..., 0][:, -len(ROWS) :]

    return run


def cells(dtype=torch.float64) -> torch.Tensor:
    drawn = torch.rand(4, len(PANEL), generator=torch.Generator().manual_seed(1), dtype=dtype)
    return drawn * 50


@pytest.mark.parametrize("cls", [-2.0, 0.0, None])
def test_it_is_the_published_network(backbone, reference, cls):
    with torch.no_grad():
        got = backbone.reconstruct(PANEL, cells(), cls=cls)
        np.testing.assert_allclose(got, reference(cells(), cls), rtol=0, atol=1e-12)
        single = backbone.reconstruct(PANEL, cells().float(), cls=cls)
    np.testing.assert_allclose(single, got, rtol=0, atol=5e-5)


def test_mean_attention_is_a_mean_of_shares(backbone):
    found = backbone.mean_attention(PANEL, cells(), cls=None)
    np.testing.assert_allclose(found.sum(-1), 1, atol=1e-12)
    with_cls = backbone.mean_attention(PANEL, cells(), cls=-2.0)
    assert with_cls.shape == found.shape
    assert (with_cls.sum(-1) < 1).all()


def test_derivatives_are_exact(backbone, reference):
    settings = ProbeSettings(1.0, (0.0, 1.0, 7.5, 50.0), cls=-2.0, dtype="float64")
    sweep = backbone.sweep(PANEL, settings)
    assert type(sweep).__name__ == "TangentSweep"
    base = torch.full((1, len(PANEL)), 1.0, dtype=torch.float64)
    for source in (0, 3):
        response, tangent = sweep(source)
        for t, value in enumerate(settings.grid):
            cell = base.clone()
            cell[0, source] = value
            jacobian = torch.autograd.functional.jacobian(lambda c: reference(c, -2.0)[0], cell)
            np.testing.assert_allclose(tangent[t], jacobian[:, 0, source], rtol=0, atol=1e-12)
            change = (reference(cell, -2.0) - reference(base, -2.0))[0].detach()
            np.testing.assert_allclose(response[t], change, rtol=0, atol=1e-12)


def test_the_generative_readout_keeps_queries_apart(backbone, reference):
    assert "generative" in backbone.defaults.readouts
    with torch.no_grad():
        got = backbone.reconstruct(PANEL, cells(), "generative", -2.0)
        np.testing.assert_allclose(got, reference(cells(), -2.0, True), rtol=0, atol=1e-12)
    settings = ProbeSettings(1.0, (3.0,), "generative", cls=-2.0, dtype="float64")
    assert isinstance(backbone.sweep(PANEL, settings), ForwardADSweep)


def test_genes_are_spoken_by_symbol_and_known_by_id(backbone):
    find = backbone.vocabulary.find
    assert find("GATA1").how == "exact"
    for spelled in ("ENSG00000102145", "ENSG00000102145.19", "ensg00000102145"):
        assert (find(spelled).token, find(spelled).how) == ("GATA1", "another name")
    assert find("ENSG99999999999").token == "ENSG99999999999"
    assert find("ENSG00000141510").token is None  # TP53, which is not in this vocabulary
    assert find("<cls>").token is None


def test_configurations_it_cannot_read_are_refused(tmp_path):
    text = TAHOE["model_config.yml"]
    changes = {
        "use_glu": text + "use_glu: true\n",
        "rmsnorm": text.replace("layernorm", "rmsnorm"),
        "0.001": text.replace("1.0e-5", "1.0e-3"),
        "silu": text.replace("transformer_activation: relu", "transformer_activation: silu"),
        "n_heads": text.replace("n_heads: 2", "n_heads: 3"),
        "2 layers": text.replace("n_layers: 2", "n_layers: 3"),
        "YAML": "{",
    }
    for told, changed in changes.items():
        folder = write_tahoe(tmp_path / told.replace(" ", "_"), model_config=changed)
        with pytest.raises(CheckpointError, match=told):
            open_backbone(folder)
    (folder / "model_config.yml").unlink()
    with pytest.raises(CheckpointError, match=r"model_config\.yml"):
        open_backbone(folder)


def test_the_configuration_is_part_of_the_identity(backbone, tmp_path):
    text = TAHOE["model_config.yml"].replace("activation: leaky_relu", "activation: gelu")
    other = open_backbone(write_tahoe(tmp_path, model_config=text))
    assert other.checksum != backbone.checksum
