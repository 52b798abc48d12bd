"""The timing run: every variant is there, ratios follow from seconds, the page can be read."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np
import pytest
import torch

from ugrn_core.backbones.timing import bench, depth, performer, queue
from ugrn_core.backbones.timing.shapes import BenchShape, random_network
from ugrn_core.backbones.timing.table import peak_memory


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    path = tmp_path_factory.mktemp("bench") / "page.md"
    threads = torch.get_num_threads()
    before = bench.QUICK
    bench.QUICK = (BenchShape(2, 32, 4, 30),)
    try:
        rows = bench.probe_bench(path, quick=True, rounds=1, report=lambda _: None)
    finally:
        bench.QUICK = before
    assert torch.get_num_threads() == threads
    return rows, path.read_text()


def test_every_variant_has_one_row(run):
    rows, _ = run
    names = [row["variant"] for row in rows]
    assert len(set(names)) == len(names) == 8
    assert {row["shape"] for row in rows} == {"2 x 32, G = 30"}
    assert all(row["seconds"] > 0 for row in rows)


def test_ratios_follow_from_seconds(run):
    rows, _ = run
    of = {row["variant"]: row for row in rows}
    pair, stock = of["backprop per pair"], of["stock SDPA forward (VVP alone)"]
    assert pair["faster"] == stock["forwards"] == 1
    full, one = of["tangent pass"], of["tangent pass, T = 1"]
    assert full["faster"] == pytest.approx(pair["seconds"] / full["seconds"])
    assert one["forwards"] == pytest.approx(8 * one["seconds"] / stock["seconds"])


def test_the_numbers_it_times_are_right(run):
    rows, _ = run
    (row,) = (r for r in rows if "gdt_error" in r)
    assert 0 < row["gdt_error"] < 1e-5
    assert 0 < row["vvp_error"] < 2e-5
    assert 0 < row["peak_share"] < 1.5
    assert 50 < row["memory"] < 1000


def test_the_page_is_one_table(run):
    rows, page = run
    lines = [line for line in page.splitlines() if line.startswith("|")]
    assert len(lines) == 2 + len(rows)
    assert len({line.count("|") for line in lines}) == 1


def test_flops_of_a_two_layer_network_by_hand():
    s, d = 10, 4
    linear = 2 * 2 * s * d * d  # one D x D product of values and tangents
    attention = 2 * s * s * d * (1 + 2 + 2 + 1)
    expected = 3 * linear + (6 * linear + attention) + 2 * linear
    assert BenchShape(2, d, 2, s).flops(1, at_base=0) == expected
    tangents = 11 * linear / 2 + 2 * s * s * d * (1 + 2 + 1 + 1)  # P v is not needed
    assert BenchShape(2, d, 2, s).flops(2) == expected + tangents


def test_flops_of_a_plain_forward_by_hand():
    s, d = 10, 4
    layer = (4 + 2) * 2 * s * d * d + 2 * 2 * s * s * d  # projections and feed-forward, q k', P v
    assert BenchShape(3, d, 2, s).forward_flops() == 3 * layer + 3 * 2 * s * d * d  # value, decoder


def test_a_pre_norm_network_counts_its_wider_layers():
    plain, wide = BenchShape(2, 4, 2, 10), BenchShape(2, 4, 2, 10, inner=4, pre_norm=True)
    more = 2 * 2 * 10 * 4 * 4 * (2 * 6 - 1)  # two layers of 2 x 3 products more, a decoder's less
    assert wide.flops(1, at_base=0) == plain.flops(1, at_base=0) + more
    net = random_network(wide, np.random.default_rng(0))
    assert len(net.layers[0].linear1.bias) == 16
    assert net.pre_norm


def test_a_performers_rows():
    plain, ours = performer.rows(60, 1)
    assert plain["forwards"] == 1
    assert ours["forwards"] == pytest.approx(ours["seconds"] / plain["seconds"])
    assert "G = 60" in ours["shape"]


def test_a_geneformers_rows_count_its_places_and_its_gates():
    shape = queue.QueueShape(name="tiny", layers=2, width=16, heads=2, inner=32, genes=40)
    plain, ours = queue.rows(shape, 1)
    assert plain["forwards"] == 1
    assert ours["forwards"] == pytest.approx(ours["seconds"] / plain["seconds"])
    assert ours["shape"] == "Geneformer tiny, 2 x 16, G = 40"
    net = queue.random_backbone(shape, np.random.default_rng(0))
    assert net.shape()["feed_forward"] == 32
    assert len(net.vocabulary.genes) == 40
    assert all(s.layers >= 6 and s.width >= 256 for s in queue.FULL)


def test_scfoundations_rows_are_those_of_its_published_shape():
    tiny = {"known": 30, "genes": 8, "encoder": (2, 16), "decoder": (2, 12), "features": 7}
    plain, ours, set_up = depth.rows(depth.DepthShape(**tiny), 1)
    assert plain["forwards"] == 1
    assert ours["forwards"] == pytest.approx(ours["seconds"] / plain["seconds"])
    assert "forwards" not in set_up
    assert ours["shape"] == "scFoundation 2 x 16 + 2 x 12, G = 8, 30 decoded"
    published = depth.FULL[0]
    assert (published.known, published.encoder, published.decoder) == (19264, (12, 768), (6, 512))


def test_memory_is_not_the_parents():
    ballast = torch.ones(300, 1024, 1024)  # 1.2 GB here
    with ProcessPoolExecutor(1, get_context("spawn")) as alone:
        child = alone.submit(peak_memory).result()
    assert child + 500 < peak_memory()
    assert ballast[0, 0, 0] == 1
