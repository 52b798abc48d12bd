"""Both kernels give the same products, and the choice depends on dtype and device alone."""

from __future__ import annotations

import pytest
import torch

from ugrn_core.backbones.tangent import matrix_product
from ugrn_core.backbones.tangent.matrix_product import product_for

KERNELS = (matrix_product._by_torch, matrix_product._by_onednn)


@pytest.mark.skipif(not torch.backends.mkldnn.is_available(), reason="torch built without oneDNN")
@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize(
    ("x", "weight"),
    [((5, 7), (3, 7)), ((2, 3, 5, 7), (4, 7)), ((1, 5, 7), (1, 4, 7)), ((3, 5, 7), (3, 4, 7))],
)
def test_known_products(kernel, x, weight):
    generator = torch.Generator().manual_seed(0)
    a, b = (torch.randn(*shape, generator=generator) for shape in (x, weight))
    expected = a.double() @ b.double().transpose(-1, -2)
    for out in (None, torch.empty(expected.shape)):
        got = kernel(a, b, out)
        assert got.shape == expected.shape
        torch.testing.assert_close(got.double(), expected, rtol=0, atol=1e-5)


def test_double_precision_never_goes_through_a_float32_kernel():
    assert product_for(torch.empty(0, dtype=torch.float64)) is matrix_product._by_torch


@pytest.mark.filterwarnings("ignore:TF32")
def test_turning_onednn_off_is_respected(monkeypatch):
    monkeypatch.setattr(matrix_product, "_of_intel", lambda: False)  # Intel's cores never ask it
    with torch.backends.mkldnn.flags(enabled=False):
        assert product_for(torch.empty(0)) is matrix_product._by_torch


@pytest.mark.parametrize("intel", [True, False])
def test_the_maker_of_the_core_decides_between_kernels(monkeypatch, intel):
    monkeypatch.setattr(matrix_product, "_of_intel", lambda: intel)
    monkeypatch.setattr(torch.backends.cpu, "get_cpu_capability", lambda: "AVX512")
    monkeypatch.setattr(torch.backends.mkl, "is_available", lambda: True)
    if not torch.backends.mkldnn.is_available():
        pytest.skip("torch built without oneDNN")
    expected = matrix_product._by_torch if intel else matrix_product._by_onednn
    assert product_for(torch.empty(0)) is expected
