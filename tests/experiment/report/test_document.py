"""The report of a results table: its numbers, its words, its figures, and hostile names."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest

from ugrn_core.benchmark.results_table import write_results
from ugrn_core.errors import MissingDataError, TableError
from ugrn_core.experiment.report import tables
from ugrn_core.experiment.report.document import write_report

pytestmark = pytest.mark.filterwarnings("error")  # matplotlib warns when a figure has no room
HOSTILE = "<script>alert(1)</script> $\\frac{1}{2}$ | `x`"


def row(probe: str, auprc: float, **more) -> dict:
    control = probe == "Pearson"
    return {
        "dataset": "hHEP",
        "network": "STRING",
        "sampling": "paper",
        "genes": "all",
        "gene_set": "TFs+500",
        "auprc": auprc,
        "auprc_low": auprc - 0.1,
        "auprc_high": auprc + 0.1,
        "prevalence": 0.5,
        "epr": np.nan,
        "reason": "" if np.isfinite(auprc) else "no expression",
        "backbone": "none" if control else "tiny",
        "kind": "control" if control else "translator",
        "recipe": "" if control else "paper",
        "random_weights": False,
        "probe": probe,
        "source": "hESC",
    } | more


ROWS = [
    row("gdt", 0.7),
    row("gdt", 0.8, dataset="mDC"),
    row("gdt", 0.55, random_weights=True, backbone="tiny-random"),
    row("Pearson", 0.52),
    row("Pearson", np.nan, dataset="mDC"),
    row(HOSTILE, 0.4, kind="raw score", recipe=""),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("report")
    write_results(ROWS, out / "r.parquet", {"command": "a <b>command</b>"})
    assert write_report(out / "r.parquet", out / "made") == out / "made" / "report.html"
    return out / "made"


def test_the_summary_counts_by_hand():
    part = tables.named(pd.DataFrame(ROWS))
    found = tables.summary(part).set_index("method")
    assert list(found.index[:2]) == ["gdt (paper)", "gdt (paper), random weights"]
    assert found.loc["gdt (paper)", "mean_auprc"] == pytest.approx(0.75)
    assert found.loc["gdt (paper)", ["cells", "above_chance", "missing"]].tolist() == [2, 2, 0]
    assert found.loc["Pearson", ["cells", "above_chance", "missing"]].tolist() == [1, 0, 1]
    assert "mean_core_seconds" not in found
    timed = tables.summary(part.assign(core_seconds=[4.0, 8.0, *[np.nan] * (len(part) - 2)]))
    assert timed.set_index("method").loc["gdt (paper)", "mean_core_seconds"] == 6
    why = tables.reasons(part)
    assert why.to_dict("records") == [{"method": "Pearson", "reason": "no expression", "rows": 1}]


def test_only_what_was_measured_alike_stands_beside_the_papers_figures():
    alike = tables.beside_published(tables.named(pd.DataFrame(ROWS)))
    assert alike[["dataset", "published_probe", "published", "ours"]].to_numpy().tolist() == [
        ["hHEP", "GDT", 0.906, 0.7],
        ["mDC", "GDT", 0.917, 0.8],
    ]
    for other in ({"sampling": "matched"}, {"recipe": "centred"}, {"source": "mESC"}):
        table = tables.named(pd.DataFrame([row("gdt", 0.7, **other)]))
        assert tables.beside_published(table).empty


def test_the_grid_names_what_does_not_exist():
    rows = [
        row("gdt", 0.7, n_positives=90, n_dropped=1200),
        row("vvp", 0.6, n_positives=5, n_dropped=0),
    ]
    found = tables.grid(tables.named(pd.DataFrame(rows))).set_index("network")
    assert found.loc["STRING", "hHEP"] == "1,290"
    assert found.loc["STRING", "mDC"] == found.loc["LOF/GOF", "mESC"] == "not asked for"
    assert (found == "does not exist").to_numpy().sum() == 6
    assert found.loc["LOF/GOF", "hESC"] == "does not exist"


def test_probes_come_before_controls_and_random_weights():
    rows = tables.in_order(tables.named(pd.DataFrame(ROWS)))
    assert list(dict.fromkeys(rows["method"])) == [
        "gdt (paper)",
        HOSTILE,
        "Pearson",
        "gdt (paper), random weights",
    ]


def test_the_contents_lead_to_every_heading(folder):
    page = (folder / "report.html").read_text()
    links = re.findall(r'<a href="#([^"]+)"', page)
    assert links == re.findall(r'<h2 id="([^"]+)"', page)
    assert len(set(links)) == len(links) > 3


def test_the_html_is_whole_and_markup_in_names_stays_text(folder):
    page = (folder / "report.html").read_text()
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "a &lt;b&gt;command&lt;/b&gt;" in page
    assert "shown as published" in page
    assert not re.search(r"""(src|href)=["'](?!#|data:image)""", page.replace("xlink:href", "href"))
    assert "0.906" in page
    assert "no expression" in page


def test_every_figure_is_an_svg_that_the_markdown_shows(folder):
    text = (folder / "report.md").read_text()
    shown = re.findall(r"!\[\]\((.*?)\)", text)
    assert len(shown) == 3  # beside the paper, heat map, one network's forest
    assert sorted(shown) == sorted(p.name for p in folder.glob("*.svg"))
    for name in shown:
        root = ElementTree.fromstring((folder / name).read_text())
        assert root.tag.endswith("svg")
    assert "<script" not in text.replace("\\<", "")
    heat = "".join(ElementTree.fromstring((folder / shown[1]).read_text()).itertext())
    assert "0.70" in heat
    assert "0.80" in heat


def test_the_same_table_gives_the_same_files(folder, tmp_path):
    write_report(folder.parent / "r.parquet", tmp_path)
    for path in folder.iterdir():
        assert path.read_bytes() == (tmp_path / path.name).read_bytes(), path.name


def test_several_sources_give_a_matrix(tmp_path):
    rows = [
        row("gdt", 0.5 + 0.1 * k, source=s, dataset=d)
        for k, (s, d) in enumerate([("hESC", "mDC"), ("mDC", "hESC"), ("hESC", "hHEP")])
    ]
    write_results(rows, tmp_path / "r.parquet", {})
    write_report(tmp_path / "r.parquet", tmp_path / "made")
    text = (tmp_path / "made" / "report.md").read_text()
    assert "Any source to any target" in text
    last = re.findall(r"!\[\]\((.*?)\)", text)[-1]
    drawn = "".join(ElementTree.fromstring((tmp_path / "made" / last).read_text()).itertext())
    assert {"0.50", "0.60", "0.70", "hESC", "mDC"} <= set(drawn.split())


def test_curves_are_drawn_where_the_table_keeps_them(tmp_path):
    rows = [row("gdt", 0.7, precision_at_recall=[1.0, 0.75, 0.5]), row("Pearson", np.nan)]
    write_results(rows, tmp_path / "r.parquet", {})
    write_report(tmp_path / "r.parquet", tmp_path / "made")
    drawn = [(tmp_path / "made" / f"figure-0{k}.svg").read_text() for k in (2, 3, 4)]
    assert ["precision over recall" in text for text in drawn] == [False, False, True]


def test_what_is_no_table_is_refused(tmp_path):
    with pytest.raises(MissingDataError):
        write_report(tmp_path / "none.parquet", tmp_path / "made")
    (tmp_path / "bad.parquet").write_text("no")
    with pytest.raises(TableError):
        write_report(tmp_path / "bad.parquet", tmp_path / "made")
    assert not (tmp_path / "made").exists()
