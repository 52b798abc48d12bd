"""What a source costs: every way to the probes, interleaved in one run on the same random shapes.

Seconds are CPU seconds of one thread: what an idle core would take, on a machine that may be busy.
Letters: T values, S tokens, D width, F feed-forward width, G genes.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.autograd import forward_ad

from ugrn_core import pool
from ugrn_core.backbones.tangent.matrix_product import product_for
from ugrn_core.backbones.tangent.sweep import TangentSweep
from ugrn_core.backbones.timing import depth, performer, queue
from ugrn_core.backbones.timing.products import products_seconds
from ugrn_core.backbones.timing.shapes import FULL, QUICK, BenchShape, random_network, stock_forward
from ugrn_core.backbones.timing.table import peak_memory, write_table
from ugrn_core.backbones.transformer import cast, decode, encode, encode_values
from ugrn_core.types import ProbeSettings

GRID = (0.0, 0.25, 0.5, 0.7, 1.0, 1.5, 2.5, 5.0)
BASELINE = 0.5
CHECKED_TARGETS = 4
SOURCE = 3
PRODUCTS = "tangent pass: its products alone"


def probe_bench(
    out: Path | None = None,
    quick: bool = False,
    rounds: int = 3,
    report: Callable[[str], None] = print,
) -> list[dict]:
    """Time every variant on every shape; write a Markdown table to `out` if given.

    Returns one row a shape and variant: `shape`, `variant`, `seconds` per source (best round: the
    others measure the machine's other work), `timed` (what was
    timed and how it was extrapolated), `faster` than backprop per pair, `forwards` (stock forward
    passes per source and value); for the tangent pass, its products alone and the stock forward
    `peak_share` (best rate over the best float32 GEMM rate of that shape's rounds; `mm_share`: over
    torch.mm's); for the tangent pass `gdt_error` and `vvp_error` (relative L2 against float64),
    `memory` in MB.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        rows, peaks = [], []
        for shape in QUICK if quick else FULL:
            report(f"{shape}: {rounds} rounds")
            rows += _Bench(shape).rows(rounds, peaks)
            ours = next(r for r in reversed(rows) if r["variant"] == "tangent pass")
            report(f"  tangent pass: {ours['seconds']:.3g} s a source")
        for shape in () if quick else queue.FULL:
            report(f"{shape}: {rounds} rounds")
            rows += queue.rows(shape, rounds)
        for tokens in () if quick else performer.FULL:
            report(f"Performer, {tokens} genes: {rounds} rounds")
            rows += performer.rows(tokens, rounds)
        for shape in () if quick else depth.FULL:
            report(f"{shape}: {rounds} rounds")
            rows += depth.rows(shape, rounds)
    finally:
        torch.set_num_threads(threads)
    if out is not None:
        write_table(out, rows, [max(rate) for rate in zip(*peaks, strict=True)])
    return rows


class _Bench:
    """One shape: its network, its cell, and one timed unit of each variant."""

    def __init__(self, shape: BenchShape) -> None:
        rng = np.random.default_rng(0)
        self._shape = shape
        self._net = random_network(shape, rng)
        self._genes = torch.from_numpy(
            rng.standard_normal((shape.genes, shape.width), dtype=np.float32)
        )

    def rows(self, rounds: int, peaks: list[tuple[float, float]]) -> list[dict]:
        """Time `rounds` of each variant in turn; add the GEMM rates seen to `peaks`."""
        # A process of its own: this one keeps pages that other variants have freed.
        with pool.processes(1) as alone:
            memory = alone.submit(_memory, self._shape).result()
        begin = time.thread_time()
        sweep = self.sweep(GRID)
        set_up = time.thread_time() - begin
        response, tangent = sweep(SOURCE)
        units = self._units(sweep)
        seconds: dict[str, list[float]] = {name: [] for name in units}
        rates, products = [], []
        for _ in range(rounds):
            for name, (unit, *_) in units.items():
                seconds[name].append(_seconds(unit))
                rates.append(_gemm_rates())
            products.append(products_seconds(self._shape, len(GRID), len(GRID) - 1))
        peaks += rates
        rows = [self._row(n, min(seconds[n]) * units[n][1], units[n][2]) for n in units]
        for row, (_, _, _, values) in zip(rows, units.values(), strict=True):
            share = values / len(GRID)
            row["faster"] = share * rows[0]["seconds"] / row["seconds"]
            row["forwards"] = row["seconds"] / (share * rows[2]["seconds"])
        vvp, gdt = self._errors(response, tangent)
        count = len(GRID)
        rows.insert(4, self._row(PRODUCTS, min(products), "a source, T = 8, each kind once"))
        for at, flops in (
            (2, count * self._shape.forward_flops()),
            (3, self._shape.flops(count)),
            (4, self._shape.flops(count)),
        ):
            best = flops / rows[at]["seconds"]
            rows[at]["peak_share"] = best / max(map(max, rates))
            rows[at]["mm_share"] = best / max(mm for mm, _ in rates)
        rows[3] |= {"gdt_error": gdt, "vvp_error": vvp, "memory": memory}
        return [*rows, self._row("tangent pass: set-up of the panel", set_up, "once a panel")]

    def _row(self, variant: str, seconds: float, timed: str) -> dict:
        return {
            "shape": str(self._shape),
            "variant": variant,
            "seconds": seconds,
            "timed": timed,
        }

    def sweep(self, grid: tuple[float, ...]) -> TangentSweep:
        settings = ProbeSettings(BASELINE, grid, cls=None)
        return TangentSweep(self._net, self._genes, None, settings, -1.0)

    def _units(
        self, sweep: TangentSweep
    ) -> dict[str, tuple[Callable[[], object], float, str, int]]:
        """Return variant -> (a unit of work, units a source takes, that in words, values)."""
        count = len(GRID)
        short = {t: self.sweep(GRID[-t:]) for t in (1, 4)}
        return {
            "backprop per pair": (self._pair, count * self._shape.genes, "1 pair, x T x G", count),
            "torch forward_ad": (self._forward_ad, count, "1 value, x T", count),
            "stock SDPA forward (VVP alone)": (self._stock, 1, "a source, 2 cells at once", count),
            "tangent pass": (lambda: sweep(SOURCE), 1, "a source, T = 8", count),
            **{
                f"tangent pass, T = {t}": (lambda s=s: s(SOURCE), 1, f"a source, T = {t}", t)
                for t, s in short.items()
            },
        }

    def _pair(self) -> None:
        """One value, one target, all inputs: weights frozen."""
        values = torch.full((1, len(self._genes)), BASELINE, requires_grad=True)
        output = stock_forward(self._net, self._genes + encode_values(self._net, values))
        torch.autograd.grad(output[0, 0], values)

    def _forward_ad(self) -> None:
        values = torch.full((1, len(self._genes)), BASELINE)
        direction = torch.zeros_like(values)
        direction[0, SOURCE] = 1
        with torch.no_grad(), forward_ad.dual_level():
            dual = forward_ad.make_dual(values, direction)
            x = encode(self._net, self._genes + encode_values(self._net, dual))
            forward_ad.unpack_dual(decode(self._net, x))

    def _stock(self) -> None:
        """All values of a source, as long a unit as the tangent pass's nearly: the best of some
        shorter ones would be a moment's luck on a machine that others use."""
        with torch.no_grad():
            values = torch.full((2, len(self._genes)), BASELINE)
            for _ in range(len(GRID) // 2):
                stock_forward(self._net, self._genes + encode_values(self._net, values))

    def _errors(self, response: np.ndarray, tangent: np.ndarray) -> tuple[float, float]:
        """Return relative L2 errors of response and tangent at one value, against float64.

        All targets of the response; some of the tangent, by reverse mode.
        """
        net, genes, at = cast(self._net, torch.float64), self._genes.double(), len(GRID) - 3

        def run(value: Tensor) -> Tensor:
            values = torch.full((len(genes),), BASELINE, dtype=torch.float64)
            values = values.index_put((torch.tensor(SOURCE),), value)
            return stock_forward(net, (genes + encode_values(net, values))[None])[0]

        value = torch.tensor(GRID[at], dtype=torch.float64, requires_grad=True)
        output = run(value)
        chosen = np.linspace(SOURCE + 1, len(genes) - 1, CHECKED_TARGETS).astype(int)
        slopes = [torch.autograd.grad(output[int(j)], value, retain_graph=True)[0] for j in chosen]
        with torch.no_grad():
            start = run(torch.tensor(BASELINE, dtype=torch.float64))
        exact = (output.detach() - start).numpy()
        return _distance(response[at], exact), _distance(tangent[at, chosen], np.array(slopes))


def _distance(got: np.ndarray, exact: np.ndarray) -> float:
    return float(np.linalg.norm(got - exact) / np.linalg.norm(exact))


def _seconds(unit: Callable[[], object]) -> float:
    start = time.thread_time()
    unit()
    return time.thread_time() - start


def _gemm_rates() -> tuple[float, float]:
    """Return FLOP/s of a large float32 product by torch.mm and by the kernel in use here."""
    size = 1536
    a, b = torch.ones(2, size, size)
    ours = product_for(a)
    seconds = _seconds(lambda: torch.mm(a, b)), _seconds(lambda: ours(a, b, None))
    return 2 * size**3 / seconds[0], 2 * size**3 / seconds[1]


def _memory(shape: BenchShape) -> float:
    """Return this process's peak MB after one source."""
    torch.set_num_threads(1)
    _Bench(shape).sweep(GRID)(SOURCE)
    return peak_memory()
