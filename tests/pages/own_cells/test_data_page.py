"""The page Data: a file in, its guesses in a form, added, probed, renamed, removed and had back."""

from __future__ import annotations

import dataclasses

import pytest
from streamlit.testing.v1 import AppTest

from tests.data.own import odd_files as odd
from tests.pages.test_pages import FILLED, box, opened, words
from ugrn_core.dashboard.shell import own_sets
from ugrn_core.data.own import store
from ugrn_core.errors import OptionError
from ugrn_core.experiment.catalog import own_data


@pytest.fixture
def home(filled, point_to, tmp_path):
    settings = dataclasses.replace(filled, home=tmp_path / "home")
    point_to(settings)
    return settings.home


@pytest.fixture
def h5ad(tmp_path) -> bytes:
    path = tmp_path / "my cells.h5ad"
    odd.annotated(odd.log_cp10k(), layers={"counts": odd.COUNTS}).write_h5ad(path)
    return path.read_bytes()


def with_file(*files: tuple[str, bytes]) -> AppTest:
    app = opened("data", **FILLED)
    upload = next(u for u in app.file_uploader if u.key.startswith("ugrn_upload"))
    upload.set_value([(name, content, "application/octet-stream") for name, content in files])
    return app.run()


def press(app: AppTest, label: str) -> AppTest:
    return next(b for b in app.button if b.label == label).click().run()


def test_a_file_is_recognised_and_added_and_listed(home, h5ad):
    app = with_file(("my cells.h5ad", h5ad))
    assert not app.exception
    assert not app.error
    chosen = {s.label: s.value for s in app.selectbox}
    assert chosen["Values from"] == "layers/counts"
    assert chosen["Cell types"] == "cell_type"
    assert chosen["Pseudotime"] == "dpt_pseudotime"
    assert "raw counts, up to 9" in words(app)
    assert next(t for t in app.text_input if t.label == "Name of the data set").value == "my cells"
    app = press(app, "Add")
    assert not app.exception
    assert not app.error, app.error
    assert "is added: 6 cells" in "\n".join(s.value for s in app.success)
    (one,) = store.listed(home)
    assert (one.name, one.manifest["matrix"]) == ("my cells", "layers/counts")
    assert one.manifest["source"]["name"] == "my cells.h5ad"
    assert one.owner
    assert [b.label for b in app.button].count("Probe it") == 2


def test_choices_of_the_form_are_what_is_added(home, h5ad):
    app = with_file(("my cells.h5ad", h5ad))
    pick = {s.label: s for s in app.selectbox}
    pick["Values from"].set_value("X")
    pick["Cell types"].set_value("none")
    app.run()
    assert "log (1 + counts per 10,000)" in words(app)
    app = press(app, "Add")
    manifest = store.listed(home)[0].manifest
    assert (manifest["matrix"], manifest["scale"]) == ("X", "LOG1P_CP10K")
    assert manifest["types"] == {}


def test_three_files_are_a_10x_folder(home, tmp_path):
    folder = odd.write_10x_folder(tmp_path / "cells")
    app = with_file(*[(p.name, p.read_bytes()) for p in sorted(folder.iterdir())])
    assert not app.error, app.error
    assert "10x folder" in "\n".join(m.delta for m in app.metric if m.delta)
    app = press(app, "Add")
    assert store.listed(home)[0].manifest["source"]["files"] == 3


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("x.rds", b"X\n", "R's own format"),
        ("x.csv", b",c1\n", "no line of values"),
        ("x.csv", odd.FRAME.sub(4).to_csv().encode(), "scaled or centred. Give raw counts"),
        ("<b>x</b>.bin", b"\0\1", "none of the formats"),
    ],
)
def test_what_cannot_be_used_is_a_sentence_and_leaves_nothing(home, name, content, said):
    app = with_file((name, content))
    assert not app.exception
    assert said in "\n".join(e.value for e in app.error).replace("\\", "")
    assert not [b for b in app.button if b.label == "Add"]
    assert not (home / "datasets").exists()


def test_rename_remove_and_undo(home, h5ad):
    app = press(with_file(("my cells.h5ad", h5ad)), "Add")
    mark = store.listed(home)[0].mark
    next(t for t in app.text_input if t.label == "New name").set_value("liver")
    app = next(b for b in app.button if b.key == f"rename_{mark}").click().run()
    assert [d.name for d in store.listed(home)] == ["liver"]
    assert "liver" in words(app)
    app = press(app, "Remove")
    assert store.listed(home) == ()
    assert "Removed **liver**" in words(app)
    app = press(app, "Undo")
    assert [d.name for d in store.listed(home)] == ["liver"]


def test_the_data_set_is_offered_and_leads_to_probing(home, h5ad):
    app = press(with_file(("my cells.h5ad", h5ad)), "Add")
    name = store.listed(home)[0].id
    assert "my cells" in box(app, "dataset").options
    other = opened("regulators", backbone="tiny", dataset=name)
    assert not other.error
    assert "Not computed yet" in words(other)
    assert "my cells" in words(other)


def test_another_session_sees_nothing_of_it_but_by_its_link(home, h5ad):
    press(with_file(("secret cells.h5ad", h5ad)), "Add")
    name = store.listed(home)[0].id
    for page in ("data", "start", "methods", "runs", "compare"):
        other = opened(page, **FILLED)
        assert not other.exception
        assert "secret" not in words(other)
        assert "secret" not in str([s.options for s in other.selectbox])
        assert not any("secret" in str(d.value) for d in other.dataframe)
    linked = opened("start", backbone="tiny", dataset=name)
    assert box(linked, "dataset").value == name
    stranger = opened("data", backbone="tiny", dataset=name)
    assert not [b for b in stranger.button if b.label == "Remove"]


def test_what_is_shared_is_everybodys(home, h5ad, monkeypatch):
    press(with_file(("our cells.h5ad", h5ad)), "Add")
    monkeypatch.setenv("UGRN_SHARED", "1")
    other = opened("data", **FILLED)
    assert "our cells" in words(other)
    assert [b.label for b in other.button].count("Remove") == 1


def test_paths_on_the_server_are_read_where_that_is_allowed(home, filled, tmp_path, monkeypatch):
    path = tmp_path / "there.h5ad"
    odd.annotated().write_h5ad(path)
    settings = dataclasses.replace(filled, data=(tmp_path / "public",))
    (tmp_path / "public").mkdir()
    (tmp_path / "public" / "link.h5ad").symlink_to(path)
    for text in (str(path), str(tmp_path / "public" / "link.h5ad"), "there.h5ad", ""):
        with pytest.raises(OptionError):
            own_data.allowed_path(text, settings, local=False)
    with pytest.raises(OptionError):
        own_data.allowed_path(f"{tmp_path}/public/../there.h5ad", settings, local=False)
    inside = tmp_path / "public" / "cells.h5ad"
    inside.write_bytes(path.read_bytes())
    assert own_data.allowed_path(str(inside), settings, local=False) == inside.resolve()
    assert own_data.allowed_path(str(path), settings, local=True) == path.resolve()
    monkeypatch.setattr(own_sets, "is_local", lambda: True)
    app = opened("data", **FILLED)
    box_ = next(t for t in app.text_input if t.key == "ugrn_cells_path")
    app = box_.set_value(str(path)).run()
    assert not app.error, app.error
    app = press(app, "Add")
    assert store.listed(home)[0].name == "there"
    monkeypatch.setattr(own_sets, "is_local", lambda: False)
    assert not [t for t in opened("data", **FILLED).text_input if t.key == "ugrn_cells_path"]


def test_a_server_that_others_reach_is_not_local(monkeypatch):
    import streamlit as st

    class Context:
        def __init__(self, **headers):
            self.headers = headers

    for address, headers, local in (
        ("localhost", {"Host": "localhost:8501"}, True),
        ("127.0.0.1", {"Host": "127.0.0.1:8501"}, True),
        ("0.0.0.0", {"Host": "localhost:8501"}, False),
        ("", {"Host": "localhost:8501"}, False),
        ("localhost", {"Host": "ugrn.example.org"}, False),
        ("localhost", {"Host": "localhost", "X-Forwarded-For": "10.0.0.9"}, False),
    ):
        monkeypatch.setattr(own_sets.st, "get_option", lambda name, a=address: a)
        monkeypatch.setattr(type(st.context), "headers", property(lambda self, h=headers: h))
        assert own_sets.is_local() is local, (address, headers)


def test_facts_of_cells_among_the_genes_are_said_and_not_counted(home):
    told = odd.FRAME.T.assign(cell_type=odd.TYPES, pseudotime=0.5, nCount_RNA=odd.COUNTS.sum(1))
    app = with_file(("cells.csv", told.to_csv().encode()))
    assert not app.exception
    assert "said of cells, no genes: pseudotime, nCount" in words(app).replace("\\", "")
    assert {s.label: s.value for s in app.selectbox}["Pseudotime"] == "pseudotime"
    press(app, "Add")
    (one,) = store.listed(home)
    assert (one.manifest["scale"], one.manifest["genes_in_file"]) == ("COUNTS", 8)
    assert sorted(store.cells_of(one).totals) == sorted(odd.COUNTS.sum(1))


def test_of_two_sessions_each_lists_renames_and_removes_its_own(home, h5ad):
    first = press(with_file(("mine one.h5ad", h5ad)), "Add")
    second = press(with_file(("mine two.h5ad", h5ad)), "Add")
    for own, other in (("mine one", "mine two"), ("mine two", "mine one")):
        app = (first if own == "mine one" else second).run()
        assert own in words(app)
        assert other not in words(app)
        assert other not in str([s.options for s in app.selectbox])
        assert [b.label for b in app.button].count("Remove") == 1
    press(second, "Remove")
    assert [one.name for one in store.listed(home)] == ["mine one"]
    assert "mine one" in words(first.run())
    press(second, "Undo")
    assert {one.name for one in store.listed(home)} == {"mine one", "mine two"}
