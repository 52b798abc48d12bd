"""References on pages: added on Data, offered in the sidebar, known edges where pairs are shown."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from tests.data.own import odd_files as odd
from tests.data.references.test_tables import PLAIN
from tests.pages.test_pages import FILLED, box, opened, words
from ugrn_core.dashboard.sections.trust.signs import by_reference
from ugrn_core.dashboard.shell import own_sets
from ugrn_core.data.own.formats.given import of_bytes
from ugrn_core.data.references import store
from ugrn_core.experiment.catalog import gene_lists, own_data
from ugrn_core.experiment.references import adding, cards
from ugrn_core.experiment.runs import compute
from ugrn_core.experiment.runs.results import Results
from ugrn_core.experiment.runs.spec import PASTED, Spec
from ugrn_core.settings import read_settings

LIST = ("GATA1", "KLF1", "SPI1", "TAL1", "CEBPA")
MORE = PLAIN + "".join(f"{s},{t},1\n" for s in LIST[:4] for t in LIST if s != t)


@pytest.fixture
def home(filled, point_to, tmp_path):
    settings = dataclasses.replace(filled, home=tmp_path / "home")
    point_to(settings)
    return settings.home


@pytest.fixture
def pasted(filled, home):
    """The address of a pasted list that was probed."""
    settings = dataclasses.replace(filled, home=home)
    compute.compute(settings, Spec("tiny", PASTED, LIST))
    return {"backbone": "tiny", "dataset": f"pasted-{gene_lists.keep(home, LIST)}"}


def add(content: str, name: str = "my edges.csv"):
    app = opened("data", **FILLED, part="references")
    upload = next(u for u in app.file_uploader if u.key.startswith("ugrn_edges"))
    upload.set_value([(name, content.encode(), "text/csv")])
    return app.run()


def press(app, label: str):
    return next(b for b in app.button if b.label == label).click().run()


def test_a_table_is_read_added_chosen_and_removed(home):
    app = add(PLAIN)
    assert not app.exception
    assert not app.error, app.error
    assert {m.label: m.value for m in app.metric}["With a sign"] == "2"
    app = press(app, "Add")
    assert not app.exception
    (one,) = store.listed(home)
    assert one.name == "my edges"
    assert one.owner
    assert "is added" in app.success[0].value
    titles = box(app, "reference").options
    assert any(title.startswith("my edges (3 of these pairs)") for title in titles), titles
    app = press(app, "Remove")
    assert store.listed(home) == ()
    app = press(app, "Undo")
    assert store.listed(home) == (one,)
    app = press(app, "Remove")
    assert store.listed(home) == ()
    assert not app.exception


def test_a_table_that_cannot_be_read_is_one_sentence(home):
    app = add(PLAIN.replace("-1", "perhaps"))
    assert "Row 3 of my edges.csv: the sign is 'perhaps'" in app.error[0].value
    assert not app.exception
    assert not (home / "references").exists()


def test_a_pasted_list_is_held_against_what_ships(pasted):
    app = opened("regulators", **pasted, gene="GATA1")
    assert not app.exception
    assert not app.error, app.error
    table = app.dataframe[0].value
    assert "Krumsiek 2011" in set(table["known"])
    assert "Gene/Summary?g=ENSG00000102145" in words(app)


def test_own_edges_are_known_on_every_page(pasted, home):
    given = adding.read(of_bytes("edges.csv", MORE.encode()))
    one = adding.add(read_settings(), "mine", given)
    pair = opened("gene_pair", **pasted, source="SPI1", target="GATA1")
    assert not pair.exception
    assert not pair.error, pair.error
    assert "Known: mine, Krumsiek 2011 (represses)" in words(pair).replace("\\", "")
    assert "identifiers=SPI1%0DGATA1" in words(pair)
    # twelve of the list's pairs are known: the table is the first reference by itself
    assert box(pair, "reference").value == one.id
    network = opened("network", **pasted, centre="GATA1", cut="0.0")
    assert not network.exception
    assert not network.error, network.error
    colours = next(c for c in network.get("button_group") if "colour" in str(c.proto.id))
    assert "Known in mine" in [option.content for option in colours.proto.options]


def test_signs_are_judged_by_a_signed_reference(pasted):
    adding.add(read_settings(), "mine", adding.read(of_bytes("edges.csv", MORE.encode())))
    app = opened("regulators", **pasted, gene="GATA1", columns="true")
    assert not app.exception
    assert "On mine it is right for" in words(app)


def test_a_written_table_of_signs_decides_whether_the_column_is_filled(pasted):
    """Known signs that are those of the run's own peaks, then these for half of the pairs."""
    settings, spec = read_settings(), Spec("tiny", PASTED, LIST)
    edges = pd.read_parquet(Results(settings, spec).edges_path)
    up = (edges["gdt_peak"] > edges["gdt_peak"].median()).to_numpy()
    half = np.where(np.arange(len(edges)) % 2, up, ~up)
    told = {}
    for name, known in (("right", up), ("half", half), ("wrong", ~up)):
        signed = edges[["source", "target"]].assign(sign=np.where(known, 1, -1))
        table = adding.read(of_bytes(f"{name}.csv", signed.to_csv(index=False).encode()))
        one = adding.add(settings, name, table)
        card = next(c for c in cards.cards(settings) if c.id == one.id)
        results = Results(settings, spec, (card,))
        row = by_reference(results.worth).iloc[0]
        assert (row["Reference"], row["Pairs"]) == (name, len(edges))
        told[name] = results.signs_shown, row["AUROC"]
    assert told["right"] == (True, "1.00 (1.00-1.00)")
    assert not told["half"][0]
    assert told["wrong"] == (False, "0.00 (0.00-0.00)")
    app = opened("regulators", **pasted, gene="GATA1", columns="true")
    assert "Sign: left empty here" in words(app)
    assert "sign" not in app.dataframe[0].value
    assert "On half, 20 pairs" in words(app)


def test_another_visitor_does_not_see_them(home, monkeypatch):
    press(add(PLAIN), "Add")
    (one,) = store.listed(home)
    monkeypatch.setattr(own_sets, "owner", lambda: "b" * 32)
    monkeypatch.setattr(own_sets, "is_local", lambda: False)
    app = opened("data", **FILLED, part="references")
    assert "my edges" not in words(app)
    assert not any("my edges" in title for title in box(app, "reference").options)
    linked = opened("regulators", **FILLED, reference=one.id)  # who has the link may look
    assert box(linked, "reference").value == one.id


def test_own_cells_are_held_against_references_of_their_species(filled, home, tmp_path):
    settings = dataclasses.replace(filled, home=home)
    odd.annotated(odd.COUNTS).write_h5ad(tmp_path / "cells.h5ad")
    cells = own_data.add_file(settings, tmp_path / "cells.h5ad", "cells")
    adding.add(settings, "mine", adding.read(of_bytes("edges.csv", PLAIN.encode())))
    mouse = "source,target\nGata1,Klf1\nSpi1,Gata1\n"
    adding.add(settings, "of mice", adding.read(of_bytes("mouse.csv", mouse.encode())))
    compute.compute(settings, Spec("tiny", cells.id))
    app = opened("regulators", backbone="tiny", dataset=cells.id, gene="GATA1")
    assert not app.exception
    assert not app.error, app.error
    offered = " ".join(box(app, "reference").options)
    assert "mine (3 of these pairs)" in offered
    assert "Krumsiek 2011" in offered
    assert "of mice" not in offered
    known = dict(zip(app.dataframe[0].value["gene"], app.dataframe[0].value["known"]))
    assert known["SPI1"] == "mine, Krumsiek 2011"
