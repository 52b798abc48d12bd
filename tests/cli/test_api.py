"""The door for scripts: the same numbers as the command line and the dashboard's run give."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import average_precision_score

import ugrn_core as ugrn
from tests.architecture.source import ROOT
from tests.cli.conftest import GENES
from ugrn_core.errors import OptionError, PanelError, TableError, UnknownGeneError, UnknownNameError
from ugrn_core.experiment.runs import compute
from ugrn_core.experiment.runs.spec import Spec
from ugrn_core.settings import read_settings

PANEL = GENES[:6]
NUMBERS = ["probability", "rank", "sign", "vvp_effect", "gdt_peak", "reverse_probability"]
SMALL = "ugrn-small"


@pytest.fixture
def shipped(home, monkeypatch):
    """The backbones and translators that ship, in a home of this test alone."""
    monkeypatch.setenv("UGRN_ASSETS", str(ROOT / "assets"))


@pytest.fixture
def net(home, tiny):
    return ugrn.network(PANEL, backbone=tiny, progress=False)


def test_a_network_is_that_of_the_command_line_and_of_the_dashboard(shipped, ugrn_of, lists):
    frame = ugrn.network(PANEL, backbone=SMALL, progress=False)
    assert frame["probability"].between(0, 1).all()
    written, about = ugrn_of("network", lists("panel", PANEL), SMALL)
    run = compute.compute(read_settings(), Spec(SMALL, "pasted", PANEL))
    pages = pd.read_parquet(run / "edges.parquet")
    for other in (written, pages):
        assert frame[["source", "target"]].equals(other[["source", "target"]].astype(object))
        pd.testing.assert_frame_equal(
            frame[NUMBERS], other[NUMBERS], check_dtype=False, rtol=1e-6, check_exact=False
        )
    told = ("backbone_checksum", "panel_checksum", "settings", "translator", "probe")
    assert {k: frame.attrs[k] for k in told} == {k: about[k] for k in told}


@pytest.fixture
def ugrn_of(ugrn_call, tmp_path):
    """What the command line writes for a panel: the table, and its provenance."""

    def call(verb, panel, backbone):
        out = tmp_path / "edges.parquet"
        answer = ugrn_call(verb, "--backbone", backbone, "--panel", panel, "--out", out)
        assert answer.code == 0, answer.err
        import pyarrow.parquet as pq

        return pd.read_parquet(out), json.loads(pq.read_schema(out).metadata[b"ugrn"])

    return call


@pytest.fixture
def ugrn_call(request):
    return request.getfixturevalue("ugrn")  # whose name the module here has


def test_curves_are_those_of_the_command_line(home, ugrn_call, tiny, lists, tmp_path):
    table = ugrn.probe(PANEL, PANEL[1:3], backbone=tiny, baseline=0.5, grid=(0, 1, 2.5))
    answer = ugrn_call(
        *("probe", "--backbone", tiny, "--panel", lists("panel", PANEL), "--out", tmp_path / "out"),
        *("--sources", lists("sources", PANEL[1:3]), "--baseline", "0.5", "--grid", "0,1,2.5"),
    )
    assert answer.code == 0, answer.err
    with np.load(tmp_path / "out" / "probe.npz") as arrays:
        assert table["vvp"].to_numpy().reshape(2, 3, 6).tolist() == arrays["vvp"].tolist()
        assert table["gdt"].to_numpy().reshape(2, 3, 6).tolist() == arrays["gdt"].tolist()
        output = table.groupby("target", observed=True)["baseline_output"].first()
        assert output[list(arrays["genes"])].tolist() == arrays["baseline_output"].tolist()
    assert table["source"].unique().tolist() == list(PANEL[1:3])
    assert table["value"].unique().tolist() == [0, 1, 2.5]
    about = json.loads((tmp_path / "out" / "provenance.json").read_text())
    assert table.attrs["settings"] == about["settings"]

    cells = ugrn.probe(
        PANEL, PANEL[1:3], backbone=tiny, baseline=0.5, grid=(0, 1, 2.5), form="anndata"
    )
    one = table[(table["source"] == PANEL[2]) & (table["value"] == 2.5)]
    at = f"{PANEL[2]}=2.5"
    assert cells[at].X.ravel().tolist() == one["vvp"].tolist()
    assert cells[at].layers["gdt"].ravel().tolist() == one["gdt"].tolist()
    assert cells.var_names[cells.var["is_source"]].tolist() == list(PANEL[1:3])
    assert json.loads(cells.uns["ugrn"])["settings"] == about["settings"]


def test_genes_come_as_list_file_text_index_or_cells(net, tiny, lists):
    from anndata import AnnData

    path, text = lists("panel", PANEL), ", ".join(PANEL)
    cells = AnnData(np.zeros((2, 6)), var=pd.DataFrame(index=list(PANEL)))
    for genes in (path, str(path), text, pd.Index(PANEL), np.array(PANEL), cells):
        same = ugrn.network(genes, backbone=tiny, progress=False)
        pd.testing.assert_frame_equal(same, net, check_flags=False)


def test_a_data_set_brings_its_own_regulators_and_networks(home, tmp_path, tiny, monkeypatch):
    from tests.experiment.conftest import write_cell

    write_cell(tmp_path / "beeline", "hESC", GENES, seed=3)
    monkeypatch.setenv("UGRN_BEELINE", str(tmp_path / "beeline"))
    dataset = ugrn.open_dataset("beeline-hESC")
    frame = ugrn.network("beeline-hesc", backbone=tiny, progress=False)
    assert set(frame["source"]) == set(dataset.regulators)
    assert frame.attrs["dataset"] == "beeline-hESC"
    (reference,) = dataset.references
    known = ugrn.open_dataset("beeline-hESC", form="anndata").uns["references"][reference.name]
    edges = set(zip(known["source"], known["target"]))
    pairs = list(zip(frame["source"], frame["target"]))
    assert [p in edges for p in pairs] == frame[f"in_{reference.name}"].tolist()

    by_name = ugrn.evaluate(frame, reference.name, sampling="full")
    by_table = ugrn.evaluate(frame, known, sampling="full")
    wanted = average_precision_score([p in edges for p in pairs], -frame["rank"])
    assert by_name["auprc"].item() == pytest.approx(wanted)
    assert by_table["auprc"].item() == pytest.approx(wanted)
    assert by_name["n_positives"].item() == frame[f"in_{reference.name}"].sum()
    with pytest.raises(UnknownNameError, match=f"reference network.*Known: {reference.name}"):
        ugrn.evaluate(frame, "strng")


def test_regulators_and_targets_are_rows_of_the_network_under_any_name(net, tiny):
    by_target = ugrn.regulators("klf1", net)
    assert by_target["rank"].tolist() == net[net["target"] == "KLF1"]["rank"].tolist()
    again = ugrn.targets("PU.1", PANEL, backbone=tiny, progress=False)
    assert again["source"].unique().tolist() == ["SPI1"]
    assert again["rank"].is_monotonic_increasing
    assert again.attrs["backbone"] == "tiny"
    with pytest.raises(UnknownGeneError, match=r"GATA11.*did you mean GATA1"):
        ugrn.targets("GATA11", net)


def test_a_comparison_counts_ranks_and_signs(net):
    same = ugrn.compare(net, net)
    assert same.attrs["agreement"]["spearman"] == pytest.approx(1)
    assert same.attrs["agreement"]["signs"] == 1
    turned = net.assign(rank=net["rank"].to_numpy()[::-1], sign=-net["sign"])
    against = ugrn.compare(net, turned.assign(source=turned["source"].str.lower()))
    assert against.attrs["agreement"]["pairs"] == len(net)
    assert against.attrs["agreement"]["spearman"] == pytest.approx(-1)
    assert against.attrs["agreement"]["signs"] == 0
    assert (against["rank_first"] + against["rank_second"] == len(net) + 1).all()
    effects = ugrn.compare(net, net, by=("rank", "vvp_effect"))
    order = net["vvp_effect"].abs().rank(ascending=False, method="first")
    wanted = np.corrcoef(net["rank"], order)[0, 1]
    assert effects.attrs["agreement"]["spearman"] == pytest.approx(wanted)


def test_a_network_as_anndata_holds_the_same(shipped):
    frame = ugrn.network(PANEL, backbone=SMALL, progress=False)
    cells = ugrn.network(PANEL, backbone=SMALL, progress=False, form="anndata")
    best = frame.iloc[0]
    at = [list(cells.var_names).index(best[end]) for end in ("source", "target")]
    assert cells.varp["GRN"][at[0], at[1]] == pytest.approx(best["probability"])
    assert json.loads(cells.uns["ugrn"])["translator"] == frame.attrs["translator"]


def test_what_cannot_be_used_is_told_of_or_refused(home, tiny, capsys):
    frame = ugrn.network([*PANEL, "NOBODY", "spi1"], backbone=tiny)
    left_out = [entry for entry, _ in frame.attrs["left_out"]]
    assert left_out == ["NOBODY", "spi1"]
    assert "left out NOBODY" in capsys.readouterr().err
    steps = []
    ugrn.probe(PANEL, backbone=tiny, grid=(3,), progress=lambda *step: steps.append(step))
    assert steps[-1] == (6, 6)
    assert capsys.readouterr().err == ""
    for wrong, error, said in (
        ({"genes": [*PANEL, "NOBODY"], "strict": True}, PanelError, "NOBODY"),
        ({"genes": "hESCs"}, UnknownNameError, "neither a data set nor a file"),
        ({"genes": ["HBB", "HBA1"]}, PanelError, "regulators="),
        ({"genes": PANEL, "form": "tabel"}, UnknownNameError, "Did you mean table"),
        ({"genes": PANEL, "workers": 0}, OptionError, "1 or more"),
        ({"genes": PANEL, "top": 0}, OptionError, "1 or more"),
        ({"genes": PANEL, "screen": 2.0}, OptionError, "between 0 and 1"),
        ({"genes": PANEL, "form": "anndata"}, TableError, "probability"),
    ):
        with pytest.raises(error, match=said):
            ugrn.network(**{"backbone": tiny, "progress": False} | wrong)
    with pytest.raises(OptionError, match="probe setting"):
        ugrn.probe(PANEL, backbone=tiny, grit=(1,))
    with pytest.raises(TableError, match="joins a regulator"):
        ugrn.evaluate(frame, pd.DataFrame({"source": ["A"], "target": ["B"]}))


def test_an_open_backbone_serves_in_place_of_its_name(net, tiny):
    same = ugrn.network(PANEL, backbone=ugrn.open_backbone(tiny), progress=False)
    pd.testing.assert_frame_equal(same, net, check_flags=False)


def test_the_import_brings_nothing_that_is_heavy():
    code = (
        "import sys, ugrn_core as ugrn; light = set(sys.modules); "
        "assert not {'numpy', 'ugrn_core.api'} & light; assert 'network' in dir(ugrn); "
        "ugrn.network; print(*{m.split('.')[0] for m in sys.modules})"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    heavy = {"torch", "pandas", "anndata", "scanpy", "sklearn", "streamlit", "dask", "rich"}
    assert not heavy & set(done.stdout.split())
