"""Results on the command line: listed, named, removed, had back; data sets and references, too."""

from __future__ import annotations

from dataclasses import replace

import pytest

import ugrn_core as ugrn_api
from tests.data.own import odd_files as odd
from ugrn_core.errors import UnknownNameError
from ugrn_core.experiment.runs import compute
from ugrn_core.experiment.runs.spec import Spec, run_id
from ugrn_core.settings import read_settings


@pytest.fixture
def run(home, tiny):
    """The id of a finished run of the data set that ships."""
    settings = replace(read_settings(), home=home)
    spec = Spec(str(tiny), "krumsiek2011")
    compute.compute(settings, spec)
    return run_id(settings, spec)


def test_a_result_is_listed_named_removed_and_had_back(ugrn, run):
    assert run in ugrn("runs", "list").out
    assert "called 'paper'" in ugrn("runs", "label", run[:8], "--name", "paper").err
    gone = ugrn("runs", "remove", "Paper")
    assert gone.code == 0, gone.err
    assert f"runs restore {run[:8]}" in gone.err
    assert run not in ugrn("runs", "list").out
    assert run in ugrn("runs", "list", "--removed").out
    assert "is back" in ugrn("runs", "restore", run[:8]).err
    listed = ugrn("runs", "list").out
    assert run in listed
    assert "paper" in listed
    assert "for good" in ugrn("runs", "remove", run, "--for-good").err
    lost = ugrn("runs", "restore", run[:8])
    assert lost.code == 2
    assert "Those that can be had back: none" in lost.err
    assert ugrn("runs", "remove", "nothing").code == 2


def test_scripts_remove_and_have_back_the_same(run, ugrn, tmp_path):
    odd.annotated().write_h5ad(tmp_path / "liver.h5ad")
    ugrn_api.add_cells(tmp_path / "liver.h5ad")
    (row,) = ugrn_api.own_cells().to_dict("records")
    assert (row["name"], row["cells"], row["genes"], row["regulators"]) == (
        "liver",
        6,
        6,
        4,
    )  # two genes in too few cells
    assert ugrn_api.results()["run"].tolist() == [run]
    for kind, name in (("cells", "liver"), ("run", run[:8])):
        ugrn_api.remove(kind, name)
    assert ugrn_api.own_cells().empty
    assert ugrn_api.results().empty
    for kind, name in (("cells", "liver"), ("run", run[:8])):
        ugrn_api.restore(kind, name)
    assert ugrn_api.own_cells()["id"].tolist() == [row["id"]]
    assert ugrn_api.results()["run"].tolist() == [run]
    with pytest.raises(UnknownNameError, match="kind"):
        ugrn_api.remove("cell", "liver")


def test_a_data_set_and_a_reference_are_had_back(ugrn, home, tmp_path):
    odd.annotated().write_h5ad(tmp_path / "liver.h5ad")
    (tmp_path / "edges.csv").write_text("source,target\nGATA1,KLF1\nSPI1,GATA1\n")
    for verb, file in (("data", "liver.h5ad"), ("references", "edges.csv")):
        name = file.partition(".")[0]
        assert ugrn(verb, "add", tmp_path / file).code == 0
        gone = ugrn(verb, "remove", name)
        assert f"{verb} restore '{name}'" in gone.err
        assert f"No {'data set' if verb == 'data' else 'reference'} named 'x'" in (
            ugrn(verb, "restore", "x").err
        )
        back = ugrn(verb, "restore", name)
        assert back.code == 0, back.err
        assert name in ugrn(verb, "list").out
