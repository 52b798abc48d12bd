"""The tangent pass against reverse-mode differentiation of the plain forward pass."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from tests.backbones.networks import (
    DEPTH,
    MASK,
    gene_vectors,
    oracle,
    plain_float32,
    random_network,
    relative,
)
from ugrn_core.backbones.tangent import attention, buffers, device
from ugrn_core.backbones.tangent import sweep as tangent_sweep
from ugrn_core.backbones.tangent.sweep import TangentSweep
from ugrn_core.errors import OptionError, PanelError
from ugrn_core.types import ProbeSettings, Profile

G = 9
SETTINGS = ProbeSettings(background=0.5, grid=(0.0, 0.5, 4.0), dtype="float64", cls=None)
# value norm, batch norm, pre-norm, `<cls>`
FORMS = {
    "scgpt": (True, False, False, -2.0),
    "scbenchmark": (False, False, False, 0.0),
    "bn": (True, True, False, None),
    "tahoe": (True, False, True, -2.0),
}


def make(form: str = "scgpt", seed: int = 3, genes: int = G, **settings):
    """Return (network, gene vectors, `<cls>` vector or None, settings)."""
    rng = np.random.default_rng(seed)
    *parts, cls = FORMS[form]
    net = random_network(rng, *parts)
    vectors = gene_vectors(rng, genes + 1)
    chosen = replace(SETTINGS, cls=cls, **settings)
    return net, vectors[1:], None if cls is None else vectors[0], chosen


def sweep(case, **changes) -> TangentSweep:
    net, genes, cls, settings = case
    return TangentSweep(net, genes, cls, replace(settings, **changes), MASK)


def test_it_can_be_left_between_two_values(monkeypatch):
    monkeypatch.setattr(tangent_sweep, "tokens_at_once", lambda *_: 1)
    calls, left = [], sweep(make())
    left.between = lambda: calls.append(1)
    left(2)
    assert len(calls) == len(SETTINGS.grid)

    def leave() -> None:
        raise KeyError

    left.between = leave
    with pytest.raises(KeyError):
        left(2)


@pytest.mark.parametrize("activation", ["relu", "gelu", "leaky_relu"])
@pytest.mark.parametrize("readout", ["visible", "masked"])
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("background", [0.5, Profile("cell", (4.0, *range(G - 2), 0.7))])
def test_float64_is_the_reverse_mode_derivative(activation, readout, form, background):
    net, *rest, settings = make(form, readout=readout, background=background)
    if net.pre_norm:
        kinds = {"value_activation": activation, "decoder_activation": activation}
        net = replace(net, **kinds)
    case = (replace(net, activation=activation), *rest, settings)
    made = sweep(case)
    for source in (0, G - 1):
        for got, expected in zip(made(source), oracle(*case, source), strict=True):
            assert got.dtype == np.float64
            np.testing.assert_allclose(got, expected, rtol=0, atol=1e-12 * abs(expected).max())


@pytest.mark.parametrize("layers", [1, 2, DEPTH])
@pytest.mark.parametrize("readout", ["visible", "masked"])
@pytest.mark.parametrize("form", FORMS)
def test_a_few_targets_alone_are_what_they_are_among_all(form, readout, layers):
    net, *rest, settings = make(form, readout=readout)
    case = (replace(net, layers=net.layers[:layers]), *rest, settings)
    made, single = sweep(case), sweep(case, dtype="float32")
    for source in (0, G - 1):
        whole = made(source)
        for targets in ([0], [G - 1, 0, 3], list(range(G))):  # the source itself among them
            for few, few32, of_all in zip(
                made.at(source, targets), single.at(source, targets), whole, strict=True
            ):
                most = abs(of_all).max()
                assert few.shape == (len(settings.grid), len(targets))
                np.testing.assert_allclose(few, of_all[:, targets], rtol=0, atol=1e-12 * most)
                np.testing.assert_allclose(few32, of_all[:, targets], rtol=0, atol=1e-5 * most)
    with pytest.raises(PanelError):
        made.at(0, [G])


@pytest.mark.parametrize("readout", ["visible", "masked"])
def test_another_grid_on_the_same_base_cell_answers_as_one_opened_for_it(readout):
    case = make(readout=readout)
    made = sweep(case)
    grid = {"grid": (0.25, 0.5, 1.0, 3.0)}
    for source in (0, 4):
        made(source)
        for got, wanted in zip(
            made.over(replace(case[3], **grid))(source), sweep(case, **grid)(source)
        ):
            np.testing.assert_array_equal(got, wanted)
    elsewhere = replace(case[3], background=2.0)
    shared = made.over(elsewhere)
    if readout == "visible":
        assert shared is None  # every gene carries another value
    else:
        wanted = sweep(case, background=2.0)(4)
        for got, of_own in zip(shared(4), wanted):
            np.testing.assert_array_equal(got, of_own)
    others = {"dtype": "float32"}, {"cls": 1.0}, {"background": Profile("cell", (1.0,) * G)}
    assert [made.over(replace(case[3], **o)) is None for o in others[:2]] == [True, True]
    assert (made.over(replace(case[3], **others[2])) is None) == (readout == "visible")
    if readout == "masked":
        parts = Profile("cell", (1.0,) * G, folds=3)
        assert made.over(replace(case[3], background=parts)) is None


def test_masked_counts_from_the_source_at_the_baseline_even_off_the_grid():
    case = make(readout="masked", background=0.7)
    response, tangent_ = sweep(case)(2)
    expected = oracle(*case, 2)
    assert response.shape == tangent_.shape == (3, G)
    np.testing.assert_allclose(response, expected[0], rtol=0, atol=1e-12)


@pytest.mark.parametrize("readout", ["visible", "masked"])
def test_float32_keeps_the_digits_of_small_effects(readout):
    case = make(genes=60, readout=readout, grid=(0.4, 0.5, 0.6, 1.0), background=0.5)
    exact, single = sweep(case), sweep(case, dtype="float32")
    np.testing.assert_allclose(single.baseline_output, exact.baseline_output, rtol=0, atol=2e-6)
    for source in (1, 30):
        (response, slope), (response64, slope64) = single(source), exact(source)
        assert response.dtype == slope.dtype == np.float32
        others = np.arange(60) != source
        assert relative(slope, slope64) <= 1e-5
        error = relative(response[:, others], response64[:, others])
        outputs = plain_float32(*case, source)
        subtracted = relative((outputs - outputs[1])[:, others], response64[:, others])
        # By instruction set (ATEN_CPU_CAPABILITY): 2.06e-5 default, 2.05e-5 AVX2, 1.99e-5 AVX-512,
        # to these digits since before the house was built anew (cffe476).
        assert error <= 2.2e-5
        assert error <= subtracted / 8


def test_response_at_the_baseline_is_zero():
    response, _ = sweep(make(genes=40), dtype="float32")(3)
    assert (response[1] == 0).all()
    assert (response[0] != 0).all()


def test_the_clamp_stops_the_derivative_above_its_bound_only():
    case = make("scbenchmark", grid=(511.0, 512.0, 513.0, 600.0))
    response, slope = sweep(case)(1)
    expected = oracle(*case, 1)
    for got, wanted in zip((response, slope), expected, strict=True):
        np.testing.assert_allclose(got, wanted, rtol=0, atol=1e-11 * abs(wanted).max())
    assert (slope[:2] != 0).any(1).all()
    assert (slope[2:] == 0).all()
    assert (response[1] == response[2]).all()


def test_a_source_that_holds_all_attention():
    """1 - p cancels in the one-entry update of the first layer: it must be summed anew."""
    net, genes, cls, settings = make("scbenchmark", grid=(0.1, 3.0))
    genes = genes.clone()
    first = net.layers[0]
    scale = torch.ones(3 * net.width, 1)
    scale[: 2 * net.width] = 60
    loud = replace(first, qkv=replace(first.qkv, weight=first.qkv.weight * scale))
    net = replace(net, layers=(loud, *net.layers[1:]))
    case = (net, genes, cls, settings)
    made = sweep(case)
    first = made._encoder._first
    scores = first._scores(first._query, first._key[3 + made._lead, None])[0]
    assert scores.sub(first._total).max() > -1e-9
    expected = oracle(*case, 3)
    for got, wanted in zip(made(3), expected, strict=True):
        np.testing.assert_allclose(got, wanted, rtol=0, atol=1e-9 * abs(wanted).max())


@pytest.mark.parametrize(
    ("scores", "rows", "tokens"), [(1, 7, 1), (200, 64, 20), (10_000, 40, 999), (12_000, 64, 70)]
)
def test_block_and_batch_sizes_do_not_matter(monkeypatch, scores, rows, tokens):
    case = make(genes=70)
    expected = sweep(case)(5)
    monkeypatch.setitem(attention.SCORES, "cpu", scores)
    monkeypatch.setattr(attention, "LEAST_ROWS", rows)
    monkeypatch.setattr(device, "CPU_TOKENS", tokens)
    monkeypatch.setattr(device, "CPU_NUMBERS", 1)
    monkeypatch.setattr(buffers, "ROWS", 32)
    for got, wanted in zip(sweep(case)(5), expected, strict=True):
        np.testing.assert_allclose(got, wanted, rtol=0, atol=1e-13)


def test_calls_repeat_bit_for_bit_and_leave_the_weights_alone():
    case = make(dtype="float32")
    before = case[0].layers[0].qkv.weight.clone()
    made = sweep(case)
    one = made(4)
    made(2)
    with torch.inference_mode():
        again = made(4), sweep(case)(4)
    for other in again:
        assert all((a == b).all() for a, b in zip(one, other, strict=True))
    assert torch.equal(before, case[0].layers[0].qkv.weight)


def test_permuting_the_panel_permutes_the_result():
    net, genes, cls, settings = make(dtype="float64")
    order = np.random.default_rng(0).permutation(G)
    permuted = TangentSweep(net, genes[torch.from_numpy(order)], cls, settings, MASK)
    at = int(np.flatnonzero(order == 6)[0])
    for got, wanted in zip(permuted(at), sweep((net, genes, cls, settings))(6), strict=True):
        np.testing.assert_allclose(got, wanted[:, order], rtol=0, atol=1e-13)


def test_what_it_refuses():
    net, genes, cls, settings = make()
    with pytest.raises(OptionError, match="forward_ad"):
        sweep((net, genes, cls, settings), readout="generative")
    with pytest.raises(OptionError, match="swish"):
        sweep((replace(net, activation="swish"), genes, cls, settings))
    for source in (-1, G):
        with pytest.raises(PanelError):
            sweep((net, genes, cls, settings))(source)


def test_depth_is_what_the_tests_say():
    assert len(make()[0].layers) == DEPTH >= 3
