"""What every probe must keep on every backbone."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, fields

import numpy as np
import pytest
import torch
from torch.autograd import forward_ad

from ugrn_core.errors import PanelError, UnknownGeneError
from ugrn_core.probes import PROBES
from ugrn_core.probes.base import ProbeRequest
from ugrn_core.probes.settings import default_settings
from ugrn_core.types import Panel

SOURCES = ("GENE3", "GENE0", "GENE4", "GENE7")


@pytest.fixture(params=list(PROBES))
def probe(request):
    return PROBES[request.param]()


@pytest.fixture
def ask(backbone, panel, profile):
    def ask(panel=panel, sources=SOURCES, profile=profile, **overrides):
        settings = default_settings(backbone, **overrides)
        return ProbeRequest(backbone, panel, sources, settings, profile)

    return ask


def test_shape_labels_and_provenance(probe, ask, backbone, panel):
    found = probe(ask())
    assert found.values.shape[::2] == (4, 9)
    assert found.values.dtype == np.float32
    assert np.isfinite(found.values).all()
    assert (found.genes, found.sources, found.probe) == (panel.genes, SOURCES, probe.name)
    assert found.provenance["backbone_checksum"] == backbone.checksum
    assert found.provenance["panel_checksum"] == panel.checksum
    assert found.provenance["settings"]["grid"] == list(backbone.defaults.grid)
    if probe.is_score:
        assert found.values.shape[1] == 1


def test_registered_under_its_own_name(probe):
    assert isinstance(probe, PROBES[probe.name])
    assert probe.title
    for field in fields(probe):
        with pytest.raises(FrozenInstanceError):
            setattr(probe, field.name, 1)


def test_same_request_same_bits(probe, ask):
    np.testing.assert_array_equal(probe(ask()).values, probe(ask()).values)


def test_order_and_number_of_sources_do_not_matter(probe, ask):
    # A difference of two outputs keeps the outputs' rounding, however small it is itself.
    precision = {"dtype": "float64"} if probe.name.startswith("pert") else {}
    whole = probe(ask(**precision)).values
    backwards = probe(ask(sources=SOURCES[::-1], **precision)).values[::-1]
    alone = np.concatenate([probe(ask(sources=(s,), **precision)).values for s in SOURCES])
    scale = np.abs(whole).max()
    np.testing.assert_allclose(backwards, whole, atol=2e-6 * scale)
    np.testing.assert_allclose(alone, whole, atol=2e-6 * scale)


def test_permuting_the_panel_permutes_the_result(probe, ask, panel, profile):
    order = np.random.default_rng(5).permutation(len(panel))
    shuffled = Panel(tuple(panel.genes[k] for k in order))
    # float64: in float32 a rank may flip between two nearly equal attention scores
    one = probe(ask(dtype="float64")).values
    two = probe(ask(panel=shuffled, profile=profile[order], dtype="float64")).values
    np.testing.assert_allclose(two, one[:, :, order], atol=1e-6 * max(1, np.abs(one).max()))


def test_result_depends_on_the_genes(probe, ask):
    values = probe(ask()).values
    assert values.std(axis=(0, 2)).max() > 1e-4


def test_weights_and_torch_state_are_left_alone(probe, ask, backbone):
    before, grad = _state(backbone), torch.is_grad_enabled()
    probe(ask())
    assert torch.is_grad_enabled() == grad
    assert forward_ad._current_level == -1
    after = _state(backbone)
    assert len(before) == len(after) > 0
    assert all(torch.equal(a, b) for a, b in zip(before, after))


def test_nothing_is_left_behind_after_a_failure(probe, panel, profile, analytic):
    request = ProbeRequest(analytic, panel, SOURCES, default_settings(analytic), profile)
    expected = probe(request).values
    analytic.explode_after, analytic.calls = 1, 0
    again = ProbeRequest(analytic, panel, SOURCES, default_settings(analytic), profile)
    if probe.name in ("vvp", "gdt", "pert", "pert-abs"):
        with pytest.raises(RuntimeError, match="on purpose"):
            probe(again)
    assert forward_ad._current_level == -1
    assert not analytic.module._forward_hooks
    assert not analytic.module._forward_pre_hooks
    assert not analytic.module._backward_hooks
    analytic.explode_after = None
    np.testing.assert_array_equal(probe(again).values, expected)


def test_unknown_genes_are_named(probe, ask):
    with pytest.raises(UnknownGeneError, match="GENE99"):
        probe(ask(sources=("GENE99",)))
    with pytest.raises(UnknownGeneError, match="GENX"):
        probe(ask(panel=Panel(("GENE0", "GENE1", "GENX")), sources=("GENE0",), profile=np.ones(3)))


def test_sources_must_be_there_once(probe, ask):
    with pytest.raises(PanelError, match="at least one source"):
        probe(ask(sources=()))
    with pytest.raises(PanelError, match="more than once"):
        probe(ask(sources=("GENE0", "GENE1", "GENE0")))


def _state(backbone) -> list[torch.Tensor]:
    from ugrn_core.backbones.loaded import tensors_of

    if hasattr(backbone, "module"):
        return [p.clone() for p in backbone.module.parameters()]
    return [t.clone() for t in tensors_of(backbone.weights)]
