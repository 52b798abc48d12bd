"""`probe`: its files, its options, and agreement with the original code."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest

from tests.backbones.tiny import write_scfoundation
from tests.cli.conftest import GENES
from ugrn_core.experiment.catalog.backbones import open_folder


@pytest.fixture
def probe(ugrn, tiny, lists, tmp_path):
    def call(*more, backbone=tiny, panel=GENES[:6], sources=GENES[1:3], out="out"):
        answer = ugrn(
            *("probe", "--backbone", backbone, "--panel", lists("panel", panel)),
            *("--sources", lists("sources", sources), "--out", tmp_path / out, *more),
        )
        assert answer.code == 0, answer.err
        with np.load(tmp_path / out / "probe.npz") as arrays:
            return dict(arrays), json.loads((tmp_path / out / "provenance.json").read_text())

    return call


def test_the_files_hold_exactly_what_is_promised(probe, tmp_path):
    arrays, about = probe("--baseline", "0.5", "--grid", "0,1,2.5")
    assert {k: v.shape for k, v in arrays.items()} == {
        "genes": (6,),
        "sources": (2,),
        "grid": (3,),
        "baseline": (),
        "baseline_output": (6,),
        "vvp": (2, 3, 6),
        "gdt": (2, 3, 6),
    }
    assert tuple(arrays["genes"]) == GENES[:6]
    assert tuple(arrays["sources"]) == GENES[1:3]
    assert arrays["grid"].tolist() == [0, 1, 2.5]
    assert float(arrays["baseline"]) == 0.5
    assert arrays["vvp"].dtype == arrays["gdt"].dtype == np.float32
    assert np.abs(arrays["gdt"]).max() > 0
    assert about["settings"]["grid"] == [0, 1, 2.5]
    assert about["backbone"] == "tiny"
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["probe.npz", "provenance.json"]


def test_the_response_at_the_baseline_is_zero_and_its_slope_is_the_tangent(probe):
    h = 1e-4
    arrays, _ = probe("--baseline", "1", "--grid", f"1,{1 + h}", "--dtype", "float64")
    assert arrays["vvp"].dtype == np.float64
    assert np.abs(arrays["vvp"][:, 0]).max() < 1e-12
    slope = arrays["vvp"][:, 1] / h
    np.testing.assert_allclose(slope, arrays["gdt"].mean(axis=1), atol=1e-3)


@pytest.mark.parametrize("cls", ["0", "none", "NONE"])
def test_layouts_of_the_cls_token_change_the_numbers_and_are_noted(probe, cls):
    _, about = probe("--cls", cls)
    assert about["settings"]["cls"] == (0 if cls == "0" else None)


def test_a_second_run_and_another_order_of_sources_give_the_same_bits(probe):
    first, _ = probe(out="a")
    again, _ = probe(out="b", sources=GENES[2:0:-1])
    np.testing.assert_array_equal(first["gdt"], again["gdt"][::-1])
    np.testing.assert_array_equal(first["baseline_output"], again["baseline_output"])


def test_genes_come_under_their_symbols_beside_what_was_given(probe):
    arrays, _ = probe(panel=("GATA1", "NOBODY", "SPI1"), sources=("SPI1", "NOBODY"))
    assert arrays["genes"].tolist() == ["GATA1", "SPI1"]
    assert arrays["sources"].tolist() == ["SPI1"]
    assert "as_given" not in arrays
    given = {"panel": ("GATA1", "spi1"), "sources": ("PU.1", "SPI1", "gata1")}
    arrays, about = probe("--skip-unknown", **given)
    assert arrays["genes"].tolist() == ["GATA1", "SPI1"]
    assert arrays["as_given"].tolist() == ["GATA1", "spi1"]
    assert arrays["sources"].tolist() == about["sources"] == ["SPI1", "GATA1"]


def test_a_mask_value_that_was_changed_gives_curves_of_its_own(probe, tiny, tmp_path):
    masked = ("--readout", "masked")
    folder = shutil.copytree(tiny, tmp_path / "tiny")
    first, about = probe(*masked, backbone=folder)
    args = json.loads((folder / "args.json").read_text())
    (folder / "args.json").write_text(json.dumps(args | {"mask_value": 3.0}))
    open_folder.cache_clear()  # as another process would find it
    other, of_other = probe(*masked, backbone=folder)
    assert about["backbone_checksum"] == of_other["backbone_checksum"]
    assert not np.allclose(first["baseline_output"], other["baseline_output"])
    assert not np.allclose(first["vvp"], other["vvp"])


@pytest.mark.parametrize("kind", ["scgpt_small/flash_wqkv", "scbenchmark_small/ddp_prefix"])
@pytest.mark.parametrize(
    ("dtype", "suffix", "atol"), [("float32", "", 1e-5), ("float64", "_f64", 1e-9)]
)
def test_agreement_with_the_original_code(probe, shared_data, kind, dtype, suffix, atol):
    folder = shared_data / "parity" / kind
    facts = json.loads((folder.parent / "golden.json").read_text())
    golden = np.load(folder.parent / "golden.npz")
    base = facts["baselines"][facts["b0"]]
    rows, panel = facts["source_positions"], {"panel": facts["genes"]}
    panel["sources"] = facts["source_genes"]
    grid = ",".join(map(repr, facts["values"]))
    for layout, how in facts["layouts"].items():
        cls = f"{how['cls_value']:g}" if how["cls"] else "none"
        options = ("--readout", "visible", "--baseline", base, "--cls", cls, "--dtype", dtype)
        got, _ = probe(*options, "--grid", grid, backbone=folder, **panel)
        out = golden[f"{layout}__base_out{suffix}"][facts["b0"]]
        np.testing.assert_allclose(got["baseline_output"], out, atol=atol)
        expected = golden[f"{layout}__pert_out{suffix}"][facts["b0"]] - out
        np.testing.assert_allclose(got["vvp"], expected, atol=2 * atol)
        at, _ = probe(*options, "--grid", repr(base), backbone=folder, **panel)
        jacobian = golden[f"{layout}__jac{suffix}"][facts["b0"]][:, rows].T
        np.testing.assert_allclose(at["gdt"][:, 0], jacobian, atol=atol * 2)


@pytest.mark.parametrize(
    ("dtype", "suffix", "atol"), [("float32", "", 1e-5), ("float64", "_f64", 1e-9)]
)
def test_the_generative_readout_agrees_too(probe, shared_data, dtype, suffix, atol):
    folder = shared_data / "parity" / "scgpt_small" / "flash_wqkv"
    facts = json.loads((folder.parent / "golden.json").read_text())
    golden = np.load(folder.parent / "golden.npz")
    base, genes = facts["baselines"][facts["b0"]], facts["genes"]
    got, _ = probe(
        *("--readout", "generative", "--cls", "-2", "--dtype", dtype),
        *("--baseline", base, "--grid", repr(base)),
        **{"backbone": folder, "panel": genes, "sources": facts["source_genes"]},
    )
    queried = [facts["gen_query_genes"].index(g) for g in genes]
    out = golden[f"gen__gen_preds{suffix}"][facts["b0"]][queried]
    np.testing.assert_allclose(got["baseline_output"], out, atol=atol)
    jacobian = golden[f"gen__gen_jac{suffix}"][facts["b0"]][queried].T
    np.testing.assert_allclose(got["gdt"][:, 0], jacobian, atol=2 * atol)


@pytest.mark.parametrize(
    ("depth", "told"),
    [
        ("-1,4", "0 to 10; -1, 4 came"),
        ("1e9,4", "0 to 10; 1e+09, 4 came"),
        ("nan,4", "0 to 10; nan, 4 came"),
        ("4,1e400", "0 to 10; 4, inf came"),
        ("4", "0 to 10; 4 came"),
        ("4,4,4", "0 to 10; 4, 4, 4 came"),
        (",", "0 to 10; nothing came"),
        ("a,b", "--depth takes numbers such as 0 or 2.5; 'a' came"),
        ("4;4", "--depth takes numbers such as 0 or 2.5; '4;4' came"),
    ],
)
def test_a_depth_that_no_cell_has_is_refused(ugrn, lists, tmp_path, depth, told):
    folder = write_scfoundation(tmp_path / "model")
    asked = ("--backbone", folder, "--out", tmp_path / "out", f"--depth={depth}")
    asked += ("--panel", lists("panel", GENES[:3]), "--sources", lists("sources", GENES[:1]))
    answer = ugrn("probe", *asked)
    assert (answer.code, answer.out) == (2, "")
    assert told in " ".join(answer.err.split())
    assert not (tmp_path / "out").exists()
