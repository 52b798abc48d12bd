"""What a source costs: every way to the probes, interleaved in one run on the same random shapes.

Seconds are CPU seconds of one thread: what an idle core would take, on a machine that may be busy.
Letters: T values, S tokens, D width, F feed-forward width, G genes.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.autograd import forward_ad

from ugrn_core.backbones.matrix_product import product_for
from ugrn_core.backbones.tangent import TangentSweep
from ugrn_core.backbones.timing_table import peak_memory, reset_peak_memory, write_table
from ugrn_core.backbones.transformer import (
    Affine,
    Layer,
    Transformer,
    cast,
    decode,
    encode,
    encode_values,
    feed_forward,
    linear,
)
from ugrn_core.types import ProbeSettings

GRID = (0.0, 0.25, 0.5, 0.7, 1.0, 1.5, 2.5, 5.0)
CHECKED_TARGETS = 4
SOURCE = 3


@dataclass(frozen=True)
class BenchShape:
    """A network of `layers` x `width` with `heads`, random weights, and a panel of `genes`."""

    layers: int
    width: int
    heads: int
    genes: int

    def __str__(self) -> str:
        return f"{self.layers} x {self.width}, G = {self.genes}"

    def flops(self) -> float:
        """Multiplications and additions of the tangent pass for one source."""
        s, d = self.genes, self.width
        first = 4 * 3 * s * d * d  # out projection and feed-forward: the attention is an update
        later = 24 * s * d * d + 12 * s * s * d
        return len(GRID) * (first + (self.layers - 1) * later + 8 * s * d * d)


FULL = (
    BenchShape(4, 256, 8, 1000),
    BenchShape(6, 256, 8, 200),
    BenchShape(6, 256, 8, 600),
    BenchShape(6, 256, 8, 1200),
    BenchShape(12, 512, 8, 600),
    BenchShape(12, 512, 8, 1200),
)
QUICK = (BenchShape(2, 64, 4, 100), BenchShape(3, 128, 8, 250))


def probe_bench(
    out: Path | None = None,
    quick: bool = False,
    rounds: int = 3,
    report: Callable[[str], None] = print,
) -> list[dict]:
    """Time every variant on every shape; write a Markdown table to `out` if given.

    Returns one row a shape and variant: `shape`, `variant`, `seconds` per source, `timed` (what was
    timed and how it was extrapolated), `faster` than backprop per pair, `forwards` (stock forward
    passes per source and value), and for the tangent pass `peak_share` of the float32 GEMM peak,
    `gdt_error` and `vvp_error` (relative L2 against float64), `memory` in MB.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        rows, peaks = [], []
        for shape in QUICK if quick else FULL:
            report(f"{shape}: {rounds} rounds")
            rows += _Bench(shape).rows(rounds, peaks)
            for row in rows[-4:]:
                report(f"  {row['variant']}: {row['seconds']:.3g} s a source")
    finally:
        torch.set_num_threads(threads)
    if out is not None:
        write_table(out, rows, max(peaks))
    return rows


class _Bench:
    """One shape: its network, its cell, and one timed unit of each variant."""

    def __init__(self, shape: BenchShape) -> None:
        rng = np.random.default_rng(0)
        self._shape = shape
        self._net = _network(shape, rng)
        self._genes = torch.from_numpy(
            rng.standard_normal((shape.genes, shape.width), dtype=np.float32)
        )
        self._settings = ProbeSettings(baseline=0.5, grid=GRID, cls=None)

    def rows(self, rounds: int, peaks: list[float]) -> list[dict]:
        """Time `rounds` of each variant in turn; add the GEMM rates seen to `peaks`."""
        reset_peak_memory()
        sweep = TangentSweep(self._net, self._genes, None, self._settings, -1.0)
        response, tangent = sweep(SOURCE)  # also warms up
        memory = peak_memory()
        units = {
            "backprop per pair": (self._pair, len(GRID) * self._shape.genes, "1 pair x T x G"),
            "torch forward_ad": (self._forward_ad, len(GRID), "1 value x T"),
            "stock SDPA forward (VVP alone)": (self._stock, len(GRID) / 2, "2 cells x T / 2"),
            "tangent pass": (lambda: sweep(SOURCE), 1, "whole"),
        }
        seconds: dict[str, list[float]] = {name: [] for name in units}
        here = []
        for _ in range(rounds):
            for name, (unit, times, _) in units.items():
                seconds[name].append(times * _seconds(unit))
                here.append(_gemm_rate())
        peaks += here
        typical = {name: median(s) for name, s in seconds.items()}
        pair, stock = (typical[n] for n in list(units)[::2])
        rows = [
            {
                "shape": str(self._shape),
                "variant": name,
                "seconds": typical[name],
                "timed": units[name][2],
                "faster": pair / typical[name],
                "forwards": typical[name] / stock,
            }
            for name in units
        ]
        vvp, gdt = self._errors(response, tangent)
        rate = self._shape.flops() / typical["tangent pass"]
        rows[-1] |= {"peak_share": rate / max(here), "gdt_error": gdt, "vvp_error": vvp}
        rows[-1]["memory"] = memory
        return rows

    def _pair(self) -> None:
        """One value, one target, all inputs: weights frozen."""
        values = torch.full((1, len(self._genes)), 0.5, requires_grad=True)
        output = _stock_forward(self._net, self._genes + encode_values(self._net, values))
        torch.autograd.grad(output[0, 0], values)

    def _forward_ad(self) -> None:
        values = torch.full((1, len(self._genes)), 0.5)
        direction = torch.zeros_like(values)
        direction[0, SOURCE] = 1
        with torch.no_grad(), forward_ad.dual_level():
            dual = forward_ad.make_dual(values, direction)
            x = encode(self._net, self._genes + encode_values(self._net, dual))
            forward_ad.unpack_dual(decode(self._net, x))

    def _stock(self) -> None:
        with torch.no_grad():
            values = torch.full((2, len(self._genes)), 0.5)
            _stock_forward(self._net, self._genes + encode_values(self._net, values))

    def _errors(self, response: np.ndarray, tangent: np.ndarray) -> tuple[float, float]:
        """Return relative L2 errors of response and tangent at one value, against float64.

        All targets of the response; some of the tangent, by reverse mode.
        """
        net, genes, at = cast(self._net, torch.float64), self._genes.double(), len(GRID) - 3

        def run(value: Tensor) -> Tensor:
            values = torch.full((len(genes),), self._settings.baseline, dtype=torch.float64)
            values = values.index_put((torch.tensor(SOURCE),), value)
            return _stock_forward(net, (genes + encode_values(net, values))[None])[0]

        value = torch.tensor(GRID[at], dtype=torch.float64, requires_grad=True)
        output = run(value)
        chosen = np.linspace(SOURCE + 1, len(genes) - 1, CHECKED_TARGETS).astype(int)
        slopes = [torch.autograd.grad(output[int(j)], value, retain_graph=True)[0] for j in chosen]
        with torch.no_grad():
            start = run(torch.tensor(self._settings.baseline, dtype=torch.float64))
        exact = (output.detach() - start).numpy()
        return _distance(response[at], exact), _distance(tangent[at, chosen], np.array(slopes))


def _distance(got: np.ndarray, exact: np.ndarray) -> float:
    return float(np.linalg.norm(got - exact) / np.linalg.norm(exact))


def _seconds(unit: Callable[[], object]) -> float:
    start = time.thread_time()
    unit()
    return time.thread_time() - start


def _gemm_rate() -> float:
    """Return FLOP/s of a large float32 product, by the better of torch.mm and ours."""
    size = 1536
    a, b = torch.ones(2, size, size)
    ours = product_for(a)
    seconds = min(_seconds(lambda: torch.mm(a, b)), _seconds(lambda: ours(a, b, None)))
    return 2 * size**3 / seconds


def _stock_forward(net: Transformer, x: Tensor) -> Tensor:
    """The plain forward pass with torch's fused attention, as its users run it."""
    heads = net.heads
    for p in net.layers:
        b, s, d = x.shape
        q, k, v = linear(x, p.qkv).reshape(b, s, 3, heads, d // heads).permute(2, 0, 3, 1, 4)
        attended = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(b, s, d)
        x = feed_forward(x, linear(attended, p.out), p, net.activation)
    return decode(net, x)


def _network(shape: BenchShape, rng: np.random.Generator) -> Transformer:
    """Random weights, biases too: zero biases would put every kink at a value of 0."""
    d = shape.width

    def affine(out: int, into: int) -> Affine:
        draws = rng.standard_normal((out, into + 1), dtype=np.float32) * into**-0.5
        drawn = torch.from_numpy(draws)
        return Affine(drawn[:, 1:].contiguous(), drawn[:, 0].contiguous())

    def norm() -> Affine:
        return Affine(torch.ones(d), torch.zeros(d))

    layers = tuple(
        Layer(affine(3 * d, d), affine(d, d), affine(d, d), affine(d, d), norm(), norm())
        for _ in range(shape.layers)
    )
    decoder = (affine(d, d), affine(d, d), affine(1, d))
    return Transformer(shape.heads, affine(d, 1), affine(d, d), norm(), None, layers, decoder)
